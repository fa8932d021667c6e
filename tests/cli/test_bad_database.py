"""A database that cannot be used as it is: exit code 5, said in both languages, and nothing half done."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg
import pytest
from sqlalchemy import Engine, event

from incident import bootstrap
from incident.store.database import connect
from tests.cli.desk import ACTIVATE, AS_THE_FIRST_VERSION, LANGUAGES, Desk, in_both_languages
from tests.postgres import PostgresServer

#: Whoever looks, decides, verifies or repairs meets the same error.
COMMANDS = [
    ("status",),
    ("history", "majian"),
    ACTIVATE,
    ("journal", "verify"),
    ("db", "upgrade"),
]


def cannot_be_used(desk: Desk, *commands: tuple[str, ...]) -> dict[str, str]:
    """Run commands against an unusable database; gives the error of the last one in English."""
    error: dict[str, str] = {}
    for words in commands or COMMANDS:
        for said in in_both_languages(desk, *words):
            assert said.code == 5
            assert said.out == ""
        error = desk.run("--lang", "en", *words, "--json").object()["error"]
        assert error.keys() == {"where", "expected", "found", "do"}
        assert all(error.values())
    return error


def doctor_says(desk: Desk) -> str:
    """Ask the doctor, who has to find it too."""
    said = desk.run("doctor", "--json")
    assert said.code == 1
    (finding,) = [one for one in said.objects() if not one["well"]]
    in_both_languages(desk, "doctor")
    return f"{finding['check']}: {finding['text']}"


ADDRESSES = [
    # a file, but no address
    "incident.db",
    # of a database that we do not know
    "mysql://user@host/name",
    "nonsense://x",
    # not spelled right
    "sqlite:/incident.db",
]


@pytest.mark.parametrize("url", ADDRESSES)
def test_address_that_is_none(url: str) -> None:
    desk = Desk(url)

    assert "sqlite:///FILE" in cannot_be_used(desk)["expected"]
    assert "database" in doctor_says(desk)


def test_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    desk = Desk(f"sqlite:///{tmp_path}/file/deeper/incident.db")

    cannot_be_used(desk)
    assert "database" in doctor_says(desk)


def test_folder_that_nobody_can_make() -> None:
    desk = Desk("sqlite:////proc/nothing/incident.db")

    cannot_be_used(desk)


def test_folder_as_database(tmp_path: Path) -> None:
    desk = Desk(f"sqlite:///{tmp_path}")

    cannot_be_used(desk, *COMMANDS, ("adopt", "majian"))
    assert "database" in doctor_says(desk)


@contextlib.contextmanager
def nobody_special() -> Iterator[Path]:
    """A folder that all may enter, and ourselves without the power to write what is not ours."""
    folder = Path(tempfile.mkdtemp(prefix="incident-", dir="/tmp"))
    folder.chmod(0o755)
    is_root = os.geteuid() == 0
    try:
        yield folder
    finally:
        if is_root:
            os.seteuid(0)
        folder.chmod(0o755)
        shutil.rmtree(folder)


def without_power(*folders: Path) -> None:
    """Take the right to write away, from ourselves and from root."""
    for folder in folders:
        folder.chmod(0o555 if folder.is_dir() else 0o444)
    if os.geteuid() == 0:
        os.seteuid(65534)


def test_folder_that_may_not_be_written(desk: Desk) -> None:
    for words in COMMANDS[:3]:
        desk.done(*words)  # imports what they need while that may be read
    with nobody_special() as folder:
        there = Desk(f"sqlite:///{folder}/incident.db")
        without_power(folder)

        cannot_be_used(there, *COMMANDS[:3])
        assert list(folder.iterdir()) == []


def test_database_that_may_not_be_written(active_desk: Desk) -> None:
    with nobody_special() as folder:
        desk = Desk(f"sqlite:///{folder}/incident.db")
        with contextlib.closing(sqlite3.connect(active_desk.file)) as template:
            template.execute(f"VACUUM INTO '{desk.file}'")
        without_power(desk.file, folder)

        words = ("stand-down", "majian", "--decided-by", "command", "--basis", "令", "--yes")
        error = cannot_be_used(desk, words)

        assert "rights" in error["do"]


class Locked:
    """Somebody else's transaction, which holds the write lock until it is let go."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._connection.execute("BEGIN EXCLUSIVE")

    def let_go(self) -> None:
        """End it."""
        self._connection.rollback()
        self._connection.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands that wait a tenth of a second for a lock."""
    monkeypatch.setattr(bootstrap, "connect", partial(connect, lock_wait=0.1))


def test_locked_database_is_an_error_after_a_while(desk: Desk, impatient: None) -> None:
    locked = Locked(desk.file)

    error = cannot_be_used(desk, ACTIVATE, ("adopt", "wulipai"))

    assert "locked" in error["found"]
    locked.let_go()
    assert desk.version() == 1
    desk.done(*ACTIVATE)


def test_locked_database_can_be_read(desk: Desk, impatient: None) -> None:
    locked = Locked(desk.file)

    desk.done("status", "majian")
    desk.done("history", "majian")
    locked.let_go()


def test_command_waits_for_another_one_to_finish(desk: Desk) -> None:
    """The other one finishes when ours begins to wait: it looks at the clock, then asks for the lock."""
    locked = Locked(desk.file)
    looked = threading.Event()

    def finish() -> None:
        looked.wait()
        locked.let_go()

    finishing = threading.Thread(target=finish)
    finishing.start()
    at = desk.clock.at

    def seen_now() -> int:
        looked.set()
        return at

    with mock.patch.object(desk, "clock", seen_now):
        desk.done(*ACTIVATE)
    finishing.join()
    assert desk.version() == 2


def test_newer_schema_asks_for_the_newer_program(desk: Desk) -> None:
    desk.sql("UPDATE alembic_version SET version_num = '9999'")

    assert "newer program" in cannot_be_used(desk)["do"]
    assert desk.sql("SELECT version_num FROM alembic_version") == [("9999",)]
    assert desk.sql("SELECT count(*) FROM entry") == [(1,)]


def test_older_schema_asks_to_be_upgraded(desk: Desk) -> None:
    desk.sql(*AS_THE_FIRST_VERSION)

    assert "incident db upgrade" in cannot_be_used(desk, *COMMANDS[:4])["do"]
    assert desk.sql("SELECT count(*) FROM entry") == [(1,)]


def test_tables_of_somebody_else_are_left_alone(empty_desk: Desk) -> None:
    empty_desk.sql("CREATE TABLE invoices (n INTEGER)", "INSERT INTO invoices VALUES (7)")

    assert "somebody else" in cannot_be_used(empty_desk)["found"]
    assert "database" in doctor_says(empty_desk)
    assert empty_desk.sql("SELECT name FROM sqlite_master") == [("invoices",)]


def test_text_file_is_left_alone(empty_desk: Desk) -> None:
    empty_desk.file.write_text("Dear diary, today nothing happened at all.\n" * 20, encoding="utf-8")
    before = empty_desk.file.read_bytes()

    cannot_be_used(empty_desk)
    assert "database" in doctor_says(empty_desk)
    assert empty_desk.file.read_bytes() == before


def test_damaged_database_is_said(desk: Desk) -> None:
    desk.sql("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = desk.file.read_bytes()
    desk.file.write_bytes(whole[:100] + b"\xff" * 4000 + whole[4100:])

    cannot_be_used(desk, ("status",), ACTIVATE)


@contextlib.contextmanager
def no_room() -> Iterator[None]:
    """No database may grow by a page: SQLite says what it says on a full disk."""

    def cramped(url: str) -> Engine:
        engine = connect(url)

        @event.listens_for(engine, "connect")
        def fill(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA max_page_count=1").close()

        return engine

    with mock.patch.object(bootstrap, "connect", cramped):
        yield


def test_full_disk_leaves_everything_as_it_was(desk: Desk) -> None:
    before = desk.done("status", "majian", "--json").out
    with no_room():
        assert "room" in cannot_be_used(desk, ACTIVATE, ("adopt", "wulipai"))["expected"]

    assert desk.done("status", "majian", "--json").out == before
    assert desk.version() == 1
    desk.done(*ACTIVATE)


def test_full_disk_leaves_no_half_made_database(empty_desk: Desk) -> None:
    with no_room():
        cannot_be_used(empty_desk, ("adopt", "majian"))

    empty_desk.done("adopt", "majian")
    assert empty_desk.version() == 1


DOWN = [
    # nobody listens
    "postgresql+psycopg://officer:secret-4711@/incident?host={folder}",
    "postgresql://officer:secret-4711@/incident?host={folder}",
]


@pytest.mark.parametrize("url", DOWN)
def test_server_that_is_down(url: str, tmp_path: Path) -> None:
    desk = Desk(url.format(folder=tmp_path))

    error = cannot_be_used(desk, ("status",), ACTIVATE, ("db", "upgrade"))

    assert "server" in error["do"]
    assert "database" in doctor_says(desk)
    for lang in LANGUAGES:
        for words in (("status",), ("doctor",), ("status", "--json", "--verbose")):
            said = desk.run("--lang", lang, *words)
            assert "secret-4711" not in said.out + said.err


def test_server_without_such_a_database(postgres_server: PostgresServer) -> None:
    cannot_be_used(Desk(postgres_server.url("nobody_made_this")), ("status",), ACTIVATE)


def test_tables_of_somebody_else_on_a_server_are_left_alone(postgres_url: str) -> None:
    desk = Desk(postgres_url)
    address = postgres_url.replace("postgresql+psycopg", "postgresql", 1)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE TABLE invoices (n integer)")

    assert "somebody else" in cannot_be_used(desk, ("status",), ACTIVATE, ("db", "upgrade"))["found"]


def test_lock_on_a_server_is_an_error_after_a_while(postgres_url: str, impatient: None) -> None:
    desk = Desk(postgres_url)
    desk.done("adopt", "majian")
    address = postgres_url.replace("postgresql+psycopg", "postgresql", 1)
    with psycopg.connect(address) as connection:
        connection.execute("SELECT * FROM situation FOR UPDATE")

        error = cannot_be_used(desk, ACTIVATE)

    assert "waiting" in error["expected"]
    assert desk.version() == 1
