"""Call-outs that stand, and what answering one or signing a handover recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct, to_builtins

from incident.domain import clock, names
from incident.domain.explain_time import promised
from incident.domain.facts import ItemChanged, ItemStarted
from incident.domain.handing import HANDOVER, news
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.language import speak
from incident.service.calling import Open
from incident.service.handle import Outcome


class Party(Struct, frozen=True, kw_only=True):
    """Who was asked: a group, body or unit."""

    key: str
    #: In the language in force.
    name: str


class Callout(Struct, frozen=True, kw_only=True):
    """A call-out to which not all have answered."""

    key: str
    #: When it was asked.
    at: str
    #: Who has not answered.
    waiting: list[Party]
    #: By party, the sign of who answered; empty where none was given.
    answered: dict[str, str]
    #: The step taken last, from 1; 0 before the first.
    step: int
    #: When the next are asked; null where nobody is left.
    next_at: str | None
    #: For whom nobody is left to ask.
    unreached: list[str]


class Acted(Struct, frozen=True, kw_only=True):
    """What signing a handover recorded."""

    seq: int
    at: str
    #: Items as recorded, each with its `kind` and `key`.
    items: list[dict[str, Any]]
    repeated: bool


class Answered(Acted, frozen=True, kw_only=True):
    """What answering recorded."""

    #: Call-outs to which not all have answered yet.
    waiting: list[Callout]


def callout(playbook: Playbook, one: Open) -> Callout:
    """Give a call-out."""
    waiting = one.callout.waiting
    return Callout(
        key=one.key,
        at=one.callout.at,
        waiting=[Party(key=ref, name=speak(names.name_of(playbook, ref))) for ref in waiting],
        answered=one.callout.answered,
        step=one.step,
        next_at=None if one.next_at is None else clock.stamp(one.next_at),
        unreached=one.unreached,
    )


def in_words(playbook: Playbook, one: Open, zone: str) -> Words:
    """Say who has not answered, who is asked next when, and who is not reached."""
    waiting = [party for party in one.callout.waiting if party not in one.unreached]
    parts: list[Words] = []
    if waiting:
        parts.append(say("no answer yet from {who}", who=_names(playbook, waiting)))
    if one.unreached:
        parts.append(say("NOT REACHED: {who}", who=_names(playbook, one.unreached)))
    if one.next_at is not None:
        parts.append(say("the next are asked at {at}", at=clock.minute(one.next_at, zone)))
    return say("{name}: {parts}", name=promised(playbook, one.key), parts=parts)


def _names(playbook: Playbook, refs: list[str]) -> list[Words]:
    return [names.name_of(playbook, ref) for ref in refs]


def answered(outcome: Outcome, left: Sequence[Open]) -> Answered:
    """Give what answering recorded, and the call-outs that are left."""
    entry = outcome.entry
    return Answered(
        seq=entry.seq,
        at=entry.at,
        items=_items(outcome),
        repeated=outcome.repeated,
        waiting=[callout(outcome.playbook, one) for one in left],
    )


def signed(outcome: Outcome) -> Acted:
    """Give what signing a handover recorded."""
    entry = outcome.entry
    return Acted(seq=entry.seq, at=entry.at, items=_items(outcome), repeated=outcome.repeated)


def _items(outcome: Outcome) -> list[dict[str, Any]]:
    """Give what an act says of a call-out or of handovers."""
    found: list[dict[str, Any]] = []
    for one in outcome.entry.facts:
        if isinstance(one, ItemStarted | ItemChanged):
            said = [one.after] if one.kind != HANDOVER else [to_builtins(each) for each in news(one)]
            found += [{"kind": one.kind, "key": one.key, **item} for item in said]
    return found
