"""Status and history: where a town stands, now or then, and what happened, one fact a line."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from incident.domain import clock
from tests.cli.desk import ACTIVATE, AGREED, LANGUAGES, MAJIAN, STAND_DOWN, Desk, in_both_languages
from tests.playbooks import DAY, HOUR

PROMISED_STATUS = {"state", "since", "incident", "posture", "playbook", "version"}
PROMISED_FACT = {"seq", "at", "kind", "by", "incident", "data", "text"}


def test_status_answers_with_what_was_promised(active_desk: Desk) -> None:
    status = active_desk.done("status", "majian", "--json").object()

    assert status.keys() >= PROMISED_STATUS
    assert status["jurisdiction"] == {"code": MAJIAN, "name": "Majian Town"}
    assert status["state"] == "local_positive_detected"
    assert status["since"] == "2026-02-28T17:40:00Z"
    assert status["incident"] == f"{MAJIAN}-2026-001"
    kinds = {"bodies", "groups", "rosters", "obligations", "measures", "clocks"}
    assert status["posture"].keys() == kinds
    assert status["version"] == 2
    assert len(status["posture"]["groups"]) == 14
    assert {one["key"] for one in status["posture"]["rosters"]} == {"watch", "regional_cocheck_watch"}


def test_status_says_since_which_entry_each_thing_stands(active_desk: Desk) -> None:
    posture = active_desk.done("status", "majian", "--json").object()["posture"]

    assert {one["key"]: one["since_seq"] for one in posture["bodies"]} == {
        "command": 0,
        "outbreak_task_force": 1,
    }


def test_status_is_told_in_both_languages(active_desk: Desk) -> None:
    chinese, english = in_both_languages(active_desk, "status", "majian")

    assert "马剑镇" in chinese.out
    assert "疫情处置专班" in chinese.out
    assert "Outbreak task force" in english.out
    assert "together at Integrated information command room" in english.out
    # what proposes the end, and whom a late report reaches
    assert "解除计时" in chinese.out
    assert "连续14天无报告阳性（来源：本土），提议“解除响应”；前提：报送齐全" in chinese.out
    assert "after 14 days without Positive reported (Origin: local); needs all reports in" in english.out
    assert "escalates after 2 h to the superior jurisdiction" in english.out


def test_without_a_name_it_is_said_what_needs_somebody(active_desk: Desk) -> None:
    assert "reports late" not in active_desk.done("status").out
    active_desk.clock.at += 4 * HOUR
    active_desk.done("run", "--once")

    chinese, english = in_both_languages(active_desk, "status")
    assert "马剑镇  自2026-03-01 03:40起、逾期未报：2" in chinese.out
    assert "Majian Town  since 2026-03-01 03:40, reports late: 2" in english.out
    needs = active_desk.done("status", "--json").object()["needs"]
    assert (needs["late_since"], needs["reports_late"]) == ("2026-02-28T19:40:00Z", 2)


def test_all_towns_are_listed_when_none_is_named(desk: Desk) -> None:
    desk.done("adopt", "wulipai")

    listed = desk.done("status").out
    objects = desk.done("status", "--json").objects()

    assert "Majian Town" in listed
    assert "wulipai" in listed
    assert [one["jurisdiction"]["code"] for one in objects] == sorted(
        one["jurisdiction"]["code"] for one in objects
    )
    assert len(objects) == 2


def test_empty_database_says_what_to_run(empty_desk: Desk) -> None:
    assert "incident adopt" in empty_desk.done("status").out
    assert empty_desk.done("status", "--json").objects() == []


MOMENTS = [
    # the instant before the activation was recorded
    ("2026-03-01 01:39:59", "routine", 1),
    # the instant itself
    ("2026-03-01 01:40", "local_positive_detected", 2),
    # an hour of today
    ("02:40", "local_positive_detected", 2),
    # an instant of another zone
    ("2026-02-28T17:39:59Z", "routine", 1),
    # now
    ("2026-03-01 02:40", "local_positive_detected", 2),
]


@pytest.mark.parametrize(("at", "state", "version"), MOMENTS)
def test_status_as_it_was(active_desk: Desk, at: str, state: str, version: int) -> None:
    status = active_desk.done("status", "majian", "--at", at, "--json").object()

    assert (status["state"], status["version"]) == (state, version)


def test_status_then_is_what_status_said_then(desk: Desk) -> None:
    said = []
    for words in (ACTIVATE, STAND_DOWN):
        said.append((desk.clock.at, desk.done("status", "majian", "--json").object()))
        desk.clock.at += HOUR
        desk.done(*words)

    for at, status in said:
        shown = desk.done("status", "majian", "--at", clock.stamp(at), "--json").object()
        known = {"at": clock.stamp(at), "entries": status["version"], "astray": 0, "snapshot": 0}
        # what is told of the present alone: what is foreseen, and which letters are lost
        assert shown == {**status, "gaps": [], "lost": 0, "as_of": known}


def test_history_is_one_fact_a_line(active_desk: Desk) -> None:
    lines = active_desk.done("history", "majian", "--json").objects()

    assert all(line.keys() >= PROMISED_FACT for line in lines)
    assert all(line["text"] for line in lines)
    seqs = [line["seq"] for line in lines]
    assert seqs == sorted(seqs)
    assert set(seqs) == {0, 1}
    of_activation = [line for line in lines if line["seq"] == 1]
    # the facts of one decision share number, instant, incident and who pressed
    assert len({(line["at"], line["incident"], line["by"]) for line in of_activation}) == 1
    assert Counter(line["kind"] for line in of_activation) == {
        "IncidentOpened": 1,
        "StateEntered": 1,
        "BodyActivated": 1,
        "GroupConverted": 6,
        "RosterStarted": 1,
        "ObligationChanged": 1,
        "ObligationStarted": 2,
        "ClockStarted": 1,
        "SeatsCollided": 2,
        "DutyAssigned": 1,
        "CalledOut": 1,
    }


@pytest.mark.parametrize("lang", LANGUAGES)
def test_history_is_told_with_authority_and_basis(active_desk: Desk, lang: str) -> None:
    shown = active_desk.done("--lang", lang, "history", "majian").out

    assert "省疫情防控办〔2021〕97号" in shown
    assert {"zh": "领导小组", "en": "leading group"}[lang] in shown
    assert "2026-03-01 01:40" in shown
    assert "GroupConverted" in shown


SPANS = [
    # all
    ((), {0, 1, 2, 3}),
    # from the activation on
    (("--since", "2026-03-01 01:40"), {1, 2, 3}),
    # a second later: those who did not answer meanwhile, and the stand-down
    (("--since", "2026-03-01 01:40:01"), {2, 3}),
    # before the activation: the end is not in it
    (("--until", "2026-03-01 01:40"), {0}),
    # between the two
    (("--since", "2026-02-28 20:00", "--until", "2026-03-01 02:40"), {1}),
    # nothing happened then
    (("--since", "2026-03-01 02:00", "--until", "2026-03-01 02:30"), set()),
]


@pytest.mark.parametrize(("words", "entries"), SPANS)
def test_history_of_a_span(active_desk: Desk, words: tuple[str, ...], entries: set[int]) -> None:
    active_desk.done(*STAND_DOWN)

    lines = active_desk.done("history", "majian", *words, "--json").objects()

    assert {line["seq"] for line in lines} == entries
    active_desk.done("history", "majian", *words)


def test_history_of_one_kind(active_desk: Desk) -> None:
    lines = active_desk.done("history", "majian", "--kind", "GroupConverted", "--json").objects()

    assert len(lines) == 6
    assert {line["kind"] for line in lines} == {"GroupConverted"}
    active_desk.done(*STAND_DOWN)
    assert len(active_desk.done("history", "majian", "--kind", "GroupReverted", "--json").objects()) == 6


def test_history_of_a_kind_that_there_is_not_is_refused(active_desk: Desk) -> None:
    """An auditor who mistypes must not read that nothing happened."""
    refused = active_desk.run("history", "majian", "--kind", "GroupConvertd", "--json")

    assert refused.code == 2
    assert "GroupConverted" in json.dumps(refused.object()["error"])
    in_both_languages(active_desk, "history", "majian", "--kind", "GroupConvertd")


def test_every_kind_that_is_recorded_can_be_asked_for(active_desk: Desk) -> None:
    active_desk.run(*ACTIVATE[:4], "--set", "origin=imported", *ACTIVATE[6:])
    active_desk.done("signal", "majian", *ACTIVATE[3:])
    active_desk.done(*STAND_DOWN)
    lines = active_desk.done("history", "majian", "--json").objects()

    for kind in {line["kind"] for line in lines}:
        assert active_desk.done("history", "majian", "--kind", kind, "--json").objects() == [
            line for line in lines if line["kind"] == kind
        ]


def test_erased_name_is_said_to_be_erased(active_desk: Desk) -> None:
    active_desk.done("journal", "redact", "majian", "1", "by", "basis", *AGREED)

    for said in in_both_languages(active_desk, "history", "majian"):
        assert "省疫情防控办" not in said.out
    lines = active_desk.done("history", "majian", "--json").objects()
    assert {line["by"] for line in lines if line["seq"] == 1} == {None}
    # erasing changes no hash
    assert active_desk.version() == 4, "what was due came first"


NOT_KNOWN = [
    # a second from now
    "2026-03-01 02:40:01",
    # before the town was adopted
    "2026-02-27",
    # long before
    "0999-01-01",
]


@pytest.mark.parametrize("at", NOT_KNOWN)
def test_where_it_stood_is_known_from_adoption_until_now(desk: Desk, at: str) -> None:
    assert desk.run("status", "majian", "--at", at, "--json").code == 2
    in_both_languages(desk, "status", "majian", "--at", at)


def test_yesterday_of_another_day_is_still_there(active_desk: Desk) -> None:
    active_desk.clock.at += 400 * DAY

    assert "2026-03-01 01:40" in active_desk.done("history", "majian").out
    assert active_desk.done("status", "majian", "--at", "2026-02-28 20:00", "--json").object()["version"] == 1
