"""The pictures of the console in `docs/images`: which they are, and how each is taken of the demo.

The demo is told anew on a clock that stands, in the language of the picture, and looked at in a real browser
as somebody of it. `make screenshots` makes them; they are never compared: letters look otherwise elsewhere.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, Literal, NamedTuple

from argon2.profiles import CHEAPEST
from playwright.sync_api import Browser, Page, expect

from incident import bootstrap
from incident.cli.demo import apart, make, prepared
from incident.cli.demo_cast import COUNTY, TOWN, TWO
from incident.cli.working import Terms
from incident.identity.passwords import Argon2
from incident.language import _, speaking
from incident.testing import FakeClock
from tests.web.looking import SCREENS, Window
from tests.web.serving import Served

IMAGES: Final = Path(__file__).parents[2] / "docs" / "images"
#: Bytes of a picture at the most.
LARGEST: Final = 150_000
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
Lang = Literal["en", "zh"]


class Picture(NamedTuple):
    """One picture."""

    name: str
    lang: Lang
    login: str
    path: str
    screen: str = "picture"
    #: What is done on the page before.
    do: Callable[[Page], None] | None = None
    #: Pixels from above that are shown; none: all that the screen holds.
    height: int | None = None


def _plan(page: Page) -> None:
    """Fill in what was reported, and ask what would follow."""
    page.locator("[name$=origin]").select_option("local")
    page.locator("[name$=result]").select_option("preliminary_positive")
    page.locator("[name$=cases]").fill("2")
    page.get_by_label(_("Basis: instrument and clause")).fill("诸市防控〔2021〕4号")
    page.get_by_role("button", name=_("Show what would happen")).click()
    expect(page.get_by_role("table", name=_("What changes"))).to_be_visible()


def _verify(page: Page) -> None:
    """Verify the record, and wait for the badge."""
    page.get_by_role("button", name=_("Verify"), exact=True).click()
    expect(page.locator("#badge")).to_be_visible(timeout=30_000)


def _chart(page: Page) -> None:
    """Come to the chart of two weeks."""
    page.locator("#two-weeks").evaluate("one => one.scrollIntoView()")


def _below(page: Page) -> None:
    """Come to who below is late."""
    page.locator("#below").evaluate("one => one.scrollIntoView()")


def _proposal(page: Page) -> None:
    """Open the step that waits."""
    page.locator("main a[href*='/proposals/']").first.click()
    expect(page.locator("#confirm")).to_be_visible()


def _local(page: Page) -> None:
    """Come to what stands once a case is there."""
    page.locator("#state-local_positive_detected").evaluate("one => one.scrollIntoView()")


def _in(lang: Lang) -> Iterator[Picture]:
    """Give the pictures in one language."""
    yield Picture(f"board.{lang}.png", lang, "auditor", "/")
    yield Picture(f"below.{lang}.png", lang, "officer", f"/j/{COUNTY}/reports", do=_below)
    yield Picture(f"now.{lang}.png", lang, "officer", f"/j/{TOWN}")
    plan = f"/j/{TWO}/act/local_positive_reported?verb=activate"
    yield Picture(f"plan.phone.{lang}.png", lang, "officer", plan, "phone", _plan)
    yield Picture(f"duty.{lang}.png", lang, "officer", f"/j/{TOWN}/duty", do=_chart, height=470)
    yield Picture(f"reports.phone.{lang}.png", lang, "lead", f"/j/{TOWN}/reports", "phone")
    yield Picture(f"proposal.{lang}.png", lang, "decider", f"/j/{TWO}/proposals", do=_proposal)
    yield Picture(f"playbook.{lang}.png", lang, "author", f"/j/{TOWN}/plan", do=_local)
    yield Picture(f"users.{lang}.png", lang, "admin", "/admin/users/lead")
    yield Picture(f"record.{lang}.png", lang, "auditor", f"/j/{TOWN}/record/verify", do=_verify)


PICTURES: Final = (*_in("en"), *_in("zh"))


@contextmanager
def told(folder: Path, lang: Lang) -> Iterator[Served]:
    """Give the demo in a language, served to nobody yet; it is taken away by whoever made the folder."""
    clock, file = FakeClock(), folder / "incident.db"
    terms = prepared(folder, Terms("demo", None, None, None, None, 60))
    with speaking(lang), closing(bootstrap.open_store(f"sqlite:///{file}")) as store:
        make(store, bootstrap.gate(store)._replace(passwords=Argon2(CHEAPEST)), terms, clock)
    kept = bootstrap.outlets(terms.checkpoints)
    with apart(terms), closing(Served(file, clock, kept, is_demo=True)) as served:
        yield served


def take(browser: Browser, folder: Path, lang: Lang) -> Iterator[Path]:
    """Take the pictures in one language, each into its file."""
    with told(folder, lang) as served, served.serving() as address:
        window = Window(browser, served, address)
        for one in PICTURES:
            if one.lang == lang:
                file = IMAGES / one.name
                file.write_bytes(shot(window, one))
                yield file
        window.close()


def shot(window: Window, one: Picture) -> bytes:
    """Open the page of a picture, do there what is to be done, and give what it shows as a PNG."""
    page = window.open(one.login, one.path, lang=one.lang, screen=one.screen)
    if one.do is not None:
        with speaking(one.lang):
            one.do(page)
    width, height = size_meant(one)
    return page.screenshot(clip={"x": 0, "y": 0, "width": width, "height": height})


def size_meant(one: Picture) -> tuple[int, int]:
    """Give width and height in pixels as a picture is to have them."""
    screen = SCREENS[one.screen]
    return screen["width"], one.height or screen["height"]


def size_of(png: bytes) -> tuple[int, int]:
    """Give width and height in pixels as a PNG says them."""
    assert png.startswith(_SIGNATURE)
    width, height = struct.unpack(">II", png[16:24])
    return width, height
