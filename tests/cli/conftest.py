"""A desk for each test: Majian under its playbook, routine, in a database of its own.

It was adopted in the evening before, after the day's report was due: by the hour of the stories nothing has
fallen due, so their entries are those of people.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.desk import ACTIVATE, Desk
from tests.playbooks import HOUR

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
