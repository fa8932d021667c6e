"""What had ended before a snapshot, supposed as an entry says it: to decide again where bodies were dropped.

A snapshot holds what stands, is promised and is on duty. Which reports had been missed, filed or withdrawn by
then, who had kept the shift that was handed over, and which events had come, stood in entries that are gone.
An entry that does not follow from what is known may follow from that. It is then decided once more with what
it says of it itself, so far as that can have been, and counts as decided in part; an entry that follows from
no such past is a fault.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from incident.domain import clock, handing, names
from incident.domain.callout import Asked
from incident.domain.facts import AnyFact, Closed, Part, ReportFiled, TimerEnded
from incident.domain.filing import form_of
from incident.domain.firing import Case, Proposal
from incident.domain.handing import Side
from incident.domain.playbook import Playbook, StepDown
from incident.domain.timer import Closing, Timer
from incident.service.asked import asked, sides_of
from incident.service.filing import AHEAD
from incident.service.handover import Handover
from incident.service.proposing import proposal
from incident.service.verify_past import Past

#: Why something was decided in part: it is about what lies before the snapshot.
LONG_AGO = "long ago"
#: Seconds before the snapshot at which nothing else is supposed: fifty years.
_LONG = 50 * 365 * 86400
#: Obligation or directive, who owes it, and when it is due.
_Occurrence = tuple[str, str, int]


class Supposed(NamedTuple):
    """Times and filings that had come before the snapshot."""

    timers: list[Timer] = []
    closings: list[Closing] = []


def of_filing(past: Past, playbook: Playbook, fact: ReportFiled) -> Supposed:
    """Suppose what a filing closes and gathers, and that what it leaves of its own had been filed.

    What had ended was due before the snapshot, or was filed or withdrawn; what was open then is known.
    """
    known = {
        (one.key, one.of, one.due): one
        for one in past.timers(past.situation.jurisdiction, since=-(2**62), until=2**62)
        if one.what == "deadline"
    }
    said = dict.fromkeys([*map(_occurrence, fact.closes), *map(_occurrence, fact.parts)])
    parts = {_occurrence(one): one for one in fact.parts}
    timers = [
        _ended(n, *one, is_filed=one in parts and parts[one].entry is not None)
        for n, one in enumerate(said)
        if one not in known and (one[2] <= past.began_at or (one in parts and parts[one].entry is not None))
    ]
    closings = [
        Closing(*one, seq=part.entry, at=past.began_at, late=0, zero=part.state == "zero")
        for one, part in parts.items()
        if part.entry is not None and part.entry < past.began
    ]
    # what is gathered stands in the order in which each was first asked for, which is known no more
    long_ago = [(part.key, part.of, past.began_at - _LONG + n) for n, part in enumerate(fact.parts)]
    timers += [_ended(len(said) + n, *one, is_filed=True) for n, one in enumerate(long_ago)]
    closings += [Closing(*one, seq=0, at=0, late=0, zero=False) for one in long_ago]
    closings += [
        Closing(*one, seq=past.began - 1, at=past.began_at, late=0, zero=False)
        for one, timer in known.items()
        if form_of(past.there, timer.key) == fact.form
        and names.key_of(playbook, timer.of) == fact.sender
        and timer.seq < past.began
        and one not in said
        and one not in past.filed
    ]
    return Supposed(timers, closings)


def _occurrence(one: Closed | Part) -> _Occurrence:
    return one.key, one.of, clock.read_stamp(one.due)


def _ended(n: int, key: str, of: str, due: int, *, is_filed: bool) -> Timer:
    """Give a time that ended, each of a series of its own: which one it belonged to is not known."""
    return Timer(
        seq=-1,
        n=n,
        opened=-1 - n,
        what="deadline",
        key=key,
        of=of,
        due=due,
        about=due,
        wake=due,
        end="cancelled" if is_filed else "fired",
        result=None if is_filed else "missed",
    )


def of_handover(past: Past, roster: str, at: int, signatures: Iterable[tuple[Side, str]]) -> Handover:
    """Suppose that whoever signed a handover from before the snapshot had been on that side."""
    gave, took = sides_of(past.reading, past.situation.jurisdiction, roster, at)
    for side, by in signatures:
        there = gave if side == "gave" else took
        if by not in there:
            there.append(by)
    signed = handing.signed(past.there, roster, clock.stamp(at))
    return Handover(roster, at, at, gave, took, signed)


# -- what comes due


def is_needed(past: Past, timers: Iterable[Timer]) -> bool:
    """Tell whether what a clock found cannot be looked up: it began before, or the state that it runs in."""
    return any(one.what == "step_down" and _is_from_before(past, one) for one in timers)


def _is_from_before(past: Past, timer: Timer) -> bool:
    return past.situation.epoch < past.began or timer.opened < past.began


def of_times(past: Past, facts: Iterable[AnyFact], case: Case) -> Case:
    """Suppose the filings that ends name, whom they tell of a signature, and what a clock found."""
    ends = [fact for fact in facts if isinstance(fact, TimerEnded)]
    filed = {
        (end.key, end.of, clock.read_stamp(end.about or end.due)): end.filing
        for end in ends
        if end.filing is not None and end.filing < past.began
    }
    latest = past.began_at + AHEAD  # nothing is filed that lies farther ahead
    return case._replace(
        filed={one: seq for one, seq in filed.items() if one[2] < latest} | dict(past.filed),
        ask=lambda timer: _asked(past, ends, timer),
        propose=lambda timer: _proposed(past, ends, timer, case),
    )


def _asked(past: Past, ends: Iterable[TimerEnded], timer: Timer) -> Asked:
    """Take whom a signature was asked of, where who had handed over before the snapshot is among them."""
    found = asked(past.reading, past.situation, timer)
    if timer.what != "signature" or timer.about > past.began_at:
        return found
    told = next((end.tell for end in ends if _is_of(end, timer)), [])
    return Asked([*told]) if {*found.told} <= {*told} else found


def _proposed(past: Past, ends: Iterable[TimerEnded], timer: Timer, case: Case) -> Proposal:
    """Take what a clock waited for from its end, where that may lie before the snapshot."""
    situation = past.situation
    if not _may_lie_before(past, timer, case.at):
        return case.propose(timer)
    playbook = past.playbook(situation.jurisdiction, situation.playbook)
    one = msgspec.convert(past.there["clock", timer.key].item, StepDown)
    end = next((end for end in ends if _is_of(end, timer)), None)
    reason = [] if end is None else end.reason
    can = [*(["reports_in"] if one.reports_in else []), *one.gates]
    waiting = [gate for gate in can if gate in reason]
    is_silent = one.feed is not None and reason == ["silent_feed"]
    return proposal(playbook, situation, one, waiting, is_feed_silent=is_silent)


def _may_lie_before(past: Past, timer: Timer, at: int) -> bool:
    if _is_from_before(past, timer):
        return True
    since = past.situation.since
    times = past.timers(past.situation.jurisdiction, since=since, until=at + 1)
    return any(one.what == "deadline" and one.seq < past.began for one in times)


def _is_of(end: TimerEnded, timer: Timer) -> bool:
    due = (end.what, end.key, end.of, clock.read_stamp(end.due))
    return due == (timer.what, timer.key, timer.of, timer.due)
