"""What an act recorded that is no event: an adoption, a directive, a planned end, an entry of the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeVar

from msgspec import Struct

from incident.domain.fact import Fact
from incident.domain.facts import ItemEnded, ItemStarted, LogNoted, PlannedEndMoved
from incident.domain.problem import Problem
from incident.language import speak
from incident.service.adopt import Adoption
from incident.service.handle import Outcome
from incident.views import naming
from incident.views.naming import Place, Who

OneFact = TypeVar("OneFact", bound=Fact)


class Adopted(Struct, frozen=True, kw_only=True):
    """A jurisdiction under its playbook."""

    jurisdiction: Place
    #: SHA-256 of the playbook, and its name.
    playbook: str
    name: str
    #: Key of the state.
    state: str
    #: False where it was under this playbook already.
    changed: bool
    #: Ids of rules that warned.
    warnings: list[str]
    #: How many entries its journal has.
    version: int


class Escalation(Struct, frozen=True, kw_only=True):
    """Whom to tell of a directive that is not answered."""

    #: How long after it was due, such as `30m`.
    after: str
    to: list[Who]


class DirectiveIssued(Struct, frozen=True, kw_only=True):
    """A directive that was issued."""

    #: Statistical code.
    jurisdiction: str
    seq: int
    at: str
    #: Its key.
    directive: str
    by: Who
    to: Who
    due: str
    #: How long before it is due its receiver is reminded.
    remind: str | None
    escalate: list[Escalation]
    repeated: bool


class DirectiveWithdrawn(Struct, frozen=True, kw_only=True):
    """A directive that was taken back."""

    #: Statistical code.
    jurisdiction: str
    seq: int
    at: str
    directive: str
    repeated: bool


class EndMoved(Struct, frozen=True, kw_only=True):
    """A planned end that was moved."""

    #: Statistical code.
    jurisdiction: str
    seq: int
    at: str
    planned_end: str
    #: Who decided it.
    authority: Who | None
    repeated: bool


class LogAdded(Struct, frozen=True, kw_only=True):
    """An entry of the duty log."""

    seq: int
    #: A call in, a call out, or a note.
    way: Literal["in", "out", "note"]
    #: When it happened.
    at: str
    #: Key of the roster and beginning of its shift; null: it belongs to all on duty then.
    roster: str | None
    shift: str | None
    #: Minutes by which it was noted after it happened.
    late: int
    repeated: bool


def recorded(outcome: Outcome, kind: type[OneFact]) -> OneFact:
    """Give the fact of a kind that an act recorded."""
    return next(fact for fact in outcome.entry.facts if isinstance(fact, kind))


def adopted(adoption: Adoption, warnings: Sequence[Problem]) -> Adopted:
    """Give a jurisdiction that was put under its playbook; `warnings` are those of the playbook."""
    situation = adoption.situation
    name = speak(adoption.playbook.jurisdiction.name)
    return Adopted(
        jurisdiction=Place(code=situation.jurisdiction, name=name),
        playbook=situation.playbook,
        name=situation.name,
        state=situation.state,
        changed=bool(adoption.facts),
        warnings=[problem.rule for problem in warnings],
        version=situation.version,
    )


def issued(outcome: Outcome) -> DirectiveIssued:
    """Give a directive that was issued."""
    fact, playbook, entry = recorded(outcome, ItemStarted), outcome.playbook, outcome.entry
    item = fact.after
    return DirectiveIssued(
        jurisdiction=entry.jurisdiction,
        seq=entry.seq,
        at=entry.at,
        directive=fact.key,
        by=naming.who(playbook, item["by"]),
        to=naming.who(playbook, item["to"]),
        due=item["due"],
        remind=item.get("remind"),
        escalate=[
            Escalation(after=step["after"], to=[naming.who(playbook, ref) for ref in step["to"]])
            for step in item["escalate"]
        ],
        repeated=outcome.repeated,
    )


def withdrawn(outcome: Outcome) -> DirectiveWithdrawn:
    """Give a directive that was taken back."""
    entry = outcome.entry
    return DirectiveWithdrawn(
        jurisdiction=entry.jurisdiction,
        seq=entry.seq,
        at=entry.at,
        directive=recorded(outcome, ItemEnded).key,
        repeated=outcome.repeated,
    )


def extended(outcome: Outcome) -> EndMoved:
    """Give a planned end that was moved."""
    fact, playbook, entry = recorded(outcome, PlannedEndMoved), outcome.playbook, outcome.entry
    return EndMoved(
        jurisdiction=entry.jurisdiction,
        seq=entry.seq,
        at=entry.at,
        planned_end=fact.planned_end,
        authority=None if fact.authority is None else naming.who(playbook, fact.authority),
        repeated=outcome.repeated,
    )


def noted(outcome: Outcome) -> LogAdded:
    """Give an entry of the duty log."""
    fact = recorded(outcome, LogNoted)
    return LogAdded(
        seq=outcome.entry.seq,
        way=fact.way,
        at=fact.at,
        roster=fact.roster,
        shift=fact.shift,
        late=fact.late,
        repeated=outcome.repeated,
    )
