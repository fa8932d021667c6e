"""Where a jurisdiction stands, as a page: what is wrong first, what stands with its clause, live."""

from __future__ import annotations

import re
from html import unescape
from importlib.resources import files

import pytest
from playwright.sync_api import expect

from incident.domain.directory import Row, Sheet
from incident.domain.errors import StoreError
from incident.domain.problem import Mark
from incident.service import people
from incident.service.ports_identity import WantedAccess
from incident.service.tick import sweep
from incident.service.who import Origin, Who
from incident.testing import fixed_chance
from incident.web.security.personal import Noted
from tests.web.looking import Window, listens
from tests.web.pressing import Presser
from tests.web.serving import TOWN, Served
from tests.web.test_board import activate

NOW = f"/j/{TOWN}"
#: Who leads the town's headquarters.
NAME = "赵六"


def words(page: str) -> str:
    """Give the words of a page, with one blank between them."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split()).replace(" :", ":")


def name_the_leader(served: Served) -> None:
    """Let the directory say who leads, and so who is on duty."""
    sheet = Sheet(
        "people.csv", [Row(Mark("people.csv", 2, 1), seat="command.leader", holder="P1", name=NAME)]
    )
    done = people.import_rows(
        served.workplace.store,
        TOWN,
        sheet,
        origin=Origin(Who(by="operator"), "test", "people"),
        now=served.clock,
        chance=fixed_chance,
    )
    assert done is not None


def readings(served: Served) -> list[str | None]:
    """Give what was noted of names that were read."""
    with served.gate.identity.reading() as tx:
        return [one.what for one in tx.accesses(WantedAccess(), 99) if one.kind == "read_personal"]


def test_routine_says_what_stands_with_the_clause_and_marks_our_own(served: Served) -> None:
    with Presser(served, "auditor") as auditor:
        page = words(auditor.look(NOW))
    with Presser(served, "auditor", lang="zh") as reader:
        chinese = words(reader.look(NOW))

    assert "○ Routine" in page
    assert "○ 常态" in chinese
    for said in ("Duty group", "一(十四)", "in part our own", "we are here", "playbook majian"):
        assert said in page
    assert "Acts as" not in page  # nobody acts as another in routine


def test_in_an_emergency_each_group_stands_beside_its_counterpart(served: Served) -> None:
    activate(served)

    with Presser(served, "auditor") as auditor:
        page = auditor.look(NOW)

    assert "● Local positive detected" in words(page)
    assert "330681111-2026-001" in page
    row = next(row for row in page.split("</tr>") if "→ Community lockdown group" in row)
    assert "Social stability group" in row
    assert "#1" in row  # since the activation
    assert "our own: the paper is silent" in page
    assert 'class="state here" data-state="local_positive_detected"' in page
    assert 'class="state initial" data-state="routine"' in page


def test_who_may_see_names_sees_them_and_that_is_noted_once(served: Served) -> None:
    name_the_leader(served)

    with Presser(served, "author") as author:
        assert NAME not in author.look(NOW)
    assert readings(served) == []
    with Presser(served, "duty_officer") as officer:
        assert [NAME in officer.look(NOW) for _ in range(2)] == [True, True]

    assert readings(served) == ["now"]


def test_what_is_not_in_the_record_is_said_and_so_is_what_should_not_be(served: Served) -> None:
    with served.workplace.store.writing(TOWN) as tx:
        tx._connection.exec_driver_sql(
            "UPDATE standing SET key = 'night_watch' WHERE kind = 'roster' AND key = 'watch'"
        )
        tx.commit()

    with Presser(served, "auditor") as auditor:
        page = words(auditor.look(NOW))

    assert "To be seen to" in page
    assert page.count("! missing in the record") == 1
    assert page.count("! not in the playbook") == 1


def test_a_report_that_is_late_has_to_be_seen_to(served: Served) -> None:
    activate(served)
    served.clock.after(hours=2, minutes=10)
    sweep(served.workplace.store, now=served.clock, node="tests")

    with Presser(served, "auditor") as auditor:
        page = words(auditor.look(NOW))

    assert "reports late: 1; longest: First report of Duty group, 10 min late Reports" in page


def test_a_planned_end_that_has_passed_is_said(served: Served) -> None:
    activate(served)
    served.clock.after(days=400)

    with Presser(served, "auditor") as auditor:
        page = words(auditor.look(NOW))

    assert "the planned end has passed" in page
    assert "promised times have passed and were not carried out" in page


def test_a_journal_that_must_not_be_written_to_says_so(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = StoreError(where="here", expected="the newest", found="fewer entries", do="recover it")
    monkeypatch.setattr(served.workplace.store, "left_out", lambda codes: dict.fromkeys(codes, refused))

    with Presser(served, "auditor") as auditor:
        page = words(auditor.look(NOW))

    assert "Read-only, and perhaps not the newest" in page
    assert "fewer entries" in page


def test_a_time_that_has_been_is_shown_as_it_was(served: Served) -> None:
    served.clock.after(hours=2)
    activate(served)

    with Presser(served, "duty_officer") as officer:
        before = officer.look(f"{NOW}?at=03:00")
        shown = words(before)

    assert "As it was: 2026-03-01 03:00" in shown
    assert "Rebuilt from the journal, by entries 0 to 0." in shown
    assert "330681111-2026-001" not in shown
    assert 'class="state initial here" data-state="routine"' in before
    # nothing is done in the past, and nothing moves there
    assert f'href="{NOW}/log"' not in before
    assert "hx-get" not in before


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2030-01-01 00:00", "a time that has been"),  # not yet
        ("2020-01-01 00:00", "a time since 330681111 was adopted"),  # not there then
        ("soon", "a time such as 2026-03-01 02:40"),  # no time
    ],
)
def test_a_time_that_cannot_be_looked_at_is_refused(served: Served, at: str, said: str) -> None:
    with Presser(served, "auditor") as auditor:
        page = auditor.look(f"{NOW}?at={at}", 422)

    assert said in words(page)
    assert f'value="{at}"' in page


def test_another_countys_page_is_nobodys_business(served: Served) -> None:
    with Presser(served, "stranger") as stranger:
        assert stranger.get(NOW).status_code == 403


def test_what_somebody_else_does_shows_at_once_and_takes_nothing_away(window: Window) -> None:
    page = window.open("duty_officer", NOW, lang="zh", screen="phone")
    listens(page)
    page.locator("#next-1 summary").click()
    page.locator("[name=at]").fill("02:3")

    with page.expect_response(lambda answer: answer.url.endswith(NOW)):
        activate(window.served)

    expect(page.locator(".incident-diagram .here .place")).to_have_text("● 当前状态")
    expect(page.locator("#place .mark")).to_contain_text("发现本土阳性")
    expect(page.locator("[data-state=local_positive_detected]")).to_have_class("state here")
    expect(page.locator("#next-1")).to_have_attribute("open", "")
    expect(page.locator("[name=at]")).to_have_value("02:3")
    expect(page.locator("[name=at]")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_every_class_of_the_diagram_has_its_rule(served: Served) -> None:
    sheet = (files("incident.web") / "static" / "style.css").read_text()
    with Presser(served, "auditor") as auditor:
        (svg,) = re.findall(r"<svg .*?</svg>", auditor.look(NOW), re.DOTALL)

    used = {one for classes in re.findall(r'class="([^"]+)"', svg) for one in classes.split()}
    without_look = {"state", "step", "card", "detail"}  # groups, and what is drawn like any text
    assert {one for one in used if f".{one}" not in sheet} <= without_look


# -- readings of names


class Ticks:
    """A clock in seconds that nobody can set."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def test_looking_on_is_one_reading_for_ten_minutes() -> None:
    ticks = Ticks()
    noted = Noted(ticks)
    reading = ("u1", "s1", "10.0.0.1", TOWN, "now")

    assert not noted.is_known(reading)
    noted.remember(reading)
    ticks.at = 599.9
    assert noted.is_known(reading)
    assert not noted.is_known(("u1", "s2", "10.0.0.1", TOWN, "now"))
    ticks.at = 600.0
    assert not noted.is_known(reading)


def test_a_reading_that_could_not_be_noted_is_not_shown(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    name_the_leader(served)

    def fail(*_words: object, **_more: object) -> None:
        raise StoreError(where="here", expected="a disk with room", found="none", do="make room")

    with Presser(served, "duty_officer") as officer:
        with monkeypatch.context() as broken:
            broken.setattr("incident.web.security.personal.note", fail)
            assert NAME not in officer.look(NOW, 503)
            assert NAME not in officer.look(NOW, 503)
        assert NAME in officer.look(NOW)
    assert readings(served) == ["now"]
