"""`incident playbook rehearse`: a plan tried out before the night it is needed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from incident.domain.playbook import Playbook
from incident.playbook_text.script import Scripted
from incident.testing.rehearsal import Act
from tests.cli.desk import Desk

PLAN = str(Path(__file__).parent.parent / "plans" / "clockwork.yaml")
SCRIPT = """
acts:
  - {at: day 1 02:40, activate: positive, set: {origin: local}, decided_by: command}
  - {at: day 1 09:30, file: coordination, form: situation, zero: true}
  - {at: 2026-03-03 09:00, stand_down: lifted}
"""


def rehearse(desk: Desk, *words: str, code: int = 0) -> str:
    said = desk.run("playbook", "rehearse", *words)
    assert said.code == code, said.err
    return said.out if code == 0 else said.err


def test_a_fortnight_is_told_day_by_day_and_accounted_for(empty_desk: Desk) -> None:
    out = rehearse(empty_desk, "majian", "--days", "14")
    assert "2026-03-02\n  02:40  incident 330681111-2026-001 opened" in out
    assert "on duty: Duty group, Regional tracing and control squad" in out
    assert "1 h 35 min late" in out
    assert out.rstrip().endswith("the account balances")


def test_it_speaks_chinese(empty_desk: Desk) -> None:
    empty_desk.lang = "zh"
    assert rehearse(empty_desk, "majian", "--days", "3").rstrip().endswith("全部相符")


def test_as_json_each_line_is_an_object_and_the_last_is_the_account(empty_desk: Desk) -> None:
    *lines, last = map(json.loads, rehearse(empty_desk, "majian", "--days", "4", "--json").splitlines())
    assert {line["kind"] for line in lines} >= {"IncidentOpened", "StateEntered"}
    assert last["account"]["balanced"] is True
    assert last["account"]["promised"] > 10


def test_everything_is_listed_when_asked_for(empty_desk: Desk) -> None:
    short = rehearse(empty_desk, "majian", "--days", "4", "--json").splitlines()
    whole = rehearse(empty_desk, "majian", "--days", "4", "--json", "--all").splitlines()
    assert len(whole) > len(short) + 30
    assert any(json.loads(line).get("kind") == "Reminded" for line in whole)


def test_an_outage_several_nodes_and_kills_change_no_promise(empty_desk: Desk) -> None:
    words = ("--outage", "day 3 20:00..day 4 09:00", "--nodes", "3", "--kill", "--json")
    account = json.loads(rehearse(empty_desk, PLAN, "--days", "6", *words).splitlines()[-1])["account"]
    assert account["balanced"] is True
    assert account["kills"] > 0


def test_a_scratch_database_gives_the_same(empty_desk: Desk) -> None:
    on_disk = rehearse(empty_desk, PLAN, "--days", "3", "--on-disk", "--json")
    assert on_disk == rehearse(empty_desk, PLAN, "--days", "3", "--json")
    assert not empty_desk.file.exists()


def test_a_script_says_who_does_what_and_when(empty_desk: Desk) -> None:
    script = empty_desk.file.parent / "script.yaml"
    script.write_text(SCRIPT, encoding="utf-8")
    lines = map(
        json.loads, rehearse(empty_desk, PLAN, "--days", "4", "--script", str(script), "--json").splitlines()
    )
    told = [
        (line["at"], line["kind"]) for line in lines if line.get("kind") in ("StateEntered", "IncidentClosed")
    ]
    assert told == [
        ("2026-02-28T18:40:00Z", "StateEntered"),
        ("2026-03-03T01:00:00Z", "StateEntered"),
        ("2026-03-03T01:00:00Z", "IncidentClosed"),
    ]


def written(desk: Desk, text: str) -> str:
    script = desk.file.parent / "script.yaml"
    script.write_text(text, encoding="utf-8")
    return str(script)


IN_VAIN = """
acts:
  - {at: day 1 02:40, stand_down: lifted}
  - {at: day 1 03:10, activate: nosuch}
"""


def test_what_a_script_asks_in_vain_is_told_with_time_and_line_as_the_command_would(empty_desk: Desk) -> None:
    script = written(empty_desk, IN_VAIN)
    said = empty_desk.run("playbook", "rehearse", PLAN, "--days", "2", "--script", script)
    assert said.code == 1
    told = said.out[said.out.index("not carried out (2):") : said.out.index("times promised by schedules")]
    assert f"  2026-03-01 02:40 +08:00  stand_down: lifted  {script}:3\n    refused [not_possible]: " in told
    assert "the event is not possible in the present state; possible now: Positive" in told
    assert f"  2026-03-01 03:10 +08:00  activate: nosuch  {script}:4\n    error: event\n" in told
    assert "      found:    `nosuch`\n      do:       choose one of those\n" in told
    assert said.out.rstrip().endswith("the account balances")


def test_what_a_script_asks_in_vain_is_told_in_chinese_too(empty_desk: Desk) -> None:
    empty_desk.lang = "zh"
    script = written(empty_desk, IN_VAIN)
    said = empty_desk.run("playbook", "rehearse", PLAN, "--days", "2", "--script", script)
    assert "未能执行的动作（2项）：" in said.out
    assert "not carried out" not in said.out


def test_as_json_the_account_names_what_was_in_vain(empty_desk: Desk) -> None:
    script = written(empty_desk, IN_VAIN)
    said = empty_desk.run("playbook", "rehearse", PLAN, "--days", "2", "--script", script, "--json")
    assert said.code == 1
    refused, error = json.loads(said.out.splitlines()[-1])["account"]["not_carried_out"]
    assert (refused["at"], refused["do"], refused["what"]) == ("2026-02-28T18:40:00Z", "stand_down", "lifted")
    assert refused["script"] == f"{script}:3:5"
    assert refused["refused"]["rule"] == "not_possible"
    assert error["error"]["found"] == "`nosuch`"


def test_a_story_of_the_programs_own_that_the_plan_refuses_is_told_and_is_nobodys_fault(
    empty_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def story(_playbook: Playbook, since: int, _days: int) -> list[Act]:
        return [Act(at=since + 60, do="stand_down", what="lifted")]

    monkeypatch.setattr("incident.cli.rehearse.story", story)
    assert "stand_down: lifted  story of the program's own\n" in rehearse(empty_desk, PLAN, "--days", "2")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("acts:\n  - {at: day 1 02:40}\n", "exactly one of"),
        ("acts:\n  - {at: day 1 02:40, file: a, signal: b}\n", "exactly one of"),
        ("acts:\n  - {at: day 1 02:40, file: a, set: {b: c}}\n", "with `file` nothing but"),
        ("acts:\n  - {at: day 1 02:40, signal: a, zero: true}\n", "with `signal` nothing but"),
        ("acts:\n  - {at: soon, signal: b}\n", "day 2 02:40"),
        ("acts:\n  - {at: day 1 02:40, signal: b, colour: red}\n", "colour"),
        ("acts: 7\n", "a list"),
        ("acts: &all []\n", "write the value out"),
        ("act: []\n", "begin the script with `acts:`"),
        ("- act\n", "begin the script with `acts:`"),
        ("", "begin the script with `acts:`"),
        ("acts:\n  - {at: day 1 99:99, signal: positive}\n", "99:99"),
        ("\tacts", "script.yaml:1"),
        (" " * 1_100_000, "make the file smaller"),
    ],
)
def test_a_wrong_script_is_told_with_its_place_and_called_a_script(
    empty_desk: Desk, text: str, expected: str
) -> None:
    script = written(empty_desk, text)
    said = empty_desk.run("playbook", "rehearse", PLAN, "--script", script)
    assert said.code == 2
    assert said.err.startswith(f"error: script {script}:")
    assert expected in said.err
    assert "playbook" not in said.err
    assert said.out == ""


def test_the_authors_guide_names_every_key_of_a_script() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "playbook-authors.md").read_text(encoding="utf-8")
    chapter = guide[guide.index("### A script for the rehearsal") : guide.index("## Help from the editor")]
    assert [key for key in Scripted.__struct_fields__ if f"`{key}`" not in chapter] == []


def test_all_that_is_wrong_with_a_script_is_told_at_once(empty_desk: Desk) -> None:
    script = written(empty_desk, "acts:\n  - {at: soon, file: a}\n  - {at: day 1 02:40, singal: a}\n  - 7\n")
    said = empty_desk.run("playbook", "rehearse", PLAN, "--script", script)
    places = [
        line.rpartition("script.yaml:")[2] for line in said.err.splitlines() if line.startswith("error")
    ]
    assert places == ["2:10", "3:23", "4:5"]
    as_json = empty_desk.run("playbook", "rehearse", PLAN, "--script", script, "--json").out.splitlines()
    assert len([json.loads(line)["error"] for line in as_json]) == 3


def test_an_act_outside_the_period_is_refused_before_anything_runs(empty_desk: Desk) -> None:
    times = ("2025-03-01 01:00", "day 1 00:00", "2026-03-04 00:00", "2026-03-04 00:01", "day 90 09:00")
    acts = [f"  - {{at: {time}, activate: positive}}" for time in times]
    script = written(empty_desk, "\n".join(["acts:", *acts]))
    said = empty_desk.run("playbook", "rehearse", PLAN, "--days", "3", "--script", script)
    assert said.code == 2
    assert said.out == ""
    assert [line for line in said.err.splitlines() if "error" in line or "found" in line] == [
        f"error: script {script}:2:5",
        "  found:    `2025-03-01 01:00`",
        f"error: script {script}:5:5",
        "  found:    `2026-03-04 00:01`",
        f"error: script {script}:6:5",
        "  found:    `day 90 09:00`",
    ]
    assert "within the period 2026-03-01 00:00 +08:00 to 2026-03-04 00:00 +08:00" in said.err


def test_an_outage_outside_the_period_is_refused(empty_desk: Desk) -> None:
    said = rehearse(
        empty_desk, PLAN, "--days", "10", "--outage", "day 300 02:00..day 400 09:00", code=2
    ).splitlines()
    assert said == [
        "error: --outage",
        "  expected: within the period 2026-03-01 00:00 +08:00 to 2026-03-11 00:00 +08:00",
        "  found:    `day 300 02:00`",
        "  do:       correct the time, or let it begin at another time or last longer",
    ]


@pytest.mark.parametrize(
    ("start", "days"),
    [("9999-12-20 00:00", 20), ("9998-12-31 00:00", 3), ("9990-01-01", 3660), ("1970-06-01", 3)],
)
def test_a_period_at_the_edge_of_the_calendar_is_refused(empty_desk: Desk, start: str, days: int) -> None:
    said = rehearse(empty_desk, "majian", "--start", start, "--days", str(days), code=2)
    assert "expected: a period that begins after 1970 and ends before the year 9999" in said
    assert f"{days} days from `{start}`" in said


@pytest.mark.parametrize(
    "words",
    [
        ("--script", "nowhere.yaml"),
        ("--outage", "day 2 09:00"),
        ("--outage", "day 2 09:00..day 1 09:00"),
        ("--outage", "whenever..day 1 09:00"),
        ("--outage", "day 1 09:00..day 9999 09:00"),
        ("--start", "32 March"),
        ("--start", "02:40"),
        ("--start", "day 2 02:40"),
        ("--start", "9999-12-31 23:59-12:00"),
        ("--days", "0"),
        ("--nodes", "99"),
    ],
)
def test_wrong_words_are_refused_with_what_to_do(empty_desk: Desk, words: tuple[str, ...]) -> None:
    rehearse(empty_desk, PLAN, *words, code=2)
