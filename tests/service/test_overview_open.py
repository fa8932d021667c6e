"""What is open in each jurisdiction, as whoever looks at all sees it; and what cannot be read."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from incident.domain.ledger import Occurrence
from incident.service.adopt import adopt
from incident.service.glance import Glance, worst_first
from incident.store.sql import SqlStore
from incident.testing import Drill, MemoryStore, fixed_chance
from tests.playbooks import CODE, HOUR, NIGHT
from tests.service.office import Office
from tests.service.province import COUNTY, TOWNS, adopted, damage, look
from tests.service.qingshi import command, drill, emergency, put_in, take_back
from tests.service.test_handover import TRACING, people
from tests.two import OFFICER, TWO, case, press, propose, review

__all__ = ["drill", "emergency"]


def glance(story: Drill) -> Glance:
    (one,) = look(story.store, story.clock()).values()
    return one


# -- what is open there


def late(story: Drill) -> list[Occurrence]:
    return [one for one in story.reports() if one.state == "late" and not one.key.startswith("directive-")]


def test_reports_are_late_here_whenever_the_ledger_says_so(emergency: Drill) -> None:
    seen = set()
    for _ in range(8):
        emergency.after(hours=3, minutes=20)
        assert glance(emergency).reports_late == len(late(emergency))
        assert glance(emergency).late_since == min((one.due for one in late(emergency)), default=None)
        seen.add(len(late(emergency)))
    assert len(seen) > 2, "it told something"
    missed = {one.key for one in emergency.reports() if one.state == "missed"}
    assert "group_report" in missed, "what was overtaken is not late"

    put_in(emergency, "stability", form="situation")
    put_in(emergency, "卫生院", form="core_data")

    assert glance(emergency).reports_late == len(late(emergency)) > 0
    emergency.activate("positive", origin="local")  # two receipts: each is owed a report of its own
    emergency.after(days=2)
    assert glance(emergency).reports_late == len(late(emergency))


def test_orders_that_are_not_answered_are_counted_until_they_are_or_are_taken_back(emergency: Drill) -> None:
    first, second = command(emergency), command(emergency)
    assert (glance(emergency).directives, glance(emergency).directives_late) == (2, 0)

    emergency.after(hours=2)
    assert (glance(emergency).directives, glance(emergency).directives_late) == (2, 2)
    put_in(emergency, "stability", form=first)
    assert (glance(emergency).directives, glance(emergency).directives_late) == (1, 1)
    take_back(emergency, second)
    assert (glance(emergency).directives, glance(emergency).directives_late) == (0, 0)


def test_ends_and_confirmations_that_have_passed_are_told(emergency: Drill) -> None:
    one = glance(emergency)
    assert one.planned_end is not None
    assert one.confirm_by is not None
    assert (one.is_past_end, one.is_unconfirmed) == (False, False)

    emergency.after(days=1)
    assert (glance(emergency).is_past_end, glance(emergency).is_unconfirmed) == (False, True)
    emergency.after(days=9)
    assert (glance(emergency).is_past_end, glance(emergency).is_unconfirmed) == (True, True)


def test_what_nobody_carries_out_is_overdue_after_a_minute(emergency: Drill) -> None:
    with emergency.store.reading() as tx:
        wake = tx.next_wake()
    assert wake is not None

    (at_once,) = look(emergency.store, wake + 60).values()
    (later,) = look(emergency.store, wake + 61).values()

    assert (at_once.overdue_since, at_once.overdue) == (None, 0), "a sweep takes its time"
    assert (later.overdue_since, later.overdue) == (wake, 2)


def test_who_does_not_answer_and_whom_nobody_can_reach_is_counted() -> None:
    office = Office("majian")
    assert (glance(office).waiting, glance(office).unreached) == (0, 0)
    office.activate("local_positive_reported", origin="local", result="confirmed", cases=1)
    seen = set()
    for _ in range(6):
        (one,) = office.callouts()
        found = glance(office)
        assert (found.waiting, found.unreached) == (len(one.callout.waiting), len(one.unreached))
        seen.add(found.unreached)
        office.after(minutes=9)
        office.answer(one.callout.waiting[0])
    assert len(seen) > 2, "more and more are given up"
    assert glance(office).undelivered == len(list(_notices(office)))


def _notices(office: Office) -> list[object]:
    with office.store.reading() as tx:
        return [*tx.undelivered(10_000)]


def test_a_handover_is_unsigned_once_somebody_was_asked_for_it_and_until_both_have_signed() -> None:
    office = Office("majian")
    people(office)
    office.after(hours=5, minutes=25)
    assert glance(office).unsigned == 0, "it is five minutes old"

    office.after(minutes=30)
    assert glance(office).unsigned == 1
    one = office.note("watch").handover
    office.sign("watch", ("gave", one.gave[0]))
    assert glance(office).unsigned == 1
    office.sign("watch", ("took", one.took[0]))
    assert glance(office).unsigned == 0
    office.after(days=2)
    assert glance(office).unsigned > 0
    assert TRACING not in {one.roster for one in [office.note("watch").handover]}
    office.after(days=30)
    assert glance(office).unsigned <= 8, "a week's, no more"


def test_what_two_persons_decide_is_watched_and_what_one_did_alone_alarms(memory: MemoryStore) -> None:
    def counts(at: int = NIGHT) -> tuple[int, int, int, int]:
        (one,) = look(memory, at).values()
        return one.proposals, one.watches, one.unreviewed, one.alarms

    adopt(memory, TWO, OFFICER, now=lambda: NIGHT - HOUR, chance=fixed_chance)
    propose(memory)
    assert counts() == (1, 1, 0, 0)
    assert counts(NIGHT + 2 * HOUR)[0] == 0, "nobody may approve it any more"

    press(memory, case(verb="activate", break_glass=True))
    assert counts()[::2] == (0, 1)
    calls = look(memory, NIGHT)[CODE].alarms
    review(memory, 2)
    assert counts()[::2] == (0, 0)
    assert look(memory, NIGHT)[CODE].alarms == calls - 1


# -- what cannot be read


@pytest.mark.parametrize(
    ("statement", "is_named"),
    [
        ("UPDATE situation SET since = 'yesterday' WHERE jurisdiction = '330999101'", False),
        ("UPDATE playbook SET body = 'x' WHERE jurisdiction = '330999101'", False),
        ("DELETE FROM playbook WHERE jurisdiction = '330999101'", False),
        ("INSERT INTO standing VALUES ('330999101', 'callout', 'callout-0', 0, x'00')", True),
        ("INSERT INTO standing VALUES ('330999101', 'handover', 'watch', 0, '{\"handovers\":1}')", True),
        ("INSERT INTO standing VALUES ('330999101', 'directive', 'directive-1', 0, '{}')", True),
        ("INSERT INTO standing VALUES ('330999101', 'proposal', 'proposal-1', 0, '{}')", True),
    ],
)
def test_one_that_is_damaged_says_so_and_the_others_are_shown(
    sqlite_store: SqlStore, sqlite_url: str, statement: str, *, is_named: bool
) -> None:
    adopted(sqlite_store, TOWNS[0], COUNTY)
    adopted(sqlite_store, TOWNS[1], COUNTY)
    damage(sqlite_url, "DROP TRIGGER IF EXISTS playbook_guard_update")
    for name in _triggers(sqlite_url):
        damage(sqlite_url, f"DROP TRIGGER {name}")
    damage(sqlite_url, statement)

    found = look(sqlite_store, NIGHT)

    assert {code: one.is_readable for code, one in found.items()} == {TOWNS[0]: False, TOWNS[1]: True}
    assert (found[TOWNS[0]].name is not None) is is_named
    assert [one.code for one in worst_first(found.values())] == [TOWNS[0]]


def _triggers(url: str) -> list[str]:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        return [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        ]
