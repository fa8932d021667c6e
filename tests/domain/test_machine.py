"""The table of steps, against a plain dict of the same playbook."""

from __future__ import annotations

from hypothesis import Phase, given, settings
from msgspec.structs import replace

from incident.domain import machine
from incident.domain.playbook import PREVIOUS, Playbook
from tests.domain.strategies import playbooks
from tests.playbooks import BAISHI

LAWS = settings(max_examples=30)
#: Not shrunk, for that takes a minute; the smallest case has a test of its own.
RETURNS = settings(LAWS, max_examples=50, phases=set(Phase) - {Phase.shrink, Phase.explain})

#: A state and the one before it.
Moment = tuple[str, str | None]


def plain_table(plan: Playbook) -> dict[tuple[str, str], str]:
    """(step, state) → the state it names, `previous` as it is written."""
    return {(key, origin): step.to for key, step in plan.transitions.items() for origin in step.origins}


def reachable(plan: Playbook) -> set[Moment]:
    """Every moment that some walk from the first state arrives at."""
    table = plain_table(plan)
    found: set[Moment] = set()
    fresh: list[Moment] = [(plan.initial, None)]
    while fresh:
        state, previous = moment = fresh.pop()
        if moment in found:
            continue
        found.add(moment)
        for (_, origin), to in table.items():
            target = previous if to == PREVIOUS else to
            if origin == state and target is not None and target != state:
                fresh.append((target, state))
    return found


@LAWS
@given(playbooks())
def test_step_with_a_named_target_enters_what_the_plain_table_says(plan: Playbook) -> None:
    table = plain_table(plan)
    for key, step in plan.transitions.items():
        for state in plan.states:
            if step.to != PREVIOUS:
                for previous in (None, *plan.states):
                    assert machine.target(plan, key, state, previous) == table.get((key, state))


@RETURNS
@given(playbooks())
def test_step_to_previous_enters_the_state_that_was_before_in_every_moment_that_can_be(
    plan: Playbook,
) -> None:
    table = plain_table(plan)
    for state, previous in reachable(plan):
        for key, step in plan.transitions.items():
            if step.to == PREVIOUS:
                expected = previous if (key, state) in table else None
                assert machine.target(plan, key, state, previous) == expected, (key, state, previous)


@RETURNS
@given(playbooks())
def test_targets_of_a_step_are_all_that_it_can_enter(plan: Playbook) -> None:
    moments = reachable(plan)
    reached = {state for state, _ in moments}
    for step in plan.transitions.values():
        for origin in set(step.origins) & reached:
            entered = {
                previous if step.to == PREVIOUS else step.to for state, previous in moments if state == origin
            }
            assert set(machine.targets(plan, step, origin)) >= entered - {None}


@LAWS
@given(playbooks())
def test_steps_and_events_from_a_state_are_those_of_the_plain_table_in_its_order(plan: Playbook) -> None:
    table = plain_table(plan)
    for state in plan.states:
        named = [
            key for key, step in plan.transitions.items() if (key, state) in table and step.to != PREVIOUS
        ]
        listed = machine.steps_from(plan, state)
        assert [key for key in listed if plan.transitions[key].to != PREVIOUS] == named
        assert listed == [key for key in plan.transitions if key in listed]
        events = [event for event in plan.events if machine.steps_on(plan, state, event)]
        assert machine.events_from(plan, state) == events


def test_small_town_answers_to_what_its_paper_names() -> None:
    assert machine.steps_from(BAISHI, "routine") == ["raise", "activate"]
    assert machine.steps_from(BAISHI, "emergency") == ["note", "rule_out", "lift"]
    assert machine.steps_on(BAISHI, "emergency", "positive") == ["note"]
    assert machine.events_from(BAISHI, "raised") == ["positive", "lifted"]


def test_ruling_out_returns_to_the_state_from_which_the_emergency_came() -> None:
    cases = [
        # (state, the one before, where ruling out leads)
        ("emergency", "routine", "routine"),
        ("emergency", "raised", "raised"),
        # a jurisdiction that was adopted in the middle of an emergency has nothing to return to
        ("emergency", None, None),
        # nor does one return to where one is
        ("emergency", "emergency", None),
        # ruling out is no step of these states
        ("routine", "raised", None),
        ("raised", "routine", None),
    ]
    for state, previous, expected in cases:
        assert machine.target(BAISHI, "rule_out", state, previous) == expected


def test_step_of_another_state_cannot_be_taken() -> None:
    assert machine.target(BAISHI, "lift", "routine", None) is None
    assert machine.target(BAISHI, "raise", "emergency", "raised") is None


def test_step_to_previous_after_a_step_to_previous_leads_on_to_the_state_just_left() -> None:
    """Routine → raised → emergency → (previous) raised: before `raised` now comes `emergency`."""
    back = replace(BAISHI.transitions["rule_out"], origins=["raised", "emergency"])
    plan = replace(BAISHI, transitions={**BAISHI.transitions, "rule_out": back})

    assert machine.target(plan, "rule_out", "raised", "emergency") == "emergency"


def test_walking_the_largest_playbook_costs_the_square_of_its_states() -> None:
    names = [f"s{at}" for at in range(100)]
    steps = {
        f"t{at}": replace(
            BAISHI.transitions["lift"], origins=names, to=PREVIOUS if at % 4 == 0 else names[at % 100]
        )
        for at in range(400)
    }
    plan = replace(
        BAISHI, initial="s0", states=dict.fromkeys(names, BAISHI.states["routine"]), transitions=steps
    )

    moments = machine.moments(plan)
    # three in four states are named, the initial one is returned to, and no state is before itself
    assert len(moments) <= len(names) ** 2
    assert {moment.state for moment in moments} == {name for at, name in enumerate(names) if at % 4} | {"s0"}
    assert sum(len(machine.ways(plan, name).named) for name in names) <= len(names) ** 2
    assert machine.targets(plan, steps["t0"], "s1") == [
        name for name in names if name in {moment.previous for moment in moments if moment.state == "s1"}
    ]


def test_two_playbooks_with_the_same_names_keep_their_own_tables() -> None:
    lift = replace(BAISHI.transitions["lift"], origins=["emergency"])
    other = replace(BAISHI, transitions={**BAISHI.transitions, "lift": lift})

    assert machine.target(BAISHI, "lift", "raised", "routine") == "routine"
    assert machine.target(other, "lift", "raised", "routine") is None
