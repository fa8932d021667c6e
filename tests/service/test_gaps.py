"""What is foreseen weeks ahead: an alarm as soon as a change makes it known, and not a second time.

It is looked for by a worker, in an entry of its own: nobody who acts waits for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from msgspec.structs import replace

from incident.domain import clock, gaps
from incident.domain.facts import AnyFact, DutyAssigned, GapForeseen, ItemStarted, OutlookPromised
from incident.domain.playbook import Playbook
from incident.playbook_text.load import must_load
from incident.service import opened, outlook, tick
from incident.service.tick import TRIES, sweep
from incident.testing import MemoryStore
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


def leave(office: Office, holder: str, since: str, until: str) -> None:
    """Note a leave, and let the worker look."""
    office.cover(holder, since=since, until=until, why="leave")
    office.sweep()


def test_a_leave_in_three_weeks_that_leaves_a_post_empty_is_told_at_once(office: Office) -> None:
    staffed(office)
    office.sweep()
    known = len(foreseen(office))
    leave(office, "H1", "2026-03-20 08:00", "2026-03-22 08:00")

    (gap,) = foreseen(office)[known:]
    assert (gap.roster, gap.post, gap.mark, gap.times) == ("watch", "officer.1", "uncovered", 2)
    assert (gap.since, gap.until) == ("2026-03-20T00:00:00Z", "2026-03-21T00:00:00Z")
    assert gap.tell == ["duty.leader", "command.leader"]
    office.expect_notice("command.leader")


def test_nobody_who_acts_looks_ahead(office: Office) -> None:
    staffed(office)
    outcome = office.cover("H1", since="2026-03-20 08:00", until="2026-03-22 08:00", why="leave")
    assert [type(fact) for fact in outcome.entry.facts] == [ItemStarted, OutlookPromised]
    office.activate("local_positive_reported", origin="local", result="confirmed", cases=1)
    assert foreseen(office) == [], "what is due is caught up before an act, but not that"

    office.sweep()
    assert [gap.mark for gap in foreseen(office)] == ["uncovered"]
    with office.store.reading() as tx:
        *_others, last = tx.entries(office.code)
    entry = opened.read_entry(office.code, last)
    assert (entry.actor, entry.node) == ("system", "drill")


def test_a_switch_that_moves_no_roster_promises_no_look(office: Office) -> None:
    staffed(office)
    office.sweep()
    office.file("duty", zero=True)
    assert looks(office) == ["2026-03-02T00:00:00Z"], "Monday's stays"


def looks(office: Office) -> list[str]:
    """When the next looks are promised."""
    with office.store.reading() as tx:
        timers = tx.open_timers(office.code)
    return [clock.stamp(one.due) for one in timers if one.what == "outlook"]


def test_what_is_known_is_not_told_again(office: Office) -> None:
    staffed(office)
    leave(office, "H1", "2026-03-20 08:00", "2026-03-22 08:00")
    known = len(foreseen(office))
    leave(office, "L2", "2026-03-25 08:00", "2026-03-26 08:00")
    assert len(foreseen(office)) == known
    office.after(days=8)
    assert len(foreseen(office)) == known


def test_a_gap_that_becomes_longer_is_told_again(office: Office) -> None:
    staffed(office)
    leave(office, "H1", "2026-03-20 08:00", "2026-03-20 11:00")
    leave(office, "H1", "2026-03-20 09:00", "2026-03-21 07:00")
    first, second = foreseen(office)
    assert (first.since, first.until) == ("2026-03-20T00:00:00Z", "2026-03-20T03:00:00Z")
    assert (second.since, second.until) == ("2026-03-20T00:00:00Z", "2026-03-20T23:00:00Z")


def test_a_gap_that_had_gone_and_comes_back_is_told_again(office: Office) -> None:
    staffed(office)
    leave(office, "H1", "2026-03-20 08:00", "2026-03-22 08:00")
    assert ("outlook", "*") in office.standing
    office.take_in(
        row(
            "全体机关干部",
            "H2",
            name="戊",
            channels=("mail:h2@b.cn",),
            since="2026-03-01",
            until="2026-03-31",
        )
    )
    office.sweep()
    assert ("outlook", "*") not in office.standing, "nothing goes wrong any more"
    leave(office, "H2", "2026-03-20 08:00", "2026-03-22 08:00")
    assert [(gap.since, gap.times) for gap in foreseen(office)] == [("2026-03-20T00:00:00Z", 2)] * 2


def test_somebody_whom_no_message_reaches_is_an_alarm_too(office: Office) -> None:
    office.take_in(row("全体机关干部", "H1", name="甲", since="2026-01-01"))
    office.sweep()
    (gap,) = foreseen(office)
    assert (gap.mark, gap.times) == ("unreachable", 28)


def test_on_mondays_the_fourth_week_comes_into_sight(office: Office) -> None:
    staffed(office)
    leave(office, "H1", "2026-04-10 08:00", "2026-04-12 08:00")
    assert foreseen(office) == [], "that is six weeks ahead"
    office.after(days=17)
    (gap,) = foreseen(office)
    assert (gap.since, gap.times) == ("2026-04-10T00:00:00Z", 2)


def test_after_an_outage_over_two_mondays_nothing_is_passed_over(office: Office) -> None:
    staffed(office)
    leave(office, "H1", "2026-03-31 08:00", "2026-04-01 08:00")
    assert foreseen(office) == []
    office.outage(days=16)
    (gap,) = foreseen(office)
    assert gap.since == "2026-03-31T00:00:00Z"
    assert looks(office) == ["2026-03-23T00:00:00Z"]


def test_a_watch_of_three_shifts_is_told_of_its_fourth_week_once() -> None:
    office = Office(three_shifts())
    staffed(office)
    leave(office, "H1", "2026-04-10 08:00", "2026-04-12 08:00")
    office.after(days=17)
    (gap,) = foreseen(office)
    assert gap.times == 6
    office.expect_account()


def three_shifts() -> Playbook:
    """Majian, whose watch changes every eight hours."""
    playbook = must_load("majian").playbook
    assert playbook is not None
    routine = playbook.states["routine"]
    watch = replace(routine.rosters["watch"], pattern="8h")
    states = {**playbook.states, "routine": replace(routine, rosters={**routine.rosters, "watch": watch})}
    return replace(playbook, states=states)


def test_a_look_that_fails_is_held_and_comes_again_on_monday(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    staffed(office)
    monkeypatch.setattr(outlook, "foreseen", lambda *_: 1 / 0)
    failures = []
    for _ in range(TRIES):
        failures += sweep(office.store, now=office.clock, node="n").failures
        office.clock.after(minutes=1)
    assert [one.is_held for one in failures] == [False] * (TRIES - 1) + [True]
    assert looks(office) == ["2026-03-02T00:00:00Z"]
    monkeypatch.undo()
    office.after(days=2)
    assert looks(office) == ["2026-03-09T00:00:00Z"]


def test_a_look_found_before_somebody_acted_is_not_recorded(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    staffed(office)

    def meanwhile(*looked: Any) -> list[AnyFact]:
        monkeypatch.undo()
        office.cover("H1", since="2026-03-20 08:00", until="2026-03-22 08:00", why="leave")
        return gaps.foreseen(*looked)

    monkeypatch.setattr(outlook, "foreseen", meanwhile)
    assert sweep(office.store, now=office.clock, node="n").ended == 0
    office.sweep()
    assert [gap.times for gap in foreseen(office)] == [2]


def test_an_empty_post_is_told_to_who_leads_when_its_shift_begins(office: Office) -> None:
    staffed(office)
    office.cover("H1", since="2026-03-01 06:00", until="2026-03-03 08:00", why="leave")
    office.after(hours=6)
    with office.store.reading() as tx:
        entries = [opened.read_entry(office.code, one) for one in tx.entries(office.code)]
    shifts = [fact for entry in entries for fact in entry.facts if isinstance(fact, DutyAssigned)]
    assert shifts[-1].tell == ["duty.leader", "command.leader"]
    assert shifts[-1].pieces[-1].marks == ["uncovered"]


def test_whatever_comes_due_goes_before_more_looks_and_nodes_begin_with_others(memory: MemoryStore) -> None:
    codes = {str(n) for n in range(9)}
    seconds = count()
    _done, seen = tick._looks(memory, codes, lambda: next(seconds), "a")
    assert len(seen) == 1, "a second has gone by"
    _done, others = tick._looks(memory, codes, lambda: next(seconds), "d")
    assert seen != others
    _done, seen = tick._looks(memory, codes, lambda: 0, "a")
    assert seen == codes
