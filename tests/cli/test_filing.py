"""Filing at the terminal: one line says what it closes, what is wrong is refused, the same counts once."""

from __future__ import annotations

import contextlib
import io
import shlex
import sys
from unittest import mock

import pytest

from incident import language
from incident.cli import root
from tests.cli.desk import Desk, Said
from tests.cli.qingshi import local, owed
from tests.cli.reporting import FILE, SHOW, emergency, town
from tests.cli.working import work_for
from tests.playbooks import DAY, HOUR

__all__ = ["emergency", "town"]

PROMISED_OF_A_FILING = {
    *("seq", "at", "sender", "form", "zero", "closes", "corrects", "parts", "next", "repeated"),
}


def test_filing_says_what_it_closes_to_whom_and_what_comes_next(emergency: Desk) -> None:
    shown = emergency.done(*FILE, "--from", "coordination", "--text", "情况正常").out

    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert lines[0] == "Coordination group: Daily report of the groups filed; entry 2"
    assert "closes Copy to the county 2026-03-01 06:40 +08:00 in time to County health office" in lines
    assert "closes Daily report of the groups 2026-03-01 06:40 +08:00 in time to Leading group" in lines


def test_filing_answers_with_what_was_promised(emergency: Desk) -> None:
    answer = emergency.done(*FILE, "--from", "coordination", "--zero", "--json").object()

    assert answer.keys() >= PROMISED_OF_A_FILING
    assert answer["zero"] is True
    assert [(one["key"], local(one["due"]), one["late"]) for one in answer["closes"]] == [
        ("copy_report", "01 06:40", 0),
        ("group_report", "01 06:40", 0),
    ]
    assert [[who["key"] for who in one["to"]] for one in answer["closes"]] == [["县卫健局"], ["command"]]


def test_filing_is_told_in_both_languages(emergency: Desk) -> None:
    words = (*FILE, "--from", "coordination", "--zero")
    chinese, english = (emergency.done("--lang", lang, *words, "--event-id", lang) for lang in ("zh", "en"))

    assert "零报告" in chinese.out
    assert "zero report" in english.out


def test_late_filing_says_how_late_to_the_minute(emergency: Desk) -> None:
    emergency.clock.at += 4 * HOUR + 17 * 60

    assert "1 h 17 min late" in emergency.done(*FILE, "--from", "coordination", "--zero").out


def test_filing_that_closes_nothing_says_so_and_when_the_next_is_due(town: Desk) -> None:
    town.done(*FILE, "--from", "stability", "--zero")
    work_for(town, 13 * HOUR)

    shown = town.done(*FILE, "--from", "stability", "--text", "补充").out

    assert "it closes nothing: none was asked for at this time" in shown
    assert "next: Daily report of the groups due 2026-03-02 15:00 +08:00" in shown
    assert "can be filed from 2026-03-02 00:00 +08:00" in shown


def test_filing_that_gathers_says_what_was_in(town: Desk) -> None:
    town.done(*FILE, "--from", "coordination", "--zero")
    work_for(town, 12 * HOUR + 50 * 60)

    shown = town.done(*FILE, "--from", "command", "--text", "汇总").out

    assert "gathered: in 0, zero 1, missing: Daily report of the groups of Stability group" in shown
    assert "not due yet" not in shown


def test_filing_ahead_of_its_parts_says_that_they_are_not_due_yet(town: Desk) -> None:
    town.done(*FILE, "--from", "coordination", "--zero")
    work_for(town, 12 * HOUR)

    shown = town.done(*FILE, "--from", "command", "--text", "汇总").out

    assert "gathered: in 0, zero 1, missing: none" in shown
    assert "not due yet: Daily report of the groups of Stability group" in shown


def test_overtaken_report_is_filed_by_its_time(emergency: Desk) -> None:
    work_for(emergency, 8 * HOUR)  # 11:40
    assert owed(emergency)["copy_report", "coordination", "01 06:40"]["state"] == "missed"

    emergency.done(*FILE, "--from", "coordination", "--due", "06:40", "--text", "补报")

    one = owed(emergency)["copy_report", "coordination", "01 06:40"]
    assert (one["state"], one["late"]) == ("filed", 300)


def test_filing_says_what_is_still_missed_and_how_it_is_filed(emergency: Desk) -> None:
    work_for(emergency, 8 * HOUR)  # 11:40

    words = (*FILE, "--from", "coordination", "--zero", "--event-id")
    shown = emergency.done(*words, "call").out
    data = emergency.done(*words, "call", "--json").object()

    assert [(one["key"], local(one["due"])) for one in data["missed"]] == [
        ("copy_report", "01 06:40"),
        ("group_report", "01 06:40"),
    ]
    (line,) = [line for line in shown.splitlines() if line.startswith("still missed")]
    command = line.partition("incident ")[2].replace("--text …", "--zero")
    assert line.startswith("still missed: 2026-03-01 06:40 +08:00; filed with: ")
    made_good = emergency.done(*shlex.split(command), "--json").object()
    assert [(one["key"], local(one["due"])) for one in made_good["closes"]] == [
        ("copy_report", "01 06:40"),
        ("group_report", "01 06:40"),
    ]
    assert made_good["missed"] == []
    assert "still missed" not in emergency.done(*words, "another").out


def test_of_many_that_are_missed_the_newest_is_named(emergency: Desk) -> None:
    work_for(emergency, DAY)  # late: 02:40; missed: 06:40 to 22:40

    shown = emergency.done(*FILE, "--from", "coordination", "--zero").out

    assert "still missed: 5, the newest is filed with: " in shown
    assert '--due "2026-03-01 22:40 +08:00"' in shown
    assert "06:40" not in shown.partition("still missed")[2]


def test_missing_report_is_never_a_zero_report(emergency: Desk) -> None:
    refused = emergency.run(*FILE, "--from", "coordination")

    assert refused.code == 2
    assert "a missing report is never a zero report: say --zero" in refused.err
    assert emergency.done("history", "clockwork", "--kind", "ReportFiled").out == ""


def reading(desk: Desk, stdin: bytes, *words: str) -> Said:
    """Run a command with something on its stdin."""
    out, err = io.StringIO(), io.StringIO()
    with (
        desk.seated(),
        mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8")),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        language.choose(words)
        code = root.run(words)
    return Said(code, out.getvalue(), err.getvalue())


def test_text_is_read_from_stdin(emergency: Desk) -> None:
    words = (*FILE, "--from", "coordination", "--text", "-")

    assert reading(emergency, "一切正常\n第二行".encode(), *words).code == 0

    assert "  一切正常\n  第二行\n" in emergency.done(*SHOW, "2").out


def test_text_that_is_none_is_refused(emergency: Desk) -> None:
    words = (*FILE, "--from", "coordination", "--text", "-")

    for stdin in (b"\xff\xfe", b""):
        refused = reading(emergency, stdin, *words)
        assert refused.code == 2
        assert "error:" in refused.err


def test_file_that_is_not_there_is_refused(emergency: Desk) -> None:
    refused = emergency.run(*FILE, "--from", "coordination", "--file", "/nowhere/a.txt", "--json")

    assert refused.code == 2
    assert refused.object()["error"]["where"] == "/nowhere/a.txt"


WRONG = [
    # no such sender
    (("--from", "宣传组", "--zero"), "the sender"),
    # the police station owes nothing
    (("--from", "派出所", "--zero"), "the form that Police station files"),
    # it owes three reports
    (("--from", "卫生院", "--zero"), "the form that Health centre files"),
    (
        ("--from", "coordination", "--form", "first_report", "--zero"),
        "the form that Coordination group files",
    ),
    (("--from", "coordination", "--form", "situation", "--due", "05:00", "--zero"), "the time of the report"),
    (("--from", "coordination", "--due", "noon", "--zero"), "--due"),
    (("--from", "coordination", "--set", "cases"), "--set"),
    (("--from", "coordination", "--set", "a=1", "--set", "a=2"), "--set"),
    (("--from", "coordination", "--set", "=3"), "--set"),
    (("--from", "coordination", "--corrects", "0", "--zero"), "the filing to correct"),
    (("--from", "coordination", "--zero", "--set", "a=1"), "zero report"),
    (("--from", "coordination", "--zero", "--event-id", "\udcff"), "--event-id"),
]


@pytest.mark.parametrize(("words", "where"), WRONG)
def test_what_cannot_be_understood_is_refused_and_nothing_is_recorded(
    emergency: Desk, words: tuple[str, ...], where: str
) -> None:
    before = emergency.stored()

    refused = emergency.run(*FILE, *words, "--json")

    assert refused.code == 2
    assert refused.object()["error"]["where"] == where
    assert emergency.stored() == before


def test_same_identity_counts_once(emergency: Desk) -> None:
    words = (*FILE, "--from", "coordination", "--zero", "--event-id", "call", "--json")
    first, again = emergency.done(*words), emergency.done(*words)

    assert again.object() == {**first.object(), "repeated": True}
    assert "answered before, in entry 2" in again.err
    other = emergency.run(*FILE, "--from", "stability", "--form", "situation", "--zero", "--event-id", "call")
    assert other.code == 4


def test_identity_of_a_report_is_none_of_an_event(emergency: Desk) -> None:
    emergency.done(*FILE, "--from", "coordination", "--zero", "--event-id", "call")

    for words in (
        ("signal", "clockwork", "positive"),
        ("activate", "clockwork"),
        ("stand-down", "clockwork"),
    ):
        assert emergency.run(*words, "--set", "origin=local", "--event-id", "call", "--yes").code in (2, 4)
