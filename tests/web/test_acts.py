"""Every act in a browser, with scripts and without: fill in, press, and be told what was done.

What is sent is watched, and held against the routes: one that is new and that nobody presses here fails.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Final, Literal, NamedTuple, NoReturn
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from incident.web.pages import record_verify
from tests.web.acts import ACTS, Act, Fields, Press, called
from tests.web.filled import HOME, address_of
from tests.web.looking import Window
from tests.web.serving import Served
from tests.web.test_permissions import rules

STOP: Final = Act("auditor", f"{HOME}/record/verify", (Press("Verify"), Press("Stop")), "Verifying")


@pytest.fixture
def served(busy: Served) -> Served:
    """A site with something on every page."""
    return busy


class Look(NamedTuple):
    """How acts are done."""

    lang: Literal["en", "zh"]
    screen: str
    script: bool


LOOKS: Final = {
    "in English on a phone without scripts": Look("en", "phone", script=False),
    "in Chinese at a desk with scripts": Look("zh", "desk", script=True),
}


class Presser:
    """Does acts in one kind of browser, and keeps in mind what was sent where."""

    def __init__(self, window: Window, look: Look) -> None:
        """Begin with no page open."""
        self._window, self._look = window, look
        self._pages: dict[str, Page] = {}
        self.sent: set[str] = set()

    def do(self, act: Act) -> None:
        """Do an act, and be told so."""
        page = self._page_of(act.login)
        page.goto(address_of(self._window.served, act.address))
        for press in act.presses:
            place = page.locator(press.within)
            fill(page, press.fields)
            button = place.get_by_role("button", name=called(press.button, self._look.lang)).first
            with page.expect_navigation():  # a click is over before the page that it asks for is there
                button.click()
        told = re.compile(called(act.told, self._look.lang))
        expect(page.locator("main"), act.address).to_contain_text(told)

    def _page_of(self, login: str | None) -> Page:
        if login in self._pages:
            return self._pages[login]
        look = self._look
        page = self._window.open(login, lang=look.lang, script=look.script, screen=look.screen)
        page.on(
            "request", lambda sent: self.sent.add(urlsplit(sent.url).path) if sent.method == "POST" else None
        )
        if login is not None:
            self._pages[login] = page
        return page

    def download(self, login: str, address: str, button: str) -> str:
        """Press a button that gives a file, and give its name."""
        page = self._page_of(login)
        page.goto(address)
        with page.expect_download() as waiting:
            page.get_by_role("button", name=called(button, self._look.lang)).click()
        return waiting.value.suggested_filename


def fill(page: Page, fields: Fields) -> None:
    """Fill a form in; what is folded up is opened first."""
    for where, what in fields.items():
        field = page.locator(where).first
        if not field.is_visible():
            page.locator(f"details:has({where}) > summary").first.click()
        if isinstance(what, bool):
            field.set_checked(what)
        elif not isinstance(what, str):
            field.set_input_files(what)
        elif field.evaluate("one => one.localName") == "select":
            field.select_option(str(what))
        else:
            field.fill(what)


def endless(tell: Callable[[int], None]) -> NoReturn:
    """Verify until somebody stops it."""
    while True:
        tell(0)
        threading.Event().wait(0.01)


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_every_act_is_done(window: Window, monkeypatch: pytest.MonkeyPatch, look: Look) -> None:
    window.served.session("author")  # on another machine
    presser = Presser(window, look)

    for act in ACTS:
        presser.do(act)
    assert presser.download("auditor", f"{HOME}/record/kit", "Download the kit").endswith(".zip")
    monkeypatch.setattr(record_verify, "_work_of", lambda *_: endless)
    presser.do(STOP)

    routes = [path for method, path, _rule in rules() if method == "POST" and not path.startswith("/api")]
    assert {route_of(sent, routes) for sent in presser.sent} == {*routes}


def route_of(sent: str, routes: list[str]) -> str:
    """Give the route that something was sent to: of those that it could be the one that says most."""
    patterns = {route: re.sub(r"{\w+:\w+}", "[^/]+", route) for route in routes}
    return min(
        (route for route in routes if re.fullmatch(patterns[route], sent)), key=lambda one: one.count("{")
    )
