"""Opening a database, looking at it, waiting for it; and what happens when it cannot take any more."""

from __future__ import annotations

import itertools
import re
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, exc

from incident import bootstrap
from incident.domain.errors import StoreError
from incident.store import database
from incident.store.database import connect, prepare, turn
from incident.store.faults import translated
from incident.store.inspection import inspect_database
from incident.store.sql import SqlStore
from tests.playbooks import CODE
from tests.service.story import activate, begin, verified, version

SECRET = "geheim"


def refused(url: str, **settings: float) -> StoreError:
    """Open a database that is not to be opened; the password is in no part of what is said."""
    with pytest.raises(StoreError) as caught:
        prepare(connect(url, **settings))
    assert SECRET not in str(caught.value)
    assert all(caught.value.parts())
    return caught.value


def said(error: StoreError) -> str:
    return str(error)


def test_new_database_is_ready_at_once(url: str) -> None:
    with closing(bootstrap.open_store(url)) as store:
        begin(store)
    with closing(bootstrap.open_store(url)) as again:
        assert verified(again).entries == 1


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_new_database_needs_no_alembic(url: str) -> None:
    """A short command has no 400 ms for it."""
    script = (
        "import sys; from incident import bootstrap; bootstrap.open_store(sys.argv[1]).close();"
        "sys.exit(any(name.partition('.')[0] == 'alembic' for name in sys.modules))"
    )

    assert subprocess.run([sys.executable, "-c", script, url], check=False).returncode == 0
    with closing(bootstrap.open_store(url)) as store:
        begin(store)


def test_folder_of_a_new_database_is_made(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "incident.db"
    bootstrap.open_store(f"sqlite:///{file}").close()

    assert file.is_file()


def test_file_that_is_taken_away_is_not_made_anew_by_who_had_opened_it(tmp_path: Path) -> None:
    """Whoever opens it next is told so, and no empty file is taken for ours."""
    file = tmp_path / "库 100%.db"
    with closing(bootstrap.open_store(f"sqlite:///{file}")) as store, store.reading():
        with store.reading() as beside:
            assert list(beside.codes()) == []
        file.rename(tmp_path / "away.db")
        with store.reading(), pytest.raises(StoreError, match="unable to open"), store.reading():
            pass
    assert not file.exists()


def test_database_is_found_by_option_environment_or_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INCIDENT_DB", "sqlite:////from/the/environment")
    assert bootstrap.url_of("sqlite:////as/told") == "sqlite:////as/told"
    assert bootstrap.url_of(None) == "sqlite:////from/the/environment"
    monkeypatch.delenv("INCIDENT_DB")
    assert bootstrap.url_of(None).endswith("/incident/incident.db")


def test_clock_of_the_program_gives_whole_seconds() -> None:
    assert abs(bootstrap.clock() - time.time()) < 60
    assert len(bootstrap.chance(16)) == 16


def test_commits_are_synchronous_full(sqlite_store: SqlStore, sqlite_url: str) -> None:
    found = inspect_database(sqlite_url)

    assert found.durability == "journal_mode=wal synchronous=2"
    assert found.is_durable
    assert not found.is_open_to_others


def test_looking_at_a_server_says_how_durable_it_is(postgres_store: SqlStore, postgres_url: str) -> None:
    found = inspect_database(postgres_url)

    assert found.server.startswith("PostgreSQL ")
    assert "synchronous_commit=on" in found.durability
    assert found.rights is None


#: What was done to a table → the columns that are named.
OTHER: dict[str, list[str]] = {
    "ALTER TABLE duty RENAME COLUMN post TO pos": ["duty.pos", "duty.post"],
    "ALTER TABLE person ADD COLUMN phone TEXT": ["person.phone"],
    "ALTER TABLE letter DROP COLUMN lost": ["letter.lost"],
    "ALTER TABLE attachment RENAME TO attachments": [
        "attachment.body",
        "attachment.digest",
        "attachment.jurisdiction",
    ],
}


@pytest.mark.parametrize("done", OTHER)
def test_columns_that_are_others_than_the_program_expects_are_named(
    store: SqlStore, url: str, done: str
) -> None:
    assert inspect_database(url).other_columns == []
    with store._engine.begin() as connection:
        if "DROP COLUMN" in done:
            connection.exec_driver_sql("DROP INDEX letter_lost")
        connection.exec_driver_sql(done)
    assert inspect_database(url).other_columns == OTHER[done]


def test_looking_at_a_new_database_misses_no_guards(url: str) -> None:
    found = inspect_database(url)

    assert found.revision is None
    assert found.missing_guards == []


def test_new_database_waits_for_whoever_looks_into_it_at_that_moment(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(tmp_path / "incident.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waits = []
        monkeypatch.setattr(database, "sleep", lambda _pause: waits.append(other.execute("ROLLBACK")))
        prepare(connect(sqlite_url))
    assert len(waits) == 1


def test_new_database_does_not_wait_for_ever(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(tmp_path / "incident.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        now = itertools.count(step=6)
        monkeypatch.setattr(database, "monotonic", lambda: next(now))
        monkeypatch.setattr(database, "sleep", lambda _pause: None)
        assert "locked" in said(refused(sqlite_url))


def test_database_that_may_not_be_written_says_so(sqlite_store: SqlStore, sqlite_url: str) -> None:
    begin(sqlite_store)
    reader = SqlStore(connect(sqlite_url))

    @event.listens_for(reader._engine, "connect")
    def only_read(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA query_only=ON")

    with pytest.raises(StoreError, match="a database that may be written"):
        activate(reader)
    assert version(reader) == 1
    reader.close()


def hold_lock(url: str) -> Any:
    """Take the lock of the jurisdiction as another program would, and keep it."""
    engine = create_engine(url)
    connection = engine.connect()
    if url.startswith("sqlite"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql("SELECT * FROM situation FOR UPDATE")
    return engine, connection


def test_database_that_stays_locked_is_waited_for_and_then_given_up(store: SqlStore, url: str) -> None:
    begin(store)
    hasty = SqlStore(connect(url, lock_wait=0.2))
    engine, connection = hold_lock(url)
    began = time.monotonic()
    try:
        with pytest.raises(StoreError, match="free within the waiting time"):
            activate(hasty)
        assert time.monotonic() - began >= 0.15
    finally:
        connection.close()
        engine.dispose()
        hasty.close()

    assert version(store) == 1
    activate(store)
    assert verified(store).entries == 2


def test_lock_that_is_given_back_in_time_is_no_error(store: SqlStore, url: str) -> None:
    begin(store)
    engine, connection = hold_lock(url)
    try:
        other = threading.Thread(target=activate, args=(store,))
        other.start()
        with store.reading() as tx:
            # whoever only looks does not wait
            assert tx.log(CODE) is not None
        connection.rollback()
        other.join(timeout=10)
    finally:
        connection.close()
        engine.dispose()

    assert verified(store).entries == 2


def test_where_ones_turn_to_write_does_not_come_the_database_decides(
    sqlite_store: SqlStore, sqlite_url: str
) -> None:
    begin(sqlite_store)
    engine = connect(sqlite_url, lock_wait=0.1)
    with closing(SqlStore(engine)) as hasty, turn(engine):  # of somebody who holds no lock
        activate(hasty)

    assert verified(sqlite_store).entries == 2


def test_who_fails_while_writing_gives_their_turn_back(sqlite_store: SqlStore) -> None:
    begin(sqlite_store)
    with pytest.raises(RuntimeError, match="in the middle"), sqlite_store.writing(CODE):
        raise RuntimeError("in the middle")

    other = threading.Thread(target=activate, args=(sqlite_store,))
    other.start()
    other.join(timeout=5)

    assert verified(sqlite_store).entries == 2


def test_waiting_time_of_nothing_is_not_for_ever(postgres_store: SqlStore, postgres_url: str) -> None:
    """0 would switch PostgreSQL's limit off."""
    begin(postgres_store)
    hasty = SqlStore(connect(postgres_url, lock_wait=0))
    engine, connection = hold_lock(postgres_url)
    try:
        with pytest.raises(StoreError, match="free within the waiting time"):
            activate(hasty)
    finally:
        connection.close()
        engine.dispose()
        hasty.close()


def fill_disk(engine: Engine) -> None:
    """Let the file grow no further, as a full disk would."""

    @event.listens_for(engine, "connect")
    def limit(connection: Any, _record: Any) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages}")


def test_full_disk_leaves_nothing_half_done(sqlite_store: SqlStore, sqlite_url: str) -> None:
    begin(sqlite_store)
    full = SqlStore(connect(sqlite_url))
    fill_disk(full._engine)
    with sqlite_store.reading() as tx:
        before = tx.log(CODE), tx.standing(CODE)

    with pytest.raises(StoreError, match="room on the disk"):
        activate(full, reason="长" * 5000)
    full.close()

    with sqlite_store.reading() as tx:
        assert (tx.log(CODE), tx.standing(CODE)) == before
    assert verified(sqlite_store).entries == 1
    activate(sqlite_store)
    assert verified(sqlite_store).entries == 2


def test_full_disk_leaves_no_half_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'incident.db'}"
    engine = connect(url)

    @event.listens_for(engine, "connect")
    def limit(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA max_page_count=4")

    with pytest.raises(StoreError, match="room on the disk"):
        prepare(engine)
    with closing(bootstrap.open_store(url)) as store:
        begin(store)
        assert verified(store).entries == 1


def test_connection_that_broke_is_a_store_error_and_the_next_one_works(postgres_store: SqlStore) -> None:
    begin(postgres_store)

    def break_off() -> None:
        with postgres_store.reading() as tx:
            (pid,) = tx._connection.exec_driver_sql("SELECT pg_backend_pid()").one()
            with postgres_store._engine.connect() as other:
                other.exec_driver_sql("SELECT pg_terminate_backend(%s)", (pid,))
            tx.log(CODE)

    with pytest.raises(StoreError, match="a database that answers"):
        break_off()
    assert version(postgres_store) == 1


def test_damaged_file_is_a_store_error(sqlite_url: str, tmp_path: Path) -> None:
    with closing(bootstrap.open_store(sqlite_url)) as store:
        begin(store)
    file = tmp_path / "incident.db"
    raw = bytearray(file.read_bytes())
    raw[4096:] = bytes(len(raw) - 4096)
    file.write_bytes(raw)

    with pytest.raises(StoreError, match=re.escape("an undamaged database")):
        bootstrap.open_store(sqlite_url)


class SaidInChinese(Exception):
    """What psycopg raises where the server speaks Chinese."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__("错误:  由于某种原因\nDETAIL:  王小明")
        self.sqlstate = sqlstate


STATES = {
    "55P03": "free within the waiting time",
    "53100": "room on the disk",
    "58030": "a disk that works",
    "XX001": "an undamaged database",
    "25006": "a database that may be written",
    "42501": "a database that may be written",
    "57P01": "a database that answers",
    "08006": "a database that answers",
    "99999": "a database that answers",
}


@pytest.mark.parametrize("sqlstate", STATES)
def test_server_is_understood_in_any_language(sqlstate: str) -> None:
    with pytest.raises(StoreError, match=STATES[sqlstate]) as caught, translated("somewhere"):
        raise exc.OperationalError("SELECT", {}, SaidInChinese(sqlstate))

    assert "王小明" not in str(caught.value)
    assert all(caught.value.parts())


def test_values_stand_in_no_message(store: SqlStore) -> None:
    """A traceback of SQLAlchemy's own would show them."""
    mark = "?" if store._engine.dialect.name == "sqlite" else "%s"
    with store._engine.connect() as connection, pytest.raises(exc.DBAPIError) as caught:
        connection.exec_driver_sql(f"SELECT * FROM nowhere WHERE name = {mark}", (SECRET,))

    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("end", ["", "-wal", "-shm"])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602])
def test_file_that_others_may_read_or_write_is_found(
    sqlite_store: SqlStore, sqlite_url: str, end: str, mode: int
) -> None:
    begin(sqlite_store)
    assert not inspect_database(sqlite_url).is_open_to_others
    file = Path(sqlite_url.removeprefix("sqlite:///") + end)

    file.chmod(mode)

    found = inspect_database(sqlite_url)
    assert found.is_open_to_others
    assert found.rights == stat.filemode(stat.S_IFREG | mode)
