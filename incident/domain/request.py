"""What somebody asks for: an event with its values, who decided, on what basis, from when.

`read_fields` turns the words of a request into the typed values an event declares, and refuses what cannot
be understood (`RequestError`). Whether the request may be granted is decided elsewhere (`decision.py`).
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from incident.domain import inputs, names
from incident.domain.errors import RequestError
from incident.domain.organisation import Text
from incident.domain.playbook import Event, Field, Playbook
from incident.domain.say import Words, say

#: What a person pressed; it bounds where the step may lead.
Verb = Literal["activate", "stand_down", "signal"]
#: What a request is: a button pressed, a step proposed, or a proposal approved. The last two bound nothing.
Press = Literal["activate", "stand_down", "signal", "propose", "approve"]
#: Integers of an event fit any database and any JSON reader.
_MOST_DIGITS = 15
#: How it is known who acts.
Actor = Literal["os", "claimed", "authenticated", "system"]
#: A value an event carries.
Value = str | int


class Request(Struct, frozen=True, kw_only=True):
    """One event as it came in, and what was said with it."""

    #: The button pressed, or what else it is.
    verb: Press = "signal"
    #: Event of the playbook.
    event: str
    #: Its values, already read.
    fields: Mapping[str, Value] = {}
    #: Where it comes from; with `id` it is known again when it comes twice.
    source: str
    #: Its identity at the source.
    id: str
    #: Who decided; a reference of the playbook, already resolved.
    authority: str | None = None
    #: What was typed for it.
    decided_by: str | None = None
    #: Instrument and clause that allow it.
    basis: str | None = None
    #: What the matter is, in words.
    reason: str | None = None
    #: How it is known who pressed: the operating system's user, a name that was typed, somebody who had
    #: signed in, the program itself.
    actor: Actor | None = None
    #: Who pressed.
    by: str | None = None
    #: User of the operating system at whose terminal it was pressed.
    os_user: str | None = None
    #: When the event happened, by its source; none for now.
    happened_at: int | None = None
    #: From when it holds; none for now.
    effective_at: int | None = None
    #: When its end is planned; none for the playbook's default.
    until: int | None = None
    #: Hash of the plan that was shown and approved.
    expect_plan: str | None = None
    #: Proposal that it approves: `proposal-12`; and that another person approves than proposed it.
    proposal: str | None = None
    by_another: bool = False
    #: One person alone asks for what needs two; it is done, said aloud, and to be reviewed by another.
    break_glass: bool = False


def find_event(playbook: Playbook, words: str) -> str:
    """Give the key of the event meant by key, name or alias. Raises `RequestError`."""
    for key, event in playbook.events.items():
        if words in (key, event.name.zh, event.name.en, *event.alias):
            return key
    raise RequestError(
        where=say("event"),
        expected=list(playbook.events),
        found=f"`{words}`",
        do=_did_you_mean(words, list(playbook.events)),
    )


def find_authority(playbook: Playbook, words: str) -> str:
    """Give the key of the one body, office, group, unit or seat meant. Raises `RequestError`."""
    key = names.key_of(playbook, words)
    if key is not None:
        return key
    found = names.find(playbook, words, names.DECIDERS)
    raise RequestError(
        where=say("the deciding body"),
        expected=[one.name for one in names.known(playbook, ("body",))],
        found=say("`{words}` means several: {found}", words=words, found=[one.key for one in found])
        if found
        else f"`{words}`",
        do=say("name the body or seat by its key or full name"),
    )


def find_basis(playbook: Playbook, words: str | None) -> str | None:
    """Give the key of the instrument that a basis names by key, number or title; none for another one."""
    for key, basis in playbook.document.basis.items():
        known = [key, basis.title.zh, basis.title.en, *([basis.number] if basis.number else [])]
        if words is not None and any(name == words or (name in words and name != key) for name in known):
            return key
    return None


def read_fields(event: Event, raw: Mapping[str, str | int], *, partly: bool = False) -> dict[str, Value]:
    """Give the typed values of an event; `partly` lets required ones be missing. Raises `RequestError`."""
    values: dict[str, Value] = {}
    for name, value in raw.items():
        field = event.fields.get(name)
        if field is None:
            raise RequestError(
                where=say("value `{name}` of the event", name=name),
                expected=list(event.fields) or say("an event without values"),
                found=name,
                do=_did_you_mean(name, list(event.fields)),
            )
        values[name] = _read_value(name, field, value)
    missing = [name for name, field in event.fields.items() if field.required and name not in values]
    if missing and not partly:
        raise RequestError(
            where=say("event {event}", event=event.name),
            expected=[_described(name, event.fields[name]) for name in missing],
            found=say("nothing for {names}", names=list(missing)),
            do=say("give each: {values}, as name=value", values=inputs.VALUES),
        )
    return values


def _did_you_mean(words: str, known: list[str]) -> Words:
    near = difflib.get_close_matches(words, known, n=1)
    return say("did you mean `{name}`?", name=near[0]) if near else say("choose one of those")


def _described(name: str, field: Field) -> Words:
    return say("{name}: {what}", name=name, what=_expected(field))


def _expected(field: Field) -> Words:
    if field.type == "choice":
        return say("one of {choices}", choices=list(field.choices))
    if field.type == "text":
        return say("text")
    if field.at_least is not None and field.at_most is not None:
        return say("a whole number from {least} to {most}", least=field.at_least, most=field.at_most)
    if field.at_least is not None:
        return say("a whole number from {least}", least=field.at_least)
    if field.at_most is not None:
        return say("a whole number to {most}", most=field.at_most)
    return say("a whole number")


def _read_value(name: str, field: Field, raw: str | int) -> Value:
    value: Value | None = None
    text = str(raw).strip()
    if field.type == "choice":
        value = _choice(field.choices, text)
    elif field.type == "integer":
        value = _integer(field, text)
    elif text:
        value = text
    if value is None:
        raise RequestError(
            where=say("value `{name}` of the event", name=name),
            expected=_expected(field),
            found=f"`{raw}`",
            do=say("correct the value"),
        )
    return value


def _choice(choices: Mapping[str, Text], text: str) -> str | None:
    for key, name in choices.items():
        if text in (key, name.zh, name.en):
            return key
    return None


def _integer(field: Field, text: str) -> int | None:
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) <= _MOST_DIGITS):
        return None
    value = int(text)
    too_small = field.at_least is not None and value < field.at_least
    too_great = field.at_most is not None and value > field.at_most
    return None if too_small or too_great else value
