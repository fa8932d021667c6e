"""Duty as a calendar file that is taken over again and again: nothing in it is left behind as it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import icalendar
import pytest
import recurring_ical_events

from incident.service.calendar import calendar, shifts
from tests.service.office import Office
from tests.service.watching import TRACING, WATCH, activate, staffed

_FORTNIGHT = 14 * 86400


@pytest.fixture
def office() -> Iterator[Office]:
    story = Office("majian")
    staffed(story)
    yield story
    story.expect_account()
    story.dump()


class Told(NamedTuple):
    """An event as it is read back."""

    what: tuple[str, str, datetime, datetime]
    sequence: int
    made: datetime

    @property
    def status(self) -> str:
        return self.what[0]


def told(office: Office, *, holder: str | None = None) -> dict[str, Told]:
    """Give a fortnight's calendar, by UID."""
    now = office.clock()
    with office.store.reading() as tx:
        found = shifts(tx, office.code, now, now + _FORTNIGHT, now)
    body = calendar(
        found,
        holder=holder,
        name="duty",
        title=lambda pieces: " ".join(str(one.piece.holder) for one in pieces),
        description=lambda _pieces: "",
    )
    events: dict[str, Told] = {}
    read: Any = icalendar.Calendar.from_ical(body)
    for event in read.walk("VEVENT"):
        assert event.errors == []
        what = (str(event["STATUS"]), str(event["SUMMARY"]), event.start, event.end)
        events[str(event["UID"])] = Told(what, int(event["SEQUENCE"]), event["DTSTAMP"].dt)
    return events


def of(events: dict[str, Told], roster: str, post: str) -> list[tuple[str, Told]]:
    """Give the events of a post, in order of time."""
    found = [one for one in events.items() if f"-{roster}-" in one[0] and f"-{post}@" in one[0]]
    return sorted(found, key=lambda one: one[1].what[2])


def must_supersede(before: dict[str, Told], after: dict[str, Told]) -> None:
    """Each event that is another now counts for whoever took the one before over (RFC 5546, 2.1.5)."""
    for uid, one in before.items():
        then = after[uid]
        assert (then.sequence, then.made) > (one.sequence, one.made)
        if then.what == one.what:
            assert then.sequence == one.sequence, "it rises only with the event"


def test_who_takes_the_file_over_again_keeps_nothing_as_it_was(office: Office) -> None:
    before = told(office)
    office.after(minutes=1)
    office.cover("H3", until="2026-03-08 08:00", why="leave")
    after = told(office)
    must_supersede(before, after)
    assert before.keys() == after.keys()
    changed = [uid for uid in before if before[uid].what != after[uid].what]
    assert len(changed) > 5
    assert {after[uid].status for uid in changed if after[uid].sequence == 0} == {"TENTATIVE"}


def test_shift_that_changes_hands_in_the_middle_is_one_event(office: Office) -> None:
    office.after(hours=6)
    (uid, before), *_coming = of(told(office), WATCH, "officer.1")
    lead = of(told(office), WATCH, "lead")[0][1]
    there = str(office.who(WATCH)["officer.1"])
    office.after(minutes=30)
    office.cover(there, until="2026-03-08 08:00")
    after = told(office)[uid]
    assert after.what[1].split() == [there, str(office.who(WATCH)["officer.1"])]
    assert (after.status, after.what[2:]) == ("CONFIRMED", before.what[2:])
    assert after.sequence > before.sequence > 0
    assert of(told(office), WATCH, "lead")[0][1].sequence == lead.sequence
    office.after(hours=12)
    assert told(office)[uid].what == after.what, "the hours before are part of it"


def test_handover_and_what_concerns_nobody_on_duty_change_no_number(office: Office) -> None:
    before = told(office)
    office.after(days=2)
    office.override(WATCH, "H4", post="officer", since="2026-03-20 08:00", until="2026-03-20 12:00")
    after = told(office)
    kept = before.keys() & after.keys()
    must_supersede({uid: before[uid] for uid in kept}, {uid: after[uid] for uid in kept})
    assert {after[uid].sequence for uid in kept if after[uid].status == "TENTATIVE"} == {0}


def test_who_was_recorded_and_relieved_hears_of_it_in_a_file_of_their_own(office: Office) -> None:
    office.after(hours=6)
    there = str(office.who(WATCH)["officer.1"])
    (uid, before), *_others = of(told(office, holder=there), WATCH, "officer.1")
    office.override(WATCH, next(f"H{n}" for n in range(1, 6) if f"H{n}" != there), post="officer")
    office.after(days=0)
    mine = told(office, holder=there)[uid]
    assert mine.status == "CONFIRMED"  # the minutes that were served
    assert mine.what[3] < before.what[3]
    assert mine.sequence > before.sequence


def test_duty_of_an_emergency_that_is_over_is_cancelled_to_its_end(office: Office) -> None:
    activate(office)
    office.after(hours=30)
    before = told(office)
    assert len(of(before, TRACING, "lead")) > 10
    office.after(minutes=1)
    office.stand_down()
    after = told(office)
    must_supersede(before, after)
    first, *coming = of(after, TRACING, "lead")
    assert first[1].status == "CONFIRMED"
    assert {one.status for _uid, one in coming} == {"CANCELLED"}
    office.after(days=40)
    assert of(told(office), TRACING, "lead") == []


def test_file_is_unrolled_by_others_as_it_was_meant(office: Office) -> None:
    now = office.clock()
    with office.store.reading() as tx:
        found = shifts(tx, office.code, now, now + _FORTNIGHT, now)
    body = calendar(found, roster=WATCH, name="", title=lambda _: "", description=lambda _: "")
    read = icalendar.Calendar.from_ical(body)
    begins = datetime.fromtimestamp(now, UTC)
    events = recurring_ical_events.of(read).between(begins, datetime.fromtimestamp(now + _FORTNIGHT, UTC))
    meant = {(one.shift, one.piece.post) for one in found.found.pieces if one.roster == WATCH}
    assert len(events) == len(meant)


def test_a_roster_that_stands_again_is_not_what_was_cancelled(office: Office) -> None:
    """Stood down within the day and activated again: what comes counts, what was served was served."""
    activate(office)
    first = told(office)
    office.after(hours=1)
    office.stand_down()
    office.after(minutes=1)
    over = told(office)
    office.after(minutes=30)
    activate(office)
    office.after(minutes=1)
    again = told(office)
    for uid, one in of(over, TRACING, "lead"):
        then = again[uid]
        assert then.sequence >= one.sequence
        assert (then.sequence, then.made) > (one.sequence, one.made)
    served = of(first, TRACING, "lead")[0][0]
    assert (over[served].status, again[served].status) == ("CONFIRMED", "CONFIRMED")
    assert again[served].what[2:] == over[served].what[2:]
    coming = [one for uid, one in of(again, TRACING, "lead") if uid in over and uid != served]
    assert {one.status for one in coming} == {"TENTATIVE"}
