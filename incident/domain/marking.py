"""Marking duty anew: whoever is on duty stays, and is known, or reached, otherwise than when it was given.

The resolver (`roster.py`) says who keeps a shift and marks what is wrong with it then. An import or an
erasure changes that under those who stay: the piece goes on from that instant with the mark that is true
now, and what has passed keeps the mark that was true.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from incident.domain import clock
from incident.domain.facts import DutyAssigned, Mark, Piece
from incident.domain.keeping import Case, Known
from incident.domain.rotation import until_then
from incident.domain.tally import tally

#: Marks that say whether somebody is known and can be reached.
_OF_PERSONS: tuple[Mark, ...] = ("unnamed", "unreachable")


def marked_anew(case: Case, shifts: Iterable[DutyAssigned], at: int) -> tuple[list[DutyAssigned], list[str]]:
    """Give these shifts, and those that go on as they are, with marks that are true from `at` on.

    Beside them the rosters of which nothing else is to be recorded.
    """
    anew = [_anew(case, one, at) for one in shifts]
    found = {one.roster for one in anew}
    as_recorded = {one.roster: one for one in _going_on(case, at) if one.roster not in found}
    others = [_anew(case, one, at) for one in as_recorded.values()]
    changed = [one for one in others if one != as_recorded[one.roster]]
    return sorted([*anew, *changed], key=lambda one: one.roster), [one.roster for one in changed]


def _going_on(case: Case, at: int) -> Iterator[DutyAssigned]:
    """Give the shifts that are on now, as they are recorded."""
    for key, pieces in case.newest.items():
        if key in case.keepings and pieces and pieces[0].shift <= at < pieces[0].till:
            shift, till = clock.stamp(pieces[0].shift), clock.stamp(pieces[0].till)
            yield DutyAssigned(roster=key, since=shift, until=till, pieces=[one.piece for one in pieces])


def _anew(case: Case, shift: DutyAssigned, at: int) -> DutyAssigned:
    return replace(shift, pieces=[part for piece in shift.pieces for part in _parted(case, piece, at)])


def _parted(case: Case, piece: Piece, at: int) -> Sequence[Piece]:
    """Give a piece, parted at an instant where it is marked otherwise from then on."""
    since, until = clock.read_stamp(piece.since), clock.read_stamp(piece.until)
    marks = _marks(piece, case.known)
    if until <= at or marks == piece.marks:
        return [piece]
    if since >= at:
        return [replace(piece, marks=marks)]
    before, after = tally(since, at, case.zone, case.days), tally(at, until, case.zone, case.days)
    rest = replace(piece, since=clock.stamp(at), marks=marks)
    return [until_then(piece, before, at), until_then(rest, after, until)]


def _marks(piece: Piece, known: Known) -> list[Mark]:
    if piece.holder is None:
        return piece.marks
    return [*(mark for mark in piece.marks if mark not in _OF_PERSONS), *known.marks(piece.holder)]
