"""Strategies for whole random plans and for what people may ask of them.

The plans are valid: their words are known, every state but the first has a step home, and every step that
changes what stands is decided by a body, so that `activator` always means somebody. Words come from short
lists, so that examples are quick to draw and pleasant to read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from hypothesis import strategies as st
from msgspec.structs import replace

from incident.domain import playbook
from incident.domain.decision import Decision, decide, who_may_decide
from incident.domain.facts import Plain
from incident.domain.machine import steps_from
from incident.domain.organisation import Body, Group, Jurisdiction, Seat, Unit
from incident.domain.paper import Document
from incident.domain.playbook import (
    Condition,
    Event,
    Field,
    Playbook,
    Range,
    State,
    Transition,
)
from incident.domain.posture import posture
from incident.domain.request import Request
from incident.domain.situation import Situation, Stood, evolve, stand
from incident.domain.situation import Standing as Stands
from tests.domain.items import BODIES, EVENTS, GROUPS, WORDS, states
from tests.playbooks import DAY, HOUR, NIGHT, ask, at_rest, text

STATES = ("calm", "alert", "grave", "worst")
FIELDS = {
    "depth": Field(name=text("水深", "depth"), type="integer", at_least=0, at_most=9, required=False),
    "origin": Field(
        name=text("来源", "origin"),
        type="choice",
        choices={"sea": text("海", "sea"), "river": text("河", "river")},
    ),
    "remark": Field(name=text("备注", "remark"), type="text", required=False),
}
CONDITIONS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "depth": st.integers(0, 9)
        | st.builds(Range, at_least=st.none() | st.just(3), at_most=st.none() | st.just(6)),
        "origin": st.sampled_from(["sea", "river"]) | st.just(["sea", "river"]),
    },
)


def _step(draw: st.DrawFn, known: list[str]) -> Transition:
    origins = draw(st.lists(st.sampled_from(known), min_size=1, unique=True))
    others = [key for key in known if key not in origins]
    to = draw(st.sampled_from([*others, playbook.PREVIOUS, origins[0]]))
    deciders = st.lists(st.sampled_from(BODIES), min_size=1, max_size=2, unique=True)
    changes_nothing = origins == [to]
    decided_by = draw(st.just([]) | deciders) if changes_nothing else draw(deciders)
    return Transition(
        name=draw(WORDS),
        origins=origins,
        on=draw(st.sampled_from(EVENTS)),
        when=draw(CONDITIONS),
        to=to,
        decided_by=decided_by,
        planned_end=draw(st.none() | st.just("14d")),
    )


@st.composite
def playbooks(draw: st.DrawFn) -> Playbook:
    """A whole random plan with two to four states; `end` leads home from each."""
    known = list(STATES[: draw(st.integers(2, len(STATES)))])
    steps = {f"step{at}": _step(draw, known) for at in range(draw(st.integers(2, 6)))}
    decider = draw(st.sampled_from(["command", playbook.ACTIVATOR]))
    steps["home"] = Transition(
        name=text("结束", "end"), origins=known[1:], on="end", to="calm", decided_by=[decider]
    )
    holders = st.lists(st.sampled_from(["P1", "P2"]), unique=True)
    seats = {key: {"lead": Seat(title=text("组长", "lead"), holders=draw(holders))} for key in GROUPS}
    return Playbook(
        playbook="random",
        jurisdiction=Jurisdiction(
            code="330999", name=text("某县", "a county"), level="county", zone=draw(st.sampled_from(ZONES))
        ),
        document=Document(title=draw(WORDS)),
        units={"派出所": Unit(en="Police"), "卫生院": Unit(en="Clinic")},
        bodies={key: Body(name=text(f"{key}部", f"the {key}")) for key in BODIES},
        groups={key: Group(name=text(f"{key}组", f"group {key}"), seats=seats[key]) for key in GROUPS},
        events={key: Event(name=text(f"{key}事", f"a {key}"), fields=FIELDS) for key in (*EVENTS, "end")},
        initial="calm",
        # no step leads home from home, so no clock can propose one
        states={key: replace(draw(states()), **({"clocks": {}} if key == "calm" else {})) for key in known},
        transitions=steps,
    )


ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York")
VALUES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"origin": st.sampled_from(["sea", "river"])},
    optional={"depth": st.integers(0, 9), "remark": st.sampled_from(["备注", "“remark”"])},
)


def requests() -> st.SearchStrategy[Request]:
    """Anything anybody may ask for, most of it with all that a decision needs."""
    return st.builds(
        Request,
        verb=st.sampled_from(["signal", "signal", "activate", "stand_down"]),
        event=st.sampled_from([*EVENTS, "end", "end"]),
        fields=VALUES,
        source=st.just("test"),
        id=st.just("1"),
        authority=st.sampled_from([*BODIES, "command", None]),
        decided_by=st.just("领导"),
        basis=st.sampled_from(["一号令", "一号令", "一号令", None]),
        reason=st.none() | st.just("reason"),
        by=st.just("officer"),
        effective_at=st.none() | st.integers(NIGHT - 2 * DAY, NIGHT + DAY),
        until=st.none() | st.integers(NIGHT, NIGHT + 30 * DAY),
        expect_plan=st.sampled_from([None, None, None, "0" * 64]),
    )


def way_home(plan: Playbook, situation: Situation) -> Request:
    """The request that `home` answers, decided by whoever may."""
    assert "home" in steps_from(plan, situation.state)
    deciders = who_may_decide(plan, plan.transitions["home"], situation)
    return ask("end", authority=deciders[0])


class Walk(NamedTuple):
    """One step of a walk: what was asked, what came of it, and where the jurisdiction stands then."""

    before: Situation
    request: Request
    now: int
    decision: Decision
    after: Situation
    #: What stands after the step, rebuilt from facts alone.
    standing: Mapping[tuple[str, str], Plain]


def step_on(plan: Playbook, situation: Situation, standing: Stands, request: Request, now: int) -> Walk:
    """Decide one request and carry the decision's facts into the record; `standing` changes in place."""
    decision = decide(plan, situation, request, now)
    after = evolve(situation, situation.jurisdiction, now, decision.facts)
    stand(standing, situation.version, decision.facts)
    return Walk(
        situation, request, now, decision, after, {key: stood.item for key, stood in standing.items()}
    )


def adopted(plan: Playbook) -> Stands:
    """What stands once a plan was adopted."""
    return {key: Stood(item, 0) for key, item in plain_posture(plan.states[plan.initial]).items()}


def plain_posture(state: State) -> dict[tuple[str, str], Plain]:
    """A state's posture as the plain data that facts keep."""
    return {(kind, key): msgspec.to_builtins(item) for (kind, key), item in posture(state).items()}


@st.composite
def obliging(draw: st.DrawFn, plan: Playbook, situation: Situation) -> Request:
    """A request for some step of the plan that can be taken now, lacking nothing, or any request at all."""
    possible = steps_from(plan, situation.state)
    if not possible or draw(st.integers(0, 3)) == 0:
        return draw(requests())
    step = plan.transitions[draw(st.sampled_from(possible))]
    deciders: list[str | None] = [*who_may_decide(plan, step, situation)]
    authority = draw(st.sampled_from(deciders or [None]))
    values = draw(VALUES) | {name: meeting(condition) for name, condition in step.when.items()}
    return ask(step.on, fields=values, authority=authority)


def meeting(condition: Condition) -> str | int:
    """A value that meets a condition on an event of a random plan."""
    match condition:
        case Range():
            return condition.at_least or condition.at_most or 0
        case list():
            return condition[0]
        case _:
            return condition


@st.composite
def walks(draw: st.DrawFn) -> tuple[Playbook, list[Walk]]:
    """A random plan and a random walk through it, most steps of which are granted."""
    plan = draw(playbooks())
    situation, standing, steps = at_rest(plan), adopted(plan), list[Walk]()
    for number in range(draw(st.integers(0, 8))):
        request = draw(obliging(plan, situation))
        steps.append(step_on(plan, situation, standing, request, NIGHT + number * HOUR))
        situation = steps[-1].after
    return plan, steps
