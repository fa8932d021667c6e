"""Calling out: who has to answer that an order reached them, and who is asked in their place if nobody does.

A switch that begins or changes something calls out everybody for whom it does. What is asked stands as an
item of the kind `callout` beside the posture until all have answered or the incident is over. As long as
somebody has not, time goes on in steps, each as long as the playbook's `answer`:

    first those on duty → the deputies → the lead → the lead of the body above → unreached, said aloud

A step that a party has nobody for is left out. An order that is taken back or replaced is chased no longer: a
new call-out takes the place of what earlier ones wait for of the same parties, and a body or group that is
stood down is waited for no more. Nothing here stops an activation.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct

from incident.domain import names
from incident.domain.effects import SUPERIOR, notices
from incident.domain.errors import RequestError
from incident.domain.facts import (
    AnyFact,
    IncidentClosed,
    ItemChanged,
    ItemEnded,
    ItemStarted,
    Plain,
    StateEntered,
)
from incident.domain.memo import by_identity
from incident.domain.people import HOLDER, seats_of
from incident.domain.playbook import Playbook
from incident.domain.say import say
from incident.domain.situation import Standing

CALLOUT: Final = "callout"
#: How a playbook says that nobody is called out.
NEVER: Final = "never"
#: Steps there can be: deputies, lead, lead above, unreached.
STEPS: Final = 4
#: Kinds of parties that are called out.
_PARTIES = ("body", "office", "group", "seat", "unit")


class Callout(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who was asked, who answered, and who has not."""

    #: When it was asked, and how long each step lasts.
    at: str
    within: str
    #: Parties that have not answered, as the playbook writes them.
    waiting: list[str] = []
    #: By party, the sign of who answered; empty where none was given.
    answered: dict[str, str] = {}
    #: Parties that had not answered when a later order took the place of this one.
    replaced: list[str] = []


class Asked(NamedTuple):
    """Whom a step asks; references of the playbook or signs of holders."""

    told: Sequence[str] = ()
    #: Parties for which nobody is left to ask.
    unreached: Sequence[str] = ()
    #: Nobody is left to ask for any of them.
    is_last: bool = False


@by_identity
def read(item: Plain) -> Callout:
    """Read a call-out that stands. Raises `msgspec.ValidationError`."""
    return msgspec.convert(item, Callout)


def entry_of(key: str) -> int:
    """Give the number of the entry that called out."""
    return int(key.rpartition("-")[2])


def called(
    playbook: Playbook, standing: Standing, facts: Sequence[AnyFact], *, seq: int, at: str
) -> list[AnyFact]:
    """Give the facts by which entry `seq`, which has these facts so far, calls out or ends what was asked."""
    entered = next((fact for fact in facts if isinstance(fact, StateEntered)), None)
    if entered is None:
        return []
    there = [(key, stood.item) for (kind, key), stood in sorted(standing.items()) if kind == CALLOUT]
    if any(isinstance(fact, IncidentClosed) for fact in facts) or entered.target == playbook.initial:
        return [ItemEnded(kind=CALLOUT, key=key, before=item) for key, item in there]
    waiting = _concerned(playbook, facts)
    gone = [fact.key for fact in facts if isinstance(fact, ItemEnded) and fact.kind in ("body", "group")]
    over = {*waiting, *gone}
    ended = [fact for key, item in there for fact in _replaced(key, item, over)]
    if not waiting:
        return ended
    item = msgspec.to_builtins(Callout(at=at, within=playbook.answer, waiting=waiting))
    return [*ended, ItemStarted(kind=CALLOUT, key=f"{CALLOUT}-{seq}", after=item)]


def _concerned(playbook: Playbook, facts: Sequence[AnyFact]) -> list[str]:
    """List the parties for which something begins or changes, and that are called out for it."""
    if playbook.answer == NEVER:
        return []
    moved = [fact for fact in facts if isinstance(fact, ItemStarted | ItemChanged)]
    return [one.to for one in notices(moved) if one.to != SUPERIOR and _can_answer(playbook, one.to)]


def _replaced(key: str, item: Plain, over: Collection[str]) -> list[AnyFact]:
    """Give the facts by which a call-out waits no longer for parties that its order no longer holds for."""
    asked = read(item)
    late = [party for party in asked.waiting if party in over]
    return _without(key, item, late, replaced=[*asked.replaced, *late]) if late else []


def _can_answer(playbook: Playbook, ref: str) -> bool:
    """Tell whether a party is one of this jurisdiction, and not a class of many."""
    for one in names.find(playbook, ref, _PARTIES):
        if one.kind != "unit":
            return True
        unit = playbook.units[one.key]
        return unit.kind == "own" and not unit.collective
    return False


def answer(key: str, item: Plain, parties: Iterable[str], by: str) -> list[AnyFact]:
    """Give the facts by which some parties that were asked have answered; the last one ends it.

    `by` is the sign of who answers, or empty. It goes into the open record, so nothing else may be in it.
    Raises `RequestError`.
    """
    if by:
        must_be_sign(by)
    asked = read(item)
    now = {party: by for party in parties if party in asked.waiting}
    return _without(key, item, now, answered={**asked.answered, **now})


def _without(key: str, item: Plain, parties: Collection[str], **changes: Any) -> list[AnyFact]:
    """Give the facts by which a call-out no longer waits for some parties; it ends when it waits for none."""
    asked = read(item)
    waiting = [party for party in asked.waiting if party not in parties]
    after = msgspec.to_builtins(msgspec.structs.replace(asked, waiting=waiting, **changes))
    facts: list[AnyFact] = [ItemChanged(kind=CALLOUT, key=key, before=item, after=after)]
    if not waiting:
        facts.append(ItemEnded(kind=CALLOUT, key=key, before=after))
    return facts


def must_be_sign(words: str) -> str:
    """Read the sign of a holder: never a name or a number of a person. Raises `RequestError`."""
    if not HOLDER.fullmatch(words):
        raise RequestError(
            where=say("who answers"),
            expected=say("the sign of a holder such as P2"),
            found=f"`{words}`",
            do=say("look: incident people list"),
        )
    return words


def in_place_of(playbook: Playbook, ref: str) -> list[list[str]]:
    """Give the seats asked in the place of a party, step after step: deputies, lead, lead above."""
    owner = _owner(playbook, ref)
    seats = [key for key, _ in seats_of(playbook, owner)] if owner is not None else []
    above = _above(playbook, owner)
    heads = [] if above is None else _lead_of(playbook, above)
    steps: list[list[str]] = []
    for step in ([key for key in seats if _is_deputy(key)], _lead(seats), heads):
        new = [key for key in step if not any(key in earlier for earlier in steps)]
        if new and new != [ref]:
            steps.append(new)
    return steps


def next_step(playbook: Playbook, waiting: Iterable[str], step: int, authority: str | None) -> Asked:
    """Say whom step `step`, from 1, asks for those who have not answered.

    When nobody is left to ask for one of them, whoever decided is told.
    """
    lines = {party: in_place_of(playbook, party) for party in waiting}
    told = [ref for line in lines.values() if len(line) >= step for ref in line[step - 1]]
    unreached = [party for party, line in lines.items() if len(line) == step - 1]
    if unreached and authority is not None:
        told.append(authority)
    is_last = step >= STEPS or all(len(line) < step for line in lines.values())
    return Asked(list(dict.fromkeys(told)), unreached, is_last)


def in_charge(playbook: Playbook, ref: str) -> list[str]:
    """Give the seats of the lead of a party and of the lead above it."""
    owner = _owner(playbook, ref)
    seats = [] if owner is None else [key for key, _ in seats_of(playbook, owner)]
    above = _above(playbook, owner)
    return list(dict.fromkeys(_lead(seats) + ([] if above is None else _lead_of(playbook, above))))


def unreached(playbook: Playbook, waiting: Iterable[str], step: int) -> list[str]:
    """List for whom nobody is left to ask once step `step` was taken."""
    return [party for party in waiting if len(in_place_of(playbook, party)) < step]


def _owner(playbook: Playbook, ref: str) -> str | None:
    """Give the body, office or group that a reference is, or whose seat it is; None for a unit."""
    for one in names.find(playbook, ref, ("body", "office", "group", "seat")):
        return one.key.rpartition(".")[0] if one.kind == "seat" else one.key
    return None


def _above(playbook: Playbook, owner: str | None) -> str | None:
    """Give the body above a body, an office or a group; above a unit the body that commands."""
    if owner is None:
        return next((key for key, body in playbook.bodies.items() if body.kind == "command"), None)
    first, dot, _ = owner.partition(".")
    if dot:
        return first
    if owner in playbook.groups:
        return playbook.groups[owner].under
    body = playbook.bodies.get(owner) or playbook.subordinate_bodies.get(owner)
    return None if body is None else body.under


def _is_deputy(seat: str) -> bool:
    return "deput" in seat.rpartition(".")[2]


def _lead_of(playbook: Playbook, owner: str) -> list[str]:
    return _lead(key for key, _ in seats_of(playbook, owner))


def _lead(seats: Iterable[str]) -> list[str]:
    """Give the seat of the lead: the first that is no deputy's."""
    return [key for key in seats if not _is_deputy(key)][:1]
