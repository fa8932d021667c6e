"""The acts by which people change who keeps a shift: one is set, or no more; two are exchanged; one is away.

None of them moves the past. Whom they set, and who is away, stands beside the posture as items; what of them
has passed, and can move nothing any more, ends with the next such act.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from incident.domain.errors import RequestError
from incident.domain.facts import AnyFact
from incident.domain.people import Away
from incident.domain.say import say
from incident.service.act import Act, View, act
from incident.service.desk import Desk
from incident.service.handle import Outcome
from incident.service.ports import Chance, Clock, Store
from incident.service.who import Origin


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

    def find(desk: Desk) -> list[AnyFact]:
        keeping = desk.keeping(setting.roster)
        post = desk.post(keeping, setting.post)
        holder = desk.holder(setting.holder)
        since = desk.to_come(setting.since)
        until = setting.until or desk.ends(keeping.key, since)
        desk.must_be_free(holder, keeping.key, post, since, until)
        return [desk.pin(keeping.key, post, holder, since, until, "override")]

    asked = [setting.roster, setting.post, setting.holder]
    return _act(store, code, "roster_override", find, asked, why=why, origin=origin, now=now, chance=chance)


def withdraw(
    store: Store,
    code: str,
    key: str,
    at: int | None = None,
    *,
    post: str | None = None,
    why: str | None,
    origin: Origin,
    now: Clock,
    chance: Chance,
) -> Outcome:
    """Take back whom somebody set for a post at an instant, now unless said. Raises `RequestError`.

    Whoever was set is told; from then on whoever was set before keeps the post, or whom the rotation gives.
    """

    def find(desk: Desk) -> list[AnyFact]:
        keeping = desk.keeping(key)
        return [desk.unset(keeping.key, desk.post(keeping, post), desk.to_come(at))]

    asked = [key, post, None if at is None else str(at)]
    return _act(store, code, "roster_withdraw", find, asked, why=why, origin=origin, now=now, chance=chance)


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

    def find(desk: Desk) -> list[AnyFact]:
        keeping = desk.keeping(key)
        name = desk.post(keeping, post)
        times = [desk.to_come(at) for at in instants]
        one, other = desk.kept(keeping.key, name, times)
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
        for holder, since, until in there:
            desk.must_be_free(desk.holder(holder), keeping.key, name, since, until)
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

    def find(desk: Desk) -> list[AnyFact]:
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
    find: Callable[[Desk], list[AnyFact]],
    asked: Iterable[str | None],
    *,
    why: str | None,
    origin: Origin,
    now: Clock,
    chance: Chance,
) -> Outcome:
    def found(view: View) -> list[AnyFact]:
        desk = Desk(view, code)
        return [*find(desk), *desk.outlived()]

    words = {"asked": " ".join(each or "-" for each in asked)}
    doing = Act(verb=verb, origin=origin, words=words, reason=(why or "").strip() or None)
    return act(store, code, doing, found, now=now, chance=chance)
