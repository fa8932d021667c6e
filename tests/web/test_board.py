"""The board, as a page and in a browser: who sees what, what stands above, what is found, what is live."""

from __future__ import annotations

import re
from unittest import mock

import pytest
from playwright.sync_api import Page, expect

from incident.domain.organisation import Text
from incident.language import speaking
from incident.service.glance import Glance
from incident.service.handle import handle
from incident.testing import fixed_chance
from incident.web.lines import Lines
from incident.web.pages.board import _SHOWN as SHOWN
from incident.web.pages.board import Filter, draw_beforehand, drawn
from incident.web.text import render
from tests.playbooks import NIGHT, ask
from tests.web.looking import Window
from tests.web.serving import TOWN, Served

#: Nothing is filtered out.
ALL = Filter()
POSITIVE = {"origin": "local", "result": "confirmed", "cases": 1}


def show(*found: Glance, wanted: Filter = ALL, lang: str = "en") -> str:
    """Draw a board without a server."""
    with speaking(lang):
        return render("board.html", me=None, path="/", seen=0, **drawn(found, wanted, NIGHT, Lines()))


def rows(page: str) -> list[str]:
    """Give the lines of the table of all: how deep each stands, and its words."""
    table = page.rpartition("<tbody>")[2].partition("</tbody>")[0]
    return [
        re.sub("<[^>]*>", " ", line).replace('class="', "").replace('">', "")
        for line in table.split("<tr")[1:]
    ]


def town(code: str, **words: object) -> Glance:
    known = {
        "name": Text(f"第{code}镇", f"Town {code}"),
        "state": "routine",
        "state_name": Text("常态", "Routine"),
        "grave": "calm",
        "since": NIGHT,
        **words,
    }
    return Glance(code=code, **known)  # type: ignore[arg-type]


def activate(served: Served) -> None:
    """Let somebody else press the button."""
    words = {"decided_by": "领导小组", "basis": "诸市防控〔2021〕4号", "reason": "确诊", "by": "王小明"}
    request = ask("local_positive_reported", verb="activate", fields=POSITIVE, **words)
    handle(served.workplace.store, TOWN, request, now=served.clock, chance=fixed_chance)


# -- as a page


def test_each_is_a_line_with_its_state_in_a_sign_and_a_word() -> None:
    page = show(
        town("1"),
        town(
            "2",
            depth=1,
            state="raised",
            state_name=Text("响应", "Response"),
            grave="watch",
            incident="2-2026-001",
        ),
        town("3", depth=1, state="emergency", state_name=Text("应急", "Emergency"), grave="alarm"),
    )

    assert [" ".join(row.split()) for row in rows(page)] == [
        "> Town 1 1 ○ Routine 2026-03-01 02:40",
        "d1 Town 2 2 ◐ Response 2026-03-01 02:40 2-2026-001",
        "d1 Town 3 3 ● Emergency 2026-03-01 02:40",
    ]


def test_what_is_open_is_said_in_words_in_the_language_of_who_looks() -> None:
    one = town(
        "2",
        overdue_since=NIGHT - 600,
        overdue=1,
        aside=1,
        late_since=NIGHT - 7200,
        reports_late=2,
        directives_late=3,
        is_past_end=True,
        is_unconfirmed=True,
        waiting=5,
        unreached=4,
        lost=6,
        unsigned=7,
        proposals=9,
        unreviewed=10,
        behind="1",
        laggards=8,
    )
    for lang, words in (
        (
            "en",
            [
                *(
                    "since 2026-03-01 00:40",
                    "not confirmed in time",
                    "planned end passed",
                    "nothing carried out for 10 min",
                ),
                *("tried no more: 1", "reports late: 2", "orders unanswered: 3", "not reached: 4"),
                *("no answer yet: 1", "letters lost: 6", "handovers unsigned: 7", "behind Town 1"),
                *("have not followed: 8", "to be approved: 9", "done alone, not reviewed: 10"),
            ],
        ),
        ("zh", ["自2026-03-01 00:40起", "逾期未报：2", "尚未跟进第1镇"]),
    ):
        (_first, row) = rows(show(town("1"), one, lang=lang))
        assert not [word for word in words if word not in row], row


def test_whoever_comes_first_finds_the_lines_drawn(served: Served) -> None:
    site = served.opened.site
    draw_beforehand(site.store, site.lookout, site.lines, site.now)
    drawn_before = site.lines.drawn

    assert drawn_before >= 2
    for lang in ("zh", "en"):
        found = served.client("auditor").get("/", headers={"cookie": f"lang={lang}"})
        assert found.status_code == 200
    assert site.lines.drawn == drawn_before


def test_a_server_that_ends_draws_nothing_beforehand(served: Served) -> None:
    site, lines = served.opened.site, Lines()
    draw_beforehand(site.store, site.lookout, lines, site.now, lambda: True)
    assert lines.drawn <= SHOWN


def test_lines_take_no_more_than_they_may_and_the_one_not_asked_for_longest_goes() -> None:
    lines = Lines(most=2900)

    def ask(name: str, words: str = "x") -> bool:
        before = lines.drawn
        assert lines.of(("en", name), (words,), lambda: words) == words
        return lines.drawn > before

    assert [ask("1"), ask("2"), ask("3"), ask("1")] == [True, True, True, False]
    assert ask("4"), "a fourth has no room"
    assert (len(lines), lines.taken <= 2900) == (3, True)
    assert [ask("3"), ask("1"), ask("4"), ask("2")] == [False, False, False, True]
    assert ask("2", "another"), "it would say something else"
    assert ask("5", "x" * 3000), "one that has no room at all is drawn each time"
    assert (len(lines), lines.taken) == (0, 0)


def test_a_line_that_goes_while_it_is_read_is_given_all_the_same() -> None:
    lines = Lines()

    class Going(str):
        """What a line is made of; comparing it lets the line go."""

        __slots__ = ()
        __hash__ = str.__hash__

        def __ne__(self, other: object) -> bool:
            lines._kept.clear()
            return False

        def __eq__(self, other: object) -> bool:
            return not self != other

    lines.of(("en", "1"), (Going(),), lambda: "drawn")
    assert lines.of(("en", "1"), (Going(),), lambda: "anew") == "drawn"


def test_a_line_is_drawn_anew_only_where_it_would_say_something_else() -> None:
    lines = Lines()

    def drawings(*found: Glance, at: int = NIGHT) -> int:
        with mock.patch("incident.web.pages.board.macro", return_value="<tr>") as drawing, speaking("en"):
            drawn(found, ALL, at, lines)
        return drawing.call_count

    county, calm = town("1"), town("2")
    late, behind = town("3", overdue_since=NIGHT - 600, overdue=1), town("4", behind="1")
    assert drawings(county, calm, late, behind) == 6, "two of them stand above, too"
    assert drawings(county, calm, late, behind) == 0
    assert drawings(county, calm, late, behind, at=NIGHT + 60) == 2, "a minute more is late"
    assert drawings(town("1", name=Text("一", "One")), calm, late, behind, at=NIGHT + 60) == 3
    with speaking("zh"):
        assert "Town" not in drawn([calm], ALL, NIGHT, lines)["rows"]


def test_the_worst_stand_above_and_no_more_than_a_screen_of_them() -> None:
    calm, watched = town("1"), town("2", unsigned=1)
    late = [town(str(code), reports_late=1) for code in range(10, 40)]

    page = show(calm, watched, *late)
    above = page.partition('id="worst"')[2].partition("</section>")[0]

    assert above.count("<tr><td>") == 12
    assert above.index("Town 10") < above.index("Town 11")
    assert "All 31 that need attention" in above
    assert "Nothing is late" in show(calm)


@pytest.mark.parametrize(
    ("wanted", "codes"),
    [
        (Filter(), ["11", "12", "21"]),
        (Filter(state="raised"), ["12"]),
        (Filter(words="town 1"), ["11", "12"]),
        (Filter(words="第 21"), ["21"]),
        (Filter(words="12-2026"), ["12"]),
        (Filter(need="1"), ["21"]),
        (Filter(need="1", words="nowhere"), []),
    ],
)
def test_who_looks_for_some_finds_them(wanted: Filter, codes: list[str]) -> None:
    page = show(
        town("11"),
        town("12", state="raised", incident="12-2026-001"),
        town("21", reports_late=1),
        wanted=wanted,
    )

    found = [re.search(r"Town (\d+)", row) for row in rows(page)]
    assert [one and one[1] for one in found] == codes
    assert f"{len(codes)} of 3" in page


def test_what_somebody_searches_for_comes_back_as_words_and_nothing_else() -> None:
    page = show(town("1"), wanted=Filter(words='"><script>', state="a&b"))

    assert "<script>" not in page
    assert 'hx-get="/?stands=a%26b&amp;q=%22%3E%3Cscript%3E&amp;need="' in page


def test_one_that_cannot_be_read_is_there_and_says_what_to_run() -> None:
    (row,) = rows(show(Glance(code="330681111", is_readable=False)))

    assert "incident journal verify 330681111" in row


def test_a_line_of_one_that_is_well_stays_below_two_hundred_bytes() -> None:
    def size(n: int, lang: str) -> int:
        found = [town(f"33068{code:04}", depth=2, name=Text("马剑镇", "Majian Town")) for code in range(n)]
        return len(show(*found, lang=lang).encode())

    for lang in ("zh", "en"):
        assert (size(110, lang) - size(10, lang)) / 100 < 200


# -- as somebody


@pytest.mark.parametrize(
    ("login", "status", "is_there"),
    [("duty_officer", 200, True), ("auditor", 200, True), ("stranger", 200, False), (None, 303, False)],
)
def test_nobody_sees_more_than_they_may(
    served: Served, login: str | None, status: int, *, is_there: bool
) -> None:
    with served.client(login) as client:
        answer = client.get("/", follow_redirects=False)

    assert answer.status_code == status or login is None
    assert (f"/j/{TOWN}" in answer.text) is is_there
    assert ("No jurisdiction within your reach" in answer.text) is (login == "stranger")


# -- in a browser


@pytest.mark.parametrize("screen", ["desk", "phone"])
def test_what_somebody_else_does_is_seen_without_a_touch(window: Window, served: Served, screen: str) -> None:
    page = window.open("duty_officer", "/", screen=screen)
    expect(page.locator("main .board").last).to_contain_text("○")

    listens_to(page, served)
    activate(served)

    expect(page.locator("main .board").last).to_contain_text(f"{TOWN}-2026-001")
    expect(page.locator("main .board").last).to_contain_text("●")


def test_without_javascript_the_filter_is_a_form(window: Window, served: Served) -> None:
    activate(served)
    page = window.open("duty_officer", "/", script=False, lang="zh")

    page.locator("#q").fill("没有")
    page.locator("form[role=search] button").click()
    expect(page.locator("main .board").last.locator("tbody tr")).to_have_count(0)
    page.locator("#q").fill("马剑")
    page.locator("form[role=search] button").click()
    expect(page.locator("main .board").last.locator("tbody tr")).to_have_count(1)
    page.locator("main .board").last.get_by_role("link").first.focus()
    assert _is_within(page)


def listens_to(page: Page, served: Served) -> None:
    """Wait until a page hears of news."""
    for _ in range(500):
        if served.opened.site.live.waiting:
            return
        page.wait_for_timeout(10)
    pytest.fail("the page does not listen")


def _is_within(page: Page) -> bool:
    """Tell whether nothing of a page is wider than its screen."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
