"""Carrying out again what had become due: the ends that an entry of the program itself records.

Which of the timers that were due came in an entry is taken from it, for what fails is tried again later and a
node may stop in between; each must have been open and due, and must end as `fire` ends it. A timer that was
held because carrying it out failed, and who comes on duty with a handover, cannot be found again.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from incident.domain import approving, clock, schedule
from incident.domain.facts import (
    AnyFact,
    DutyAssigned,
    GapForeseen,
    ItemChanged,
    ItemEnded,
    ItemStarted,
    OutlookPromised,
    TimerEnded,
)
from incident.domain.facts_record import HeartbeatRecorded, SnapshotTaken
from incident.domain.firing import LATE, Case, fire, hold
from incident.domain.journal import Entry
from incident.domain.say import say
from incident.domain.timer import OUTLOOK, Id, Timer
from incident.service import verify_before
from incident.service.asked import asked, to_be_signed
from incident.service.outlook import promised
from incident.service.proposing import propose
from incident.service.verify_past import Past
from incident.service.verify_verdict import DiffersError, same

#: Why a timer is held that could not be carried out.
_FAULT = ["fault"]


def carried_out(past: Past, entry: Entry) -> tuple[Sequence[AnyFact], str | None]:
    """Give the facts that an entry should hold, and what of them is taken from it. Raises `DiffersError`."""
    at, facts = clock.read_stamp(entry.at), entry.facts
    same("actor", "system", entry.actor)
    for name in ("by", "os_user", "decided_by", "basis", "reason"):
        same(name, None, getattr(entry, name))
    if facts and isinstance(facts[0], HeartbeatRecorded):
        return [HeartbeatRecorded()], None
    if facts and isinstance(facts[0], SnapshotTaken):  # what it says is held against the replay
        return [facts[0]], None
    ends = [*takewhile(lambda fact: isinstance(fact, TimerEnded), facts)]
    timers = _due(past, ends, at)
    first = facts[0] if facts else None
    if isinstance(first, TimerEnded) and first.end == "held" and first.reason == _FAULT:
        return _held(past, entry, timers[0], at), "fault"
    if isinstance(first, TimerEnded) and first.what == "outlook":
        return _looked(past, entry, first, timers[0], at), "duty"
    case = _case(past, at)
    if not past.began:
        return _fired(past, entry, ends, timers, case)
    if not verify_before.is_needed(past, timers):
        expected, why = _fired(past, entry, ends, timers, case)
        if [*expected] == [*facts]:
            return expected, why
    expected, _why = _fired(past, entry, ends, timers, verify_before.of_times(past, facts, case))
    return expected, verify_before.LONG_AGO


def _fired(
    past: Past, entry: Entry, ends: Sequence[AnyFact], timers: Sequence[Timer], case: Case
) -> tuple[Sequence[AnyFact], str | None]:
    """Give the facts of what had become due, and what of them is taken from the entry."""
    fired = fire(timers, case)
    found: list[AnyFact] = [*fired, *approving.lapsed(past.there, fired)]
    handed = [fact for fact in ends if isinstance(fact, TimerEnded) and fact.what == "handover"]
    if not handed:
        return found, None
    lapsed = len(found) - len(fired)
    assigned = [*entry.facts[len(ends) + lapsed :]]
    _check_assigned(assigned, {fact.key for fact in handed})
    expected = to_be_signed([*found, *assigned], past.newest_duties(entry.jurisdiction))
    return expected, "duty" if assigned else None


def _due(past: Past, ends: Sequence[AnyFact], at: int) -> list[Timer]:
    """Give the open timers that some ends are of; those that a series runs through are not open yet."""
    found = []
    for fact in ends:
        assert isinstance(fact, TimerEnded), "they are ends"
        due = clock.read_stamp(fact.due)
        about = due if fact.about is None else clock.read_stamp(fact.about)
        timer = past.open.get(Id(fact.what, fact.key, fact.of, about, due))
        if timer is not None:
            found.append(timer)
            if timer.wake > at:
                raise DiffersError(say("a time that has come"), f"{fact.what} {fact.key} {fact.due}")
    if not found:
        raise DiffersError(say("the end of a time that was open"), str([type(one).__name__ for one in ends]))
    return found


def _case(past: Past, at: int) -> Case:
    reading, situation = past.reading, past.situation
    return Case(
        situation=situation,
        standing=past.there,
        filed=past.filed,
        at=at,
        propose=lambda timer: propose(reading, situation, timer, at),
        ask=lambda timer: asked(reading, situation, timer),
    )


def _check_assigned(assigned: Sequence[AnyFact], rosters: set[str]) -> None:
    for fact in assigned:
        if not isinstance(fact, DutyAssigned):
            raise DiffersError(say("who keeps the shifts that begin"), type(fact).__name__)
        if fact.roster not in rosters:
            raise DiffersError(say("a shift of a roster that was handed over"), fact.roster)


def _held(past: Past, entry: Entry, timer: Timer, at: int) -> list[AnyFact]:
    """Give the facts by which a timer that failed is held, and what is recorded beside it."""
    beside = entry.facts[1:]
    if timer.what == "outlook":
        return [hold(timer, at, *_FAULT), promised(at, past.situation.zone)]
    if timer.what == "handover":
        _check_assigned(beside, {timer.key})
        return [hold(timer, at, *_FAULT), *beside]
    held = hold(timer, at, *_FAULT)
    return [held, *approving.lapsed(past.there, [held])]


def _looked(past: Past, entry: Entry, end: TimerEnded, timer: Timer, at: int) -> list[AnyFact]:
    """Give the facts of a look ahead, as far as they follow: it was looked before it was recorded."""
    *news, last = entry.facts[1:] or [end]
    for fact in news:
        is_item = isinstance(fact, ItemStarted | ItemChanged | ItemEnded) and fact.kind == OUTLOOK
        if not (is_item or isinstance(fact, GapForeseen)):
            raise DiffersError(say("gaps in duty"), type(fact).__name__)
    zone, earliest = past.situation.zone, timer.wake + 60 * end.late
    if not isinstance(last, OutlookPromised) or not (
        schedule.next_monday(earliest, zone)
        <= clock.read_stamp(last.due)
        <= schedule.next_monday(max(at, earliest), zone)
    ):
        raise DiffersError(say("a look ahead promised for the next Monday"), repr(last))
    behind = min(60 * end.late, max(0, at - timer.wake))
    found = TimerEnded(
        what=end.what,
        key=end.key,
        due=end.due,
        end="fired" if behind < LATE else "fired_late",
        late=behind // 60,
    )
    return [found, *news, last]
