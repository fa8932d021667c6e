"""What has to be done outside the database after an entry is committed.

So far one kind: a notice to somebody whom a decision concerns. Effects are written in the transaction of
their entry and carried out afterwards, keyed by entry and number, so a crash neither loses nor doubles one.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from incident.domain.facts import (
    AnyFact,
    ItemChanged,
    ItemEnded,
    ItemStarted,
)


class Notice(Struct, frozen=True):
    """Tell `to` of some facts of the entry; the words are made from the facts when it is sent."""

    #: Body or group of the playbook, or `superior` for the superior jurisdiction.
    to: str
    #: Which facts of the entry, by position.
    facts: list[int]


#: The superior jurisdiction, whoever that is.
SUPERIOR = "superior"


def notices(facts: Sequence[AnyFact]) -> list[Notice]:
    """Tell each body and group what changes for it, and the superior that a state changed."""
    concerned: dict[str, list[int]] = {}
    for at, fact in enumerate(facts):
        if isinstance(fact, ItemStarted | ItemChanged | ItemEnded):
            for ref in _concerned(fact):
                concerned.setdefault(ref, []).append(at)
    if not concerned:
        return []
    concerned[SUPERIOR] = [at for at, fact in enumerate(facts) if type(fact).__name__ == "StateEntered"]
    return [Notice(to, which) for to, which in concerned.items() if which]


def _concerned(fact: ItemStarted | ItemChanged | ItemEnded) -> list[str]:
    item = fact.before if isinstance(fact, ItemEnded) else fact.after
    match fact.kind:
        case "body" | "group":
            return [fact.key]
        case "roster":
            return [item["of"]]
        case "obligation":
            return list(item.get("from", []))
        case _:
            return []
