"""Pages that are live: nothing is missed from when they were drawn, and nothing is asked for in vain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from incident.service import users
from incident.service.access import NOBODY
from incident.testing import FakeClock
from incident.web.security.asking import PLAIN_COOKIE
from incident.web.server import listen
from tests.web.looking import Window
from tests.web.serving import TOWN, Served, copy
from tests.web.test_board import activate, listens_to

#: Entries in the journal of the town, and in both of those there are.
ONE, BOTH = 1, 2
#: Milliseconds after which a page has surely asked again for what it was cut off from.
AGAIN = 30_000


@pytest.fixture(scope="module")
def quiet(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a site in which nothing happens, and a session of the officer's."""
    file = copy(template, tmp_path_factory.mktemp("quiet") / "incident.db")
    with closing(Served(file, FakeClock())) as served, served.serving() as address:
        yield address, served.session("duty_officer")


def first_words(quiet: tuple[str, str], path: str, last: str | None = None) -> list[str]:
    """Listen, and give what is said first after that somebody listens."""
    address, secret = quiet
    headers = {"cookie": f"{PLAIN_COOKIE}={secret}"} | ({} if last is None else {"last-event-id": last})
    with closing(HTTPConnection(urlsplit(address).netloc, timeout=10)) as connection:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200
        assert [line(answer.readline()) for _ in range(3)] == [": listening", "retry: 2000", ""]
        return [*iter(lambda: line(answer.readline()), "")]


def line(raw: bytes) -> str:
    return raw.decode().rstrip()


@pytest.mark.parametrize(
    ("path", "last", "is_told"),
    [
        ("/live", None, True),  # who says nothing may have missed something
        (f"/live?seen={BOTH}", None, False),
        (f"/live?seen={BOTH - 1}", None, True),
        (f"/live?seen={BOTH + 1}", None, False),  # drawn since the server looked: news will come
        (f"/live?seen={BOTH}", "1", True),  # what was heard last counts, not what was drawn first
        ("/live?seen=0", str(BOTH), False),
        ("/live?seen=0", "²", True),
        (f"/j/{TOWN}/live?seen={ONE}", None, False),
        (f"/j/{TOWN}/live?seen=0", None, True),
    ],
)
def test_who_has_seen_fewer_entries_than_there_are_is_told_at_once(
    quiet: tuple[str, str], path: str, last: str | None, *, is_told: bool
) -> None:
    there = ONE if path.startswith("/j") else BOTH

    words = first_words(quiet, path, last)

    if is_told:
        assert words == [f"id: {there}", "event: changed", "data:"]
    else:
        assert words[1:] == ["event: well", "data:"]
        assert int(words[0].removeprefix("id: ")) >= there


@pytest.mark.parametrize("path", ["/", f"/j/{TOWN}", f"/j/{TOWN}/record"])
def test_an_idle_page_asks_for_nothing_and_one_change_is_one_request(
    window: Window, served: Served, path: str
) -> None:
    page = unopened(window, served, "auditor")
    asked = list[str]()
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page.goto(path)
    listens_to(page, served)

    with page.expect_response(lambda answer: urlsplit(answer.url).path == path):
        activate(served)
    page.wait_for_timeout(300)  # longer than news are gathered for: more would have been asked for by now

    (stream,) = [one for one in asked if one.endswith("/live")]
    assert [one for one in asked if not one.startswith("/static/")] == [path, stream, path]
    assert served.opened.site.live.waiting == 1, "it listens still, on the same stream"


def test_what_happens_between_drawing_a_page_and_listening_is_shown(window: Window, served: Served) -> None:
    page = unopened(window, served, "duty_officer")

    def late(route: Route) -> None:
        activate(served)
        route.continue_()

    page.route("**/live?seen=*", late, times=1)
    page.goto("/")

    expect(page.locator("main .board").last).to_contain_text(f"{TOWN}-2026-001")


def test_a_page_that_is_cut_off_says_so_and_catches_up(browser: Browser, served: Served) -> None:
    with served.serving() as address:
        window = Window(browser, served, address)
        page = window.open("duty_officer", "/")
        listens_to(page, served)
        expect(page.locator("#cut-off")).to_be_hidden()
    expect(page.locator("#cut-off")).to_be_visible()
    expect(page.locator("#cut-off time")).to_have_text(re.compile("[0-9:]{8}"))

    activate(served)
    again = listen("127.0.0.1", urlsplit(address).port or 0)
    with closing(reopened(served)) as anew, anew.serving(taken=again):
        expect(page.locator("main .board").last).to_contain_text(f"{TOWN}-2026-001", timeout=AGAIN)
        expect(page.locator("#cut-off")).to_be_hidden()
        window.close()


def test_a_connection_over_which_nothing_comes_is_given_up_and_made_anew(
    window: Window, served: Served
) -> None:
    page = unopened(window, served, "duty_officer")
    page.clock.install()
    page.goto("/")
    listens_to(page, served)
    page.clock.fast_forward(41_000)
    expect(page.locator("#cut-off")).to_be_visible()
    with page.expect_request("**/live?seen=*"):
        page.clock.run_for(5_000)

    expect(page.locator("#cut-off")).to_be_hidden()


def test_a_page_whose_first_stream_failed_listens_later(window: Window, served: Served) -> None:
    page = unopened(window, served, "duty_officer")
    page.clock.install()
    page.route("**/live?seen=*", lambda route: route.fulfill(status=503), times=1)
    with page.expect_response("**/live?seen=*"):
        page.goto("/")

    page.clock.fast_forward(41_000)

    listens_to(page, served)
    expect(page.locator("#cut-off")).to_be_hidden()


def test_a_page_learns_at_the_next_connection_that_its_session_is_over(
    browser: Browser, served: Served
) -> None:
    with served.serving() as address:
        window = Window(browser, served, address)
        page = window.open("duty_officer", "/")
        listens_to(page, served)
    users.disable(served.gate, "duty_officer", NOBODY)

    again = listen("127.0.0.1", urlsplit(address).port or 0)
    with closing(reopened(served)) as anew, anew.serving(taken=again):
        expect(page.locator("#ended")).to_contain_text("Your session is over", timeout=AGAIN)
        window.close()


def test_a_page_that_one_may_look_at_no_more_says_that_and_not_that_the_server_is_away(
    browser: Browser, served: Served
) -> None:
    with served.serving() as address:
        window = Window(browser, served, address)
        page = window.open("duty_officer", f"/j/{TOWN}")
        listens_to(page, served)
        users.revoke(served.gate, "duty_officer", "duty_officer", TOWN, NOBODY)

        expect(page.locator("#ended")).to_contain_text("You may look at this no more", timeout=AGAIN)
        with page.expect_response(lambda answer: "/live" in answer.url and answer.status == 403):
            pass  # it asked for its stream again, and was refused that too
        expect(page.locator("#ended")).to_contain_text("You may look at this no more")
        expect(page.locator("#cut-off")).to_be_hidden()
        window.close()


def reopened(served: Served) -> Served:
    """Give the same site as after a restart."""
    return Served(Path(served.url.removeprefix("sqlite:///")), served.clock)


def unopened(window: Window, served: Served, login: str) -> Page:
    """Give a page of somebody's that shows nothing of the site yet."""
    page = window.open(None, "about:blank")
    page.context.add_cookies([{"name": PLAIN_COOKIE, "value": served.session(login), "url": window.address}])
    return page
