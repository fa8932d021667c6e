"""What has to be done outside the database after an entry is committed.

So far one kind: a notice to somebody whom a decision concerns. Effects are written in the transaction of
their entry and carried out afterwards, keyed by entry and number, so a crash neither loses nor doubles one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from incident.domain.facts import (
    AnyFact,
    DutyAssigned,
    GapForeseen,
    ItemChanged,
    ItemEnded,
    ItemStarted,
    Plain,
    ReportFiled,
    StateEntered,
    TimerEnded,
)


class Notice(Struct, frozen=True):
    """Tell `to` of some facts of the entry; the words are made from the facts when it is sent."""

    #: Body, group or seat of the playbook, the sign of a holder, or `superior` for the superior jurisdiction.
    to: str
    #: Which facts of the entry, by position.
    facts: list[int]


#: The superior jurisdiction, whoever that is.
SUPERIOR = "superior"


#: Facts that concern anybody.
_TOLD: Final = frozenset(
    {StateEntered, TimerEnded, DutyAssigned, GapForeseen, ItemStarted, ItemChanged, ItemEnded}
)


def notices(facts: Sequence[AnyFact]) -> list[Notice]:
    """Tell each body and group what changes for it, and the superior that a state changed."""
    if _TOLD.isdisjoint(map(type, facts)):
        return []
    concerned: dict[str, list[int]] = {}
    is_filing = bool(facts) and isinstance(facts[0], ReportFiled)
    for at, fact in enumerate(facts):
        if type(fact) not in _TOLD:
            continue
        for ref in _concerned(fact, is_filing=is_filing):
            concerned.setdefault(ref, []).append(at)
    if not concerned:
        return []
    # the superior comes last: those who act are told first
    last = concerned.pop(SUPERIOR, None)
    told = concerned if last is None else {**concerned, SUPERIOR: last}
    return [Notice(to, which) for to, which in told.items()]


def _concerned(fact: AnyFact, *, is_filing: bool) -> list[str]:
    """Name whom a fact concerns; a duty that passes from one to another concerns both.

    A directive that is answered concerns who ordered it, one that is taken back whoever is at work on it too.
    """
    match fact:
        case StateEntered():
            return [SUPERIOR]
        case TimerEnded() | DutyAssigned() | GapForeseen():
            return fact.tell
        case ItemStarted(kind="pin"):
            return [fact.after["holder"]] if fact.after.get("tell") else []
        case ItemStarted(kind="proposal"):
            return list(fact.after.get("tell", ()))
        case ItemStarted(kind="break_glass"):
            return [*fact.after.get("tell", ()), SUPERIOR]
        case ItemStarted():
            return _holders(fact.kind, fact.key, fact.after)
        case ItemEnded(kind="directive"):
            return [fact.before["by"]] if is_filing else [fact.before["to"], fact.before["by"]]
        case ItemEnded():
            return _holders(fact.kind, fact.key, fact.before) + fact.tell
        case ItemChanged():
            both = _holders(fact.kind, fact.key, fact.before) + _holders(fact.kind, fact.key, fact.after)
            return list(dict.fromkeys(both))
        case _:
            return []


def _holders(kind: str, key: str, item: Plain) -> list[str]:
    match kind:
        case "body" | "group":
            return [key]
        case "roster":
            return [item["of"]]
        case "obligation":
            return list(item.get("from", []))
        case "directive":
            return [item["to"]]
        case _:
            return []
