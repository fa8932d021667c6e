"""Who was on duty, as it was recorded: pieces of shifts, and how facts change them.

`DutyAssigned` says who keeps a shift, whole. Said again of the same shift it takes the place of what was said
before, and may change only what is still to come. A shift of a later time follows; what went before it is
final. What has passed is what lies before the entry that says it: once a shift has begun, no entry tells of
the time before itself otherwise than is recorded of that shift, and none begins a shift before it. Where the
clock was set back a recorded shift is still to come, and may be another.

`Duties.follow` is the only way pieces come and go: deciding uses it to go forward, and verifying to rebuild
the stored ones.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from incident.domain import clock
from incident.domain.facts import DutyAssigned, Piece
from incident.domain.journal import Entry
from incident.domain.situation import BrokenRecordError


class Duty(Struct, frozen=True, kw_only=True, gc=False):
    """One piece of a shift as it is kept."""

    #: Entry that assigned it, and its number in that entry.
    seq: int
    n: int
    roster: str
    #: When its shift begins, and ends.
    shift: int
    till: int
    #: When it begins and ends itself.
    since: int
    until: int
    piece: Piece
    #: Entry by which another shift followed, or the same was assigned anew; none while it is the newest.
    ended: int | None = None
    #: Assigned anew: it does not count.
    is_void: bool = False


class Duties:
    """The newest shift of each roster, and what the entries followed have made of it."""

    def __init__(self, newest: Iterable[Duty] = ()) -> None:
        """Begin with the pieces of the newest shift of each roster."""
        self.newest: dict[str, list[Duty]] = {}
        for one in newest:
            self.newest.setdefault(one.roster, []).append(one)
        #: Every piece that came or ended, as it is now.
        self.touched: dict[tuple[int, int], Duty] = {}

    def follow(self, entry: Entry) -> None:
        """Carry an entry in. Raises `BrokenRecordError` where it tells another past."""
        n = 0
        for fact in entry.facts:
            if type(fact) is DutyAssigned:  # quicker than asking for its family
                n = self._assign(entry, fact, n)

    def _assign(self, entry: Entry, fact: DutyAssigned, n: int) -> int:
        old, new = self.newest.get(fact.roster, []), laid_out(fact, entry.seq, n)
        shift, at = clock.read_stamp(fact.since), clock.read_stamp(entry.at)
        is_anew = any(one.shift == shift for one in old)
        if old and old[0].shift <= at and _is_another_past(old, new, fact, at):
            raise BrokenRecordError(f"{fact.roster} {fact.since} tells another past")
        for one in old:
            self.touched[one.seq, one.n] = replace(one, ended=entry.seq, is_void=is_anew)
        for one in new:
            self.touched[one.seq, one.n] = one
        self.newest[fact.roster] = new
        return n + len(new)

    def settled(self) -> list[Duty]:
        """Give every piece touched since the last time, and forget which they were."""
        touched, self.touched = [*self.touched.values()], {}
        return touched


def laid_out(fact: DutyAssigned, seq: int, n: int = 0) -> list[Duty]:
    """Give the pieces of a shift as they are kept."""
    shift, till = clock.read_stamp(fact.since), clock.read_stamp(fact.until)
    return [
        Duty(
            seq=seq,
            n=n + place,
            roster=fact.roster,
            shift=shift,
            till=till,
            since=clock.read_stamp(piece.since),
            until=clock.read_stamp(piece.until),
            piece=piece,
        )
        for place, piece in enumerate(fact.pieces)
    ]


def _is_another_past(old: Sequence[Duty], new: Sequence[Duty], fact: DutyAssigned, at: int) -> bool:
    """Tell whether a shift says of a time before `at` what a recorded one that has begun says otherwise."""
    shift, until = clock.read_stamp(fact.since), clock.read_stamp(fact.until)
    if shift <= old[0].shift:
        return shift < old[0].shift or passed(old, at) != passed(new, at)
    both = min(at, until, old[0].till)
    return passed(old, both, since=shift) != passed(new, both, since=shift)


def passed(pieces: Iterable[Duty], at: int, *, since: int = 0) -> list[tuple[str, int, int, str | None]]:
    """Give who kept each post up to an instant; what one person kept in several pieces is one."""
    runs: list[tuple[str, int, int, str | None]] = []
    for one in sorted(pieces, key=lambda one: (one.piece.post, one.since)):
        begins, until = max(one.since, since), min(one.until, at)
        if begins >= until:
            continue
        post, holder = one.piece.post, one.piece.holder
        if runs and runs[-1][0] == post and runs[-1][2:] == (begins, holder):
            runs[-1] = (post, runs[-1][1], until, holder)
        else:
            runs.append((post, begins, until, holder))
    return runs


class Timeline:
    """Who is on duty at any instant of a time whose pieces are known, found by one bisection."""

    def __init__(self, duties: Iterable[Duty]) -> None:
        """Lay some pieces out; those that do not count are left out."""
        by_roster: dict[str, list[Duty]] = {}
        for one in duties:
            if not one.is_void and one.since < one.until:
                by_roster.setdefault(one.roster, []).append(one)
        self._laid = {roster: _laid(pieces) for roster, pieces in by_roster.items()}

    def who(self, roster: str, at: int) -> Sequence[Duty]:
        """Give the pieces of a roster at an instant, one for each post; none where nothing is known."""
        starts, pieces = self._laid.get(roster, ((), ()))
        place = bisect_right(starts, at)
        return pieces[place - 1] if place else ()

    def rosters(self) -> list[str]:
        """List the rosters of which something is known."""
        return sorted(self._laid)


def _laid(pieces: list[Duty]) -> tuple[list[int], list[tuple[Duty, ...]]]:
    """Give the instants at which something changes, and who is on duty from each."""
    starts = sorted({edge for one in pieces for edge in (one.since, one.until)})
    there: list[tuple[Duty, ...]] = []
    coming = sorted(pieces, key=lambda one: (one.since, one.seq, one.n))
    standing: list[Duty] = []
    place = 0
    for start in starts:
        while place < len(coming) and coming[place].since <= start:
            standing.append(coming[place])
            place += 1
        standing = [one for one in standing if one.until > start]
        # where the clock was set back two shifts may lie over one another: the one recorded later counts
        newest = max((one.shift for one in standing), key=lambda shift: _recorded(standing, shift), default=0)
        there.append(
            tuple(sorted((one for one in standing if one.shift == newest), key=lambda one: one.piece.post))
        )
    return starts, there


def _recorded(pieces: Iterable[Duty], shift: int) -> int:
    return max(one.seq for one in pieces if one.shift == shift)
