"""Steps that need two persons: which requests are refused, and what a proposal or a broken glass records."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from incident.domain import approving, clock, explain
from incident.domain.approving import GLASS, PROPOSAL
from incident.domain.decision import Decision, decide
from incident.domain.effects import notices
from incident.domain.explain_approving import needs_two
from incident.domain.facts import (
    AnyFact,
    ItemEnded,
    ItemStarted,
    PlaybookAdopted,
    RequestRefused,
    StateEntered,
)
from incident.domain.playbook import Playbook
from incident.domain.situation import Stood
from tests.playbooks import EMERGENCY, HOUR, NIGHT, at_rest
from tests.two import HASH, TWO, case, of_two


def decided(event: str = "positive", plan: Playbook = TWO, **words: Any) -> Decision:
    situation = EMERGENCY if event == "lifted" else at_rest(plan)
    return decide(plan, situation, case(event=event, **words), NIGHT)


def rule_of(decision: Decision) -> str | None:
    return None if decision.refusal is None else decision.refusal.rule


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ({"verb": "activate"}, "two_persons"),
        ({"verb": "signal"}, "two_persons"),
        # it is said before whatever else is missing
        ({"verb": "activate", "basis": None}, "two_persons"),
        ({"verb": "activate", "break_glass": True}, None),
        ({"verb": "activate", "break_glass": True, "reason": None}, "missing"),
        ({"verb": "propose"}, None),
        ({"verb": "propose", "basis": None}, "missing"),
        ({"verb": "propose", "authority": "task_force"}, "authority"),
        ({"verb": "propose", "expect_plan": "0" * 64}, "plan_changed"),
        ({"verb": "propose", "effective_at": NIGHT + HOUR}, "time"),
        ({"verb": "approve", "proposal": "proposal-2"}, "same_person"),
        ({"verb": "approve", "proposal": "proposal-2", "by_another": True}, None),
        # what would run is not what was proposed
        (
            {"verb": "approve", "proposal": "proposal-2", "by_another": True, "expect_plan": "0" * 64},
            "plan_changed",
        ),
    ],
)
def test_step_of_two_is_refused_to_one(words: dict[str, Any], rule: str | None) -> None:
    assert rule_of(decided(**words)) == rule


def test_step_of_one_is_not_proposed() -> None:
    assert rule_of(decided("ordered", verb="propose")) == "one_person"
    assert rule_of(decided("ordered", verb="activate")) is None


def test_glass_is_broken_only_where_it_must_be() -> None:
    """Who fears that a step may need two is not refused where it needs one, and nothing is to be reviewed."""
    decision = decided("ordered", verb="activate", break_glass=True, reason=None, fields={})
    assert rule_of(decision) == "missing"  # the matter, as always

    decision = decided("ordered", verb="activate", break_glass=True)
    assert not [fact for fact in decision.facts if isinstance(fact, ItemStarted) and fact.kind == GLASS]


def test_button_bounds_also_a_step_of_two() -> None:
    assert rule_of(decided("lifted", verb="activate")) == "wrong_verb"


def test_proposal_says_what_may_run_until_when_and_changes_nothing() -> None:
    decision = decided(verb="propose", plan=of_two(approval_term="45m"), effective_at=NIGHT - 60)

    (fact,) = decision.facts
    assert isinstance(fact, ItemStarted)
    assert decision.plan is not None
    assert (fact.kind, fact.key) == (PROPOSAL, "proposal-1")
    assert approving.read(fact.after) == approving.Proposal(
        until=clock.stamp(NIGHT + 45 * 60),
        step="activate",
        plan=decision.plan.hash,
        effective_at=clock.stamp(NIGHT - 60),
        tell=["command"],
    )
    assert [one.to for one in decision.effects] == ["command"]


def test_what_is_done_alone_says_so_first_and_tells_lead_and_superior() -> None:
    decision = decided(verb="activate", break_glass=True)

    fact = decision.facts[0]
    assert isinstance(fact, ItemStarted)
    assert (fact.kind, fact.key) == (GLASS, "break_glass-1")
    assert approving.read_broken(fact.after).tell == ["command.leader"]
    told = {one.to: one.facts for one in decision.effects}
    assert told["command.leader"] == [0]
    assert 0 in told["superior"]
    assert any(isinstance(fact, StateEntered) for fact in decision.facts)


def test_lead_of_a_body_without_seats_is_the_body() -> None:
    fact = approving.broken(TWO, 7, step="activate", plan="p", authority="county")
    assert approving.read_broken(fact.after).tell == ["county"]
    assert "tell" not in approving.broken(TWO, 7, step="activate", plan="p", authority=None).after
    assert [one.to for one in notices([approving.broken(TWO, 7, step="a", plan="p", authority=None)])] == [
        "superior"
    ]


#: What is recorded when somebody lifts alone.
LIFT = approving.broken(TWO, 7, step="lift", plan="p", authority=None)

# -- how proposals end

ITEM = approving.proposed(5, NIGHT, "2h", step="activate", plan="p", effective_at=None, tell=["command"])
STANDING = {
    (PROPOSAL, "proposal-5"): Stood(ITEM.after, 5),
    (PROPOSAL, "proposal-9"): Stood(ITEM.after, 9),
    ("body", "command"): Stood({}, 0),
}


def test_all_proposals_end_with_the_state_they_were_for_but_the_one_that_is_approved() -> None:
    entered = StateEntered(origin="routine", target="emergency", since=clock.stamp(NIGHT))
    approved = approving.settled("proposal-5", ITEM.after, "approved")

    assert approving.ended(STANDING, [entered, approved]) == [
        ItemEnded(kind=PROPOSAL, key="proposal-9", before=ITEM.after, tell=["command"], outcome="superseded")
    ]
    assert len(approving.ended(STANDING, [entered])) == 2
    assert len(approving.ended(STANDING, [PlaybookAdopted(name="baishi", playbook=HASH)])) == 2
    assert approving.ended(STANDING, [RequestRefused(rule="missing")]) == []


@pytest.mark.parametrize(
    ("outcome", "told"),
    # whoever is told of the step, or of the end of its term, is not told twice
    [("approved", []), ("rejected", ["command"]), ("withdrawn", ["command"]), ("superseded", ["command"])],
)
def test_who_was_told_of_a_proposal_is_told_how_it_ended(outcome: Any, told: list[str]) -> None:
    fact = approving.settled("proposal-5", ITEM.after, outcome)
    assert [one.to for one in notices([fact])] == told


def test_review_tells_who_was_told_of_the_act() -> None:
    item = approving.broken(TWO, 7, step="activate", plan="p", authority="command").after
    assert [one.to for one in notices([approving.reviewed("break_glass-7", item)])] == [
        "command.leader",
        "superior",
    ]


def test_same_plan_is_proposed_once() -> None:
    again = approving.proposed(12, NIGHT, "2h", step="activate", plan="p", effective_at=None, tell=[])
    other = approving.proposed(12, NIGHT, "2h", step="lift", plan="q", effective_at=None, tell=[])

    assert approving.same_step(STANDING, [again]) == ["proposal-5", "proposal-9"]
    assert approving.same_step(STANDING, [other]) == []


def test_key_names_its_entry() -> None:
    for kind in approving.KINDS:
        assert approving.entry_of(approving.key_of(kind, 12)) == 12


def test_plan_hash_names_who_may_decide_and_so_the_playbook_with_its_approvals() -> None:
    plain, two = decided(plan=of_two(steps=())), decided(verb="propose")
    assert plain.plan is not None
    assert two.plan is not None
    assert plain.plan.changes == two.plan.changes
    assert replace(two.plan, hash="", playbook="") == replace(plain.plan, hash="", playbook="")


# -- in words


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (
            ITEM,
            "proposal 5: activate is proposed, plan p; another person is to approve it by 2026-03-01 04:40",
        ),
        (approving.settled("proposal-5", ITEM.after, "approved"), "proposal 5 (activate): approved"),
        (approving.settled("proposal-5", ITEM.after, "withdrawn"), "withdrawn by whoever proposed it"),
        (approving.broken(TWO, 7, step="lift", plan="p", authority=None), "incident review baishi 7"),
        # a step that this version of the playbook does not know
        (approving.broken(TWO, 7, step="bless", plan="p", authority=None), "took the step bless"),
        (
            approving.reviewed("break_glass-7", LIFT.after),
            "break-glass 7 (lift) was reviewed by another person",
        ),
    ],
)
def test_what_two_do_is_said(fact: AnyFact, words: str) -> None:
    assert words in str(explain.fact(TWO, fact))


def test_plan_says_who_is_needed() -> None:
    assert needs_two(TWO, "raise") is None
    assert "another approves it" in str(needs_two(TWO, "lift"))
