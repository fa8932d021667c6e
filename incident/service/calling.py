"""Answering a call-out: that an order reached those whom it concerns, said by them or on their behalf."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from incident.domain import callout, names
from incident.domain.callout import CALLOUT, Callout
from incident.domain.errors import RequestError
from incident.domain.facts import AnyFact
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.domain.timer import Timer
from incident.service import queries
from incident.service.act import Act, View, act
from incident.service.handle import Outcome
from incident.service.ports import Chance, Clock, Reading, Store
from incident.service.receivers import Audience
from incident.service.who import Origin


class Open(NamedTuple):
    """A call-out that stands."""

    key: str
    callout: Callout
    #: The step taken last, from 1; 0 before the first.
    step: int
    #: When the next one comes; none when there is none.
    next_at: int | None
    #: For whom nobody is left to ask.
    unreached: list[str]


def open_callouts(tx: Reading, code: str) -> list[Open]:
    """List the call-outs to which not all have answered, oldest first."""
    _situation, playbook = queries.present(tx, code)
    timers = {one.key: one for one in tx.open_timers(code) if one.what == "answer"}
    found = []
    for (kind, key), stood in sorted(tx.standing(code).items(), key=lambda one: one[1].since):
        if kind == CALLOUT:
            found.append(_open(playbook, key, callout.read(stood.item), timers.get(key)))
    return found


def _open(playbook: Playbook, key: str, one: Callout, timer: Timer | None) -> Open:
    step = callout.STEPS if timer is None else timer.tier - 1
    return Open(
        key,
        one,
        step,
        None if timer is None else timer.due,
        callout.unreached(playbook, one.waiting, step),
    )


def acknowledge(
    store: Store,
    code: str,
    *,
    holder: str | None,
    parties: Sequence[str] = (),
    entry: int | None = None,
    said: str | None = None,
    origin: Origin,
    now: Clock,
    chance: Chance,
) -> Outcome:
    """Answer for some parties, or for all for which a holder can: those that they keep or stand in for.

    Of one call-out by the number of its `entry`, or of all. Raises `RequestError` where nobody waits for it.
    """
    if holder is not None:
        callout.must_be_sign(holder)

    def find(view: View) -> list[AnyFact]:
        wanted = [_party(view.playbook, words) for words in parties]
        facts: list[AnyFact] = []
        for key, asked in _asked(view, entry):
            mine = wanted or _of_holder(view, asked, holder)
            mine = [party for party in mine if party in asked.waiting]
            if mine:
                facts += callout.answer(key, view.standing[CALLOUT, key].item, mine, holder or "")
        if not facts:
            raise _nobody_waits(view, entry, [*parties, *([holder] if holder else [])])
        return facts

    words = {"asked": " ".join([holder or "-", *parties])} | ({"said": said} if said else {})
    doing = Act(verb="ack", origin=origin, words=words)
    return act(store, code, doing, find, now=now, chance=chance)


def _asked(view: View, entry: int | None) -> Iterator[tuple[str, Callout]]:
    for (kind, key), stood in sorted(view.standing.items()):
        if kind == CALLOUT and entry in (None, int(key.rpartition("-")[2])):
            yield key, callout.read(stood.item)


def _party(playbook: Playbook, words: str) -> str:
    """Give the party meant by key or name; what is unknown is not waited for."""
    return names.key_of(playbook, words) or words


def _of_holder(view: View, asked: Callout, holder: str | None) -> list[str]:
    """List the parties for which a holder can answer: told of it, or asked in their place."""
    audience = Audience(view.tx, view.playbook, view.situation, view.at)
    return [
        party
        for party in asked.waiting
        if any(
            holder in audience.of(ref)
            for ref in (party, *(seat for step in callout.in_place_of(view.playbook, party) for seat in step))
        )
    ]


def _nobody_waits(view: View, entry: int | None, found: list[str]) -> RequestError:
    waiting = list(dict.fromkeys(party for _key, one in _asked(view, entry) for party in one.waiting))
    shown: list[Words] = [
        say("{name} ({key})", name=names.name_of(view.playbook, one), key=one) for one in waiting
    ]
    return RequestError(
        where=say("who answers"),
        expected=shown or say("nobody: no answer is waited for"),
        found=[f"`{one}`" for one in found],
        do=say("name a party with --for, or look: incident status"),
    )
