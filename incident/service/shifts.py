"""The acts by which people change who keeps a shift: one is set, two are exchanged, one is away.

None of them moves the past. Whom they set, and who is away, stands beside the posture as items; what of them
has passed, and can move nothing any more, ends with the next such act.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import msgspec

from incident.domain import clock, people
from incident.domain.duty import Duty
from incident.domain.errors import RequestError
from incident.domain.facts import AnyFact, ItemChanged, ItemEnded, ItemStarted, Plain
from incident.domain.keeping import Keeping
from incident.domain.people import LEAVE, PIN, Away, Leave, Pin, Set
from incident.domain.pins import Pins
from incident.domain.say import Words, say
from incident.domain.tally import year_begins
from incident.service.act import Act, View, act
from incident.service.duty import case_of
from incident.service.handle import Outcome
from incident.service.ports import Chance, Clock, Store
from incident.service.rota import foreseen, must_be_near
from incident.service.who import Origin

_MINUTE = 60


class Setting(NamedTuple):
    """Whom somebody sets for a post, and for how long: from now on, until the shift ends, unless it says."""

    roster: str
    post: str | None
    holder: str
    since: int | None = None
    until: int | None = None


def override(
    store: Store, code: str, setting: Setting, *, why: str | None, origin: Origin, now: Clock, chance: Chance
) -> Outcome:
    """Set a person for a post. Raises `RequestError` for what is not known, has passed, or cannot be."""

    def find(desk: _Desk) -> list[AnyFact]:
        keeping = desk.keeping(setting.roster)
        post = desk.post(keeping, setting.post)
        holder = desk.holder(setting.holder)
        since = desk.to_come(setting.since)
        until = setting.until or desk.ends(keeping.key, since)
        desk.must_be_free(holder, since, until)
        return [desk.pin(keeping.key, post, holder, since, until, "override")]

    asked = [setting.roster, setting.post, setting.holder]
    return _act(store, code, "roster_override", find, asked, why=why, origin=origin, now=now, chance=chance)


def swap(
    store: Store,
    code: str,
    key: str,
    instants: tuple[int, int],
    *,
    post: str | None = None,
    why: str | None,
    origin: Origin,
    now: Clock,
    chance: Chance,
) -> Outcome:
    """Exchange who keeps a post in two shifts, each named by an instant. Raises `RequestError`."""

    def find(desk: _Desk) -> list[AnyFact]:
        keeping = desk.keeping(key)
        name = desk.post(keeping, post)
        times = [desk.to_come(at) for at in instants]
        one, other = (desk.piece(keeping.key, name, at) for at in times)
        first, second = one.piece.holder, other.piece.holder
        if first is None or second is None or first == second:
            raise RequestError(
                where=say("the shifts to be exchanged"),
                expected=say("two that different people keep"),
                found=[first, second],
                do=say("look: incident roster show"),
            )
        there = [
            (second, max(one.since, desk.at), one.until),
            (first, max(other.since, desk.at), other.until),
        ]
        for n, (holder, since, until) in enumerate(there):
            left = there[1 - n][1:]
            desk.must_be_free(desk.holder(holder), since, until, apart_from=left)
        return [desk.pin(keeping.key, name, holder, since, until, "swap") for holder, since, until in there]

    asked = [key, post, *map(str, instants)]
    return _act(store, code, "roster_swap", find, asked, why=why, origin=origin, now=now, chance=chance)


class Absence(NamedTuple):
    """Who is away: from now on, until the shift ends, unless it says. `by` covers for them."""

    holder: str
    since: int | None = None
    until: int | None = None
    why: Away = "sick"
    by: str | None = None


def cover(
    store: Store, code: str, absence: Absence, *, why: str | None, origin: Origin, now: Clock, chance: Chance
) -> Outcome:
    """Note that somebody is away, so that others come: whoever is named, or whom the rotation gives.

    A leave that goes on for the same reason gets the new end. Raises `RequestError`.
    """

    def find(desk: _Desk) -> list[AnyFact]:
        holder = desk.holder(absence.holder)
        since = max(absence.since or desk.at, desk.at)
        until = absence.until or desk.ends_for(holder, since)
        desk.must_last(since, until)
        left = desk.leave(holder, since, until, absence.why)
        return [left, *desk.covered(holder, absence.by, since, until)]

    asked = [absence.holder, absence.why, absence.by]
    return _act(store, code, "roster_cover", find, asked, why=why, origin=origin, now=now, chance=chance)


def _act(
    store: Store,
    code: str,
    verb: str,
    find: Callable[[_Desk], list[AnyFact]],
    asked: Iterable[str | None],
    *,
    why: str | None,
    origin: Origin,
    now: Clock,
    chance: Chance,
) -> Outcome:
    def found(view: View) -> list[AnyFact]:
        desk = _Desk(view, code)
        return [*find(desk), *desk.outlived()]

    words = {"asked": " ".join(each or "-" for each in asked)}
    doing = Act(verb=verb, origin=origin, words=words, reason=(why or "").strip() or None)
    return act(store, code, doing, found, now=now, chance=chance)


class _Desk:
    """What an act about duty is decided on."""

    def __init__(self, view: View, code: str) -> None:
        self.view, self.at, self.code = view, view.at, code
        self.case = case_of(view.tx, view.playbook, code, view.standing, view.at)
        self.made = 0

    def keeping(self, words: str) -> Keeping:
        for key, one in self.case.keepings.items():
            if words in (key, one.roster.name.zh, one.roster.name.en):
                return one
        known: Words = [*self.case.keepings] or say("none stands")
        raise _unknown(say("roster"), known, words)

    def post(self, keeping: Keeping, words: str | None) -> str:
        posts = [one.name for one in keeping.posts]
        if words is None and posts:
            return posts[0]
        wanted = "officer.1" if words == "officer" else words
        if wanted in posts:
            return str(wanted)
        raise _unknown(say("post"), posts or say("none"), words or "")

    def holder(self, words: str) -> str:
        """Give the sign of somebody who is known: to the directory, or to the paper."""
        known = {one.holder for one in self.view.tx.people(self.code) if not one.is_erased}
        known |= {tenure.holder for tenures in self.case.people.tenures.values() for _, tenure in tenures}
        known |= {
            span.holder for one in self.case.keepings.values() for post in one.posts for span in post.spans
        }
        if words in known:
            return words
        signs = sorted(holder for holder in known if people.is_named(holder))
        raise _unknown(say("holder"), signs or say("somebody in the directory"), words)

    def to_come(self, at: int | None) -> int:
        """Give an instant that has not passed; now where none is said, or the minute that is going by.

        People type minutes, and whoever waits for the lock waits for seconds.
        """
        if at is None or self.at - _MINUTE < at < self.at:
            return self.at
        if at < self.at:
            raise RequestError(
                where=say("time"),
                expected=say("a time to come: what has passed stays as it was"),
                found=self._shown(at),
                do=say("give a later time"),
            )
        must_be_near(at, self.at, self.case.zone)
        return at

    def must_last(self, since: int, until: int) -> None:
        if until <= since:
            raise RequestError(
                where=say("time"),
                expected=say("an end after {since}", since=self._shown(since)),
                found=self._shown(until),
                do=say("correct --until"),
            )

    def must_be_free(
        self, holder: str, since: int, until: int, *, apart_from: tuple[int, int] = (0, 0)
    ) -> None:
        """Refuse to set somebody who is away then, or is set for something else."""
        self.must_last(since, until)
        leaves = self.case.people.leaves.get(holder, ())
        pins = Pins(self.case.keepings, self.case.people).of(holder)
        away = [one for one in leaves if one.since < until and one.until > since]
        is_set = [
            one
            for one in pins
            if one.since < until and one.until > since and (one.since, one.until) != apart_from
        ]
        if away or is_set:
            raise RequestError(
                where=holder,
                expected=say(
                    "somebody who is free from {since} to {until}",
                    since=self._shown(since),
                    until=self._shown(until),
                ),
                found=say("is away") if away else say("is set for another post"),
                do=say("choose somebody else; look: incident roster show"),
            )

    def pieces(self, since: int, until: int) -> list[Duty]:
        # others wait for the lock while shifts are given out
        must_be_near(until, self.at, self.case.zone)
        recorded = self.view.tx.duties(self.code, since=since, until=until)
        return [*foreseen(self.case, recorded, since, until, self.at)]

    def piece(self, key: str, post: str, at: int) -> Duty:
        """Give who keeps a post at an instant."""
        for one in self.pieces(at, at + 1):
            if (one.roster, one.piece.post) == (key, post):
                return one
        raise _unknown(say("time"), say("a time at which the post is kept"), self._shown(at))

    def ends(self, key: str, at: int) -> int:
        """Give when the shift ends that an instant lies in."""
        return max((one.till for one in self.pieces(at, at + 1) if one.roster == key), default=at)

    def ends_for(self, holder: str, at: int) -> int:
        """Give when the shift ends in which somebody is on duty at an instant."""
        till = [one.till for one in self.pieces(at, at + 1) if one.piece.holder == holder]
        if not till:
            raise RequestError(
                where="--until",
                expected=say("an end, for {holder} is not on duty then", holder=holder),
                found=say("nothing"),
                do=say("give --until"),
            )
        return max(till)

    def pin(self, key: str, post: str, holder: str, since: int, until: int, how: Set) -> ItemStarted:
        one = Pin(
            roster=key,
            post=post,
            holder=holder,
            since=clock.stamp(since),
            until=clock.stamp(until),
            how=how,
            tell=True,
        )
        return self._started(PIN, msgspec.to_builtins(one))

    def leave(self, holder: str, since: int, until: int, why: Away) -> ItemStarted | ItemChanged:
        """Note a leave: the one that goes on for the same reason gets the new end, be it later or earlier.

        One that would begin for the same reason meanwhile begins earlier, and ends no sooner. For another
        reason it is a leave of its own: who is ill for a day keeps the holidays that were planned.
        """
        one = Leave(holder=holder, since=clock.stamp(since), until=clock.stamp(until), why=why)
        for (kind, key), stood in sorted(self.view.standing.items()):
            if kind != LEAVE or stood.item["holder"] != holder or stood.item.get("why", "leave") != why:
                continue
            begins, ends = people.bounds(stood.item["since"], stood.item.get("until"))
            if begins <= since <= ends:
                one = msgspec.structs.replace(one, since=stood.item["since"])
            elif since < begins <= until:
                one = one if ends < until else msgspec.structs.replace(one, until=stood.item.get("until"))
            else:
                continue
            return ItemChanged(kind=LEAVE, key=key, before=stood.item, after=msgspec.to_builtins(one))
        return self._started(LEAVE, msgspec.to_builtins(one))

    def covered(self, holder: str, by: str | None, since: int, until: int) -> list[AnyFact]:
        """Set whoever covers for all that somebody would keep in a time, where it is said who does."""
        if by is None:
            return []
        kept = [one for one in self.pieces(since, until) if one.piece.holder == holder and one.until > since]
        if self.holder(by) == holder or not kept:
            raise RequestError(
                where="--with",
                expected=say("somebody else")
                if kept
                else say("nobody: {holder} keeps no post then", holder=holder),
                found=by,
                do=say("choose somebody else") if kept else say("leave --with out"),
            )
        facts: list[AnyFact] = []
        for one in kept:
            begins, ends = max(one.since, since), min(one.until, until)
            self.must_be_free(by, begins, ends)
            facts.append(self.pin(one.roster, one.piece.post, by, begins, ends, "cover"))
        return facts

    def outlived(self) -> Iterator[ItemEnded]:
        """End what can move nothing any more: no shift before the newest of each roster is given out anew.

        A leave counts until its year is over: shares are reckoned by the days in which somebody could serve.
        """
        newest, stands = self.case.newest, self.case.keepings
        begins = min((one.shift for key in stands for one in newest.get(key, ())), default=self.at)
        bounds = {PIN: begins, LEAVE: year_begins(begins, self.case.zone)}
        for (kind, key), stood in sorted(self.view.standing.items()):
            until = stood.item.get("until")
            if kind in bounds and until is not None and clock.read_stamp(until) <= bounds[kind]:
                yield ItemEnded(kind=kind, key=key, before=stood.item)

    def _started(self, kind: str, item: Plain) -> ItemStarted:
        key = f"{kind}-{self.view.situation.version}-{self.made}"
        self.made += 1
        return ItemStarted(kind=kind, key=key, after=item)

    def _shown(self, at: int) -> str:
        return clock.shown(at, self.case.zone)


def _unknown(where: Words, expected: Words, found: str) -> RequestError:
    return RequestError(
        where=where, expected=expected, found=f"`{found}`", do=say("look: incident roster show")
    )
