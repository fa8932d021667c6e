"""What is refused by rule: recorded, exit code 3, with what is missing, who may decide, what is possible."""

from __future__ import annotations

import pytest

from tests.cli.desk import ACTIVATE, ORDERED, POSITIVE, Desk, in_both_languages
from tests.cli.writing import changed_majian
from tests.playbooks import DAY

ACT = ("activate", "majian", "--event")
VALUES = POSITIVE[4:]
LEVEL_ONE = (*ACT, "first_level_response_declared", "--yes")

REFUSALS: list[tuple[tuple[str, ...], str, list[str]]] = [
    # nothing but the event's values
    ((*POSITIVE, "--yes"), "missing", ["decided_by", "basis"]),
    # who, but not on what basis
    ((*POSITIVE, "--decided-by", "command", "--yes"), "missing", ["basis"]),
    # a basis of no words
    ((*POSITIVE, "--decided-by", "command", "--basis", "", "--yes"), "missing", ["basis"]),
    # a basis, but nobody who decided
    ((*POSITIVE, "--basis", "令", "--yes"), "missing", ["decided_by"]),
    # an event without values does not say what the matter is
    ((*LEVEL_ONE, *ORDERED), "missing", ["matter"]),
    # nothing at all
    (LEVEL_ONE, "missing", ["matter", "decided_by", "basis"]),
    # a body of the town that may not decide this
    ((*POSITIVE, "--decided-by", "疫情处置专班", "--basis", "令", "--yes"), "authority", []),
    # a seat, where the body as a whole decides
    ((*POSITIVE, "--decided-by", "command.leader", "--basis", "令", "--yes"), "authority", []),
    # an event of the emergency, in routine
    ((*ACT, "positive_ruled_out", *ORDERED, "--yes"), "not_possible", []),
    # an imported case, where the plan speaks of local ones
    (
        (*ACT, "local_positive_reported", *VALUES, "--set", "origin=imported", *ORDERED, "--yes"),
        "no_match",
        [],
    ),
]


@pytest.mark.parametrize(("words", "rule", "missing"), REFUSALS)
def test_refusal_names_rule_and_what_is_missing(
    desk: Desk, words: tuple[str, ...], rule: str, missing: list[str]
) -> None:
    refused = desk.run(*words, "--json")

    assert refused.code == 3
    answer = refused.object()["refused"]
    assert answer.keys() >= {"rule", "reason", "who_may_decide", "missing"}
    assert (answer["rule"], answer["missing"]) == (rule, missing)
    assert answer["reason"]
    assert desk.done("status", "majian", "--json").object()["state"] == "routine"
    in_both_languages(desk, *words)
    desk.version()


@pytest.mark.parametrize("blank", ["", " ", "\u3000", "\n"])
def test_basis_of_blanks_is_no_basis(desk: Desk, blank: str) -> None:
    said = desk.run(*POSITIVE, "--decided-by", "command", "--basis", blank, "--yes", "--json")

    assert said.code == 3
    assert said.object()["refused"]["missing"] == ["basis"]


def test_refusal_names_who_may_decide(desk: Desk) -> None:
    answer = desk.run(*POSITIVE, "--yes", "--json").object()["refused"]

    assert [one["key"] for one in answer["who_may_decide"]] == ["command"]
    assert answer["who_may_decide"][0]["name"]["zh"].endswith("领导小组")
    for said in in_both_languages(desk, *POSITIVE, "--yes"):
        assert "领导小组" in said.err or "leading group" in said.err
        assert said.out == ""


def test_refusal_names_what_is_possible_now(active_desk: Desk) -> None:
    words = ("signal", "majian", "first_level_response_declared", "--yes")

    refused = active_desk.run(*words, "--json").object()["refused"]

    assert refused["possible"] == ["local_positive_reported", "positive_ruled_out", "response_lifted"]
    assert "Response lifted" in refused["reason"]
    in_both_languages(active_desk, *words)


BUTTONS = [
    # activating ends nothing
    ("activate", "majian", "--event", "response_lifted"),
    # standing down begins nothing
    ("stand-down", "majian", "--event", "local_positive_reported", *VALUES),
]


@pytest.mark.parametrize("words", BUTTONS)
def test_button_leads_where_it_says(active_desk: Desk, words: tuple[str, ...]) -> None:
    refused = active_desk.run(*words, *ORDERED, "--yes", "--json")

    assert refused.code == 3
    assert refused.object()["refused"]["rule"] == "wrong_verb"
    in_both_languages(active_desk, *words, *ORDERED, "--yes")
    assert active_desk.done("status", "majian", "--json").object()["state"] == "local_positive_detected"


TIMES = [
    # it would hold from the future
    ("--effective-at", "2026-03-01 02:41"),
    # from before the state in which the town is
    ("--effective-at", "2026-02-28 18:39"),
    # it would end before it begins
    ("--until", "2026-03-01 02:39"),
    # when it begins
    ("--until", "0h"),
    # before the time from which it holds
    ("--effective-at", "2026-03-01 02:30", "--until", "2026-03-01 02:29"),
]


@pytest.mark.parametrize("words", TIMES)
def test_times_have_to_fit(desk: Desk, words: tuple[str, ...]) -> None:
    refused = desk.run(*ACTIVATE, *words, "--json")

    assert refused.code == 3
    assert refused.object()["refused"]["rule"] == "time"
    in_both_languages(desk, *ACTIVATE, *words)
    assert desk.done("status", "majian", "--json").object()["state"] == "routine"


EDGES = [
    # from the instant at which the present state began
    ("--effective-at", "2026-02-28 18:40"),
    # from now
    ("--effective-at", "2026-03-01 02:40"),
    # ending a minute after it begins
    ("--until", "1m"),
]


@pytest.mark.parametrize("words", EDGES)
def test_times_at_the_edge_fit(desk: Desk, words: tuple[str, ...]) -> None:
    desk.done(*ACTIVATE, *words)


def test_refusal_is_on_record_with_who_asked(desk: Desk) -> None:
    desk.run(*POSITIVE, "--by", "陌生人", "--yes")

    (line,) = desk.done("history", "majian", "--kind", "RequestRefused", "--json").objects()
    assert (line["by"], line["incident"]) == ("陌生人", None)
    assert line["data"]["missing"] == ["decided_by", "basis"]
    assert desk.version() == 2


def test_running_incident_stays_under_its_playbook(active_desk: Desk) -> None:
    other = changed_majian(active_desk.file.parent)

    refused = active_desk.run("adopt", str(other), "--json")

    assert refused.code == 3
    assert refused.object()["refused"].keys() >= {"rule", "reason", "who_may_decide", "missing"}
    assert refused.object()["refused"]["rule"] == "pinned"
    in_both_languages(active_desk, "adopt", str(other))
    active_desk.clock.at += DAY
    active_desk.done("stand-down", "majian", *ORDERED, "--yes")
    assert active_desk.done("adopt", str(other), "--json").object()["changed"] is True
