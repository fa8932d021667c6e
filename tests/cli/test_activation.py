"""The duty officer's button on the real plan of Majian: what is printed, what is recorded, once."""

from __future__ import annotations

import getpass
import re

import pytest

from tests.cli.desk import (
    ACTIVATE,
    DECLARE,
    LANGUAGES,
    MAJIAN,
    ORDERED,
    POSITIVE,
    STAND_DOWN,
    Desk,
    in_both_languages,
)
from tests.playbooks import DAY, HOUR

#: What `activate --json` promises; more may stand beside it.
PROMISED = {"jurisdiction", "from", "to", "event", "incident", "playbook", "plan", "changes"}
PROMISED_OF_A_CHANGE = {"op", "kind", "key", "name", "source", "text"}

CONVERTED = {
    "general_coordination": "综合协调组",
    "publicity": "宣传舆情组",
    "social_stability": "社区封控组",
    "regional_cocheck": "区域协查组",
    "transfer_isolation": "转运隔离组",
    "sampling": "核酸筛查组",
}
CONTINUING = {
    *("market_order", "traffic", "supplies", "supervision"),
    *("cold_chain", "village", "vaccination", "duty"),
}


def test_activation_answers_with_what_was_promised(desk: Desk) -> None:
    answer = desk.done(*ACTIVATE, "--json").object()

    assert answer.keys() >= PROMISED
    assert answer["jurisdiction"] == {"code": MAJIAN, "name": "Majian Town"}
    assert (answer["from"], answer["to"]) == ("routine", "local_positive_detected")
    assert answer["event"] == "local_positive_reported"
    assert answer["incident"] == f"{MAJIAN}-2026-001"
    assert len(answer["playbook"]) == len(answer["plan"]) == 64
    assert answer["repeated"] is False
    for change in answer["changes"]:
        assert change.keys() >= PROMISED_OF_A_CHANGE
        assert change["op"] in {"+", "~", "=", "-", "!"}
        assert change["kind"] in {"body", "group", "roster", "obligation", "measure", "clock", "seat"}
        assert change["name"].keys() == {"zh", "en"}
        assert change["text"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_majian_sets_up_its_task_force_as_its_paper_says(desk: Desk, lang: str) -> None:
    changes = desk.done("--lang", lang, *ACTIVATE, "--json").object()["changes"]
    by_sign = {(one["op"], one["kind"], one["key"]): one for one in changes}

    assert {key for op, kind, key in by_sign if (op, kind) == ("~", "group")} == set(CONVERTED)
    assert {key for op, kind, key in by_sign if (op, kind) == ("=", "group")} == CONTINUING
    assert [key for op, kind, key in by_sign if (op, kind) == ("+", "body")] == ["outbreak_task_force"]
    assert not [one for one in changes if one["op"] == "-"]
    assert by_sign["~", "group", "regional_cocheck"]["source"] == "preamble; 一(八)+"
    place = {"zh": "综合信息指挥室", "en": "Integrated information command room"}[lang]
    assert place in by_sign["+", "roster", "regional_cocheck_watch"]["text"]
    assert {key for op, kind, key in by_sign if op == "!"} == {"P2", "P9"}
    assert by_sign["!", "seat", "P2"]["source"] is None
    # the daily report changes its rhythm, which the paper does not say
    assert by_sign["~", "obligation", "daily_report"]["source"] is None


def test_groups_bear_their_names_in_the_task_force(desk: Desk) -> None:
    changes = desk.done("--lang", "zh", *ACTIVATE, "--json").object()["changes"]

    said = {one["key"]: one["text"] for one in changes if one["op"] == "~" and one["kind"] == "group"}
    assert [key for key, name in CONVERTED.items() if name not in said[key]] == []


def test_activation_is_told_in_sentences(desk: Desk) -> None:
    said = desk.done(*ACTIVATE)

    assert "Majian Town: Local positive detected since 2026-03-01 02:40 +08:00" in said.out
    assert f"incident {MAJIAN}-2026-001" in said.out
    assert "planned end: 2026-03-15 02:40 +08:00" in said.out
    assert re.search(r"^=  group .*8.*Market order and stability group", said.out, re.MULTILINE)
    assert said.err == ""


DECIDERS = [
    # its key
    ("majian", "command"),
    # its name
    ("majian", "马剑镇新型冠状病毒肺炎疫情联防联控领导小组"),
    # what everybody calls it
    ("majian", "领导小组"),
    # its name in English, however it is typed
    ("majian", "majian town joint prevention and control leading group for covid-19"),
    # another of its names in English
    ("majian", "Leading Group"),
    # the town by its code
    (MAJIAN, "领导小组"),
]


@pytest.mark.parametrize(("town", "decider"), DECIDERS)
def test_town_and_deciding_body_answer_to_their_names(desk: Desk, town: str, decider: str) -> None:
    words = ("activate", town, *POSITIVE[2:], "--decided-by", decider, "--basis", "令", "--yes", "--json")

    assert desk.done(*words).object()["authority"]["key"] == "command"


VALUES = [
    # keys
    (("origin=local", "result=confirmed", "cases=12"), {"origin": "local", "result": "confirmed"}),
    # names in Chinese
    (("origin=本土", "result=初筛阳性", "cases=12"), {"origin": "local", "result": "preliminary_positive"}),
    # names in English, with space around the sign
    (
        ("origin = local", "result= preliminary positive", "cases =12"),
        {"origin": "local", "result": "preliminary_positive"},
    ),
    # the last one given counts
    (("origin=imported", "origin=local", "result=confirmed", "cases=12"), {"origin": "local"}),
]


@pytest.mark.parametrize(("values", "read"), VALUES)
def test_values_answer_to_key_and_name(desk: Desk, values: tuple[str, ...], read: dict[str, str]) -> None:
    given = [word for value in values for word in ("--set", value)]
    desk.done("activate", "majian", "--event", "报告本土阳性", *given, *ORDERED, "--yes")

    shown = desk.done("history", "majian", "--kind", "StateEntered").out
    assert "cases=12" in shown
    assert [f"{name}={value}" for name, value in read.items() if f"{name}={value}" not in shown] == []


def test_event_is_taken_when_there_is_only_one(desk: Desk) -> None:
    desk.done(*DECLARE)

    answer = desk.done("activate", "majian", *POSITIVE[4:], *ORDERED, "--yes", "--json").object()

    assert answer["event"] == "local_positive_reported"
    assert (answer["from"], answer["to"]) == ("first_level_response", "local_positive_detected")
    # one episode from leaving routine until returning to it
    assert answer["incident"] == f"{MAJIAN}-2026-001"


def test_events_are_offered_when_there_are_several(desk: Desk) -> None:
    refused = desk.run("activate", "majian", *ORDERED, "--yes", "--json")

    assert refused.code == 2
    error = refused.object()["error"]
    assert error["where"] == "--event"
    assert "local_positive_reported" in error["expected"]
    assert "first_level_response_declared" in error["expected"]


def test_whoever_comes_second_is_told_so(active_desk: Desk) -> None:
    entries = active_desk.version()

    second = active_desk.run(*ACTIVATE, "--json")

    assert second.code == 4
    assert second.object()["error"].keys() == {"where", "expected", "found", "do"}
    assert active_desk.version() == entries
    in_both_languages(active_desk, *ACTIVATE)


def test_whoever_comes_second_without_naming_an_event_is_told_so_too(active_desk: Desk) -> None:
    second = active_desk.run("activate", "majian", "--yes")

    assert second.code == 4
    assert "Local positive detected" in second.err


def test_off_a_terminal_nobody_can_be_asked(desk: Desk) -> None:
    entries = desk.version()

    refused = desk.run(*POSITIVE, *ORDERED, "--json")

    assert refused.code == 2
    assert refused.object()["error"]["where"] == "--yes"
    in_both_languages(desk, *POSITIVE, *ORDERED)
    assert desk.version() == entries


def test_who_pressed_is_recorded(desk: Desk) -> None:
    desk.done(*ACTIVATE, "--by", "值班员甲")
    desk.done("stand-down", "majian", *ORDERED, "--yes")

    lines = desk.done("history", "majian", "--json").objects()
    pressed = {line["seq"]: (line["actor"], line["by"], line["os_user"]) for line in lines}
    user = getpass.getuser()
    # a name that was typed is a claim; the user of the machine stands beside it
    assert pressed[1] == ("claimed", "值班员甲", user)
    assert pressed[2] == ("os", user, user)


ENDS = [
    # the playbook's default, 14 days
    ((), "2026-03-14T18:40:00Z"),
    # a length of time
    (("--until", "36h"), "2026-03-02T06:40:00Z"),
    # a time of the town's zone
    (("--until", "2026-03-05 08:00"), "2026-03-05T00:00:00Z"),
    # a day: its first instant
    (("--until", "2026-03-05"), "2026-03-04T16:00:00Z"),
    # a time with its own offset
    (("--until", "2026-03-05T08:00+00:00"), "2026-03-05T08:00:00Z"),
    # counted from when it holds, not from now
    (("--until", "1d", "--effective-at", "02:10"), "2026-03-01T18:10:00Z"),
]


@pytest.mark.parametrize(("words", "end"), ENDS)
def test_planned_end_is_a_time_a_length_or_the_playbooks(
    desk: Desk, words: tuple[str, ...], end: str
) -> None:
    assert desk.done(*ACTIVATE, *words, "--json").object()["planned_end"] == end

    assert desk.done("status", "majian", "--json").object()["planned_end"] == end


def test_activation_may_hold_from_before_it_was_typed(desk: Desk) -> None:
    answer = desk.done(*ACTIVATE, "--effective-at", "02:10", "--json").object()

    assert answer["at"] == "2026-02-28T18:40:00Z"
    assert answer["effective_at"] == "2026-02-28T18:10:00Z"
    assert desk.done("status", "majian", "--json").object()["since"] == "2026-02-28T18:10:00Z"


def test_further_positive_is_noted_and_changes_nothing(active_desk: Desk) -> None:
    before = active_desk.done("status", "majian", "--json").object()["posture"]

    words = ("signal", "majian", "local_positive_reported", *POSITIVE[4:], "--yes")
    answer = active_desk.done(*words, "--json").object()

    assert (answer["from"], answer["to"]) == ("local_positive_detected", "local_positive_detected")
    assert answer["changes"] == []
    assert active_desk.done("status", "majian", "--json").object()["posture"] == before
    (noted,) = active_desk.done("history", "majian", "--kind", "EventNoted", "--json").objects()
    assert noted["incident"] == f"{MAJIAN}-2026-001"
    assert "nothing that stands changes" in active_desk.done(*words).out


def test_what_had_fallen_due_is_carried_out_first(desk: Desk) -> None:
    """Nobody worked for a day: the plan that was approved still holds, and the record keeps its order."""
    desk.clock.at += DAY
    plan = desk.done(*POSITIVE, *ORDERED, "--plan", "--json").object()["plan"]

    answer = desk.done(*ACTIVATE, "--expect-plan", plan, "--json").object()

    assert answer["plan"] == plan
    lines = desk.done("history", "majian", "--json").objects()
    assert [line["kind"] for line in lines if line["actor"] == "system"] == [
        *("HandoverCame", "ReminderExpired", "ReportMissed", "DutyAssigned"),
        *("EscalationSuperseded", "Escalated"),
    ]
    assert {line["by"] for line in lines if line["actor"] == "system"} == {None}
    assert {line["seq"]: line["actor"] for line in lines} == {0: "os", 1: "system", 2: "system", 3: "os"}
    assert desk.version() == 4


def test_stand_down_leaves_exactly_what_stood_before(desk: Desk) -> None:
    routine = desk.done("status", "majian", "--json").object()
    desk.done(*ACTIVATE)

    answer = desk.done(*STAND_DOWN, "--json").object()

    assert (answer["from"], answer["to"]) == ("local_positive_detected", "routine")
    assert answer["incident"] == f"{MAJIAN}-2026-001"
    after = desk.done("status", "majian", "--json").object()
    assert {kind: _standing(items) for kind, items in after["posture"].items()} == {
        kind: _standing(items) for kind, items in routine["posture"].items()
    }
    assert (after["state"], after["incident"], after["planned_end"]) == ("routine", None, None)


def _standing(items: list[dict[str, object]]) -> list[dict[str, object]]:
    """Leave out since when, for it changed twice."""
    return [{name: value for name, value in item.items() if name != "since_seq"} for item in items]


def test_response_is_lifted_by_the_body_that_decided_it(active_desk: Desk) -> None:
    words = ("stand-down", "majian", "--decided-by", "疫情处置专班", "--basis", "令", "--yes")

    refused = active_desk.run(*words, "--json")

    assert refused.code == 3
    answer = refused.object()["refused"]
    assert answer["rule"] == "authority"
    assert [one["key"] for one in answer["who_may_decide"]] == ["command"]
    assert "leading group" in answer["reason"]
    in_both_languages(active_desk, *words)
    assert active_desk.done("status", "majian", "--json").object()["state"] == "local_positive_detected"


def test_positive_ruled_out_returns_to_the_state_before(desk: Desk) -> None:
    desk.done(*DECLARE)
    desk.clock.at += HOUR
    desk.done(*ACTIVATE)

    words = ("stand-down", "majian", "--event", "positive_ruled_out", *ORDERED, "--yes", "--json")

    assert desk.done(*words).object()["to"] == "first_level_response"


NAMES = ["dongshan", "majian", "taiping", "taizhou", "wulipai"]


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_playbook_goes_there_and_back(empty_desk: Desk, name: str) -> None:
    empty_desk.done("adopt", name)
    routine = empty_desk.done("status", name, "--json").object()["posture"]
    plan = empty_desk.done("activate", name, *POSITIVE[2:], "--plan", "--json").object()
    decided = ("--decided-by", plan["who_may_decide"][0]["key"], "--basis", "令", "--yes", "--json")

    there = empty_desk.done("activate", name, *POSITIVE[2:], *decided).object()
    back = empty_desk.done("stand-down", name, *decided).object()

    assert (there["to"], back["to"]) == ("local_positive_detected", "routine")
    after = empty_desk.done("status", name, "--json").object()["posture"]
    assert [_standing(items) for items in after.values()] == [_standing(items) for items in routine.values()]
    (verified,) = empty_desk.done("journal", "verify", "--json").objects()
    assert (verified["entries"], verified["holds"]) == (3, True)
