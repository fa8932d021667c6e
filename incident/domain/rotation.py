"""Who comes on duty next at one post: set by hand, or given by the rotation. `roster.py` states the rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from incident.domain import clock
from incident.domain.duty import Duty
from incident.domain.facts import Hours, Mark, Out, Piece, Rule
from incident.domain.keeping import Case, Keeping, Post
from incident.domain.offices import Offices
from incident.domain.people import Span, away, next_away
from incident.domain.pins import Pins
from incident.domain.stretch import Stretch
from incident.domain.tally import Tally, counted, tally, weighs, year_begins

#: Days by which what was served is made comparable.
_YEAR = 366
_NOTHING = Tally()


class _Able(NamedTuple):
    """Somebody who could keep a post from an instant on; the least is the best."""

    #: 0 rested for the whole time, 1 for a part, 2 unrested for the whole, 3 for a part.
    tier: int
    #: Until when, negative, so that the longest comes first.
    minus_until: int
    #: Who comes first of equals; no two are the same.
    rank: tuple[int, ...]
    span: Span
    why: Out | None
    served: int
    days: int


class Rotation:
    """Gives posts to people, and counts what they serve by it."""

    def __init__(self, case: Case, at: int) -> None:
        """Begin with what was served in shifts before the newest ones."""
        self._case, self._zone = case, case.zone
        self._year = case.year
        self._tallies: dict[str, Tally] = {}
        #: From when on shifts are being given out that may not all be known yet.
        self._begun = at
        #: When the duty of each holder ends last, at any post; and by roster and post.
        self._last: dict[str, int] = {}
        self._turns: dict[tuple[str, str, str], int] = {}
        #: When each holder is on duty, in no order.
        self._spells: dict[str, list[Stretch]] = {}
        self.pins = Pins(case.keepings, case.people)
        self._offices = Offices(case.keepings, case.people)
        for roster, post, holder, served, last in case.served:
            self._note(roster, post, holder, served, (last, last))
        self.begin(at)

    def begin(self, at: int) -> None:
        """Go on to a shift that begins at an instant; the first of a year is counted anew."""
        self._begun = at
        year = year_begins(at, self._zone)
        if year != self._year:
            self._year, self._tallies = year, {}

    def count(self, pieces: Iterable[Duty]) -> None:
        """Count pieces of shifts that are recorded."""
        for one in pieces:
            piece = one.piece
            if piece.holder is not None and one.since < one.until:
                served = counted(piece, one.until - one.since) if one.shift >= self._year else _NOTHING
                self._note(one.roster, piece.post, piece.holder, served, (one.since, one.until))

    def _note(self, roster: str, post: str, holder: str, served: Tally, spell: Stretch) -> None:
        self._tallies[holder] = self._tallies.get(holder, _NOTHING).plus(served)
        self._spells.setdefault(holder, []).append(spell)
        last = spell[1]
        self._last[holder] = max(last, self._last.get(holder, 0))
        turn = (roster, post, holder)
        self._turns[turn] = max(last, self._turns.get(turn, 0))

    def give(self, keeping: Keeping, post: Post, at: int, until: int) -> tuple[Piece, int]:
        """Give a post to somebody from `at` on; until `until`, or as long as that one can.

        No longer than until somebody who is set for it comes, who may be away at first.
        """
        until = min(until, self.pins.next(keeping.key, post.name, at))
        piece, ends = self._set(keeping, post, at, until) or self._chosen(keeping, post, at, until)
        if piece.holder is not None:
            self._note(keeping.key, post.name, piece.holder, counted(piece, ends - at), (at, ends))
        return piece, ends

    # -- set by hand

    def _set(self, keeping: Keeping, post: Post, at: int, until: int) -> tuple[Piece, int] | None:
        """Give the post to whoever was set for it, if that one is there and at no other post."""
        mine = self.pins.there(keeping.key, post.name, at)
        if mine is None:
            return None
        holder, people = mine.pin.holder, self._case.people
        ends = min(until, mine.until, next_away(people, holder, at))
        span = next((span for span in self._in_office(post, at) if span.holder == holder), None)
        if any(since <= at < until for since, until in self._spells.get(holder, ())):
            return None
        is_rested = self.is_rested(holder, keeping.rest, at)
        piece = Piece(
            post=post.name,
            since="",
            until="",
            holder=holder,
            seat=None if span is None else span.seat,
            rule="set",
            act=mine.order,
            of=1,
            marks=[] if is_rested else ["rest"],
        )
        return self._between(piece, at, ends)

    # -- given by the rotation

    def _chosen(self, keeping: Keeping, post: Post, at: int, until: int) -> tuple[Piece, int]:
        """Give the post to whoever the rotation gives."""
        by = weighs(tally(at, until, self._zone, self._case.days))
        able: list[_Able] = []
        many: list[Span] = []
        out: dict[str, Out] = {}
        for order, span in enumerate(self._in_office(post, at)):
            one = self._able(keeping, post, span, at, until, by, order)
            if span.is_many:
                many.append(span)
            elif isinstance(one, str):
                out[span.holder] = one
            else:
                able.append(one)
        if able:
            return self._best(keeping, post, able, at, by, out)
        piece = Piece(post=post.name, since="", until="", rule="nobody", out=out)
        if not many:
            return self._between(piece, at, self._until_somebody_comes(post, at, until, out))
        piece = replace(piece, holder=many[0].holder, seat=many[0].seat, rule="only", of=1)
        return self._between(piece, at, min(until, many[0].until))

    def _best(
        self, keeping: Keeping, post: Post, able: list[_Able], at: int, by: Hours, out: dict[str, Out]
    ) -> tuple[Piece, int]:
        best = min(able)
        lasting = best[:2]
        equals = sum(one[:2] == lasting for one in able)
        by_order: Rule = "least" if keeping.roster.rotation == "fair" else "turn"
        rule: Rule = "only" if equals == 1 else "rested" if best.why == "resting" else by_order
        is_fair = rule == "least"
        worse: dict[str, Out] = {
            one.span.holder: one.why or "shorter"
            for one in able
            if one is not best and (one.why is not None or one[:2] != lasting)
        }
        piece = Piece(
            post=post.name,
            since="",
            until="",
            holder=best.span.holder,
            seat=best.span.seat,
            rule=rule,
            of=equals,
            by=by if is_fair else None,
            served=best.served if is_fair else 0,
            days=best.days if is_fair else 0,
            out=out | worse,
            marks=["rest"] if best.why == "resting" else [],
        )
        return self._between(piece, at, -best.minus_until)

    def _able(
        self, keeping: Keeping, post: Post, span: Span, at: int, until: int, by: Hours, order: int
    ) -> _Able | Out:
        """Say how well somebody could keep a post, or why not."""
        holder, people = span.holder, self._case.people
        if self._last.get(holder, 0) > at:
            return "on_duty"
        if away(people, holder, at) is not None:
            return "away"
        ends = min(until, span.until, next_away(people, holder, at))
        why: Out | None = None if self.is_rested(holder, keeping.rest, at) else "resting"
        for pin in self.pins.elsewhere(keeping.key, post.name, holder):
            if pin.since <= at < pin.until:
                return "set_elsewhere"
            if at < pin.since < until + keeping.rest:
                ends, why = min(ends, pin.since), why or "set_elsewhere"
        served, days = self._served(holder, by, at)
        if keeping.roster.rotation == "fixed":
            rank: tuple[int, ...] = (self._turns.get((keeping.key, post.name, holder), 0), order)
        else:
            total = self._tallies.get(holder, _NOTHING).hours
            rank = (served * _YEAR // days, total * _YEAR // days, self._last.get(holder, 0), order)
        if why == "resting":
            rank = (self._last.get(holder, 0), *rank)
        tier = (0 if why is None else 2) + (0 if ends == until else 1)
        return _Able(tier, -ends, rank, span, why, served, days)

    def _in_office(self, post: Post, at: int) -> Iterator[Span]:
        """Give those who can be on duty at an instant, each once."""
        seen = {*self._case.known.erased}
        for span in post.spans:
            if span.since <= at < span.until and span.holder not in seen:
                seen.add(span.holder)
                yield span

    def _served(self, holder: str, by: Hours, at: int) -> tuple[int, int]:
        """Give the minutes that somebody has served this year, and the days in which that was possible."""
        return self._tallies.get(holder, _NOTHING).of(by), self._offices.days(holder, self._year, at)

    def is_rested(self, holder: str, rest: int, at: int) -> bool:
        """Tell whether somebody who comes at an instant has rested before.

        Also from what they are set for and is not given out yet: another post, a shift that begins later. So
        it does not matter which is given out first.
        """
        last = self._last.get(holder, 0)
        if last > at:  # whoever is set now may have been given a later post already
            last = max((until for _, until in self._spells[holder] if until <= at), default=0)
        return max(last, self.pins.left(holder, self._begun, at)) + rest <= at

    def _until_somebody_comes(self, post: Post, at: int, until: int, out: Iterable[str]) -> int:
        """Give the instant until which a post stays empty."""
        people = self._case.people
        comes = [span.since for span in post.spans]
        for holder in out:
            comes += [self._last.get(holder, 0), away(people, holder, at) or 0]
            comes += [pin.until for pin in self.pins.of(holder)]
        return min([until, *(each for each in comes if each > at)])

    def _between(self, piece: Piece, at: int, until: int) -> tuple[Piece, int]:
        """Complete a piece by when it is, what it counts, and what is wrong with it."""
        marks: list[Mark] = [*piece.marks]
        if piece.holder is None:
            marks.append("uncovered")
        else:
            marks += self._case.known.marks(piece.holder)
        piece = replace(piece, since=clock.stamp(at), marks=marks)
        return until_then(piece, tally(at, until, self._zone, self._case.days), until), until


def until_then(piece: Piece, served: Tally, until: int) -> Piece:
    """Let a piece end at an instant, and count what is served until then."""
    return replace(
        piece,
        until=clock.stamp(until),
        night=served.night,
        weekend=served.weekend,
        holiday=served.holiday,
    )
