"""A restore drill: the machine is lost in an incident; its backup goes on elsewhere, and moves as it is."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.desk import Desk, in_both_languages
from tests.cli.qingshi import CODE
from tests.cli.reporting import FILE, emergency
from tests.cli.workers import runtime, worker
from tests.playbooks import HOUR
from tests.postgres import PostgresServer
from tests.store.moves import contents

__all__ = ["emergency"]

PEOPLE = """\
seat,holder,name,from,channels
command.leader,P1,甲某,2025-01-01,mail:a@example.cn
command.deputy,P2,乙某,2025-01-01,mail:b@example.cn
"""


@pytest.fixture(autouse=True)
def runtime_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers of this test are known in a folder of its own."""
    for name, value in runtime(tmp_path / "runtime").items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def town(emergency: Desk, tmp_path: Path) -> Desk:
    """Qingshi in its emergency, with people, a report, papers that came with it, and times to come."""
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (tmp_path / "paper.bin").write_bytes(bytes(range(256)))
    emergency.done("people", "import", str(tmp_path / "people.csv"))
    paper = ("--file", str(tmp_path / "paper.bin"))
    emergency.done(*FILE, "--from", "coordination", "--text", "王五确诊", "--set", "cases=3", *paper)
    emergency.done("run", "--once", "--node", "n1")
    return emergency


def elsewhere(desk: Desk, url: str) -> Desk:
    """Give a desk at another database, at the same time."""
    other = Desk(url)
    other.clock.at = desk.clock.at
    return other


def verified(desk: Desk) -> dict[str, Any]:
    found = desk.done("journal", "verify", "clockwork", "--json").object()
    assert (found["holds"], found["replayed"]) == (True, True)
    return found


def worked(desk: Desk, folder: Path) -> dict[str, Any]:
    """Let a worker do what is due now, and hand messages on; gives the journal, which holds."""
    desk.done("run", "--once", "--node", "n1", "--messages", str(folder))
    return verified(desk)


def test_lost_machine_goes_on_from_its_backup_and_moves_as_it_is(
    town: Desk, tmp_path: Path, postgres_server: PostgresServer
) -> None:
    copy = tmp_path / "copy.db"
    before = contents(town.url)
    assert all(before[name] for name in ("attachment", "person", "disclosure", "closing", "outbox", "duty"))
    made = town.done("db", "backup", str(copy), "--json").object()
    assert made["journals"] == [
        {"jurisdiction": CODE, "entries": made["entries"], "root": verified(town)["root"]}
    ]
    town.done(*FILE, "--from", "coordination", "--text", "lost with the machine")

    # the machine is lost
    for file in town.file.parent.glob("incident.db*"):
        file.unlink()
    town.clock.at += 6 * HOUR

    # restored: it is what it was when the backup was made
    here = elsewhere(town, f"sqlite:///{shutil.copy(copy, tmp_path / 'restored.db')}")
    assert contents(here.url) == before
    assert verified(here)["root"] == made["journals"][0]["root"]

    # what fell due meanwhile comes once
    first = worked(here, tmp_path / "messages")
    messages = sorted((tmp_path / "messages").iterdir())
    assert first["entries"] > made["entries"]
    assert worked(here, tmp_path / "messages") == first
    assert sorted((tmp_path / "messages").iterdir()) == messages != []
    here.done("account", "clockwork")
    here.done("report", "show", "clockwork", str(made["entries"] - 2))

    # to PostgreSQL and back, and everything is equal
    kept = contents(here.url)
    with postgres_server.database() as name:
        there = elsewhere(here, postgres_server.url(name))
        moved = here.done("db", "move", here.url, there.url, "--json").object()
        assert contents(there.url) == kept
        assert moved["journals"] == [
            {"jurisdiction": CODE, "entries": first["entries"], "root": first["root"]}
        ]
        assert here.run("status").code == 5
        there.done("account", "clockwork")
        back = elsewhere(there, f"sqlite:///{tmp_path / 'back.db'}")
        there.done("db", "move", there.url, back.url)
        assert there.run("status").code == 5
    assert contents(back.url) == kept
    assert worked(back, tmp_path / "messages") == first

    # and goes on as one would that never moved
    stayed = elsewhere(here, f"sqlite:///{shutil.copy(copy, tmp_path / 'stayed.db')}")
    stayed.clock.at = here.clock.at
    worked(stayed, tmp_path / "other messages")
    for desk in (back, stayed):
        desk.clock.at += 12 * HOUR
    assert worked(back, tmp_path / "messages") == worked(stayed, tmp_path / "other messages")


def test_worker_on_the_new_one_carries_out_what_was_promised_on_the_old(
    town: Desk, tmp_path: Path, postgres_url: str
) -> None:
    there = elsewhere(town, postgres_url)
    town.done("db", "move", town.url, there.url)
    promised = contents(there.url)["timer"]
    there.clock.at += 12 * HOUR
    first = worked(there, tmp_path / "messages")
    assert contents(there.url)["timer"] != promised
    assert worked(there, tmp_path / "messages") == first
    there.done("account", "clockwork")


def test_database_is_not_moved_away_under_a_worker(town: Desk, tmp_path: Path) -> None:
    new = f"sqlite:///{tmp_path / 'new.db'}"
    with worker(town) as running:
        running.hear("started")
        for said in in_both_languages(town, "db", "move", town.url, new):
            assert said.code == 4
            assert str(running.process.pid) in said.err
    assert not (tmp_path / "new.db").exists()
    town.done("db", "move", town.url, new)


def test_results_are_told_in_both_languages(town: Desk, tmp_path: Path) -> None:
    for lang in ("zh", "en"):
        said = town.done("--lang", lang, "db", "backup", str(tmp_path / f"{lang}.db"))
        assert verified(town)["root"] in said.out
        assert said.err == ""
    moved = town.done("--lang", "zh", "db", "move", town.url, f"sqlite:///{tmp_path / 'new.db'}")
    assert "new.db" in moved.out
    for said in in_both_languages(town, "doctor"):
        assert said.code == 1
        assert "new.db" in said.out
    for words in (
        ("db", "upgrade"),
        ("status",),
        ("run", "--once"),
        ("db", "backup", str(tmp_path / "x.db")),
    ):
        for said in in_both_languages(town, *words):
            assert said.code == 5
            assert "new.db" in said.err


def test_backup_of_a_record_that_does_not_hold_says_so_and_is_kept(town: Desk, tmp_path: Path) -> None:
    town.sql("DROP TRIGGER entry_no_update", "UPDATE entry SET leaf = zeroblob(32) WHERE seq = 1")
    made = town.run("db", "backup", str(tmp_path / "copy.db"), "--json")
    assert made.code == 1
    assert [(one["jurisdiction"], one["seq"]) for one in made.object()["faults"]] == [(CODE, 1)]
    assert (tmp_path / "copy.db").exists()


def test_how_far_it_is_is_said_on_stderr_when_it_takes_long(
    town: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("incident.cli.database._PACE", 0.0)
    backed = town.done("--lang", "en", "db", "backup", str(tmp_path / "copy.db"), "--json")
    assert "100 % copied" in backed.err
    moved = town.done("--lang", "en", "db", "move", town.url, f"sqlite:///{tmp_path / 'new.db'}", "--json")
    assert "copied: entry, " in moved.err
    assert "compared: timer, " in moved.err
