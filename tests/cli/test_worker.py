"""`incident run` as an operator sees it: starts, works, is asked how it is, is stopped, dies."""

from __future__ import annotations

import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from incident import bootstrap
from incident.schedule.alarm import SWEEP
from incident.schedule.status import Findings, Status, StatusFile
from tests.cli.desk import ACTIVATE, MAJIAN, Desk, Said, in_both_languages
from tests.cli.workers import runtime, worker
from tests.playbooks import DAY, HOUR
from tests.postgres import PostgresServer


@pytest.fixture(autouse=True)
def runtime_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Workers of this test are known in a folder of its own."""
    for name, value in runtime(tmp_path / "runtime").items():
        monkeypatch.setenv(name, value)
    return tmp_path / "runtime" / "incident"


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    """An empty database of each kind, and the real clock."""
    if request.param == "sqlite":
        desk = Desk(f"sqlite:///{tmp_path / 'incident.db'}")
    else:
        desk = Desk(str(request.getfixturevalue("postgres_url")))
    desk.clock.at = int(time.time())
    return desk


@pytest.fixture
def town(place: Desk) -> Desk:
    """Majian adopted just now."""
    place.done("adopt", "majian")
    return place


@pytest.fixture
def old_town(place: Desk) -> Desk:
    """Majian adopted two days ago, and nobody worked since."""
    place.clock.at -= 2 * DAY
    place.done("adopt", "majian")
    place.clock.at += 2 * DAY
    return place


def health(desk: Desk, code: int) -> dict[str, dict[str, Any]]:
    said = desk.run("run", "--health", "--json")
    assert said.code == code, said
    return {one["check"]: one for one in said.objects()}


def events(said: Said) -> list[str]:
    return [line.partition("event=")[2].split()[0] for line in said.err.splitlines()]


def test_worker_stops_when_told_and_takes_its_file_away(town: Desk, runtime_folder: Path) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        with worker(town, "--node", "first") as running:
            assert running.hear("started")["node"] == "first"
            assert health(town, 0)["worker first"]["well"] is True

            running.send(number)

            assert running.ends() == 0
            assert running.lines[-1]["event"] == "stopped"
        assert "none" in health(town, 0)["workers"]["text"]
        assert [*runtime_folder.rglob("*.json")] == []


def test_worker_that_was_killed_is_not_well_until_the_next_one_starts(town: Desk) -> None:
    with worker(town, "--node", "first") as running:
        running.hear("started")
        running.send(signal.SIGKILL)
        assert running.ends() == -signal.SIGKILL

    found = health(town, 1)
    assert [check for check, one in found.items() if not one["well"]] == ["worker first"]
    assert "incident run" in found["worker first"]["text"]
    with worker(town, "--node", "second") as running:
        assert running.hear("found_dead_worker")["node"] == "first"
        running.hear("started")
        assert "worker second" in health(town, 0)
        running.send(signal.SIGTERM)
        assert running.ends() == 0


def test_worker_finds_what_became_due_while_nobody_worked(old_town: Desk, tmp_path: Path) -> None:
    with worker(old_town, "--messages", str(tmp_path / "messages")) as running:
        assert running.hear("swept")["ended"] > 0
        assert running.hear("delivered")["n"] > 0
        running.send(signal.SIGTERM)
        assert running.ends() == 0

    assert [*(tmp_path / "messages").glob(f"{MAJIAN}*.txt")]
    assert old_town.done("journal", "verify", "majian", "--json").object()["replayed"] is True


def test_worker_on_postgresql_hears_of_an_activation_at_once(postgres_url: str, tmp_path: Path) -> None:
    """Sooner than it looks by itself: only a hint can be the reason."""
    desk = Desk(postgres_url)
    desk.clock.at = int(time.time())
    desk.done("adopt", "majian")
    folder = tmp_path / "messages"
    desk.done("run", "--once", "--messages", str(folder))
    with worker(desk, "--messages", str(folder)) as running:
        running.hear("started")
        before = time.monotonic()

        desk.done(*ACTIVATE)

        running.hear("delivered")
        assert time.monotonic() - before < SWEEP / 2
        running.send(signal.SIGTERM)
        assert running.ends() == 0


def test_worker_outlives_a_postgresql_that_is_away_for_a_while(
    postgres_server: PostgresServer, tmp_path: Path
) -> None:
    """Every connection is cut and none is let in, as in a restart; then it is back."""
    with postgres_server.database() as name, postgres_server.connect() as administrator:
        desk = Desk(postgres_server.url(name))
        desk.clock.at = int(time.time())
        desk.done("adopt", "majian")
        desk.done("run", "--once", "--messages", str(tmp_path / "messages"))
        with worker(desk, "--messages", str(tmp_path / "messages")) as running:
            running.hear("started")
            allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")

            administrator.execute(allow.format(sql.Identifier(name), sql.SQL("false")))
            cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
            administrator.execute(cut, [name])
            running.hear("no_hints")
            assert health(desk, 1)["database"]["well"] is False
            administrator.execute(allow.format(sql.Identifier(name), sql.SQL("true")))

            running.hear("hints_back")
            desk.done(*ACTIVATE)
            running.hear("delivered")
            running.send(signal.SIGTERM)
            assert running.ends() == 0


def test_two_workers_share_one_database(postgres_url: str) -> None:
    desk = Desk(postgres_url)
    desk.clock.at = int(time.time()) - 2 * DAY
    desk.done("adopt", "majian")
    with worker(desk, "--node", "a") as first, worker(desk, "--node", "b") as second:
        first.hear("started")
        second.hear("started")
        assert {"worker a", "worker b"} <= {*health(desk, 0)}
        for one in (first, second):
            one.send(signal.SIGTERM)
            assert one.ends() == 0
    assert desk.done("journal", "verify", "majian", "--json").object()["replayed"] is True


@pytest.fixture
def late_desk(desk: Desk) -> Desk:
    """Majian since the evening two days before, with nobody who works."""
    desk.clock.at += DAY + HOUR
    return desk


def test_worker_that_waits_for_the_database_leaves_when_told(late_desk: Desk) -> None:
    """It would wait for ten seconds; what it was about to do is done by the next one."""
    with closing(sqlite3.connect(late_desk.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with worker(late_desk) as running:
            running.hear("started")
            before = time.monotonic()

            running.send(signal.SIGTERM)

            assert running.ends() == 0
            assert time.monotonic() - before < 5
    assert "none" in health(late_desk, 1)["workers"]["text"]


def test_late_work_is_not_well_and_once_does_it(late_desk: Desk, tmp_path: Path) -> None:
    timers = health(late_desk, 1)["timers"]
    assert "incident run" in timers["text"]
    in_both_languages(late_desk, "run", "--health")

    said = late_desk.done("run", "--once", "--messages", str(tmp_path / "messages"))

    assert events(said) == ["swept", "delivered"]
    assert said.out == ""
    assert health(late_desk, 0)["timers"]["well"] is True
    assert all(path.name.startswith(MAJIAN) for path in (tmp_path / "messages").iterdir())


def test_once_with_nothing_to_do_says_nothing(late_desk: Desk) -> None:
    late_desk.done("run", "--once")
    assert late_desk.done("run", "--once") == Said(0, "", "")


def test_messages_are_in_the_language_asked_for(late_desk: Desk, tmp_path: Path) -> None:
    late_desk.done("run", "--once", "--messages", str(tmp_path / "zh"), "--lang", "zh")

    for path in (tmp_path / "zh").iterdir():
        assert "马剑镇" in path.read_text(encoding="utf-8")


def test_folder_that_cannot_be_written_is_a_fault_and_loses_nothing(late_desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    said = late_desk.run("run", "--once", "--messages", str(tmp_path / "file" / "messages"))

    assert said.code == 1
    assert "delivery_failed" in events(said)
    assert "wait" in health(late_desk, 0)["messages"]["text"]


def test_messages_that_wait_are_a_fault_only_where_somebody_delivers(late_desk: Desk) -> None:
    late_desk.done("run", "--once")
    assert "--messages" in health(late_desk, 0)["messages"]["text"]
    late_desk.clock.at += HOUR - 60  # before anything else is due
    file = status_file(late_desk, delivers="/somewhere")

    assert health(late_desk, 1)["messages"]["well"] is False

    file.close()


def status_file(desk: Desk, **changes: Any) -> StatusFile:
    """Stand in for a worker of this machine."""
    return StatusFile(
        bootstrap.status_folder(desk.url), Status(pid=1, node="it", since=desk.clock.at, **changes)
    )


def test_what_a_worker_found_is_not_well(late_desk: Desk) -> None:
    late_desk.done("run", "--once")
    at = late_desk.clock.at
    file = status_file(late_desk)
    for findings, words in [
        (Findings(skew=4), "+4 s"),
        (Findings(clock_jumped=at - 60, jumped_by=-3600), "-3600 s"),
        (Findings(away_since=at - 60, last_error="no answer"), "no answer"),
        (Findings(scheduler_died=at), "alarm clock"),
    ]:
        file.report(findings)
        assert words in health(late_desk, 1)["worker it"]["text"]
        in_both_languages(late_desk, "doctor")
    file.report(Findings(clock_jumped=at - DAY, jumped_by=9, last_error="long over"))
    assert health(late_desk, 0)["worker it"]["well"] is True
    file.close()


def test_doctor_finds_the_same(late_desk: Desk) -> None:
    said = late_desk.run("doctor", "--json")

    assert said.code == 1
    assert [one["check"] for one in said.objects() if not one["well"]] == ["timers"]
    assert {*health(late_desk, 1)} <= {one["check"] for one in said.objects()}


def test_database_that_does_not_answer_is_not_well(empty_desk: Desk) -> None:
    empty_desk.url = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"

    found = health(empty_desk, 1)

    assert found["database"]["well"] is False
    assert empty_desk.run("run", "--once").code == 5


def test_place_without_a_database_is_not_well_and_stays_empty(place: Desk) -> None:
    found = health(place, 1)

    assert [*found] == ["database"]
    assert found["database"]["well"] is False
    assert "no database yet" in found["database"]["text"]
    assert "incident adopt" in found["database"]["text"]
    assert all(
        "NOT WELL" in said.out or "异常" in said.out for said in in_both_languages(place, "run", "--health")
    )
    if place.url.startswith("sqlite"):
        assert not place.file.exists()


def test_database_that_was_deleted_is_not_well_while_its_worker_runs(desk: Desk) -> None:
    with worker(desk, "--node", "first") as running:
        running.hear("started")
        for file in desk.file.parent.glob("incident.db*"):
            file.unlink()

        for said in (desk.run("run", "--health", "--json"), desk.run("doctor", "--json")):
            assert said.code == 1
            found = {one["check"]: one for one in said.objects()}
            assert found["database"]["well"] is False
            assert "worker first" in found
        running.send(signal.SIGTERM)
        running.ends()


@pytest.mark.parametrize("words", [("run",), ("run", "--once", "--messages", "{folder}/messages")])
def test_worker_makes_no_database(place: Desk, tmp_path: Path, words: tuple[str, ...]) -> None:
    """Of an address that is mistyped nothing comes: no folder, no file, no table."""
    if place.url.startswith("sqlite"):
        place.url = f"sqlite:///{tmp_path}/typo/incident.db"
    before = sorted(tmp_path.rglob("*"))
    for said in in_both_languages(place, *(word.format(folder=tmp_path) for word in words)):
        assert said.code == 5
        assert "incident adopt" in said.err
    error = place.run(*words, "--json").object()["error"]
    assert "a database of this program" in error["expected"]
    assert error["found"] == "nothing"
    assert "INCIDENT_DB" in error["do"]
    assert sorted(tmp_path.rglob("*")) == before
    assert "no database yet" in health(place, 1)["database"]["text"]


def test_empty_file_is_no_database_for_a_worker_and_stays_empty(empty_desk: Desk) -> None:
    empty_desk.file.touch(0o600)

    assert empty_desk.run("run", "--once").code == 5
    assert empty_desk.file.stat().st_size == 0


def test_database_with_nothing_adopted_is_fine_for_a_worker(place: Desk) -> None:
    place.done("db", "upgrade")
    assert place.done("run", "--once") == Said(0, "", "")
    assert health(place, 0)["database"]["well"] is True


@pytest.mark.parametrize("is_replaced", [False, True])
def test_worker_whose_database_was_taken_away_leaves_and_is_found(
    late_desk: Desk, monkeypatch: pytest.MonkeyPatch, *, is_replaced: bool
) -> None:
    """Its first look comes after somebody moved the file and put a copy, or nothing, in its place."""
    late_desk.done("run", "--once")
    away = late_desk.file.with_name("away.db")

    def somebody_moves_it(_store: Any) -> list[str]:
        with closing(sqlite3.connect(late_desk.file)) as template:
            template.execute(f"VACUUM INTO '{late_desk.file.with_name('copy.db')}'")
        late_desk.file.rename(away)
        if is_replaced:
            late_desk.file.with_name("copy.db").rename(late_desk.file)
        return []

    monkeypatch.setattr("incident.service.tick.take_up", somebody_moves_it)

    said = late_desk.run("run", "--node", "it")

    assert said.code == 5
    # threads beside may find it out first, each by itself, and say so
    beside = {"access_stopped", "snapshots_stopped"}
    assert [event for event in events(said) if event not in beside] == ["started", "database_lost", "stopped"]
    assert late_desk.file.exists() is is_replaced
    if not is_replaced:
        away.rename(late_desk.file)
    assert "gone or replaced" in health(late_desk, 1)["worker it"]["text"]
    in_both_languages(late_desk, "doctor")


def test_older_schema_is_named(desk: Desk) -> None:
    desk.sql("UPDATE alembic_version SET version_num = '0001'")
    assert "incident db upgrade" in health(desk, 1)["schema"]["text"]


def test_worker_works_without_a_status_file(late_desk: Desk, runtime_folder: Path) -> None:
    runtime_folder.write_text("a file where a folder should be")
    with worker(late_desk) as running:
        running.hear("no_status_file")
        running.hear("started")
        running.send(signal.SIGTERM)
        assert running.ends() == 0


def test_worker_whose_alarm_clock_died_leaves_and_is_found(
    late_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incident.schedule.alarm.AlarmClock.is_alive", lambda _: False)

    said = late_desk.run("run", "--node", "it")

    assert said.code == 1
    assert events(said) == ["started", "scheduler_died", "stopped"]
    assert "alarm clock" in health(late_desk, 1)["worker it"]["text"]
