"""Traps and unreachable states are those that taking every step, the way a decision does, finds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from incident.domain import machine, playbook
from incident.domain.check import reach
from incident.domain.organisation import Body, Jurisdiction, Text
from incident.domain.paper import Document
from incident.domain.playbook import Event, Playbook

STATES = ("calm", "watch", "alarm", "after")


def plan(steps: list[tuple[str, str, bool]]) -> Playbook:
    """Give a plan with four states and these steps: from, to, decided."""
    text = Text("名", "name")
    return Playbook(
        playbook="plan",
        jurisdiction=Jurisdiction(code="99", name=text, level="town"),
        document=Document(title=text),
        bodies={"command": Body(name=text)},
        events={f"e{at}": Event(name=text) for at in range(len(steps))},
        initial="calm",
        states={state: playbook.State(name=text) for state in STATES},
        transitions={
            f"t{at}": playbook.Transition(
                name=text, origins=[origin], on=f"e{at}", to=to, decided_by=["command"] if decided else []
            )
            for at, (origin, to, decided) in enumerate(steps)
        },
    )


def entered(plan: Playbook, place: tuple[str, str | None], *, decided: bool) -> set[tuple[str, str | None]]:
    """Take every step again and again, the way a decision does; give all places that are entered."""
    reached, waiting = {place}, [place]
    while waiting:
        state, previous = waiting.pop()
        for key in machine.steps_from(plan, state):
            target = machine.target(plan, key, state, previous)
            taken = target is not None and target != state
            if taken and (plan.transitions[key].decided_by or not decided) and (target, state) not in reached:
                reached.add((str(target), state))
                waiting.append((str(target), state))
    return reached


@given(
    st.lists(
        st.tuples(st.sampled_from(STATES), st.sampled_from((*STATES, "previous")), st.booleans()), max_size=9
    )
)
def test_traps_and_unreachable_states_are_those_that_taking_every_step_finds(
    steps: list[tuple[str, str, bool]],
) -> None:
    one = plan(steps)
    found = {(problem.rule, problem.path[1]) for problem in reach.find(one)}
    places = entered(one, ("calm", None), decided=False)
    expected = {("P102", state) for state in STATES if state not in {name for name, _ in places}}
    for place in places:
        ends = {
            decided: {name for name, _ in entered(one, place, decided=decided)} for decided in (False, True)
        }
        if "calm" not in ends[False]:
            expected.add(("P103", place[0]))
        elif "calm" not in ends[True]:
            expected.add(("P104", place[0]))
    trapped = {state for rule, state in expected if rule == "P103"}
    assert found == {(rule, state) for rule, state in expected if rule != "P104" or state not in trapped}


def test_a_state_that_only_goes_back_is_a_trap_when_it_was_come_back_to() -> None:
    back_and_forth = [
        ("calm", "watch", True),
        ("watch", "alarm", True),
        ("watch", "previous", True),
        ("alarm", "previous", True),
    ]
    problems = [one for one in reach.find(plan(back_and_forth)) if one.rule == "P103"]
    assert {(one.path[1], str(one.found)) for one in problems} == {
        ("watch", "none when it was entered from `alarm`"),
        ("alarm", "none: whatever stands in the state could never be ended"),
    }
