"""How a plan, its result and a refusal look in words."""

from __future__ import annotations

from incident.cli.output import put, put_json, table, talk, wants_json
from incident.domain import approving, clock, explain, names
from incident.domain.approving import GLASS, PROPOSAL
from incident.domain.callout import CALLOUT
from incident.domain.decision import Decision, Plan
from incident.domain.explain_approving import needs_two
from incident.domain.facts import ItemStarted, RequestRefused, SeatsCollided, StateEntered
from incident.domain.playbook import Playbook
from incident.domain.posture import KINDS, Change, switch
from incident.domain.refusal import Refusal
from incident.domain.say import Words, say
from incident.service.handle import Outcome
from incident.views import kinds
from incident.views import plan as views
from incident.views.clauses import source, sourced
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
    """Say from when a decision would hold, when its end is planned, whether it waits for another person.

    The hash of the plan covers nothing of it.
    """
    for fact in decision.facts:
        if isinstance(fact, ItemStarted) and fact.kind in approving.KINDS:
            put(say("! {what}", what=explain.fact(playbook, fact)))
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
    two = needs_two(playbook, plan.step)
    if two is not None:
        put(two)
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
        put_json(views.done(playbook, outcome))
        return
    if entered is None:
        for fact in entry.facts:
            put(explain.fact(playbook, fact))
            if isinstance(fact, ItemStarted) and fact.kind == PROPOSAL:
                command = f"incident approve {playbook.playbook} {entry.seq}"
                put(say("another person approves it with: {command}", command=command))
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
        if isinstance(fact, ItemStarted) and fact.kind == GLASS:
            put(say("! {what}", what=explain.fact(playbook, fact)))
        if isinstance(fact, ItemStarted) and fact.kind == CALLOUT:
            n, command = len(fact.after["waiting"]), f"incident ack {playbook.playbook} --for …"
            put(say("{n} are asked to answer; note answers: {command}", n=n, command=command))


def put_refusal(playbook: Playbook, refusal: Refusal | RequestRefused) -> None:
    """Say why not, and who may decide; exit code 3 goes with it."""
    shown = views.refusal(playbook, refusal)
    if wants_json():
        put_json(views.Refused(refused=shown))
    talk(say("refused [{rule}]: {reason}", rule=shown.rule, reason=shown.reason))
