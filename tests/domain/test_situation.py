"""A situation is what its facts make it, forward and in replay."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from incident.domain import clock
from incident.domain.decision import decide, who_may_decide
from incident.domain.facts import (
    AnyFact,
    EventNoted,
    IncidentClosed,
    IncidentOpened,
    ItemChanged,
    ItemEnded,
    ItemStarted,
    PlaybookAdopted,
    StateEntered,
)
from incident.domain.playbook import PREVIOUS, Playbook
from incident.domain.situation import BrokenRecordError, Situation, Standing, Stood, evolve, stand
from tests.domain.strategies import Walk, adopted, plain_posture, step_on, walks, way_home
from tests.playbooks import BAISHI, CODE, HASH, HOUR, NIGHT, ask, at_rest

LAWS = settings(max_examples=30)
ADOPTED = PlaybookAdopted(name="baishi", playbook=HASH, state="routine")
ENTERED = StateEntered(origin="routine", target="raised", since=clock.stamp(NIGHT), authority="county")


@LAWS
@given(walks())
def test_walk_leaves_the_situation_that_its_decisions_promised(case: tuple[Playbook, list[Walk]]) -> None:
    plan, steps = case
    for step in steps:
        before, decision = step.before, step.decision
        expected = replace(before, version=before.version + 1)
        if decision.refusal is None and decision.plan is not None and decision.plan.target != before.state:
            opened = [fact.incident for fact in decision.facts if isinstance(fact, IncidentOpened)]
            running = None if decision.plan.target == plan.initial else before.incident or opened[0]
            assert bool(opened) == (before.incident is None and decision.plan.target != plan.initial)
            goes_back = plan.transitions[decision.plan.step].to == PREVIOUS
            holder = before.previous_authority if goes_back and running else None
            expected = replace(
                expected,
                state=decision.plan.target,
                previous=before.state,
                previous_authority=before.authority,
                previous_end=before.planned_end,
                since=decision.effective_at,
                authority=holder or step.request.authority,
                incident=running,
                last_incident=opened[0] if opened else before.last_incident,
                planned_end=step.after.planned_end,
                confirm_by=step.after.confirm_by,
                epoch=before.version,
            )
        assert step.after == expected


@LAWS
@given(walks())
def test_incident_runs_exactly_while_the_first_state_is_left(case: tuple[Playbook, list[Walk]]) -> None:
    plan, steps = case
    for step in steps:
        assert (step.after.incident is None) == (step.after.state == plan.initial)


@LAWS
@given(walks())
def test_what_stands_is_the_posture_of_the_state_after_every_step(case: tuple[Playbook, list[Walk]]) -> None:
    plan, steps = case
    for step in steps:
        assert step.standing == plain_posture(plan.states[step.after.state])


@LAWS
@given(walks())
def test_way_home_leaves_exactly_what_stood_at_first_and_nothing_running(
    case: tuple[Playbook, list[Walk]],
) -> None:
    plan, steps = case
    situation = steps[-1].after if steps else at_rest(plan)
    standing = adopted(plan)
    for step in steps:
        stand(standing, step.before.version, step.decision.facts)
    if situation.state != plan.initial:
        home = step_on(plan, situation, standing, way_home(plan, situation), NIGHT + 100 * HOUR)
        assert home.decision.refusal is None
        situation = home.after

    assert {key: stood.item for key, stood in standing.items()} == plain_posture(plan.states[plan.initial])
    assert (situation.state, situation.incident, situation.planned_end) == (
        plan.initial,
        None,
        situation.planned_end,
    )


@LAWS
@given(walks())
def test_replaying_the_facts_alone_rebuilds_the_situation_and_what_stands(
    case: tuple[Playbook, list[Walk]],
) -> None:
    plan, steps = case
    start = at_rest(plan)
    situation: Situation | None = None
    standing: Standing = {}
    first: list[AnyFact] = [
        PlaybookAdopted(name=start.name, playbook=start.playbook, state=start.state, zone=start.zone),
        *(
            ItemStarted(kind=kind, key=key, after=item)
            for (kind, key), item in plain_posture(plan.states[plan.initial]).items()
        ),
    ]
    record = [(start.since, first), *((step.now, step.decision.facts) for step in steps)]
    for seq, (at, facts) in enumerate(record):
        situation = evolve(situation, start.jurisdiction, at, facts)
        stand(standing, seq, facts)

    assert situation == (steps[-1].after if steps else start)
    assert {key: stood.item for key, stood in standing.items()} == plain_posture(plan.states[situation.state])
    assert {stood.since for stood in standing.values()} <= set(range(len(record)))


@LAWS
@given(walks(), st.data())
def test_record_from_which_a_change_of_state_was_taken_does_not_replay(
    case: tuple[Playbook, list[Walk]], data: st.DataObject
) -> None:
    plan, steps = case
    moved = [at for at, step in enumerate(steps) if step.after.state != step.before.state]
    if len(moved) < 2:
        return
    without = data.draw(st.sampled_from(moved[:-1]))

    def replay() -> None:
        situation = at_rest(plan)
        for at, step in enumerate(steps):
            if at != without:
                situation = evolve(situation, situation.jurisdiction, step.now, step.decision.facts)

    with pytest.raises(BrokenRecordError, match=r"left \w+ while in \w+"):
        replay()


def test_adoption_puts_a_jurisdiction_into_the_first_state() -> None:
    situation = evolve(None, CODE, NIGHT, [ADOPTED])

    assert situation == Situation(
        jurisdiction=CODE,
        name="baishi",
        playbook=HASH,
        zone="Asia/Shanghai",
        state="routine",
        since=NIGHT,
        version=1,
    )


def test_another_version_of_the_playbook_leaves_the_state_as_it_is() -> None:
    raised = evolve(at_rest(), CODE, NIGHT, [IncidentOpened(incident=f"{CODE}-2026-001"), ENTERED])
    second = PlaybookAdopted(name="second", playbook="b" * 64, zone="Asia/Urumqi")
    moved = evolve(raised, CODE, NIGHT + 1, [second])

    assert moved == replace(
        raised,
        name="second",
        playbook="b" * 64,
        zone="Asia/Urumqi",
        epoch=raised.version,
        version=raised.version + 1,
    )


def test_entry_that_changes_nothing_counts_all_the_same() -> None:
    assert evolve(at_rest(), CODE, NIGHT, [EventNoted(event="positive")]) == at_rest(version=2)
    assert evolve(at_rest(), CODE, NIGHT, []) == at_rest(version=2)


def test_planned_end_is_kept_as_an_instant() -> None:
    fact = replace(ENTERED, planned_end=clock.stamp(NIGHT + HOUR))

    assert evolve(at_rest(), CODE, NIGHT, [fact]).planned_end == NIGHT + HOUR


BROKEN: list[tuple[str, Situation | None, list[AnyFact]]] = [
    # nothing comes before adoption
    ("a journal begins with PlaybookAdopted", None, []),
    ("a journal begins with PlaybookAdopted", None, [ENTERED, ADOPTED]),
    ("the first PlaybookAdopted names a state", None, [PlaybookAdopted(name="baishi", playbook=HASH)]),
    # a state is left only by who is in it
    ("left routine while in raised", at_rest(state="raised"), [ENTERED]),
    # an incident is closed only while it runs
    ("330999101-2026-001 was not running", at_rest(), [IncidentClosed(incident="330999101-2026-001")]),
]


@pytest.mark.parametrize(("message", "situation", "facts"), BROKEN)
def test_fact_that_does_not_follow_is_found(
    message: str, situation: Situation | None, facts: list[AnyFact]
) -> None:
    with pytest.raises(BrokenRecordError, match=message):
        evolve(situation, CODE, NIGHT, facts)


ITEM: dict[str, Any] = {"source": "一"}
MISPLACED: list[tuple[str, AnyFact]] = [
    # what stands cannot begin
    ("body command stood already", ItemStarted(kind="body", key="command", after=ITEM)),
    # what does not stand cannot change or end
    ("group alpha did not stand", ItemChanged(kind="group", key="alpha", before=ITEM, after={})),
    ("group alpha did not stand", ItemEnded(kind="group", key="alpha", before=ITEM)),
    # nor can what stands otherwise than the fact says
    ("body command did not stand", ItemChanged(kind="body", key="command", before={}, after=ITEM)),
    ("body command did not stand", ItemEnded(kind="body", key="command", before={})),
]


@pytest.mark.parametrize(("message", "fact"), MISPLACED)
def test_item_that_does_not_stand_as_the_fact_says_is_found(message: str, fact: AnyFact) -> None:
    standing = {("body", "command"): Stood(ITEM, 0)}

    with pytest.raises(BrokenRecordError, match=message):
        stand(standing, 1, [fact])


def test_item_knows_the_entry_that_made_it_so() -> None:
    standing: Standing = {}
    changed = {"place": "hall"}

    stand(standing, 0, [ItemStarted(kind="body", key="command", after=ITEM), EventNoted(event="rain")])
    assert standing == {("body", "command"): Stood(ITEM, 0)}
    stand(standing, 7, [ItemChanged(kind="body", key="command", before=ITEM, after=changed)])
    assert standing == {("body", "command"): Stood(changed, 7)}
    stand(standing, 8, [ItemEnded(kind="body", key="command", before=changed)])
    assert standing == {}


def test_small_town_returns_to_what_it_was() -> None:
    assert plain_posture(BAISHI.states["routine"]) == {
        key: stood.item for key, stood in adopted(BAISHI).items()
    }


def test_return_to_a_response_gives_it_back_to_the_body_that_decided_it() -> None:
    """The county raised, the town went further and came back: the county still lifts its response."""
    local = {"origin": "local"}
    story = [ask("ordered", authority="county"), ask("positive", fields=local), ask("ruled_out")]
    situation = at_rest()
    for request in story:
        decision = decide(BAISHI, situation, request, NIGHT)
        assert decision.refusal is None
        situation = evolve(situation, CODE, NIGHT, decision.facts)

    assert situation.state == "raised"
    assert who_may_decide(BAISHI, BAISHI.transitions["lift"], situation) == ["county"]
