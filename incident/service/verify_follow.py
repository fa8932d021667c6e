"""What follows from the facts of an act, found again: what ends with a roster, who is called out, duty.

Who comes on duty is not given out again. It is checked that facts about it stand where they may.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from incident.domain import callout
from incident.domain.facts import AnyFact, DutyAssigned, ItemStarted, OutlookPromised
from incident.domain.journal import Entry
from incident.domain.playbook import Playbook
from incident.domain.say import say
from incident.service import duty
from incident.service.follow import with_ends
from incident.service.verify_past import Past
from incident.service.verify_verdict import DiffersError, same, same_facts

_Fact = TypeVar("_Fact", bound=AnyFact)


class Found(NamedTuple):
    """What follows from an act."""

    facts: Sequence[AnyFact]
    #: What of it was taken from the entry; none when all of it was found again.
    why: str | None = None


#: Gives what follows from an act that an entry records. Raises `DiffersError`, among others.
Rule = Callable[[Past, Playbook, Entry, Mapping[str, str]], Found]


def the(entry: Entry, kind: type[_Fact]) -> _Fact:
    """Give the fact with which an entry of this verb begins."""
    first = entry.facts[0]
    if not isinstance(first, kind):
        raise DiffersError(kind.__name__, type(first).__name__)
    return first


def must_say(entry: Entry, *words: str) -> None:
    """Refuse an act without words that it cannot have been done without."""
    said = {} if entry.came is None else entry.came.data
    for name in words:
        if name not in said:
            raise DiffersError(say("what was said as `{name}`", name=name), say("nothing"))


def followed(past: Past, playbook: Playbook, entry: Entry, found: Sequence[AnyFact]) -> str | None:
    """Hold the facts of an entry against those found for it and what follows; `duty` where that follows."""
    first = with_ends(past.there, found)
    asked = callout.called(playbook, past.there, first, seq=entry.seq, at=entry.at)
    added = same_facts(entry.facts, first, asked)
    if not added and not duty.touches(first, duty.TOUCHING):
        return None
    _check_duty(past, entry, first, entry.facts[len(first) : len(first) + added])
    return "duty" if added else None


def _check_duty(past: Past, entry: Entry, first: Sequence[AnyFact], added: Sequence[AnyFact]) -> None:
    """Refuse facts about duty that do not follow from the others at all."""
    assigned = [fact for fact in added if isinstance(fact, DutyAssigned)]
    promised = [fact for fact in added if isinstance(fact, OutlookPromised)]
    if [*assigned, *promised] != [*added] or len(promised) > 1:
        strange = next((fact for fact in added if fact not in assigned), added[-1:])
        raise DiffersError(say("facts about duty, then one look ahead at most"), repr(strange))
    if added and not duty.touches(first, duty.TOUCHING):
        raise DiffersError(say("nothing about duty: nothing has touched it"), repr(added[0]))
    begun = {one.key for one in first if isinstance(one, ItemStarted) and one.kind == "roster"}
    rosters = begun | {key for kind, key in past.there if kind == "roster"}
    for one in assigned:
        if one.roster not in rosters:
            raise DiffersError(say("duty of a roster that stands"), one.roster)
    for look in promised:
        same("due", entry.at, look.due)
    unkept = begun - {one.roster for one in assigned}
    if unkept:
        raise DiffersError(say("who keeps `{roster}`", roster=min(unkept)), say("nothing"))
