"""What is foreseen weeks ahead: an alarm as soon as a change makes it known, and not a second time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from incident.domain.facts import AnyFact, DutyAssigned, GapForeseen
from incident.service import opened
from tests.service.office import Office, row


@pytest.fixture
def office() -> Iterator[Office]:
    story = Office("majian")
    yield story
    story.expect_account()
    story.dump()


def foreseen(office: Office) -> list[GapForeseen]:
    with office.store.reading() as tx:
        entries = [opened.read_entry(office.code, one) for one in tx.entries(office.code)]
    facts: list[AnyFact] = [fact for entry in entries for fact in entry.facts]
    return [fact for fact in facts if isinstance(fact, GapForeseen)]


def staffed(office: Office) -> None:
    office.take_in(
        row("全体机关干部", "H1", name="甲", channels=("mail:h1@b.cn",), since="2026-01-01"),
        row("command.leader", "L1", name="乙", channels=("mail:l1@b.cn",), since="2026-01-01"),
        row("duty.leader", "L2", name="丙", channels=("mail:l2@b.cn",), since="2026-01-01"),
        row("duty.leader", "L3", name="丁", channels=("mail:l3@b.cn",), since="2026-01-01"),
    )


def test_where_nobody_is_named_nothing_is_foreseen(office: Office) -> None:
    office.after(days=8)
    assert foreseen(office) == []


def test_a_leave_in_three_weeks_that_leaves_a_post_empty_is_told_the_minute_it_is_noted(
    office: Office,
) -> None:
    staffed(office)
    known = len(foreseen(office))
    outcome = office.cover("H1", since="2026-03-20 08:00", until="2026-03-22 08:00", why="leave")

    (gap,) = foreseen(office)[known:]
    assert (gap.roster, gap.post, gap.mark, gap.times) == ("watch", "officer.1", "uncovered", 2)
    assert (gap.since, gap.until) == ("2026-03-20T00:00:00Z", "2026-03-21T00:00:00Z")
    assert gap.tell == ["duty.leader", "command.leader"]
    assert gap in outcome.entry.facts
    office.expect_notice("command.leader")


def test_what_is_known_is_not_told_again(office: Office) -> None:
    staffed(office)
    office.cover("H1", since="2026-03-20 08:00", until="2026-03-22 08:00", why="leave")
    known = len(foreseen(office))
    office.cover("L2", since="2026-03-25 08:00", until="2026-03-26 08:00", why="leave")
    assert len(foreseen(office)) == known


def test_somebody_whom_no_message_reaches_is_an_alarm_too(office: Office) -> None:
    office.take_in(row("全体机关干部", "H1", name="甲", since="2026-01-01"))
    (gap,) = foreseen(office)
    assert (gap.mark, gap.times) == ("unreachable", 28)


def test_on_mondays_the_fourth_week_comes_into_sight(office: Office) -> None:
    staffed(office)
    office.cover("H1", since="2026-04-10 08:00", until="2026-04-12 08:00", why="leave")
    assert foreseen(office) == [], "that is six weeks ahead"
    office.after(days=17)
    (gap,) = foreseen(office)
    assert (gap.since, gap.times) == ("2026-04-10T00:00:00Z", 2)


def test_an_empty_post_is_told_to_who_leads_when_its_shift_begins(office: Office) -> None:
    staffed(office)
    office.cover("H1", since="2026-03-01 06:00", until="2026-03-03 08:00", why="leave")
    office.after(hours=6)
    with office.store.reading() as tx:
        entries = [opened.read_entry(office.code, one) for one in tx.entries(office.code)]
    shifts = [fact for entry in entries for fact in entry.facts if isinstance(fact, DutyAssigned)]
    assert shifts[-1].tell == ["duty.leader", "command.leader"]
    assert shifts[-1].pieces[-1].marks == ["uncovered"]
