"""Who is on duty, was, and will be; and the acts by which people change it.

What has passed is read as it was recorded. What is to come is computed by the resolver that will record it.
An act sets a person for a post, exchanges two, or notes that somebody is away; none of them moves the past.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import NamedTuple

import msgspec

from incident.domain import clock, people, roster
from incident.domain.duty import Duty, Timeline, laid_out
from incident.domain.errors import JournalError, RequestError
from incident.domain.facts import AnyFact, ItemChanged, ItemStarted, Plain
from incident.domain.keeping import Case, Keeping
from incident.domain.people import LEAVE, PIN, Away, Leave, Person, Pin, Set
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.domain.situation import Situation
from incident.domain.tally import Tally, tally
from incident.service import queries
from incident.service.act import Act, View, act
from incident.service.duty import case_of
from incident.service.handle import Outcome
from incident.service.opened import UNFOUNDED
from incident.service.ports import Chance, Clock, Reading, Store
from incident.service.who import Origin

#: Number of the entry of a piece that is foreseen and not recorded.
FORESEEN = -1


class Rota(NamedTuple):
    """Pieces of duty in a time, recorded and foreseen."""

    situation: Situation
    playbook: Playbook
    persons: dict[str, Person]
    case: Case
    pieces: list[Duty]


def rota(tx: Reading, code: str, since: int, until: int, now: int) -> Rota:
    """Give all duty from one instant to before another; from now on as it will be if nothing is recorded.

    Raises `JournalError` where what stands cannot be read.
    """
    situation, playbook = queries.present(tx, code)
    try:
        case = case_of(tx, playbook, code, tx.standing(code), now)
        pieces = tx.duties(code, since=since, until=until)
        if until > now:
            pieces = [*_foreseen(case, pieces, since, until, now)]
    except UNFOUNDED as error:
        expected = say("rosters and people as this program writes them")
        raise JournalError(jurisdiction=code, seq=None, expected=expected, found=str(error)) from error
    return Rota(situation, playbook, {one.holder: one for one in tx.people(code)}, case, pieces)


def _foreseen(case: Case, recorded: Sequence[Duty], since: int, until: int, now: int) -> Iterable[Duty]:
    """Put what is foreseen in the place of what is recorded, where that is another; and after it."""
    foreseen = [laid_out(fact, FORESEEN) for fact in roster.ahead(case, now, until)]
    anew = {(pieces[0].roster, pieces[0].shift) for pieces in foreseen if pieces}
    kept = [one for one in recorded if (one.roster, one.shift) not in anew]
    there = chain(kept, *foreseen)
    return sorted(
        (one for one in there if one.since < until and one.until > since),
        key=lambda one: (one.since, one.roster, one.piece.post),
    )


def on_duty(found: Rota, at: int) -> dict[str, Sequence[Duty]]:
    """Give who is on duty at an instant of a rota, by roster."""
    timeline = Timeline(found.pieces)
    there = {key: timeline.who(key, at) for key in {*timeline.rosters(), *found.case.keepings}}
    return {key: pieces for key, pieces in sorted(there.items()) if pieces}


def tally_until(found: Rota, one: Duty, at: int) -> Tally:
    """Count what of a piece lies before an instant."""
    return tally(one.since, min(one.until, at), found.case.zone, found.case.days)


def struck(tx: Reading, found: Rota, since: int, until: int) -> list[Duty]:
    """Give the pieces of a time that were recorded, and then given otherwise."""
    ended = (duty for _seq, duty in tx.ended_duties(found.situation.jurisdiction))
    return [one for one in ended if one.is_void and one.until > since and one.since < until]


# -- acts


class Setting(NamedTuple):
    """Whom somebody sets for a post, and for how long; without an end until the shift ends."""

    roster: str
    post: str | None
    holder: str
    since: int
    until: int | None = None


def override(
    store: Store, code: str, setting: Setting, *, why: str | None, origin: Origin, now: Clock, chance: Chance
) -> Outcome:
    """Set a person for a post. Raises `RequestError` for what is not known, has passed, or cannot be."""

    def find(view: View) -> list[AnyFact]:
        desk = _Desk(view, code)
        keeping = desk.keeping(setting.roster)
        post = desk.post(keeping, setting.post)
        holder = desk.holder(setting.holder)
        desk.must_be_to_come(setting.since)
        until = setting.until or desk.ends(keeping.key, setting.since)
        desk.must_be_free(holder, setting.since, until)
        return [desk.pin(keeping.key, post, holder, setting.since, until, "override")]

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

    def find(view: View) -> list[AnyFact]:
        desk = _Desk(view, code)
        keeping = desk.keeping(key)
        name = desk.post(keeping, post)
        for at in instants:
            desk.must_be_to_come(at)
        one, other = (desk.piece(keeping.key, name, at) for at in instants)
        first, second = one.piece.holder, other.piece.holder
        if first is None or second is None or first == second:
            raise RequestError(
                where=say("the shifts to be exchanged"),
                expected=say("two that different people keep"),
                found=[first, second],
                do=say("look: incident roster show"),
            )
        there = [
            (second, max(one.since, view.at), one.until),
            (first, max(other.since, view.at), other.until),
        ]
        for n, (holder, since, until) in enumerate(there):
            left = there[1 - n][1:]
            desk.must_be_free(desk.holder(holder), since, until, apart_from=left)
        return [desk.pin(keeping.key, name, holder, since, until, "swap") for holder, since, until in there]

    asked = [key, post, *map(str, instants)]
    return _act(store, code, "roster_swap", find, asked, why=why, origin=origin, now=now, chance=chance)


class Absence(NamedTuple):
    """Who is away, from when and until when; without an end until the shift ends. `by` covers for them."""

    holder: str
    since: int
    until: int | None = None
    why: Away = "sick"
    by: str | None = None


def cover(
    store: Store, code: str, absence: Absence, *, why: str | None, origin: Origin, now: Clock, chance: Chance
) -> Outcome:
    """Note that somebody is away, so that others come: whoever is named, or whom the rotation gives.

    A leave that stands and overlaps gets the new end. Raises `RequestError`.
    """

    def find(view: View) -> list[AnyFact]:
        desk = _Desk(view, code)
        holder = desk.holder(absence.holder)
        since = max(absence.since, view.at)
        until = absence.until or desk.ends_for(holder, since)
        desk.must_last(since, until)
        facts: list[AnyFact] = [desk.leave(holder, since, until, absence.why)]
        if absence.by is not None:
            by = desk.holder(absence.by)
            for one in desk.pieces(since, until):
                if one.piece.holder == holder and one.until > since:
                    begins, ends = max(one.since, since), min(one.until, until)
                    desk.must_be_free(by, begins, ends)
                    facts.append(desk.pin(one.roster, one.piece.post, by, begins, ends, "cover"))
        return facts

    asked = [absence.holder, absence.why, absence.by]
    return _act(store, code, "roster_cover", find, asked, why=why, origin=origin, now=now, chance=chance)


def _act(
    store: Store,
    code: str,
    verb: str,
    find: Callable[[View], list[AnyFact]],
    asked: Iterable[str | None],
    *,
    why: str | None,
    origin: Origin,
    now: Clock,
    chance: Chance,
) -> Outcome:
    words = {"asked": " ".join(each or "-" for each in asked)}
    doing = Act(verb=verb, origin=origin, words=words, reason=(why or "").strip() or None)
    return act(store, code, doing, find, now=now, chance=chance)


class _Desk:
    """What an act about duty is decided on."""

    def __init__(self, view: View, code: str) -> None:
        self.view, self.at, self.code = view, view.at, code
        self.case = case_of(view.tx, view.playbook, code, view.standing, view.at)
        self.people = people.people_of(view.standing)
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
        known |= {tenure.holder for tenures in self.people.tenures.values() for _, tenure in tenures}
        known |= {
            span.holder for one in self.case.keepings.values() for post in one.posts for span in post.spans
        }
        if words in known:
            return words
        signs = sorted(holder for holder in known if people.is_named(holder))
        raise _unknown(say("holder"), signs or say("somebody in the directory"), words)

    def must_be_to_come(self, at: int) -> None:
        if at < self.at:
            raise RequestError(
                where=say("time"),
                expected=say("a time to come: what has passed stays as it was"),
                found=self._shown(at),
                do=say("give a later time"),
            )

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
        leaves = self.people.leaves.get(holder, ())
        pins = self.people.pins.get(holder, ())
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
        recorded = self.view.tx.duties(self.code, since=since, until=until)
        return [*_foreseen(self.case, recorded, since, until, self.at)]

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
        one = Leave(holder=holder, since=clock.stamp(since), until=clock.stamp(until), why=why)
        for (kind, key), stood in sorted(self.view.standing.items()):
            if kind == LEAVE and stood.item["holder"] == holder:
                begins, ends = people.bounds(stood.item["since"], stood.item.get("until"))
                if begins <= until and ends >= since:
                    joined = msgspec.structs.replace(one, since=clock.stamp(min(begins, since)))
                    after = msgspec.to_builtins(joined)
                    return ItemChanged(kind=LEAVE, key=key, before=stood.item, after=after)
        return self._started(LEAVE, msgspec.to_builtins(one))

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
