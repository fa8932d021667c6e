"""What follows from an event: `decide(playbook, situation, request, now)`, pure and deterministic.

The rules, in the order in which they refuse:

1. `not_possible`  the event has no step from the present state.
2. `no_match`      it has, but not for these values (an imported case where the plan speaks of local ones).
3. `wrong_verb`    the step leads elsewhere than the button says: activating ends nothing, standing down
                   begins nothing.
4. `already`       activating what is active already: somebody was first. That is a conflict, not recorded.
5. `two_persons`   the step needs two: one proposes it, another approves it (`approving.py`). Nor may it be
                   proposed where it needs one (`one_person`), or approved by whoever proposed it
                   (`same_person`). Who breaks the glass takes it alone.
6. `missing`       no matter, deciding body or basis (应对法 72). An event's own values state the matter. No
                   reason for breaking the glass.
7. `authority`     the body named may not decide this step; who decided a response lifts it (传染病防治法 41).
8. `time`          it would hold from before the present state, from the future, or end before it begins.
9. `plan_changed`  what would run is not what was shown, or not what was proposed.

A granted request gives facts and effects; what changes is the difference of two postures and nothing else.
A step that is only proposed changes nothing: its fact is that it was. Rules 3 to 9 stand in `refusal.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from incident.domain import approving, clock, journal, machine
from incident.domain.collisions import collisions
from incident.domain.condition import meets
from incident.domain.effects import Notice, notices
from incident.domain.facts import (
    ActivationConfirmed,
    AnyFact,
    ClockReset,
    EventNoted,
    IncidentClosed,
    IncidentOpened,
    ItemChanged,
    ItemEnded,
    ItemStarted,
    SeatsCollided,
    StateEntered,
)
from incident.domain.memo import by_identity
from incident.domain.names import key_of
from incident.domain.playbook import ACTIVATOR, PREVIOUS, Condition, Playbook, Transition
from incident.domain.posture import Change, switch
from incident.domain.refusal import Offer, Refusal, objection, refused
from incident.domain.request import Request, Value
from incident.domain.situation import Situation


class Plan(Struct, frozen=True, kw_only=True):
    """What a step would do: what was shown is what runs, and `hash` proves it."""

    jurisdiction: str
    #: SHA-256 of the playbook.
    playbook: str
    origin: str
    target: str
    #: Key of the step.
    step: str
    event: str
    #: Continuing items included.
    changes: tuple[Change, ...]
    #: Holders who would sit in several groups at once, with their seats.
    collisions: tuple[tuple[str, tuple[str, ...]], ...]
    #: Who may decide it; references of the playbook.
    who_may_decide: tuple[str, ...]
    #: SHA-256 of the canonical JSON of [jurisdiction, playbook, origin, target, step, who may decide, SHA-256
    #: of the canonical JSON of the facts that start, change and end items and name collisions].
    hash: str


class Decision(Struct, frozen=True, kw_only=True):
    """The result: granted with facts and effects, or refused with reasons."""

    #: What the step does; none when no step answers.
    plan: Plan | None
    #: Why not; none when granted.
    refusal: Refusal | None
    #: What becomes so, a refusal included.
    facts: list[AnyFact]
    #: From when it holds.
    effective_at: int

    @property
    def effects(self) -> list[Notice]:
        """What has to be done afterwards."""
        return notices(self.facts)


def decide(playbook: Playbook, situation: Situation, request: Request, now: int) -> Decision:
    """Decide one request against one situation at the instant `now`."""
    effective_at = _effective_at(situation, request, now)
    step, refusal = _find_step(playbook, situation, request)
    plan = None
    if step is not None:
        plan = make_plan(playbook, situation, step)
        offer = Offer(step, plan.target, plan.hash, [*plan.who_may_decide], effective_at)
        refusal = objection(playbook, situation, request, offer, now)
    if refusal is not None or plan is None:
        assert refusal is not None, "without a step there is a refusal"
        facts: list[AnyFact] = [refused(refusal)]
        return Decision(plan=plan, refusal=refusal, facts=facts, effective_at=effective_at)
    if request.verb == "propose":
        granted = [_proposed(playbook, situation, request, plan, now)]
    else:
        alone = _alone(playbook, situation, request, plan)
        granted = [*alone, *_facts(playbook, situation, request, plan, effective_at)]
    return Decision(plan=plan, refusal=None, facts=granted, effective_at=effective_at)


def _find_step(
    playbook: Playbook, situation: Situation, request: Request
) -> tuple[str | None, Refusal | None]:
    answering = machine.steps_on(playbook, situation.state, request.event)
    for key in answering:
        step = playbook.transitions[key]
        if not holds(step.when, request.fields):
            continue
        if machine.target(playbook, key, situation.state, situation.previous) is not None:
            return key, None
    possible = [one for one in machine.events_from(playbook, situation.state) if one != request.event]
    return None, Refusal(rule="no_match" if answering else "not_possible", possible=possible)


def holds(when: Mapping[str, Condition], fields: Mapping[str, Value]) -> bool:
    """Tell whether an event's values meet a condition; a missing value meets none."""
    return all(name in fields and meets(condition, fields[name]) for name, condition in when.items())


def outline(playbook: Playbook, situation: Situation, event: str, fields: Mapping[str, Value]) -> Plan | None:
    """Say what an event would do now while some of its values are not known yet; None when that is open."""
    plans = []
    for key in machine.steps_on(playbook, situation.state, event):
        known = {name: value for name, value in playbook.transitions[key].when.items() if name in fields}
        reachable = machine.target(playbook, key, situation.state, situation.previous) is not None
        if reachable and holds(known, fields):
            plans.append(make_plan(playbook, situation, key))
    return plans[0] if len(plans) == 1 else None


def make_plan(playbook: Playbook, situation: Situation, step: str) -> Plan:
    """Say what taking `step` would do now. The hash covers what would change, not the event's values."""
    target = machine.target(playbook, step, situation.state, situation.previous)
    assert target is not None, "the step was found for this state"
    deciders = tuple(who_may_decide(playbook, playbook.transitions[step], situation))
    governs = (situation.jurisdiction, situation.playbook)
    return _plan(playbook, governs, situation.state, target, step, deciders)


@by_identity
def _plan(
    playbook: Playbook,
    governs: tuple[str, str],
    origin: str,
    target: str,
    step: str,
    deciders: tuple[str, ...],
) -> Plan:
    """Give a plan; in a year of one response there is but a handful."""
    jurisdiction, digest = governs
    content = [
        jurisdiction,
        digest,
        origin,
        target,
        step,
        list(deciders),
        _switch_digest(playbook, origin, target),
    ]
    return Plan(
        jurisdiction=jurisdiction,
        playbook=digest,
        origin=origin,
        target=target,
        step=step,
        event=playbook.transitions[step].on,
        changes=switch(playbook, origin, target),
        collisions=collisions(playbook, target),
        who_may_decide=deciders,
        hash=hashlib.sha256(journal.canonical(content)).hexdigest(),
    )


def who_may_decide(playbook: Playbook, step: Transition, situation: Situation) -> list[str]:
    """List the keys of who may decide a step now; `activator` is the body that decided the present state."""
    deciders: list[str] = []
    for ref in step.decided_by:
        actual = situation.authority if ref == ACTIVATOR else key_of(playbook, ref)
        if actual is not None and actual not in deciders:
            deciders.append(actual)
    return deciders


@by_identity
def _switch_digest(playbook: Playbook, origin: str, target: str) -> str:
    """Hash the facts of a switch, as they stand in an entry: an auditor can compute it from there."""
    facts = [msgspec.to_builtins(fact) for fact in _switch_facts(playbook, origin, target)]
    return hashlib.sha256(journal.canonical(facts)).hexdigest()


def _effective_at(situation: Situation, request: Request, now: int) -> int:
    """Give the instant from which it holds; people say minutes, and a state may begin within one.

    Nobody who states no time is refused for it: a clock that was once wrong must not lock a town out.
    """
    if request.effective_at is None:
        return max(now, situation.since)
    said = request.effective_at
    same_minute = said // 60 == situation.since // 60
    return max(said, situation.since) if same_minute and situation.since <= now else said


def _facts(
    playbook: Playbook, situation: Situation, request: Request, plan: Plan, effective_at: int
) -> list[AnyFact]:
    if plan.target == situation.state:
        return [EventNoted(event=plan.event), *_heard(playbook, situation, request, plan)]
    facts: list[AnyFact] = []
    if situation.incident is None and plan.target != playbook.initial:
        facts.append(IncidentOpened(incident=next_incident(playbook, situation, effective_at)))
    planned_end = _planned_end(playbook, situation, request, plan, effective_at)
    facts.append(
        StateEntered(
            origin=plan.origin,
            target=plan.target,
            since=clock.stamp(effective_at),
            authority=request.authority,
            held_by=_holder(playbook, situation, request, plan),
            planned_end=None if planned_end is None else clock.stamp(planned_end),
            confirm_by=_confirm_by(playbook, plan, effective_at),
        )
    )
    facts += _switch_facts(playbook, plan.origin, plan.target)
    if situation.incident is not None and plan.target == playbook.initial:
        facts.append(IncidentClosed(incident=situation.incident))
    return facts


def _proposed(playbook: Playbook, situation: Situation, request: Request, plan: Plan, now: int) -> AnyFact:
    return approving.proposed(
        situation.version,
        now,
        playbook.approval_term,
        step=plan.step,
        plan=plan.hash,
        effective_at=request.effective_at,
        tell=plan.who_may_decide,
    )


def _alone(playbook: Playbook, situation: Situation, request: Request, plan: Plan) -> list[AnyFact]:
    """Give the fact that one person did what needs two; a glass that need not be broken is not."""
    if not (request.break_glass and playbook.transitions[plan.step].approval):
        return []
    version, authority = situation.version, request.authority
    return [approving.broken(playbook, version, step=plan.step, plan=plan.hash, authority=authority)]


def _heard(playbook: Playbook, situation: Situation, request: Request, plan: Plan) -> list[AnyFact]:
    """Give what an event means that changes no state: a clock counts anew, a provisional act is confirmed."""
    heard: list[AnyFact] = [
        ClockReset(clock=key, event=plan.event)
        for key, one in playbook.states[situation.state].clocks.items()
        if plan.event in one.reset_by and _is_met(one.when, request.fields)
    ]
    confirming = {step.confirmed_by for step in playbook.transitions.values() if step.to == situation.state}
    if situation.confirm_by is not None and plan.event in confirming:
        heard.append(ActivationConfirmed(state=situation.state))
    return heard


def _is_met(when: Mapping[str, Condition], fields: Mapping[str, Value]) -> bool:
    """Tell whether an event's values meet a clock's condition; a field it does not have binds it not."""
    return all(meets(condition, fields[name]) for name, condition in when.items() if name in fields)


def _confirm_by(playbook: Playbook, plan: Plan, effective_at: int) -> str | None:
    within = playbook.transitions[plan.step].confirm_within
    return None if within is None else clock.stamp(clock.later(effective_at, within))


def next_incident(playbook: Playbook, situation: Situation, at: int) -> str:
    """Number the incident: code, local year, running number in that year."""
    year = clock.local(at, playbook.jurisdiction.zone).year
    prefix = f"{situation.jurisdiction}-{year:04d}-"
    last = situation.last_incident or ""
    number = int(last.removeprefix(prefix)) + 1 if last.startswith(prefix) else 1
    return f"{prefix}{number:03d}"


def _returns(playbook: Playbook, plan: Plan) -> bool:
    """Tell whether a step goes back to a response that somebody decided before."""
    return playbook.transitions[plan.step].to == PREVIOUS and plan.target != playbook.initial


def _holder(playbook: Playbook, situation: Situation, request: Request, plan: Plan) -> str | None:
    """Give the body that holds the response returned to, unless it is the one that decides the return."""
    holder = situation.previous_authority if _returns(playbook, plan) else None
    return None if holder == request.authority else holder


def _planned_end(
    playbook: Playbook, situation: Situation, request: Request, plan: Plan, effective_at: int
) -> int | None:
    if plan.target == playbook.initial:
        return None
    if _returns(playbook, plan) and request.until is None:
        return situation.previous_end
    default = playbook.transitions[plan.step].planned_end
    if request.until is not None or default is None:
        return request.until
    return clock.later(effective_at, default)


@by_identity
def _switch_facts(playbook: Playbook, origin: str, target: str) -> tuple[AnyFact, ...]:
    """Give a fact for each line of a switch that changes something, and one for each alarm."""
    changes = [fact for change in switch(playbook, origin, target) for fact in change_facts(change)]
    alarms = [
        SeatsCollided(holder=holder, seats=list(seats)) for holder, seats in collisions(playbook, target)
    ]
    return (*changes, *alarms)


def change_facts(change: Change) -> list[AnyFact]:
    """Give the fact that records one line of a difference; none for what continues."""
    if change.op == "=":
        return []
    before = msgspec.to_builtins(change.before)
    after = msgspec.to_builtins(change.after)
    kind, key, source = change.kind, change.key, change.source
    match change.op:
        case "+":
            return [ItemStarted(kind=kind, key=key, after=after, source=source)]
        case "-":
            return [ItemEnded(kind=kind, key=key, before=before, source=source)]
        case _:
            return [ItemChanged(kind=kind, key=key, before=before, after=after, source=source)]
