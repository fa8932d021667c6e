"""What an entry of the journal says, in words: what came, who decided and pressed, what followed, on what.

What is sealed is given where it is still disclosed; erased is null, and never left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from incident.domain import explain, explain_entry, names
from incident.domain.clause import clauses_of
from incident.domain.facts import RequestRefused
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.language import speak
from incident.service.history import Line
from incident.views import history
from incident.views.history import Witness

#: How it is known who pressed (`domain.journal.Entry.actor`).
ACTORS: Final[Mapping[str, Words]] = {
    "authenticated": say("signed in"),
    "claimed": say("a name that was typed; nobody looked who it was"),
    "os": say("user of the operating system"),
    "system": say("the program itself"),
}


#: What people say with an act, and what comes with a report, by the name it is kept under.
_CALLED: Final[dict[str, Words]] = {
    "asked": say("asked for"),
    "digest": say("SHA-256 of the file"),
    "done": say("what was done about it"),
    "file": say("file"),
    "note": say("what else has to be known"),
    "said": say("what was said"),
    "text": say("what it says"),
    "value": say("value"),
    "who": say("who called or was called"),
    "why": say("why"),
}


class Said(Struct, frozen=True, kw_only=True):
    """Something an entry holds sealed, or says of itself."""

    name: str
    #: Null once it is erased.
    value: str | None
    #: It was typed by somebody, and may name people.
    sealed: bool


class FactSaid(Struct, frozen=True, kw_only=True):
    """One fact of an entry."""

    kind: str
    text: str
    #: Clauses of the paper plan it rests on; empty where that is silent, null where it has no say.
    clauses: list[str] | None


class EntrySaid(Struct, frozen=True, kw_only=True):
    """An entry in words."""

    seq: int
    #: What it answers.
    came: str
    #: From when it holds, as was claimed; when it was recorded; minutes between, 0 below five.
    effective_at: str
    recorded_at: str
    recorded_late: int
    #: Its own time does not lie between those of the checkpoints around it.
    out_of_place: bool
    #: The last checkpoint that does not cover it, and the first that does.
    after_checkpoint: Witness | None
    before_checkpoint: Witness | None
    incident: str | None
    #: How it is known who pressed; null for an adoption.
    actor: str | None
    #: Node of the program that carried out what was due.
    node: str | None
    refused: bool
    said: list[Said]
    #: Facts that are wanted, and how many there are.
    facts: list[FactSaid]
    all_facts: int


def entry(lines: Sequence[Line]) -> EntrySaid:
    """Give an entry by those of its facts that are wanted; at least one."""
    first = lines[0]
    fact, one = history.fact(first), first.entry
    return EntrySaid(
        seq=first.seq,
        came=speak(explain_entry.came(first.playbook, one)),
        effective_at=fact.effective_at,
        recorded_at=fact.recorded_at,
        recorded_late=fact.recorded_late,
        out_of_place=first.is_out_of_place,
        after_checkpoint=fact.after_checkpoint,
        before_checkpoint=fact.before_checkpoint,
        incident=first.incident,
        actor=one.actor,
        node=one.node,
        refused=any(isinstance(each, RequestRefused) for each in one.facts),
        said=[*_said(first)],
        facts=[_fact(line) for line in lines],
        all_facts=len(one.facts),
    )


def _fact(line: Line) -> FactSaid:
    return FactSaid(
        kind=line.kind,
        text=speak(explain.fact(line.playbook, line.fact)),
        clauses=clauses_of(line.playbook, line.entry, line.fact),
    )


def _said(line: Line) -> Iterator[Said]:
    """Give what an entry says besides its facts, in the order in which people ask."""
    one, playbook = line.entry, line.playbook
    if one.authority is not None:
        name = speak(names.name_of(playbook, one.authority))
        yield Said(name=speak(say("decided by")), value=name, sealed=False)
    for key, title in (
        ("basis", say("basis")),
        ("reason", say("reason")),
        ("by", say("pressed by")),
        ("os_user", say("user here")),
    ):
        if getattr(one, key) is not None:
            yield Said(name=speak(title), value=line.disclosed.get(key), sealed=True)
    for key, value in ({} if one.came is None else one.came.data).items():
        is_sealed = not isinstance(value, str | int)
        shown = line.disclosed.get(f"data.{key}") if is_sealed else str(value)
        name, words = _named(playbook, one.came.type if one.came else "", key, shown)
        yield Said(name=name, value=words, sealed=is_sealed)


def _named(playbook: Playbook, event: str, key: str, value: str | None) -> tuple[str, str | None]:
    """Name a value, and what was chosen for it, as the plan does."""
    declared = playbook.events.get(event)
    field = declared.fields.get(key) if declared else None
    if field is not None:
        choice = None if value is None else field.choices.get(value)
        return speak(field.name), value if choice is None else speak(choice)
    if key == "asked" and value is not None:
        value = " ".join(speak(names.name_of(playbook, ref)) for ref in value.split() if ref != "-")
    called = _CALLED.get(key.partition(".")[0])
    return speak(called) if called is not None else explain_entry.label(key).rstrip("="), value
