"""A promised time as it is kept: open until it comes to exactly one end. `agenda.py` says how they move."""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from incident.domain.facts import End, Plain, Result, What
from incident.domain.playbook import Obligation, Tier

#: How the key of a directive begins; no key of a playbook does.
DIRECTIVE = "directive-"
#: The kind of item by which gaps in duty are known, and the key of the only one: it is of all rosters.
OUTLOOK: Final = "outlook"
ALL_ROSTERS: Final = "*"
#: The kind of item each kind of timer belongs to.
_KIND_OF: dict[What, str] = {
    "deadline": "obligation",
    "reminder": "obligation",
    "escalation": "obligation",
    "call": "obligation",
    "handover": "roster",
    "signature": "roster",
    "answer": "callout",
    "step_down": "clock",
    "outlook": "outlook",
    "approval": "proposal",
}


class Timer(Struct, frozen=True, kw_only=True, gc=False):
    """One promised time, open or ended."""

    #: Entry that armed it, and its number in that entry.
    seq: int
    n: int
    #: Entry that opened its series.
    opened: int
    what: What
    #: Item it belongs to; the state for `planned_end` and `confirmation`.
    key: str
    #: Who owes or keeps it, as the playbook writes it.
    of: str = ""
    #: The promised instant.
    due: int
    #: Instant of the occurrence it is about: its own, that of the report it reminds of or escalates, of the
    #: handover to be signed, of the call-out.
    about: int
    #: Step of an escalation or a call-out, from 1.
    tier: int = 0
    #: Instant at which it is carried out: `due`, and the grace of a report.
    wake: int
    #: How it ended; none while it is open. What follows says in which entry, when, and what was found.
    end: End | None = None
    ended: int | None = None
    ended_at: int | None = None
    result: Result | None = None
    #: Minutes after `wake`.
    late: int = 0
    reason: str | None = None
    #: Node of the program that carried it out.
    node: str | None = None


class Closing(Struct, frozen=True):
    """An occurrence and the filing that closed it."""

    key: str
    of: str
    due: int
    #: Entry of the filing.
    seq: int
    #: When it was filed.
    at: int
    #: Minutes after it was due.
    late: int
    zero: bool


class Directive(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a leader ordered to be done and answered, once; its words are sealed in its entry."""

    #: Seat or body that issued it; a key of the playbook.
    by: str
    #: Who has to answer it; a key of the playbook.
    to: str
    #: When the answer is due.
    due: str
    remind: str | None = None
    #: After how long, and who is told.
    escalate: list[Tier] = []


class Id(NamedTuple):
    """What tells open timers apart."""

    what: What
    key: str
    of: str
    about: int
    due: int


def id_of(timer: Timer) -> Id:
    """Give what tells an open timer from the others."""
    return Id(timer.what, timer.key, timer.of, timer.about, timer.due)


def item_of(timer: Timer) -> tuple[str, str] | None:
    """Give (kind, key) of the item that a timer belongs to; none for what belongs to a state."""
    kind = _KIND_OF.get(timer.what)
    if kind is None:
        return None
    return "directive" if timer.key.startswith(DIRECTIVE) else kind, timer.key


def tiers(kind: str, item: Plain) -> list[tuple[str, list[str]]]:
    """Give the steps by which a missing report or answer is escalated: after how long, to whom."""
    if not item.get("escalate"):
        return []
    structure: type[Directive | Obligation] = Directive if kind == "directive" else Obligation
    return [(tier.after, list(tier.to)) for tier in msgspec.convert(item, structure).escalate]
