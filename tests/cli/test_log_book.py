"""The duty log at the desk: a call is noted, a late note says so, and the sheet of the night is printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.desk import ACTIVATE, AGREED, LANGUAGES, Desk
from tests.playbooks import DAY, HOUR

CALL = ("log", "add", "majian", "--who", "市值班室 陈某", "--said", "询问转运人数", "--done", "已报转运组")


def test_call_is_noted_in_the_shift_on_duty_and_its_words_are_sealed(desk: Desk) -> None:
    noted = desk.done(*CALL, "--json").object()
    assert (noted["roster"], noted["late"], noted["way"]) == ("watch", 0, "in")
    body = b"".join(row[0] for row in desk.sql("SELECT body FROM entry"))
    for words in ("陈某", "转运人数", "转运组"):
        assert words.encode() not in body
    line = desk.done("history", "majian", "--kind", "LogNoted", "--lang", "en").out
    assert "call in at 2026-03-01 02:40" in line


def test_note_made_afterwards_says_how_late_and_stands_where_it_belongs(desk: Desk) -> None:
    desk.clock.at += DAY
    desk.done("run", "--once")
    late = desk.done(*CALL, "--at", "2026-03-01 03:10", "--json").object()
    assert late["late"] == 24 * 60 - 30
    desk.done("log", "add", "majian", "--way", "note", "--said", "交接前巡查", "--roster", "watch")
    first = desk.done("log", "print", "majian", "--shift", "2026-03-01 02:50", "--json").object()
    assert [one["late"] for one in first["activities"] if one["late"]] == [late["late"]]
    second = desk.done("log", "print", "majian", "--lang", "zh").out
    assert "交接前巡查" in second
    assert "询问转运人数" not in second


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sheet_has_the_fields_of_the_form(desk: Desk, lang: str) -> None:
    desk.done(*ACTIVATE)
    desk.done(*CALL, "--roster", "watch")
    desk.done("log", "add", "majian", "--said", "call back", "--way", "out", "--roster", "watch")
    shown = desk.done("log", "print", "majian", "--roster", "watch", "--lang", lang).out
    for number in range(1, 9):
        assert f"\n{number}." in shown
    assert "330681111-2026-001" in shown
    assert "陈某" in shown
    assert {"zh": "处置：已报转运组", "en": "done: 已报转运组"}[lang] in shown


@pytest.mark.parametrize("name", ["watch", "疫情防控24小时值班", "round-the-clock epidemic duty"])
def test_roster_is_named_by_key_or_by_name_wherever_one_is_asked_for(desk: Desk, name: str) -> None:
    desk.clock.at += 7 * HOUR
    desk.done("run", "--once")
    assert desk.done(*CALL, "--roster", name, "--json").object()["roster"] == "watch"
    assert desk.done("log", "print", "majian", "--roster", name, "--json").object()["roster"] == "watch"
    assert desk.done("handover", "majian", name, "--json").object()["roster"] == "watch"
    assert desk.done("roster", "show", "majian", name, "--json").object()["shifts"]
    assert desk.done("roster", "override", "majian", name, "--holder", "P2").out
    refused = desk.run("log", "print", "majian", "--roster", "nowhere", "--lang", "en")
    assert "watch (Round-the-clock epidemic duty)" in refused.err


def test_sheet_gives_words_as_they_were_written_and_says_what_it_leaves_out(
    desk: Desk, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    path.write_text("seat,holder,name\nduty.leader,P1,张甲\nduty.leader,P2,李乙\n", encoding="utf-8")
    desk.done("people", "import", str(path))
    desk.clock.at += 2 * HOUR
    desk.done("log", "add", "majian", "--said", "one\ntwo", "--at", "2026-03-01 03:10")
    found = desk.done("log", "print", "majian", "--json").object()
    (note,) = [one for one in found["activities"] if "said" in one]
    assert (note["said"], note["who"], note["done"]) == ("one\ntwo", None, None)
    assert {"张甲", "李乙"} & {one["name"] for one in found["resources"]}
    shown = desk.done("log", "print", "majian", "--lang", "en").out
    assert "LATE: noted 1 h 30 min afterwards" in shown
    assert " more: incident history" in shown


def test_sheet_of_a_shift_without_notes_says_so(desk: Desk) -> None:
    desk.clock.at += 9 * HOUR
    desk.done("run", "--once")
    assert "nothing was noted" in desk.done("log", "print", "majian", "--lang", "en").out


def test_words_that_are_erased_are_told_as_erased(desk: Desk) -> None:
    desk.done(*CALL)
    desk.done("journal", "redact", "majian", "1", "data.said", *AGREED)
    assert "erased" in desk.done("log", "print", "majian", "--lang", "en").out
    assert desk.done("journal", "verify", "majian").out


@pytest.mark.parametrize(
    "words",
    [
        ("log", "add", "majian", "--said", " "),
        ("log", "add", "majian", "--said", "x", "--at", "2026-03-02 03:10"),
        ("log", "add", "majian", "--said", "x", "--roster", "nowhere"),
        ("log", "print", "majian", "--shift", "2025-01-01"),
        ("log", "print", "majian", "--roster", "nowhere"),
        ("log", "add", "majian"),
    ],
)
def test_what_cannot_be_noted_is_refused(desk: Desk, words: tuple[str, ...]) -> None:
    before = desk.stored()
    assert desk.run(*words).code == 2
    assert desk.stored() == before


def test_note_of_a_time_in_which_nobody_was_on_duty_is_kept_all_the_same(desk: Desk) -> None:
    noted = desk.done("log", "add", "majian", "--said", "x", "--at", "2026-02-01 12:00", "--json").object()
    assert (noted["roster"], noted["shift"]) == (None, None)


def test_same_note_again_is_answered_from_the_record(desk: Desk) -> None:
    first = desk.done(*CALL, "--event-id", "call-1", "--json").object()
    again = desk.done(*CALL, "--event-id", "call-1", "--json").object()
    assert (again["seq"], again["repeated"]) == (first["seq"], True)
