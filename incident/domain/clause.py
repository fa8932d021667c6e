"""Which clause of the paper plan a fact rests on, and how a clause is shown.

A fact of an item says itself under which clause it stands. A fact of time or duty rests on the clause of what
it belongs to, a change of state on that of the step that was taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from incident.domain.facts import (
    AnyFact,
    DutyAssigned,
    ItemChanged,
    ItemEnded,
    ItemStarted,
    ReportFiled,
    StateEntered,
    TimerEnded,
)
from incident.domain.journal import Entry
from incident.domain.memo import by_identity
from incident.domain.organisation import Clause, Item, Seat, Text
from incident.domain.playbook import Playbook
from incident.domain.posture import KINDS
from incident.domain.say import Words, say

#: Places of a paper plan that have no number, as playbooks write them.
_PLACES: dict[str, Words] = {
    "preamble": say("preamble"),
    "title": say("title"),
    "signature": say("signature"),
    "page head": say("page head"),
    "address line": say("address line"),
    "office": say("office"),
    "tail": say("tail"),
    "end": say("end"),
}


def shown_clause(clause: str, speak: Callable[[Words], str]) -> str:
    """Give a clause with its places in a language."""
    return re.sub(r"[a-z]+(?: [a-z]+)*", lambda word: speak(_PLACES.get(word[0], word[0])), clause)


def is_within(wanted: str, clause: str) -> bool:
    """Tell whether a clause is the one wanted or stands below it: 一(八)+ and 一(八)2 in 一(八).

    Where several are named in one, parted by semicolons, each counts.
    """
    for one in (part.strip() for part in clause.split(";")):
        rest = one.removeprefix(wanted)
        # the number of another clause may begin with this one's: 十 and 十四, 1 and 12
        if one.startswith(wanted) and not (wanted[-1:].isalnum() and rest[:1].isalnum()):
            return True
    return False


def clauses_of(playbook: Playbook, entry: Entry, fact: AnyFact) -> list[Clause] | None:
    """Give the clauses that a fact rests on; empty where the paper is silent, none where it has no say."""
    match fact:
        case ItemStarted() | ItemChanged() | ItemEnded():
            if fact.kind not in KINDS:
                return None
            return [] if fact.source is None else [fact.source]
        case StateEntered():
            step = playbook.transitions.get(entry.step or "")
            return [] if step is None or step.source is None else [step.source]
        case TimerEnded():
            return _of_items(playbook, [fact.key])
        case DutyAssigned():
            return _of_items(playbook, [fact.roster])
        case ReportFiled():
            return _of_items(playbook, [one.key for one in fact.closes])
        case _:
            return None


def clauses_of_item(playbook: Playbook, key: str) -> list[Clause]:
    """Give the clauses of what a time or duty belongs to; none where the paper is silent."""
    return _of_items(playbook, [key]) or []


def _of_items(playbook: Playbook, keys: list[str]) -> list[Clause] | None:
    """Give the clauses of items that stand in some state, each once; none where no such item is known."""
    known = [key for key in keys if key in _sources(playbook)]
    found = [clause for key in known for clause in _sources(playbook)[key]]
    return [*dict.fromkeys(found)] if known else None


@by_identity
def _sources(playbook: Playbook) -> dict[str, list[Clause]]:
    """Give the clauses of obligations, rosters, clocks and states, by key."""
    sources: dict[str, list[Clause]] = {}
    for key, item in _items(playbook):
        found = sources.setdefault(key, [])
        if item.source is not None and item.source not in found:
            found.append(item.source)
    return sources


def _items(playbook: Playbook) -> Iterator[tuple[str, Item]]:
    for key, state in playbook.states.items():
        yield key, state
        yield from state.obligations.items()
        yield from state.rosters.items()
        yield from state.clocks.items()


def said_under(playbook: Playbook, clause: Clause) -> list[Text]:
    """Give what the playbook draws from a clause of its paper, in our words, in its order."""
    return _drawn(playbook).get(clause, [])


@by_identity
def _drawn(playbook: Playbook) -> dict[str, list[Text]]:
    drawn: dict[str, list[Text]] = {}
    for item in _walk(playbook):
        called = next((getattr(item, name, None) for name in _CALLED if getattr(item, name, None)), None)
        # every group has a leader: seats would say nothing
        if item.source is not None and isinstance(called, Text) and not isinstance(item, Seat):
            found = drawn.setdefault(item.source, [])
            if called not in found:
                found.append(called)
    return drawn


#: What an item is called by, whichever it has.
_CALLED = ("name", "title", "text", "acts_as")


def _walk(value: Any) -> Iterator[Item]:
    """Give every item inside a piece of a playbook, itself first."""
    if isinstance(value, Item):
        yield value
    if isinstance(value, msgspec.Struct):
        parts = [getattr(value, name) for name in value.__struct_fields__]
    elif isinstance(value, dict):
        parts = [*value.values()]
    elif isinstance(value, list):
        parts = value
    else:
        return
    for part in parts:
        yield from _walk(part)
