"""Commands as a shell runs them: streams, languages, two officers at once, a reader who goes away."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from incident.cli import root
from tests.cli.desk import ACTIVATE, CHECKOUT, ORDERED, POSITIVE, Desk

GLOBALS = [
    # before the command
    lambda url: ("--db", url, "--lang", "en", "--json", "status", "majian"),
    # after it
    lambda url: ("status", "majian", "--db", url, "--lang", "en", "--json"),
    # on both sides
    lambda url: ("--json", "--db", "sqlite:////proc/nothing/x.db", "status", "majian", "--db", url),
    # with a sign
    lambda url: (f"--db={url}", "--lang=en", "status", "--json", "majian"),
]


@pytest.mark.parametrize("words", GLOBALS)
def test_global_options_stand_before_and_after_the_command(desk: Desk, words: object) -> None:
    assert callable(words)
    elsewhere = Desk("sqlite:////proc/nothing/elsewhere.db")

    assert elsewhere.done(*words(desk.url)).object()["jurisdiction"]["name"] == "Majian Town"


def test_global_options_stand_before_and_after_half_a_command(desk: Desk) -> None:
    for words in (
        ("--json", "journal", "verify", "majian"),
        ("journal", "verify", "majian", "--json"),
        ("db", "--json", "upgrade"),
        ("db", "upgrade", "--json"),
    ):
        assert desk.done(*words).object()


def test_nothing_but_results_stands_on_stdout(desk: Desk) -> None:
    said = desk.in_process_of_its_own(*ACTIVATE, "--json", "--verbose", "--log-json", "--lang", "zh")

    assert said.code == 0
    assert said.object()["jurisdiction"]["name"] == "马剑镇"
    logged = [json.loads(line) for line in said.err.splitlines()]
    assert [line["event"] for line in logged] == ["decided"]
    assert logged[0]["seq"] == 1


def test_log_lines_name_nobody(desk: Desk) -> None:
    said = desk.done(*ACTIVATE, "--by", "值班员甲", "--reason", "某人", "--verbose")

    assert "decided" in said.err
    assert "值班员甲" not in said.err
    assert "某人" not in said.err


def test_refusals_are_logged_with_their_rule(desk: Desk) -> None:
    said = desk.run(*POSITIVE, "--yes", "--log-json")

    assert json.loads(said.err.splitlines()[0])["rule"] == "missing"


def test_text_in_a_pipe_has_no_escape_codes(desk: Desk) -> None:
    for words in (("status", "majian"), (*POSITIVE, "--plan")):
        said = desk.in_process_of_its_own(*words, TERM="xterm-256color", FORCE_COLOR="1")
        assert said.code == 0
        assert "\x1b" not in said.out + said.err


LANGUAGES = [
    # our own word goes before the system's
    ({"INCIDENT_LANG": "zh", "LANG": "en_GB.UTF-8"}, "马剑镇"),
    ({"INCIDENT_LANG": "", "LANG": "zh_CN.UTF-8"}, "马剑镇"),
    ({"INCIDENT_LANG": "", "LC_ALL": "C.UTF-8", "LANG": "zh_CN.UTF-8"}, "Majian Town"),
    # nothing said
    ({"INCIDENT_LANG": ""}, "Majian Town"),
    # a language that we do not speak
    ({"INCIDENT_LANG": "fr"}, "Majian Town"),
]


@pytest.mark.parametrize(("environment", "name"), LANGUAGES)
def test_language_is_that_of_the_environment(desk: Desk, environment: dict[str, str], name: str) -> None:
    said = desk.in_process_of_its_own("status", "majian", **environment)

    assert said.out.startswith(name)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "gb18030"])
def test_stream_that_knows_no_chinese_is_no_reason_to_fail(desk: Desk, encoding: str) -> None:
    """What was decided is recorded by then; to end as a fault of the program would be a lie."""
    said = desk.in_process_of_its_own(*ACTIVATE, "--json", PYTHONIOENCODING=encoding, PYTHONUTF8="0")

    assert said.code == 0
    assert '"changes"' in said.out


def test_two_officers_at_once_give_one_activation_and_one_conflict(desk: Desk) -> None:
    officers = [
        subprocess.Popen(
            desk.command(*ACTIVATE, "--json"),
            cwd=CHECKOUT,
            env=desk.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [(officer.communicate(), officer.returncode) for officer in officers]

    assert sorted(code for _, code in said) == [0, 4]
    for (out, err), _ in said:
        assert "Traceback" not in out + err
        assert json.loads(out)
    assert desk.version() == 2


def test_reader_who_goes_away_is_no_fault(desk: Desk) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        desk.command("history", "majian"),
        cwd=CHECKOUT,
        env=desk.environment(),
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_fault(desk: Desk, closed: str) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f'"$@" {closed}', "sh", *desk.command(*ACTIVATE)],
        cwd=CHECKOUT,
        env=desk.environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0
    assert "Traceback" not in done.stdout + done.stderr
    assert desk.version() == 2


def test_full_disk_behind_stdout_is_said(desk: Desk) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            desk.command("status", "majian"),
            cwd=CHECKOUT,
            env=desk.environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )

    assert done.returncode == 5
    assert "Traceback" not in done.stderr
    assert "No space left" in done.stderr


def test_interrupt_while_it_works_is_told_without_a_traceback(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("incident.cli.officer.handle", interrupted)

    said = desk.run(*ACTIVATE)

    assert said.code == 2
    assert "incident status" in said.err
    assert desk.version() == 1


def test_fault_of_the_program_is_told_as_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by accident")

    monkeypatch.setattr("incident.cli.officer.handle", broken)
    with desk.seated():
        assert root.run(ACTIVATE) == 70
        assert root.run([*ACTIVATE, "--json"]) == 70

    assert desk.version() == 1


def test_default_database_is_in_the_users_folder(empty_desk: Desk) -> None:
    home = empty_desk.file.parent
    said = empty_desk.in_process_of_its_own(
        "adopt", "majian", HOME=str(home), XDG_DATA_HOME=str(home / "data"), INCIDENT_DB=""
    )

    assert said.code == 0
    assert [path.name for path in home.rglob("*.db")] == ["incident.db"]


def test_option_goes_before_the_environment(desk: Desk, empty_desk: Desk) -> None:
    other = f"sqlite:///{desk.file.parent / 'other.db'}"

    assert desk.done("status", "--db", other, "--json").objects() == []
    assert desk.run(*POSITIVE, *ORDERED, "--yes", "--db", other).code == 2
