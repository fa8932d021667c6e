"""A desk for each test: Majian under its playbook, routine, in a database of its own.

It was adopted in the evening before, after the day's report was due: by the hour of the stories nothing has
fallen due, so their entries are those of people.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.desk import ACTIVATE, Desk
from tests.cli.remotely import PEOPLE, REPORT, ROLES, Both, both
from tests.playbooks import HOUR, NIGHT

#: Adopted at 18:40, for 02:40.
EVENING = 8 * HOUR


@pytest.fixture(scope="session")
def majian_in_routine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which Majian was adopted; copied, never used."""
    desk = Desk(f"sqlite:///{tmp_path_factory.mktemp('majian') / 'incident.db'}")
    desk.clock.at -= EVENING
    desk.done("adopt", "majian")
    return desk.file


@pytest.fixture
def empty_desk(tmp_path: Path) -> Desk:
    """A fresh machine: no database yet."""
    return Desk(f"sqlite:///{tmp_path / 'incident.db'}")


@pytest.fixture
def desk(empty_desk: Desk, majian_in_routine: Path) -> Desk:
    """Majian in routine; a worker has had nothing to do yet."""
    with (
        closing(sqlite3.connect(majian_in_routine)) as template,
        closing(sqlite3.connect(empty_desk.file)) as copy,
    ):
        copy.execute("PRAGMA journal_mode=WAL")
        template.backup(copy)
    empty_desk.file.chmod(0o600)  # as the program makes it
    return empty_desk


@pytest.fixture
def active_desk(desk: Desk) -> Desk:
    """Majian in its emergency since an hour ago, decided by its leading group."""
    desk.clock.at -= HOUR
    desk.done(*ACTIVATE)
    desk.clock.at += HOUR
    return desk


@pytest.fixture(scope="session")
def night(majian_in_routine: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Majian an hour after it was activated, with people and a report; and who may come in."""
    folder = tmp_path_factory.mktemp("night")
    desk = Desk(f"sqlite:///{folder / 'incident.db'}")
    desk.file.write_bytes(majian_in_routine.read_bytes())
    desk.clock.at = NIGHT - HOUR
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (folder / "list.txt").write_text("甲\n", encoding="utf-8")
    desk.done("people", "import", "majian", str(folder / "people.csv"))
    desk.done(*ACTIVATE)
    desk.done(*REPORT, "--file", str(folder / "list.txt"))
    for login in ("wang", "boss", "chief"):
        desk.done("user", "add", login, "--name", login.title())
    for role in ROLES:
        desk.done("user", "grant", "wang", role, "majian")
    desk.done("user", "grant", "boss", "administrator", "*")
    desk.done("user", "grant", "chief", "auditor", "*")
    desk.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return desk.file


@pytest.fixture
def two(night: Path, tmp_path: Path) -> Iterator[Both]:
    """Two desks for what changes something."""
    with both(night, tmp_path, NIGHT) as desks:
        desks.comes("wang")
        yield desks


@pytest.fixture(scope="module")
def unchanged(night: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """Two desks for what changes nothing, in whatever language the last test spoke."""
    with both(night, tmp_path_factory.mktemp("looking"), NIGHT) as desks:
        yield desks


@pytest.fixture
def looking(unchanged: Both) -> Both:
    """The same, in English."""
    unchanged.speak("en")
    return unchanged
