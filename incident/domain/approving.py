"""Two persons: what one proposes and another approves, and what one did alone in an emergency.

A step of the playbook with `approval: two_persons` is taken by nobody alone. What somebody proposes stands
as an item of the kind `proposal` beside the posture, under the number of its entry, with the hash of its plan
and an end. It ends in one of these ways, each a fact:

    approved      by another person (`persons.py`), in the entry that takes the step
    rejected      by another, for a reason
    withdrawn     by whoever proposed it
    expired       its term was over first; whoever may decide is told
    superseded    the state that it would have left was left, or another version of the playbook came

Where nobody else can be reached one person breaks the glass: the step is taken at once, for a reason, the
lead and the superior are told of it, and an item of the kind `break_glass` stands until another person has
reviewed it, whatever state is in force by then.

Neither item names anybody. Who proposed, approved, did it alone, reviewed stands sealed in the entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from incident.domain import callout, clock
from incident.domain.effects import SUPERIOR
from incident.domain.facts import (
    AnyFact,
    ItemEnded,
    ItemStarted,
    Outcome,
    Plain,
    PlaybookAdopted,
    StateEntered,
    TimerEnded,
)
from incident.domain.memo import by_identity
from incident.domain.playbook import Playbook
from incident.domain.situation import Standing

PROPOSAL: Final = "proposal"
GLASS: Final = "break_glass"
#: Kinds of items that stand until a second person acts.
KINDS: Final = (PROPOSAL, GLASS)


class Proposal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What was proposed; the request itself stands in the entry."""

    #: Until when it can be approved.
    until: str
    #: Step of the playbook, and the hash of the plan that alone may run.
    step: str
    plan: str
    #: From when the step is to hold, where that was said.
    effective_at: str | None = None
    #: Who may decide the step, and is told; references of the playbook.
    tell: list[str] = []


class Broken(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What one person did alone."""

    #: Step of the playbook, and the hash of the plan that ran.
    step: str
    plan: str
    #: Who is told beside the superior: the lead; references of the playbook.
    tell: list[str] = []


@by_identity
def read(item: Plain) -> Proposal:
    """Read a proposal that stands. Raises `msgspec.ValidationError`."""
    return msgspec.convert(item, Proposal)


@by_identity
def read_broken(item: Plain) -> Broken:
    """Read what was done alone. Raises `msgspec.ValidationError`."""
    return msgspec.convert(item, Broken)


def key_of(kind: str, entry: int) -> str:
    """Give the key of what an entry proposed, or did alone."""
    return f"{kind}-{entry}"


def entry_of(key: str) -> int:
    """Give the number of the entry that proposed, or did alone; `entry_of(key_of(kind, n)) == n`."""
    return int(key.rpartition("-")[2])


def proposed(
    entry: int, at: int, term: str, *, step: str, plan: str, effective_at: int | None, tell: Sequence[str]
) -> ItemStarted:
    """Give the fact by which an entry proposes a step at an instant, for so long a term."""
    item = Proposal(
        until=clock.stamp(clock.later(at, term)),
        step=step,
        plan=plan,
        effective_at=None if effective_at is None else clock.stamp(effective_at),
        tell=list(tell),
    )
    return ItemStarted(kind=PROPOSAL, key=key_of(PROPOSAL, entry), after=msgspec.to_builtins(item))


def broken(playbook: Playbook, entry: int, *, step: str, plan: str, authority: str | None) -> ItemStarted:
    """Give the fact by which an entry says that one person did alone what needs two."""
    lead = [] if authority is None else callout.in_charge(playbook, authority) or [authority]
    item = Broken(step=step, plan=plan, tell=lead)
    return ItemStarted(kind=GLASS, key=key_of(GLASS, entry), after=msgspec.to_builtins(item))


def settled(key: str, item: Plain, outcome: Outcome) -> ItemEnded:
    """Give the fact by which somebody ends a proposal; an approval tells everybody by what it does."""
    tell = [] if outcome == "approved" else read(item).tell
    return ItemEnded(kind=PROPOSAL, key=key, before=item, tell=tell, outcome=outcome)


def reviewed(key: str, item: Plain) -> ItemEnded:
    """Give the fact by which what was done alone was reviewed."""
    return ItemEnded(kind=GLASS, key=key, before=item, tell=[*read_broken(item).tell, SUPERIOR])


def lapsed(standing: Standing, ends: Iterable[AnyFact]) -> list[AnyFact]:
    """Give the facts by which proposals end whose term came, however that was carried out.

    Whoever is told is told by the end of the term.
    """
    keys = [one.key for one in ends if isinstance(one, TimerEnded) and one.what == "approval"]
    return [
        ItemEnded(kind=PROPOSAL, key=key, before=standing[PROPOSAL, key].item, outcome="expired")
        for key in keys
        if (PROPOSAL, key) in standing
    ]


def ended(standing: Standing, facts: Sequence[AnyFact]) -> list[AnyFact]:
    """Give the facts by which proposals are superseded: their state is left, or their playbook."""
    if not any(isinstance(fact, StateEntered | PlaybookAdopted) for fact in facts):
        return []
    gone = {fact.key for fact in facts if isinstance(fact, ItemEnded) and fact.kind == PROPOSAL}
    return [
        settled(key, stood.item, "superseded")
        for (kind, key), stood in sorted(standing.items())
        if kind == PROPOSAL and key not in gone
    ]


def same_step(standing: Standing, facts: Iterable[AnyFact]) -> list[str]:
    """List the proposals that stand for the very plan which facts propose once more."""
    plans = {fact.after["plan"] for fact in facts if isinstance(fact, ItemStarted) and fact.kind == PROPOSAL}
    return [
        key
        for (kind, key), stood in sorted(standing.items())
        if kind == PROPOSAL and read(stood.item).plan in plans
    ]
