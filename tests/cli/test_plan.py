"""Looking first: a plan changes nothing, and what was looked at is what runs or nothing does."""

from __future__ import annotations

import re

import pytest

from tests.cli.desk import ACTIVATE, DECLARE, LANGUAGES, MAJIAN, POSITIVE, STAND_DOWN, Desk, in_both_languages

PLAN = (*POSITIVE, "--plan")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_plan_changes_nothing(desk: Desk, lang: str) -> None:
    before = (desk.version(), desk.done("status", "majian", "--json").out)

    shown = desk.done("--lang", lang, *PLAN)

    assert "routine" in shown.out.lower() or "常态" in shown.out
    assert "一(八)+" in shown.out
    assert (desk.version(), desk.done("status", "majian", "--json").out) == before


def test_plan_is_the_activation_told_beforehand(desk: Desk) -> None:
    plan = desk.done(*PLAN, "--json").object()
    done = desk.done(*ACTIVATE, "--json").object()

    for name in ("jurisdiction", "from", "to", "event", "playbook", "plan", "changes"):
        assert plan[name] == done[name]
    assert plan["incident"] is None
    assert [one["key"] for one in plan["who_may_decide"]] == ["command"]


def test_plan_can_be_looked_at_before_the_values_are_known(desk: Desk) -> None:
    plan = desk.done("activate", "majian", "--event", "local_positive_reported", "--plan", "--json").object()

    assert plan["plan"] == desk.done(*PLAN, "--json").object()["plan"]


def test_plan_says_who_may_decide_and_that_the_paper_is_silent(desk: Desk) -> None:
    chinese, english = in_both_languages(desk, *PLAN)

    assert "领导小组" in chinese.out
    assert re.search(r"leading group for COVID-19  \[project: .* silent\]", english.out)


def test_plan_that_was_approved_runs(desk: Desk) -> None:
    approved = desk.done(*PLAN, "--json").object()["plan"]

    assert desk.done(*ACTIVATE, "--expect-plan", approved, "--json").object()["plan"] == approved


def test_plan_is_printed_whole_for_copying(desk: Desk) -> None:
    approved = desk.done(*PLAN, "--json").object()["plan"]

    assert approved in desk.done(*PLAN).out


def test_plan_that_was_not_approved_does_not_run(desk: Desk) -> None:
    refused = desk.run(*ACTIVATE, "--expect-plan", "0" * 64, "--json")

    assert refused.code == 3
    assert refused.object()["refused"]["rule"] == "plan_changed"
    assert desk.done("status", "majian", "--json").object()["state"] == "routine"
    in_both_languages(desk, *ACTIVATE, "--expect-plan", "0" * 64)


NO_HASHES = [
    # not a plan at all
    "yes",
    "",
    # the beginning alone, as the head of a plan shows it: as good as approving another plan
    "0" * 12,
]


@pytest.mark.parametrize("words", NO_HASHES)
def test_what_is_no_hash_is_not_compared(desk: Desk, words: str) -> None:
    refused = desk.run(*ACTIVATE, "--expect-plan", words, "--json")

    assert refused.code == 2
    assert refused.object()["error"]["where"] == "--expect-plan"


def test_plan_of_another_state_is_another_plan(desk: Desk) -> None:
    approved = desk.done(*PLAN, "--json").object()["plan"]
    desk.done(*DECLARE)

    refused = desk.run(*ACTIVATE, "--expect-plan", approved, "--json")

    assert refused.object()["refused"]["rule"] == "plan_changed"


def test_way_back_can_be_looked_at_too(active_desk: Desk) -> None:
    entries = active_desk.version()

    plan = active_desk.done("stand-down", "majian", "--plan", "--json").object()

    assert (plan["from"], plan["to"]) == ("local_positive_detected", "routine")
    assert plan["incident"] == f"{MAJIAN}-2026-001"
    assert active_desk.version() == entries
    assert active_desk.done(*STAND_DOWN, "--json").object()["plan"] == plan["plan"]


IMPOSSIBLE = [
    # the event leads nowhere from routine
    ("--event", "positive_ruled_out"),
    # an imported case, where the plan speaks of local ones
    ("--event", "local_positive_reported", "--set", "origin=imported"),
]


@pytest.mark.parametrize("words", IMPOSSIBLE)
def test_plan_of_what_cannot_be_says_so_and_is_not_recorded(desk: Desk, words: tuple[str, ...]) -> None:
    entries = desk.version()

    refused = desk.run("activate", "majian", *words, "--plan", "--json")

    assert refused.code == 3
    assert refused.object()["refused"]["rule"] in {"not_possible", "no_match"}
    assert desk.version() == entries
