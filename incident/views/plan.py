"""A plan, what was done, and a refusal.

A plan says what a step would do, line by line, as the difference of two postures. What was done has the same
lines, read from the record, with the entry that holds it; an event answered before gives the same again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import UNSET, Struct, UnsetType, field

from incident.domain import approving, decision, explain
from incident.domain.approving import GLASS, PROPOSAL
from incident.domain.collisions import collisions
from incident.domain.facts import ItemStarted, RequestRefused, StateEntered
from incident.domain.journal import Entry
from incident.domain.memo import by_identity
from incident.domain.playbook import PREVIOUS, Playbook
from incident.domain.posture import Change, switch
from incident.domain.refusal import Refusal as Objection
from incident.language import speak, spoken
from incident.service.handle import Outcome
from incident.views import naming
from incident.views.naming import Name, Place, Who

#: Holders who would sit in several groups at once, each with the seats.
Collisions = Iterable[tuple[str, tuple[str, ...]]]


class PlanLine(Struct, frozen=True, kw_only=True):
    """One line of a plan: what happens to what."""

    #: `+` begins, `~` changes, `=` continues, `-` ends, `!` is an alarm.
    op: Literal["+", "~", "=", "-", "!"]
    #: Kind of posture item; `seat` of an alarm.
    kind: str
    #: Of the item in the playbook; of an alarm the holder.
    key: str
    name: Name
    #: Clause that says so; null where the project supplied it because the paper is silent.
    source: str | None
    text: str
    #: Of an alarm alone: the seats held at once.
    seats: list[str] | UnsetType = UNSET


class Refusal(Struct, frozen=True, kw_only=True):
    """Why a request is not granted."""

    rule: str
    reason: str
    who_may_decide: list[Who]
    #: `matter`, `decided_by`, `basis`, `why_alone`.
    missing: list[str]
    #: Events that are possible instead.
    possible: list[str]


class Refused(Struct, frozen=True, kw_only=True):
    """An answer that is a refusal."""

    refused: Refusal


class Step(Struct, frozen=True, kw_only=True):
    """From which state to which, and what that changes."""

    jurisdiction: Place
    #: SHA-256 of the playbook that governs.
    playbook: str
    #: Keys of states.
    origin: str = field(name="from")
    target: str = field(name="to")
    event: str | None
    #: Number of the incident that runs.
    incident: str | None
    #: SHA-256 of the plan: what was shown is what runs.
    plan: str | None
    changes: list[PlanLine]


class Plan(Step, frozen=True, kw_only=True):
    """What a step would do."""

    who_may_decide: list[Who]
    #: Whether one person proposes it and another approves it; null where one takes it.
    approval: Literal["two_persons"] | None
    #: Why it would be refused as it is asked for; null where it would be granted.
    would_be_refused: Refusal | None


class Done(Step, frozen=True, kw_only=True):
    """What was decided and recorded."""

    #: Entry of the journal, and when it was recorded.
    seq: int
    at: str
    #: From when it holds.
    effective_at: str
    #: Who decided.
    authority: Who | None
    planned_end: str | None
    #: True of an event that had been answered before: nothing was changed.
    repeated: bool
    #: Number of the proposal that it makes or approves; null where it does neither.
    proposal: int | None
    #: Whether one person did alone what needs two.
    break_glass: bool


def plan(playbook: Playbook, made: decision.Plan, *, incident: str | None, refused: Objection | None) -> Plan:
    """Give a plan, with why it would be refused as it is asked for."""
    return Plan(
        jurisdiction=naming.place(playbook),
        playbook=made.playbook,
        origin=made.origin,
        target=made.target,
        event=made.event,
        incident=incident,
        plan=made.hash,
        changes=_switched(playbook, made.origin, made.target),
        who_may_decide=[naming.decider(playbook, ref) for ref in made.who_may_decide],
        approval=playbook.transitions[made.step].approval,
        would_be_refused=None if refused is None else refusal(playbook, refused),
    )


def done(playbook: Playbook, outcome: Outcome) -> Done:
    """Give what was recorded; the same for an event answered before."""
    entry = outcome.entry
    entered = next((fact for fact in entry.facts if isinstance(fact, StateEntered)), None)
    origin, target = (entered.origin, entered.target) if entered else _unmoved(playbook, outcome)
    return Done(
        jurisdiction=naming.place(playbook),
        playbook=entry.playbook,
        origin=origin,
        target=target,
        event=entry.came.type if entry.came else None,
        incident=entry.incident,
        plan=entry.plan,
        changes=_switched(playbook, origin, target) if entered else [],
        seq=entry.seq,
        at=entry.at,
        effective_at=entry.effective_at or entry.at,
        authority=None if entry.authority is None else naming.decider(playbook, entry.authority),
        planned_end=entered.planned_end if entered else None,
        repeated=outcome.repeated,
        proposal=_proposal_of(entry),
        break_glass=any(isinstance(fact, ItemStarted) and fact.kind == GLASS for fact in entry.facts),
    )


def _proposal_of(entry: Entry) -> int | None:
    """Give the number of the proposal that an entry makes or approves."""
    if entry.proposal is not None:
        return approving.entry_of(entry.proposal)
    is_made = any(isinstance(fact, ItemStarted) and fact.kind == PROPOSAL for fact in entry.facts)
    return entry.seq if is_made else None


def _unmoved(playbook: Playbook, outcome: Outcome) -> tuple[str, str]:
    """Give the state in which an event was noted; on repetition another may be in force by now."""
    step = playbook.transitions.get(outcome.entry.step or "")
    state = outcome.situation.state if step is None or step.to == PREVIOUS else step.to
    return state, state


def refusal(playbook: Playbook, refused: Objection | RequestRefused) -> Refusal:
    """Give why not, and who may decide."""
    return Refusal(
        rule=refused.rule,
        reason=speak(explain.refusal(playbook, refused)),
        who_may_decide=[naming.decider(playbook, ref) for ref in refused.who_may_decide],
        missing=list(refused.missing),
        possible=list(refused.possible),
    )


def _switched(playbook: Playbook, origin: str, target: str) -> list[PlanLine]:
    """Give the lines of a switch in the language in force."""
    return [*_lines_of(playbook, origin, target, spoken())]


@by_identity
def _lines_of(playbook: Playbook, origin: str, target: str, _lang: str) -> tuple[PlanLine, ...]:
    """Give them once: a plan is looked at, asked for with its hash, and told again by what was done."""
    return (*lines(playbook, switch(playbook, origin, target), collisions(playbook, target)),)


def lines(playbook: Playbook, changes: Iterable[Change], collided: Collisions) -> list[PlanLine]:
    """Give what changes and what continues, then the alarms."""
    shown = [
        PlanLine(
            op=change.op,
            kind=change.kind,
            key=change.key,
            name=naming.name(explain.item_name(playbook, change.key, change.after or change.before)),
            source=change.source,
            text=speak(explain.change(playbook, change)),
        )
        for change in changes
    ]
    return shown + [
        PlanLine(
            op="!",
            kind="seat",
            key=holder,
            name=Name(zh=holder, en=holder),
            source=None,
            text=speak(explain.collision(playbook, holder, list(seats))),
            seats=list(seats),
        )
        for holder, seats in collided
    ]
