"""Every page, as a user finds it: no barrier, no stray language, nothing wider than the screen.

A page that is new and not in `visiting.VISITS` fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Final, Literal, NamedTuple, get_args

import pytest
from playwright.sync_api import Page

from incident.domain.permission import Role
from tests.test_language import english
from tests.web.filled import address_of
from tests.web.looking import Window
from tests.web.serving import Served
from tests.web.test_permissions import rules
from tests.web.visiting import NO_PAGE, VISITS, Visit

#: The engine (MPL-2.0) as the package that is there for Playwright carries it.
AXE: Final = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
#: Rows of a table are alike, and items of a list: four of each are looked at. For the target size of WCAG 2.2
#: one has to ask.
FIND_BARRIERS: Final = """async () => {
  for (const all of document.querySelectorAll('tbody, main ul, main ol'))
    [...all.children].slice(4).forEach(one => one.remove())
  const found = await axe.run(document, {
    preload: false, resultTypes: ['violations'], rules: {'target-size': {enabled: true}},
  })
  return found.violations.flatMap(
    one => one.nodes.slice(0, 3).map(node => `${one.impact} ${one.id}: ${node.html.slice(0, 200)}`))
}"""
#: What is written on a page: words outside of what is the same in every language.
READ_WORDS: Final = """() => {
  const seen = [], walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT)
  const same = 'script, style, pre, code, .code, .kind, [lang]:not(html)'
  while (walker.nextNode()) {
    const words = walker.currentNode.data.replace(/\\s+/g, ' ').trim()
    if (words && !walker.currentNode.parentElement.closest(same)) seen.push(words)
  }
  for (const one of document.querySelectorAll('[aria-label], [title], [alt], [data-head]'))
    for (const name of ['aria-label', 'title', 'alt', 'data-head']) seen.push(one.getAttribute(name) ?? '')
  return seen
}"""
#: What is wider than a screen, as far as it does not scroll by itself.
FIND_WIDE: Final = """() => {
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth
  if (wide <= 0) return []
  return [`${wide} px too wide`, ...[...document.querySelectorAll('main *')]
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.scroll'))
    .slice(0, 3).map(one => one.outerHTML.slice(0, 150))]
}"""

#: Acts that are smaller than what a thumb hits.
FIND_SMALL: Final = """() =>
  [...document.querySelectorAll('main :is(button, .button, select, input, textarea)')]
  .filter(one => one.checkVisibility() && !['checkbox', 'radio', 'range'].includes(one.type))
  .filter(one => one.getBoundingClientRect().height < 43.5)
  .slice(0, 3).map(one => one.outerHTML.slice(0, 150))"""

#: Choices that belong together and are not in one named group.
FIND_LOOSE: Final = """() => [...document.forms].flatMap(form => {
  const all = [...form.querySelectorAll('[type=radio], [type=checkbox]')]
  const loose = all.filter(one => !one.closest('fieldset'))
  return loose.length > 2 || loose.some(one => one.type === 'radio') ? [loose[0].outerHTML.slice(0, 150)] : []
})"""


class Look(NamedTuple):
    """How pages are looked at."""

    lang: Literal["en", "zh"]
    screen: str
    dark: bool
    #: Widths in CSS px, the first that of the screen.
    widths: tuple[int, ...]


LOOKS: Final = {
    "English at a desk": Look("en", "desk", dark=False, widths=(1280, 2560)),
    "Chinese on a phone in the dark": Look("zh", "phone", dark=True, widths=(390, 320)),
}


#: What is data here: logins, the name of a browser, a name that is typed as it stands.
DATA: Final = {*get_args(Role), "a test", "os_user"}


def strays(words: str, lang: str) -> list[str]:
    """Find what is in no language, or in the wrong one: keys that have a name, English on a Chinese page."""
    keys = re.findall(r"(?<![\w=/.@-])[a-z]+(?:_[a-z]+)+", re.sub("`[^`]*`", "", words))
    return [one for one in (*keys, *(english(words) if lang == "zh" else ())) if one not in DATA]


@pytest.fixture
def served(busy: Served) -> Served:
    """A site with something on every page."""
    return busy


def test_every_page_is_visited() -> None:
    asked = {path for method, path, _rule in rules() if method == "GET" and not path.startswith("/api")}

    assert {visit.route for visit in VISITS if visit.route} == asked - NO_PAGE
    assert asked >= NO_PAGE


def test_whoever_writes_plans_finds_them_from_every_page(served: Served) -> None:
    there = []
    for login in ("author", "auditor"):
        with served.client(login) as client:
            there.append('href="/playbooks"' in client.get("/").text)

    assert there == [True, False]


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_nothing_bars_anybody_from_a_page(window: Window, look: Look) -> None:
    pages: dict[str | None, Page] = {}
    faults = []
    # what a page shows to another, or at another time, is looked at on the phone alone
    once = {visit.route: visit for visit in reversed(VISITS)}
    for visit in once.values() if look.screen == "desk" else VISITS:
        if visit.login not in pages:
            pages[visit.login] = window.open(visit.login, lang=look.lang, screen=look.screen, dark=look.dark)
        faults += [
            f"{visit.address}: {one}" for one in faults_of(pages[visit.login], visit, look, window.served)
        ]

    assert not faults, "\n".join(faults)


def faults_of(page: Page, visit: Visit, look: Look, served: Served) -> Iterator[str]:
    """Visit a page, and give what is wrong with it."""
    came = page.goto(address_of(served, visit.address))
    assert came is not None
    if came.status != visit.status:
        yield f"status {came.status}"
    if page.locator("html").get_attribute("lang") != {"en": "en", "zh": "zh-CN"}[look.lang]:
        yield "the language of the page is not said"
    found = {stray: words for words in page.evaluate(READ_WORDS) for stray in strays(words, look.lang)}
    yield from (f"stray: {stray} ({words[:80]})" for stray, words in found.items())
    for width in (*look.widths[1:], look.widths[0]):
        page.set_viewport_size({"width": width, "height": 900})
        yield from (f"at {width} px: {one}" for one in page.evaluate(FIND_WIDE))
    yield from (f"too small for a thumb: {one}" for one in page.evaluate(FIND_SMALL))
    yield from (f"choices in no group: {one}" for one in page.evaluate(FIND_LOOSE))
    if page.evaluate("!window.axe"):
        page.evaluate(AXE)
    yield from page.evaluate(FIND_BARRIERS)
