"""Every rule that refuses, as a story, in the order in which they refuse; and what a grant gives."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from incident.domain import clock, playbook
from incident.domain.decision import Decision, decide, holds, make_plan, who_may_decide
from incident.domain.facts import (
    EventNoted,
    IncidentClosed,
    IncidentOpened,
    RequestRefused,
    SeatsCollided,
    StateEntered,
)
from incident.domain.playbook import Playbook, Range
from incident.domain.posture import switch
from incident.domain.request import Request
from incident.domain.situation import Situation
from tests.domain.strategies import Walk, playbooks, requests, walks
from tests.playbooks import BAISHI, CODE, DAY, EMERGENCY, HOUR, NIGHT, ask, at_rest

LOCAL: dict[str, str | int] = {"origin": "local", "cases": 1}


def decided(request: Request, situation: Situation | None = None, plan: Playbook = BAISHI) -> Decision:
    return decide(plan, situation or at_rest(plan), request, NIGHT)


def refused_by(request: Request, situation: Situation | None = None, plan: Playbook = BAISHI) -> str | None:
    decision = decided(request, situation, plan)
    if decision.refusal is None:
        return None
    (fact,) = decision.facts
    assert isinstance(fact, RequestRefused)
    assert (fact.rule, fact.missing, fact.times) == (
        decision.refusal.rule,
        decision.refusal.missing,
        decision.refusal.times,
    )
    assert (fact.who_may_decide, fact.possible) == (
        decision.refusal.who_may_decide,
        decision.refusal.possible,
    )
    assert decision.effects == []
    return decision.refusal.rule


def test_nobody_lifts_what_was_never_raised() -> None:
    decision = decided(ask("lifted"))

    assert decision.plan is None
    assert decision.refusal is not None
    assert decision.refusal.rule == "not_possible"
    assert decision.refusal.possible == ["positive", "ordered"]


def test_imported_case_does_not_start_what_the_plan_keeps_for_local_ones() -> None:
    decision = decided(ask("positive", fields={"origin": "imported"}))

    assert decision.refusal is not None
    assert decision.refusal.rule == "no_match"
    assert decision.refusal.possible == ["ordered"]


def test_returning_to_the_state_before_needs_a_state_before() -> None:
    adopted_in_the_middle = replace(EMERGENCY, previous=None)

    assert refused_by(ask("ruled_out"), adopted_in_the_middle) == "no_match"


def test_activate_button_ends_nothing() -> None:
    assert refused_by(ask("lifted", verb="activate"), EMERGENCY) == "wrong_verb"
    assert refused_by(ask("ruled_out", verb="activate"), EMERGENCY) == "wrong_verb"


def test_stand_down_button_begins_nothing() -> None:
    assert refused_by(ask("positive", fields=LOCAL, verb="stand_down")) == "wrong_verb"
    assert refused_by(ask("lifted", verb="stand_down"), EMERGENCY) is None
    assert refused_by(ask("ruled_out", verb="stand_down"), EMERGENCY) is None


def test_second_officer_to_activate_the_same_is_told_that_somebody_was_first() -> None:
    assert refused_by(ask("positive", fields=LOCAL, verb="activate"), EMERGENCY) == "already"


def test_further_case_in_an_emergency_is_noted_and_asks_for_no_papers() -> None:
    bare = Request(event="positive", fields=LOCAL, source="test", id="2")

    assert decided(bare, EMERGENCY).facts == [EventNoted(event="positive")]


MISSING: list[tuple[str, dict[str, Any], list[str]]] = [
    # the event's values state the matter
    ("values", {"reason": None}, []),
    # so do words
    ("words", {"event": "ordered", "fields": {}}, []),
    # but something must
    ("matter", {"event": "ordered", "fields": {}, "reason": None}, ["matter"]),
    ("decided_by", {"authority": None}, ["decided_by"]),
    ("basis", {"basis": None}, ["basis"]),
    # an empty basis is none
    ("empty", {"basis": ""}, ["basis"]),
    # all that is missing is named at once
    (
        "all",
        {"event": "ordered", "fields": {}, "reason": None, "authority": None, "basis": None},
        ["matter", "decided_by", "basis"],
    ),
]


@pytest.mark.parametrize(
    ("changes", "missing"), [row[1:] for row in MISSING], ids=[row[0] for row in MISSING]
)
def test_activation_without_matter_body_or_basis_is_refused(
    changes: dict[str, Any], missing: list[str]
) -> None:
    decision = decided(ask(**{"event": "positive", "fields": LOCAL, **changes}))

    assert (decision.refusal.missing if decision.refusal else []) == missing
    if decision.refusal is not None:
        assert decision.refusal.rule == "missing"
        assert decision.refusal.who_may_decide[0] == "command"


def test_way_down_needs_no_matter_but_a_body_and_a_basis() -> None:
    assert refused_by(ask("lifted", reason=None), EMERGENCY) is None
    decision = decided(ask("lifted", reason=None, authority=None, basis=None), EMERGENCY)
    assert decision.refusal is not None
    assert decision.refusal.missing == ["decided_by", "basis"]


def test_body_that_may_not_decide_is_refused_and_told_who_may() -> None:
    decision = decided(ask("ordered", authority="task_force"))

    assert decision.refusal is not None
    assert decision.refusal.rule == "authority"
    assert decision.refusal.who_may_decide == ["command", "county"]


def test_who_decided_an_activation_lifts_it() -> None:
    raised_by_county = replace(EMERGENCY, state="raised", authority="county")

    assert refused_by(ask("lifted", authority="command"), raised_by_county) == "authority"
    assert refused_by(ask("lifted", authority="county"), raised_by_county) is None


TIMES: list[tuple[str, dict[str, Any], list[str]]] = [
    # from now
    ("now", {"effective_at": NIGHT}, []),
    # from the hour the present state began, not before it
    ("since", {"effective_at": NIGHT - DAY}, []),
    ("before", {"effective_at": NIGHT - DAY - 1}, ["before_state"]),
    # nothing holds from the future
    ("future", {"effective_at": NIGHT + 1}, ["in_future"]),
    # an end lies after the beginning
    ("next second", {"until": NIGHT + 1}, []),
    ("at once", {"until": NIGHT}, ["ends_early"]),
    ("past", {"until": NIGHT - 1}, ["ends_early"]),
    # the beginning counts, not the hour at which it is recorded
    ("backdated", {"effective_at": NIGHT - HOUR, "until": NIGHT}, []),
    # all that is wrong is named at once
    ("twice", {"effective_at": NIGHT + 2, "until": NIGHT + 1}, ["in_future", "ends_early"]),
    ("both", {"effective_at": NIGHT - 2 * DAY, "until": NIGHT - 3 * DAY}, ["before_state", "ends_early"]),
]


@pytest.mark.parametrize(("changes", "wrong"), [row[1:] for row in TIMES], ids=[row[0] for row in TIMES])
def test_times_must_fit(changes: dict[str, Any], wrong: list[str]) -> None:
    request = ask("positive", fields=LOCAL, **changes)
    refusal = decided(request).refusal

    assert refused_by(request) == ("time" if wrong else None)
    assert (refusal.times if refusal else []) == wrong


def test_minute_in_which_the_state_began_counts_from_its_beginning() -> None:
    """People say 02:40; the state before was entered at 02:40:20."""
    began = at_rest(since=NIGHT + 20)
    request = ask("ordered", effective_at=NIGHT)

    assert decide(BAISHI, began, request, NIGHT + 50).effective_at == NIGHT + 20
    assert decide(BAISHI, began, request, NIGHT + 50).refusal is None
    # what is said to the second is kept
    later = ask("ordered", effective_at=NIGHT + 30)
    assert decide(BAISHI, began, later, NIGHT + 50).effective_at == NIGHT + 30
    # a clock that was set back makes nothing of it
    refusal = decide(BAISHI, began, request, NIGHT + 10).refusal
    assert refusal is not None
    assert refusal.times == ["before_state"]


def test_clock_that_was_once_wrong_locks_nobody_out() -> None:
    """The state seems to begin in the time to come: who states no time is not refused for it."""
    decision = decide(BAISHI, at_rest(since=NIGHT + DAY), ask("ordered"), NIGHT)

    assert decision.refusal is None
    assert decision.effective_at == NIGHT + DAY


def test_what_ends_or_changes_nothing_takes_no_planned_end() -> None:
    for request in (ask("lifted", until=NIGHT + DAY), ask("positive", fields=LOCAL, until=NIGHT + DAY)):
        refusal = decide(BAISHI, EMERGENCY, request, NIGHT).refusal
        if request.event == "lifted":
            assert refusal is not None
            assert refusal.times == ["no_end"]


def test_who_may_decide_may_be_named_by_any_of_its_names() -> None:
    step = replace(BAISHI.transitions["raise"], decided_by=[BAISHI.bodies["command"].name.zh])

    assert who_may_decide(BAISHI, step, at_rest()) == ["command"]


def test_plan_that_was_approved_is_the_plan_that_runs() -> None:
    shown = make_plan(BAISHI, at_rest(), "activate")

    assert refused_by(ask("positive", fields=LOCAL, expect_plan=shown.hash)) is None
    # one case became two between showing and pressing: the plan is the same
    assert refused_by(ask("positive", fields={**LOCAL, "cases": 2}, expect_plan=shown.hash)) is None
    # the town was raised between showing and pressing: other things would change
    raised = at_rest(state="raised", authority="county")
    assert refused_by(ask("positive", fields=LOCAL, expect_plan=shown.hash), raised) == "plan_changed"


def test_rules_refuse_in_their_order() -> None:
    """A request that breaks every rule is mended one rule at a time, and each mend shows the next."""
    noting = replace(BAISHI.transitions["note"], decided_by=["command"])
    plan = replace(BAISHI, transitions={**BAISHI.transitions, "note": noting})
    request = ask(
        "ordered",
        verb="stand_down",
        authority=None,
        basis=None,
        effective_at=NIGHT + 1,
        expect_plan="0",
        fields={},
    )
    story: list[tuple[str | None, dict[str, Any]]] = [
        ("not_possible", {"event": "positive"}),
        ("no_match", {"fields": LOCAL}),
        ("wrong_verb", {"verb": "activate"}),
        ("already", {"verb": "signal"}),
        ("missing", {"authority": "county", "basis": "一号令"}),
        ("authority", {"authority": "command"}),
        ("time", {"effective_at": None}),
        ("plan_changed", {"expect_plan": None}),
        (None, {}),
    ]
    for rule, mend in story:
        assert refused_by(request, EMERGENCY, plan) == rule
        request = replace(request, **mend)


def test_grant_opens_the_incident_enters_the_state_and_says_all_that_changes() -> None:
    decision = decided(ask("positive", fields=LOCAL))

    assert decision.refusal is None
    assert decision.plan is not None
    opened, entered, *items, collided = decision.facts
    assert opened == IncidentOpened(incident=f"{CODE}-2026-001")
    assert entered == StateEntered(
        origin="routine",
        target="emergency",
        since="2026-02-28T18:40:00Z",
        authority="command",
        planned_end="2026-03-14T18:40:00Z",
    )
    assert [type(item).__name__ for item in items] == [
        {"+": "ItemStarted", "~": "ItemChanged", "-": "ItemEnded"}[change.op]
        for change in decision.plan.changes
        if change.op != "="
    ]
    assert collided == SeatsCollided(holder="P1", seats=["coordination.deputy", "stability.deputy"])
    assert decision.effective_at == NIGHT
    assert "superior" in [notice.to for notice in decision.effects]


def test_way_home_closes_the_incident_and_plans_no_end() -> None:
    decision = decided(ask("lifted"), EMERGENCY)

    entered = next(fact for fact in decision.facts if isinstance(fact, StateEntered))
    assert entered.planned_end is None
    assert decision.facts[-1] == IncidentClosed(incident=f"{CODE}-2026-001")


def test_end_that_is_asked_for_goes_before_the_plans_own() -> None:
    decision = decided(ask("positive", fields=LOCAL, until=NIGHT + DAY))
    entered = next(fact for fact in decision.facts if isinstance(fact, StateEntered))

    assert entered.planned_end == clock.stamp(NIGHT + DAY)


def test_step_up_within_an_incident_opens_no_second_one() -> None:
    raised = replace(EMERGENCY, state="raised")
    kinds = {type(fact) for fact in decided(ask("positive", fields=LOCAL), raised).facts}

    assert not kinds & {IncidentOpened, IncidentClosed}


NUMBERS = [
    # the first of all
    (None, "2026-02-28T18:40:00Z", "2026-001"),
    # the next of the year
    ("2026-001", "2026-02-28T18:40:00Z", "2026-002"),
    ("2026-099", "2026-02-28T18:40:00Z", "2026-100"),
    # a thousand in a year are no catastrophe for the counting
    ("2026-999", "2026-02-28T18:40:00Z", "2026-1000"),
    # the year is the town's, eight hours ahead
    ("2026-007", "2026-12-31T15:59:59Z", "2026-008"),
    ("2026-007", "2026-12-31T16:00:00Z", "2027-001"),
]


@pytest.mark.parametrize(("last", "at", "expected"), NUMBERS)
def test_incidents_are_numbered_in_the_towns_own_year(last: str | None, at: str, expected: str) -> None:
    situation = at_rest(last_incident=last and f"{CODE}-{last}")
    decision = decide(BAISHI, situation, ask("ordered"), clock.read_stamp(at))

    assert decision.facts[0] == IncidentOpened(incident=f"{CODE}-{expected}")


CONDITIONS: list[tuple[dict[str, Any], dict[str, str | int], bool]] = [
    # nothing is asked
    ({}, {}, True),
    # one value
    ({"origin": "local"}, {"origin": "local"}, True),
    ({"origin": "local"}, {"origin": "imported"}, False),
    # a value that is missing meets nothing
    ({"origin": "local"}, {"cases": 3}, False),
    # one of several
    ({"origin": ["local", "imported"]}, {"origin": "imported"}, True),
    ({"origin": []}, {"origin": "imported"}, False),
    # bounds include themselves, and each may be left out
    ({"cases": Range(at_least=3)}, {"cases": 3}, True),
    ({"cases": Range(at_least=3)}, {"cases": 2}, False),
    ({"cases": Range(at_most=3)}, {"cases": 3}, True),
    ({"cases": Range(at_most=3)}, {"cases": 4}, False),
    ({"cases": Range()}, {"cases": 4}, True),
    # text is never inside bounds
    ({"cases": Range()}, {"cases": "4"}, False),
    # a number
    ({"cases": 4}, {"cases": 4}, True),
    ({"cases": 4}, {"cases": "4"}, False),
    # all must hold
    ({"origin": "local", "cases": 1}, {"origin": "local", "cases": 2}, False),
]


@pytest.mark.parametrize(("when", "fields", "expected"), CONDITIONS)
def test_condition_holds(when: dict[str, Any], fields: dict[str, str | int], *, expected: bool) -> None:
    assert holds(when, fields) is expected


def test_activator_is_the_body_that_decided_and_is_named_once() -> None:
    step = replace(BAISHI.transitions["lift"], decided_by=["command", playbook.ACTIVATOR, "county"])

    assert who_may_decide(BAISHI, step, replace(EMERGENCY, authority="county")) == ["command", "county"]
    assert who_may_decide(BAISHI, step, replace(EMERGENCY, authority=None)) == ["command", "county"]


@settings(max_examples=30)
@given(walks())
def test_granted_decision_is_the_difference_of_two_postures_and_nothing_else(
    case: tuple[Playbook, list[Walk]],
) -> None:
    plan, steps = case
    for step in steps:
        if step.decision.refusal is not None:
            assert [type(fact) for fact in step.decision.facts] == [RequestRefused]
        else:
            assert step.decision.plan is not None
            assert step.decision.plan.changes == switch(plan, step.before.state, step.decision.plan.target)


@settings(max_examples=30)
@given(playbooks(), requests())
def test_decision_depends_on_nothing_but_what_is_given(plan: Playbook, request: Request) -> None:
    twin = playbook.decode(playbook.encode(plan))

    for state in plan.states:
        situation = at_rest(plan, state=state)
        decision = decide(plan, situation, request, NIGHT)
        assert decision == decide(plan, situation, request, NIGHT)
        assert decision == decide(twin, situation, request, NIGHT)
        assert (decision.refusal is None) == (type(decision.facts[0]) is not RequestRefused)
