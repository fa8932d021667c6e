"""Alarms about duty: whom a shift concerns in which somebody is missing, and what is foreseen weeks ahead.

A change of posture or people is followed, in its own entry, by what it makes go wrong in the four weeks to
come and was not wrong before; each Monday's handover by what the fourth week brings in. Looked for only
where somebody is named: of whomever a seat sends nothing can be foreseen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from msgspec.structs import replace

from incident.domain import clock, roster
from incident.domain.callout import in_charge
from incident.domain.facts import DutyAssigned, GapForeseen, Mark
from incident.domain.keeping import Case
from incident.domain.playbook import Playbook

#: How far ahead it is looked.
AHEAD: Final = 28 * 86400
_WEEK: Final = 7 * 86400
#: What of the marks of a piece is an alarm.
ALARMING: Final[tuple[Mark, ...]] = ("uncovered", "unreachable")


class _Gap(NamedTuple):
    """A post that goes wrong for a time."""

    roster: str
    mark: Mark
    since: int
    post: str
    until: int


def alarmed(
    playbook: Playbook, case: Case, shifts: Iterable[DutyAssigned], *, is_told: bool
) -> Iterator[DutyAssigned]:
    """Say who is told of shifts: the keepers, unless a handover tells them; of an empty post who leads."""
    for shift in shifts:
        keeping = case.keepings.get(shift.roster)
        if keeping is None:
            yield shift
            continue
        of = keeping.roster.of
        told = [] if is_told else [of]
        if not shift.pieces or any(mark in ALARMING for piece in shift.pieces for mark in piece.marks):
            told += in_charge(playbook, of)
        yield replace(shift, tell=list(dict.fromkeys(told)))


def foreseen(playbook: Playbook, before: Case, after: Case, at: int) -> list[GapForeseen]:
    """Say what goes wrong in the weeks to come that did not go wrong `before`."""
    if not after.people.tenures:
        return []
    known = {gap[:4] for gap in _gaps(before, at, at + AHEAD)}
    return _told(playbook, after, [gap for gap in _gaps(after, at, at + AHEAD) if gap[:4] not in known])


def of_the_fourth_week(playbook: Playbook, case: Case, handovers: Sequence[int]) -> list[GapForeseen]:
    """Say what the fourth week brings in, if one of some handovers is on a Monday."""
    monday = next((at for at in handovers if clock.local(at, case.zone).weekday() == 0), None)
    if monday is None or not case.people.tenures:
        return []
    gaps = _gaps(case, monday, monday + AHEAD)
    return _told(playbook, case, [gap for gap in gaps if gap.since >= monday + AHEAD - _WEEK])


def _gaps(case: Case, at: int, until: int) -> list[_Gap]:
    """List what goes wrong in shifts that begin later."""
    return sorted(
        _Gap(shift.roster, mark, clock.read_stamp(piece.since), piece.post, clock.read_stamp(piece.until))
        for shift in roster.ahead(case, at, until)
        if clock.read_stamp(shift.since) > at
        for piece in shift.pieces
        for mark in piece.marks
        if mark in ALARMING
    )


def _told(playbook: Playbook, case: Case, gaps: Iterable[_Gap]) -> list[GapForeseen]:
    """Make a fact of what goes wrong in the same way at one roster: the first of it, and how often."""
    by_kind: dict[tuple[str, Mark], list[_Gap]] = {}
    for gap in gaps:
        by_kind.setdefault((gap.roster, gap.mark), []).append(gap)
    return [
        GapForeseen(
            roster=key,
            mark=mark,
            post=same[0].post,
            since=clock.stamp(same[0].since),
            until=clock.stamp(same[0].until),
            times=len(same),
            tell=in_charge(playbook, case.keepings[key].roster.of),
        )
        for (key, mark), same in by_kind.items()
    ]
