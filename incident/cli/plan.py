"""How a plan, its result and a refusal look, in words and as JSON."""

from __future__ import annotations

from typing import Any

from incident.cli.output import put, put_json, source, sourced, table, talk, wants_json
from incident.domain import clock, explain, names
from incident.domain.callout import CALLOUT
from incident.domain.collisions import collisions
from incident.domain.decision import Decision, Plan, Refusal
from incident.domain.facts import ItemStarted, RequestRefused, SeatsCollided, StateEntered
from incident.domain.playbook import PREVIOUS, Playbook
from incident.domain.posture import KINDS, Change, switch
from incident.domain.say import Words, say
from incident.language import speak
from incident.service.handle import Outcome
from incident.views import kinds
from incident.views.times import put_time


def put_plan(playbook: Playbook, plan: Plan) -> None:
    """Show what a step would do: from, to, every line with its clause, who may decide."""
    place = playbook.jurisdiction
    put(
        say(
            "{name} {code}   {origin} → {target}   playbook {playbook}   plan {plan}",
            name=place.name,
            code=place.code,
            origin=explain.state_name(playbook, plan.origin),
            target=explain.state_name(playbook, plan.target),
            playbook=plan.playbook[:12],
            plan=plan.hash[:12],
        )
    )
    table(_rows(playbook, plan.changes, plan.collisions))
    put_deciders(playbook, plan)


def put_times(playbook: Playbook, decision: Decision) -> None:
    """Say from when a decision would hold and when its end is planned; the hash covers neither."""
    for fact in decision.facts:
        if isinstance(fact, StateEntered):
            put(say("from: {at}", at=put_time(clock.read_stamp(fact.since), playbook)))
            if fact.planned_end is not None:
                put(say("planned end: {at}", at=put_time(clock.read_stamp(fact.planned_end), playbook)))


def put_deciders(playbook: Playbook, plan: Plan) -> None:
    """Say who may decide, and whether the paper or the project says so."""
    step = playbook.transitions[plan.step]
    if not step.decided_by:
        return
    said = step.source if "decided_by" not in step.project else None
    who = [names.name_of(playbook, ref) for ref in plan.who_may_decide]
    put(say("may be decided by: {who}  {source}", who=who, source=source(said)))
    put(say("plan hash: {hash}", hash=plan.hash))


def _rows(
    playbook: Playbook, changes: tuple[Change, ...], collided: tuple[tuple[str, tuple[str, ...]], ...]
) -> list[list[Words]]:
    """List what changes line by line, then alarms, then what continues, a line for each kind."""
    rows: list[list[Words]] = [
        [
            change.op,
            kinds.ONE[change.kind],
            sourced(
                explain.change(playbook, change),
                change.source,
                ending=change.is_ending,
                partly=change.is_partly_project,
            ),
        ]
        for change in changes
        if change.op != "="
    ]
    rows += [
        ["!", kinds.ONE["seat"], explain.collision(playbook, holder, list(seats))]
        for holder, seats in collided
    ]
    for kind in KINDS:
        continuing = [
            explain.item_name(playbook, change.key, change.after)
            for change in changes
            if change.op == "=" and change.kind == kind
        ]
        if continuing:
            rows.append(
                ["=", kinds.ONE[kind], say("continuing ({n}): {names}", n=len(continuing), names=continuing)]
            )
    return rows


def put_result(playbook: Playbook, outcome: Outcome, *, shown: bool) -> None:
    """Say what was recorded; the lines of the plan too, unless they were just shown."""
    entry = outcome.entry
    entered = next((fact for fact in entry.facts if isinstance(fact, StateEntered)), None)
    if wants_json():
        put_json(outcome_json(playbook, outcome))
        return
    if entered is None:
        for fact in entry.facts:
            put(explain.fact(playbook, fact))
        return
    if not shown:
        collided = tuple(
            (fact.holder, tuple(fact.seats)) for fact in entry.facts if isinstance(fact, SeatsCollided)
        )
        table(_rows(playbook, switch(playbook, entered.origin, entered.target), collided))
    put(
        say(
            "{name}: {target} since {since}; incident {incident}; entry {seq}",
            name=playbook.jurisdiction.name,
            target=explain.state_name(playbook, entered.target),
            since=put_time(clock.read_stamp(entered.since), playbook),
            incident=entry.incident,
            seq=entry.seq,
        )
    )
    if entered.planned_end is not None:
        planned = clock.read_stamp(entered.planned_end)
        put(say("planned end: {at}", at=put_time(planned, playbook)))
    for fact in entry.facts:
        if isinstance(fact, ItemStarted) and fact.kind == CALLOUT:
            n, command = len(fact.after["waiting"]), f"incident ack {playbook.playbook} --for …"
            put(say("{n} are asked to answer; note answers: {command}", n=n, command=command))


def outcome_json(playbook: Playbook, outcome: Outcome) -> dict[str, Any]:
    """Give what was recorded as the JSON contract has it; the same for an event answered before."""
    entry = outcome.entry
    entered = next((fact for fact in entry.facts if isinstance(fact, StateEntered)), None)
    origin, target = (entered.origin, entered.target) if entered else _unmoved(playbook, outcome)
    changes = switch(playbook, origin, target) if entered else ()
    collided = collisions(playbook, target) if entered else ()
    return {
        **_head(playbook, entry.playbook),
        "from": origin,
        "to": target,
        "event": entry.came.type if entry.came else None,
        "incident": entry.incident,
        "plan": entry.plan,
        "changes": changes_json(playbook, changes, collided),
        "seq": entry.seq,
        "at": entry.at,
        "effective_at": entry.effective_at or entry.at,
        "authority": authority_json(playbook, entry.authority),
        "planned_end": entered.planned_end if entered else None,
        "repeated": outcome.repeated,
    }


def _unmoved(playbook: Playbook, outcome: Outcome) -> tuple[str, str]:
    """Give the state in which an event was noted; on repetition another may be in force by now."""
    step = playbook.transitions.get(outcome.entry.step or "")
    state = outcome.situation.state if step is None or step.to == PREVIOUS else step.to
    return state, state


def result_json(
    playbook: Playbook, plan: Plan, *, incident: str | None, refusal: Refusal | None
) -> dict[str, Any]:
    """Give a plan as the JSON contract has it, with why it would be refused as typed."""
    return {
        **_head(playbook, plan.playbook),
        "from": plan.origin,
        "to": plan.target,
        "event": plan.event,
        "incident": incident,
        "plan": plan.hash,
        "changes": changes_json(playbook, plan.changes, plan.collisions),
        "who_may_decide": [authority_json(playbook, ref) for ref in plan.who_may_decide],
        "would_be_refused": None if refusal is None else _refused(playbook, refusal),
    }


def _refused(playbook: Playbook, refusal: Refusal | RequestRefused) -> dict[str, Any]:
    return {
        "rule": refusal.rule,
        "reason": speak(explain.refusal(playbook, refusal)),
        "who_may_decide": [authority_json(playbook, ref) for ref in refusal.who_may_decide],
        "missing": list(refusal.missing),
        "possible": list(refusal.possible),
    }


def _head(playbook: Playbook, digest: str) -> dict[str, Any]:
    place = playbook.jurisdiction
    return {"jurisdiction": {"code": place.code, "name": speak(place.name)}, "playbook": digest}


def authority_json(playbook: Playbook, ref: str | None) -> dict[str, Any] | None:
    """Give a body or seat as data."""
    if ref is None:
        return None
    name = names.name_of(playbook, ref)
    return {"key": ref, "name": {"zh": name.zh, "en": name.en}}


def changes_json(
    playbook: Playbook, changes: tuple[Change, ...], collided: tuple[tuple[str, tuple[str, ...]], ...]
) -> list[dict[str, Any]]:
    """Give the lines of a plan as data."""
    lines: list[dict[str, Any]] = []
    for change in changes:
        name = explain.item_name(playbook, change.key, change.after or change.before)
        lines.append(
            {
                "op": change.op,
                "kind": change.kind,
                "key": change.key,
                "name": {"zh": name.zh, "en": name.en},
                "source": change.source,
                "text": speak(explain.change(playbook, change)),
            }
        )
    for holder, seats in collided:
        lines.append(
            {
                "op": "!",
                "kind": "seat",
                "key": holder,
                "name": {"zh": holder, "en": holder},
                "source": None,
                "text": speak(explain.collision(playbook, holder, list(seats))),
                "seats": list(seats),
            }
        )
    return lines


def put_refusal(playbook: Playbook, refusal: Refusal | RequestRefused) -> None:
    """Say why not, and who may decide; exit code 3 goes with it."""
    reason = explain.refusal(playbook, refusal)
    if wants_json():
        put_json({"refused": _refused(playbook, refusal)})
    talk(say("refused [{rule}]: {reason}", rule=refusal.rule, reason=reason))
