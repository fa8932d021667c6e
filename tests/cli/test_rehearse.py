"""`incident playbook rehearse`: a plan tried out before the night it is needed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

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


def test_what_a_script_asks_in_vain_is_told(empty_desk: Desk) -> None:
    script = empty_desk.file.parent / "script.yaml"
    script.write_text("acts:\n  - {at: day 1 02:40, stand_down: lifted}\n", encoding="utf-8")
    assert "! lifted of the script" in rehearse(empty_desk, PLAN, "--days", "2", "--script", str(script))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("acts:\n  - {at: day 1 02:40}\n", "exactly one of"),
        ("acts:\n  - {at: day 1 02:40, file: a, signal: b}\n", "exactly one of"),
        ("acts:\n  - {at: soon, signal: b}\n", "day 2 02:40"),
        ("acts:\n  - {at: day 1 02:40, signal: b, colour: red}\n", "colour"),
        ("acts: 7\n", "a list"),
        ("acts:\n  - {at: day 1 99:99, signal: positive}\n", "99:99"),
        ("\tacts", "script.yaml:1"),
    ],
)
def test_a_wrong_script_is_told_with_its_place(empty_desk: Desk, text: str, expected: str) -> None:
    script = empty_desk.file.parent / "script.yaml"
    script.write_text(text, encoding="utf-8")
    said = empty_desk.run("playbook", "rehearse", PLAN, "--script", str(script))
    assert said.code in (1, 2)
    assert expected in said.err


@pytest.mark.parametrize(
    "words",
    [
        ("--script", "nowhere.yaml"),
        ("--outage", "day 2 09:00"),
        ("--outage", "day 2 09:00..day 1 09:00"),
        ("--outage", "whenever..day 1 09:00"),
        ("--start", "32 March"),
        ("--days", "0"),
        ("--nodes", "99"),
    ],
)
def test_wrong_words_are_refused_with_what_to_do(empty_desk: Desk, words: tuple[str, ...]) -> None:
    rehearse(empty_desk, PLAN, *words, code=2)
