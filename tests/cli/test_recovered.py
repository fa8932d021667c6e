"""What was given up of a journal is said again for ever: by workers, the doctor, verifying."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from incident.cli.recovered import warn
from incident.domain.errors import StoreAway
from incident.testing import MemoryStore
from tests.cli.desk import Desk, in_both_languages
from tests.cli.safe import Safe, backup, safe, verified
from tests.cli.terminal import in_a_shell
from tests.cli.test_auditor import UNGUARD
from tests.cli.test_recover_unproven import command, older
from tests.cli.workers import runtime, worker

__all__ = ["backup", "older", "safe"]


@pytest.fixture(autouse=True)
def runtime_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers of this test are known in a folder of its own."""
    for name, value in runtime(tmp_path / "runtime").items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def gone_on(safe: Safe, older: Desk) -> Desk:
    older.done(*command(safe, "--unproven", "--key", str(safe.key)))
    return older


def test_verifying_and_the_doctor_name_what_was_given_up(gone_on: Desk) -> None:
    said = gone_on.done("journal", "verify", "majian")
    (line,) = [line for line in said.out.splitlines() if "given up: all 3 entries" in line]
    assert "entry 1, " in line
    assert line.endswith("by 甲 and 乙")
    (one,) = gone_on.done("journal", "verify", "majian", "--json").object()["recovered"]
    assert {name: one[name] for name in ("entry", "size", "kept", "lost", "proven", "by", "with")} == {
        "entry": 1,
        "size": 3,
        "kept": 1,
        "lost": 3,
        "proven": 0,
        "by": "甲",
        "with": "乙",
    }
    for words in (("doctor",), ("run", "--health")):
        found = {one["check"]: one for one in gone_on.run(*words, "--json").objects()}
        assert (found["recovered"]["well"], found["recovered"]["warning"]) == (True, True)
        assert "by 甲 and 乙" in found["recovered"]["text"]
    assert "given up: all 3" in gone_on.done("status", "majian", "--verbose").err
    assert "given up" not in gone_on.done("status", "majian").err
    in_both_languages(gone_on, "doctor")


def test_a_journal_that_lost_nothing_is_not_named(safe: Safe) -> None:
    desk = safe.guarded()
    assert verified(safe)["recovered"] == []
    assert "recovered" not in {one["check"] for one in desk.run("doctor", "--json").objects()}
    assert desk.done("status", "majian", "--verbose").err == ""


def test_a_worker_warns_at_each_start_and_its_log_names_nobody(gone_on: Desk) -> None:
    for _start in range(2):
        with worker(gone_on) as running:
            line = running.hear("recovered")
            running.send(signal.SIGTERM)
            assert running.ends() == 0
    assert {name: line[name] for name in ("level", "jurisdiction", "entry", "size", "lost", "proven")} == {
        "level": "warning",
        "jurisdiction": "330681111",
        "entry": 1,
        "size": 3,
        "lost": 3,
        "proven": 0,
    }
    assert line["origin"].startswith("incident/330681111/")
    assert "甲" not in str(running.lines)


def test_on_a_screen_a_worker_says_by_whom(gone_on: Desk) -> None:
    screen = in_a_shell(gone_on, "--lang", "zh", "run", talk=[("由 甲 和 乙 决定", "\x03")])

    assert screen.code == 0
    assert "330681111：已放弃：外部检查点覆盖的全部 3 条条目" in screen.text


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE disclosure SET text = 'false' WHERE seq = 1 AND name = 'by'",
        "UPDATE entry SET body = CAST(replace(body, '\"size\":3', '\"size\":4') AS BLOB) WHERE seq = 1",
        "UPDATE entry SET body = CAST(replace(body, 'JournalRecovered', 'EventNoted') AS BLOB) WHERE seq = 1",
        "UPDATE entry SET body = X'5b' WHERE seq = 1",
        "UPDATE entry SET at = 9999999999999 WHERE seq = 1",
    ],
)
def test_a_recovery_that_cannot_be_read_keeps_no_worker_from_its_work(gone_on: Desk, damage: str) -> None:
    gone_on.sql(*UNGUARD, damage)

    with worker(gone_on) as running:
        line = running.hear("recovered_unreadable")
        running.send(signal.SIGTERM)
        assert running.ends() == 0

    assert (line["level"], line["jurisdiction"]) == ("error", "330681111")
    found = {one["check"]: one for one in gone_on.run("doctor", "--json").objects()}
    assert found["recovered"]["well"] is False
    del gone_on.said["INCIDENT_CHECKPOINTS"]
    assert "Routine" in gone_on.done("status", "majian", "--verbose").out  # reading goes on


def test_an_entry_of_which_only_the_time_is_none_is_told_all_the_same(gone_on: Desk) -> None:
    """The row beside it knows when."""
    altered = 'CAST(replace(body, \'"at":"20\', \'"at":"xx\') AS BLOB)'
    gone_on.sql(*UNGUARD, f"UPDATE entry SET body = {altered} WHERE seq = 1")

    with worker(gone_on) as running:
        assert running.hear("recovered")["entry"] == 1
        running.send(signal.SIGTERM)
        assert running.ends() == 0


class Away(MemoryStore):
    """A database that does not answer."""

    def reading(self) -> Any:
        raise StoreAway(where="here", found="locked")


def test_a_database_that_is_away_keeps_no_worker_from_starting() -> None:
    lines = []

    def log(level: str, event: str, **values: str | float | None) -> None:
        lines.append((level, event, "locked" in str(values["error"])))

    warn(Away(), log)

    assert lines == [("warning", "recovered_unreadable", True)]
