"""Who keeps which shift: the one resolver, for switches and handovers, previews, calendars and explanations.

Shifts are given out in the order in which they begin, and of one instant in the order of their rosters' keys,
each post of a shift after the other, the leader first. What is given out depends only on what is known then:
so a preview is what will be recorded, unless something is recorded in between.

    set       whoever was set for the post by hand, if there and at no other post
    rested    of those who can come for the whole shift, or failing that for the longest part of it:
                fair    who has served least this year, for the days in which they had any seat and were
                        not away, of the hours that weigh in this shift: public holidays, rest days,
                        nights, all; then of all hours; then who rested longest
                fixed   whose turn it is: who had this post longest ago, in the order of the seats
    unrested  when nobody rested is left, for an empty post is worse: who has rested longest; the breach
              is marked
    many      a unit or class in which nobody is named stands in for whomever it sends
    nobody    the post is empty, which is marked, until somebody can come

Nobody is at two posts at once. Who is on duty stays until the shift ends, as long as that is possible.

Rest is judged by all that somebody keeps or is set for, whichever of it is given out first. Whoever is to
come later in a shift, and is then set by hand for hours just before, still comes, and is marked anew.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush

from msgspec.structs import replace

from incident.domain import clock, schedule
from incident.domain.duty import Duty, laid_out, passed
from incident.domain.facts import DutyAssigned, Mark, Piece
from incident.domain.keeping import Case, Keeping, Post, carried
from incident.domain.people import FOREVER, away, is_named, next_away
from incident.domain.rotation import Rotation, until_then
from incident.domain.stretch import Stretch, joined
from incident.domain.tally import tally


def settle(case: Case, at: int, *, was: Case | None = None) -> list[DutyAssigned]:
    """Say who is on duty from now on wherever that is not recorded: of shifts that go on, begin or end.

    Whoever is on duty stays as long as that is possible; what has passed stays as it was. Handovers that have
    passed and are not recorded come first, by how things were until now (`was`, where they change just now).
    """
    return _from(case, at, was or case)[0]


def hand_over(case: Case, handovers: Iterable[tuple[int, str]]) -> list[DutyAssigned]:
    """Give out what is not recorded of the shifts up to some handovers, (instant, roster), in their order.

    A roster whose handover before was missed is handed over as it would have been. A handover in the time of
    a shift that is recorded gives none: that one was settled without it.
    """
    due = sorted(handovers)
    return _missed(case, due[-1][0], due) if due else []


def ahead(case: Case, at: int, until: int) -> Iterator[DutyAssigned]:
    """Give the shifts that begin after `at` and before `until`, as they will be unless something is recorded.

    Before them what `settle` finds at `at`.
    """
    settled, giving = _from(case, at, case)
    yield from settled
    coming = [(schedule.first_handover(one.roster, at, case.zone), key) for key, one in case.keepings.items()]
    yield from giving.following(coming, until - 1)


def behind(case: Case, at: int) -> int | None:
    """Give since when handovers that have passed at an instant are not recorded; none: all are."""
    return min((due for due, _key in _open(case) if due <= at), default=None)


def _from(case: Case, at: int, was: Case) -> tuple[list[DutyAssigned], _Giving]:
    """Settle, and give what can go on giving out from there."""
    missed = _missed(was, at)
    giving = _Giving(carried(case, missed, at) if missed else case, at)
    found = giving.settle()
    anew = {(one.roster, one.since) for one in found}
    return [*(one for one in missed if (one.roster, one.since) not in anew), *found], giving


def _missed(case: Case, until: int, named: Iterable[tuple[int, str]] = ()) -> list[DutyAssigned]:
    """Give out, in their order, the shifts that begin until an instant and are not recorded.

    `named` are handovers of which it is known that they came; of the others the newest shifts tell.
    """
    newest = case.newest
    coming = [
        (at, key)
        for at, key in named
        if key in case.keepings and not (newest.get(key) and at < newest[key][0].till)
    ]
    coming = [(at, key) for at, key in {*coming, *_open(case)} if at <= until]
    if not coming:
        return []
    giving = _Giving(case, min(coming)[0])
    for pieces in newest.values():
        giving.rotation.count(pieces)
    return [*giving.following(coming, until)]


def _open(case: Case) -> Iterator[tuple[int, str]]:
    """Give the first handover of each roster of which no shift is recorded; its roster had one before."""
    last: dict[str, int] = {}
    for one in case.served:
        last[one.roster] = max(one.last, last.get(one.roster, 0))
    for key, keeping in case.keepings.items():
        if case.newest.get(key):
            till = case.newest[key][0].till
            # recorded by a clock that was set back since: there is somebody until then
            beyond = last.get(key, 0)
            is_beyond = beyond > till
            yield (schedule.first_handover(keeping.roster, beyond - 1, case.zone) if is_beyond else till), key


class _Giving:
    """Shifts being given out, one after another."""

    def __init__(self, case: Case, at: int) -> None:
        self.case, self.at = case, at
        self.rotation = Rotation(case, at)

    def whole(self, keeping: Keeping, since: int) -> DutyAssigned:
        """Give out the shift that begins at a handover."""
        until = schedule.following_handover(keeping.roster, since, self.case.zone)
        self.rotation.begin(since)
        return _shift(keeping.key, since, until, self._filled(keeping, since, until, []))

    def following(self, coming: Iterable[tuple[int, str]], until: int) -> Iterator[DutyAssigned]:
        """Give out the shifts that begin with some handovers and those after them, until an instant."""
        line, given = [*coming], dict[str, int]()
        heapify(line)
        while line and line[0][0] <= until:
            due, key = heappop(line)
            if due >= given.get(key, due):
                shift = self.whole(self.case.keepings[key], due)
                yield shift
                given[key] = clock.read_stamp(shift.until)
                heappush(line, (given[key], key))

    def settle(self) -> list[DutyAssigned]:
        """Let stay what can, then fill what is left."""
        kept = {key: self._kept(key) for key in sorted({*self.case.keepings, *self.case.newest})}
        for pieces in kept.values():
            self.rotation.count(pieces)
        shifts = (self._settled(key, pieces) for key, pieces in kept.items())
        return [shift for shift in shifts if shift is not None]

    def _current(self, key: str) -> list[Duty]:
        """Give the recorded pieces of the shift that is on now."""
        return [one for one in self.case.newest.get(key, ()) if one.shift <= self.at < one.till]

    def _kept(self, key: str) -> list[Duty]:
        """Give what stays of the newest shift: what has passed, and whoever can stay."""
        newest, keeping = self.case.newest.get(key, ()), self.case.keepings.get(key)
        if not self._current(key):
            return [*newest]
        if keeping is None:
            return [self._cut(one, self.at) for one in newest]
        till = schedule.first_handover(keeping.roster, self.at, self.case.zone)
        posts = {post.name: post for post in keeping.posts}
        return [
            self._cut(one, min(till, self._stays(keeping, posts.get(one.piece.post), one))) for one in newest
        ]

    def _settled(self, key: str, kept: list[Duty]) -> DutyAssigned | None:
        """Give what has to be recorded of a roster; none where it is recorded so."""
        current, keeping = self._current(key), self.case.keepings.get(key)
        there = [one for one in kept if one.since < one.until] if current else []
        if keeping is None:
            return _shift(key, current[0].shift, self.at, [one.piece for one in there]) if current else None
        till = schedule.first_handover(keeping.roster, self.at, self.case.zone)
        new = self._filled(keeping, self.at, till, kept if current else [])
        ends = {(one.post, one.holder, one.until) for one in (*(each.piece for each in there), *new)}
        stays = [self._marked(one, keeping.rest, ends) for one in there]
        posts = [post.name for post in keeping.posts]
        pieces = sorted([*stays, *new], key=lambda one: (_place(posts, one.post), one.since))
        shift = _shift(key, current[0].shift if current else self.at, till, pieces)
        laid = laid_out(shift, 0)
        is_same = bool(current) and current[0].till == till and _runs(current) == _runs(laid)
        is_recorded = is_same and stays == [one.piece for one in there]
        # who was set, is set no more and stays all the same, stays by the rotation: or it would be asked anew
        return None if is_recorded and _by_hand(current, self.at) <= _by_hand(laid, self.at) else shift

    def _marked(self, one: Duty, rest: int, ends: Container[tuple[str, str | None, str]]) -> Piece:
        """Give a piece that stays, marked by whether its keeper will have rested, if they are still to come.

        For what hours before it somebody is set may have become known since it was given out. `ends` are the
        ends of all pieces of the shift: whoever goes on at a post does not come to it.
        """
        piece = one.piece
        is_to_come = one.since > self.at and (piece.post, piece.holder, piece.since) not in ends
        if not is_to_come or piece.holder is None or not is_named(piece.holder):
            return piece
        others: list[Mark] = [mark for mark in piece.marks if mark != "rest"]
        is_rested = self.rotation.is_rested(piece.holder, rest, one.since)
        return replace(piece, marks=others if is_rested else ["rest", *others])

    def _cut(self, one: Duty, until: int) -> Duty:
        """Give what of a piece lies before an instant."""
        until = max(one.since, min(one.until, until))
        if until == one.until:
            return one
        counted = tally(one.since, until, self.case.zone, self.case.days)
        return replace(one, until=until, piece=until_then(one.piece, counted, until))

    def _stays(self, keeping: Keeping, post: Post | None, one: Duty) -> int:
        """Give the instant until which a piece can stay as it was given out; no earlier than now."""
        holder, at, people = one.piece.holder, max(self.at, one.since), self.case.people
        if one.until <= self.at:
            return one.until
        if holder is None or holder in self.case.known.erased or away(people, holder, at) is not None:
            return self.at
        if post is None:
            return self.at
        pins = self.rotation.pins
        pin = pins.there(keeping.key, post.name, at)
        is_other = pin is not None and pin.pin.holder != holder
        if is_other or (pin is None and one.piece.rule == "set"):
            return self.at
        if pin is not None and one.piece.rule == "set":
            ends = [pin.until]
        else:
            ends = [span.until for span in post.spans if span.holder == holder and span.since <= at]
        called = [pin.since for pin in pins.elsewhere(keeping.key, post.name, holder) if pin.until > at]
        others = pins.next(keeping.key, post.name, at, besides=holder)
        ends = [max(ends, default=0), next_away(people, holder, at), others, *called]
        return max(self.at, min(ends))

    def _filled(self, keeping: Keeping, since: int, until: int, kept: Sequence[Duty]) -> list[Piece]:
        """Fill each post from one instant to another, where nobody of `kept` keeps it."""
        pieces: list[Piece] = []
        for post in keeping.posts:
            at = since
            mine = sorted(
                (one.since, one.until)
                for one in kept
                # what begins after the shift, which may end sooner than it was to, is kept no more
                if one.piece.post == post.name and one.since < min(one.until, until)
            )
            for begins, ends in [*mine, (until, until)]:
                while at < begins:
                    piece, at = self.rotation.give(keeping, post, at, begins)
                    pieces.append(piece)
                at = max(at, ends)
        return pieces


def _shift(key: str, since: int, until: int, pieces: Sequence[Piece]) -> DutyAssigned:
    return DutyAssigned(roster=key, since=clock.stamp(since), until=clock.stamp(until), pieces=list(pieces))


def _place(posts: Sequence[str], post: str) -> int:
    """Order posts as the roster has them; one that it has no more comes last."""
    return posts.index(post) if post in posts else len(posts)


def _by_hand(pieces: Iterable[Duty], at: int) -> set[tuple[str, str | None, Stretch]]:
    """Give for which posts and times to come people are set by hand."""
    times: dict[tuple[str, str | None], list[Stretch]] = {}
    for one in pieces:
        if one.piece.rule == "set" and one.until > at:
            times.setdefault((one.piece.post, one.piece.holder), []).append((max(one.since, at), one.until))
    return {(*who, time) for who, found in times.items() for time in joined(found)}


def _runs(pieces: Sequence[Duty]) -> list[tuple[str, int, int, str | None]]:
    return passed(pieces, FOREVER)
