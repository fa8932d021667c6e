"""Alarms about duty: whom a shift concerns in which somebody is missing, and what is foreseen weeks ahead.

The four weeks to come are looked through soon after whatever touches people or rosters, and each Monday. What
goes wrong then and was not known is told (`GapForeseen`); what is known stands beside the posture, as an item
of the kind `outlook`: by roster, post and mark the times in which it goes wrong. So nothing is told twice, a
gap that becomes longer is told, and one that had gone and comes back. Looked for only where somebody is
named: of whomever a seat sends nothing can be foreseen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from incident.domain import clock, roster
from incident.domain.callout import in_charge
from incident.domain.facts import (
    AnyFact,
    DutyAssigned,
    GapForeseen,
    ItemChanged,
    ItemEnded,
    ItemStarted,
    Mark,
    Plain,
)
from incident.domain.keeping import Case
from incident.domain.memo import by_identity
from incident.domain.playbook import Playbook
from incident.domain.situation import Stood
from incident.domain.stretch import Stretch, joined
from incident.domain.timer import ALL_ROSTERS, OUTLOOK

#: How far ahead it is looked.
AHEAD: Final = 28 * 86400
#: What of the marks of a piece is an alarm.
ALARMING: Final[tuple[Mark, ...]] = ("uncovered", "unreachable")


class Outlook(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is known to go wrong: by `roster post mark`, times (ISO 8601: `since/until`) apart, in order."""

    gaps: dict[str, list[str]]


class _Gap(NamedTuple):
    """A piece of duty that goes wrong."""

    roster: str
    mark: Mark
    since: int
    post: str
    until: int

    @property
    def kind(self) -> str:
        """Name what goes wrong where."""
        return f"{self.roster} {self.post} {self.mark}"


def alarmed(
    playbook: Playbook,
    case: Case,
    shifts: Iterable[DutyAssigned],
    *,
    is_told: Collection[str] = (),
    since: int = 0,
) -> Iterator[DutyAssigned]:
    """Say who is told of shifts: the keepers, and of what goes wrong after `since` who leads.

    Keepers of the rosters in `is_told` are not: a handover tells them, or nobody else comes on duty.
    """
    for shift in shifts:
        keeping = case.keepings.get(shift.roster)
        if keeping is None:
            yield shift
            continue
        of = keeping.roster.of
        told = [] if shift.roster in is_told else [of]
        coming = [piece for piece in shift.pieces if clock.read_stamp(piece.until) > since]
        if not shift.pieces or any(mark in ALARMING for piece in coming for mark in piece.marks):
            told += in_charge(playbook, of)
        yield replace(shift, tell=list(dict.fromkeys(told)))


def foreseen(playbook: Playbook, case: Case, stood: Stood | None, at: int) -> list[AnyFact]:
    """Say what goes wrong in the weeks to come and is not known, and what is known from then on.

    `stood` says what was known. Raises `msgspec.ValidationError` or `ValueError` where that cannot be read.
    """
    known = {} if stood is None else _known(stood)
    gaps = _gaps(case, at, at + AHEAD) if case.people.tenures else []
    news = [gap for gap in gaps if not _is_within(gap, known.get(gap.kind, []))]
    return [*_told(playbook, case, news), *_noted(stood, gaps)]


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


# -- what is known


@by_identity
def _known(stood: Stood) -> Mapping[str, list[Stretch]]:
    read = msgspec.convert(stood.item, Outlook)
    return {
        kind: [(clock.read_stamp(time[:20]), clock.read_stamp(time[21:])) for time in times]
        for kind, times in read.gaps.items()
    }


def _is_within(gap: _Gap, times: list[Stretch]) -> bool:
    return any(since <= gap.since and gap.until <= until for since, until in times)


def _noted(stood: Stood | None, gaps: Sequence[_Gap]) -> list[AnyFact]:
    """Give the fact by which all of these gaps are known, and no others; none where they are."""
    by_kind: dict[str, list[Stretch]] = {}
    for gap in gaps:
        by_kind.setdefault(gap.kind, []).append((gap.since, gap.until))
    known = {
        kind: [f"{clock.stamp(since)}/{clock.stamp(until)}" for since, until in joined(times)]
        for kind, times in sorted(by_kind.items())
    }
    after: Plain = msgspec.to_builtins(Outlook(gaps=known))
    if stood is None:
        return [ItemStarted(kind=OUTLOOK, key=ALL_ROSTERS, after=after)] if known else []
    if not known:
        return [ItemEnded(kind=OUTLOOK, key=ALL_ROSTERS, before=stood.item)]
    is_same = stood.item == after
    return [] if is_same else [ItemChanged(kind=OUTLOOK, key=ALL_ROSTERS, before=stood.item, after=after)]
