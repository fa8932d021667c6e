"""What a step would do, before anybody decides it: the plan that is shown, and its hash."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from incident.domain.collisions import collisions
from incident.domain.decision import make_plan, outline
from incident.domain.situation import Situation
from tests.playbooks import BAISHI, EMERGENCY, at_rest

OTHER_PLANS: list[tuple[str, Situation]] = [
    # another playbook
    ("activate", at_rest(playbook="b" * 64)),
    # another town
    ("activate", at_rest(jurisdiction="330999102")),
    # another step
    ("raise", at_rest()),
    # from another state
    ("activate", at_rest(state="raised")),
]


@pytest.mark.parametrize(("step", "situation"), OTHER_PLANS)
def test_hash_tells_plans_apart(step: str, situation: Situation) -> None:
    assert make_plan(BAISHI, situation, step).hash != make_plan(BAISHI, at_rest(), "activate").hash


def test_hash_tells_apart_who_may_decide_and_where_the_step_leads() -> None:
    command, county = replace(EMERGENCY), replace(EMERGENCY, authority="county")
    raised_before = replace(EMERGENCY, previous="raised")

    assert make_plan(BAISHI, command, "lift").hash != make_plan(BAISHI, county, "lift").hash
    assert make_plan(BAISHI, command, "rule_out").hash != make_plan(BAISHI, raised_before, "rule_out").hash


OUTLINES: list[tuple[str, Situation, str, dict[str, str | int], str | None]] = [
    # the only step that may follow, its values not known yet
    ("nothing known", at_rest(), "positive", {}, "activate"),
    ("all known", at_rest(), "positive", {"origin": "local"}, "activate"),
    # what is known already excludes it
    ("excluded", at_rest(), "positive", {"origin": "imported"}, None),
    # no step answers at all
    ("impossible", at_rest(), "lifted", {}, None),
    # a state to return to is known, or not
    ("previous", EMERGENCY, "ruled_out", {}, "rule_out"),
    ("no previous", replace(EMERGENCY, previous=None), "ruled_out", {}, None),
]


@pytest.mark.parametrize(("situation", "event", "fields", "step"), [row[1:] for row in OUTLINES])
def test_outline_says_what_an_event_would_do(
    situation: Situation, event: str, fields: dict[str, str | int], step: str | None
) -> None:
    plan = outline(BAISHI, situation, event, fields)

    assert plan == (None if step is None else make_plan(BAISHI, situation, step))


def test_outline_is_open_while_two_steps_may_follow() -> None:
    imported = replace(BAISHI.transitions["activate"], when={"origin": "imported"}, to="raised")
    plan = replace(BAISHI, transitions={**BAISHI.transitions, "watch": imported})

    assert outline(plan, at_rest(), "positive", {}) is None
    assert outline(plan, at_rest(), "positive", {"origin": "imported"}) == make_plan(plan, at_rest(), "watch")


def test_holder_collides_only_in_groups_that_act_and_that_the_playbook_knows() -> None:
    one_group = replace(BAISHI, groups={"coordination": BAISHI.groups["coordination"]})

    assert collisions(BAISHI, "emergency") == (("P1", ("coordination.deputy", "stability.deputy")),)
    assert collisions(one_group, "emergency") == ()
    assert collisions(BAISHI, "routine") == ()
