"""What Alembic builds step by step is what a new database is made with; an old one is brought there whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, insert, inspect, select

from incident import bootstrap
from incident.domain.errors import StoreError
from incident.store import upgrade as upgrading
from incident.store.database import begin as begin_transaction
from incident.store.database import connect
from incident.store.tables import REVISION, disclosure, entry, metadata, outbox, playbook, situation, standing
from incident.store.upgrade import migrate, upgrade
from tests.service.story import activate, verified, whole_night

#: Tables of 0001, in an order in which their rows may be written.
FIRST = (playbook, entry, disclosure, standing, situation)


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = connect(url)
    yield engine
    engine.dispose()


def make_old(url: str, to: str = "0001") -> None:
    """Make an empty database at a revision, by the way `incident db upgrade` goes."""
    with opened(url) as engine, engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        begin_transaction(connection, write=True)
        migrate(connection, url, to)
        connection.commit()


def rows(connection: Connection) -> dict[str, list[Any]]:
    return {table.name: sorted(map(tuple, connection.execute(select(table)))) for table in FIRST}


def fill(url: str, source: Path) -> dict[str, list[Any]]:
    """Write a whole night's rows into an old database, as the program of that time did; gives them."""
    with closing(bootstrap.open_store(f"sqlite:///{source}")) as store:
        whole_night(store)
        with store._engine.connect() as connection:
            told = {table: list(connection.execute(select(table))) for table in FIRST}
    with opened(url) as engine, engine.begin() as connection:
        for table, found in told.items():
            ordered = sorted(found, key=lambda row: str(row[1]))
            connection.execute(insert(table), [dict(row._mapping) for row in ordered])
        return rows(connection)


@pytest.fixture
def old_url(url: str, tmp_path: Path) -> str:
    """A database as the first version left it, with a night in it."""
    make_old(url)
    fill(url, tmp_path / "source.db")
    return url


_POSTGRESQL_LOOKS = {
    "columns": """SELECT table_name, column_name, ordinal_position, data_type, character_maximum_length,
        is_nullable, column_default, is_identity
        FROM information_schema.columns WHERE table_schema = 'public'""",
    "constraints": """SELECT conrelid::regclass::text, conname, contype, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "triggers": "SELECT tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    "functions": "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    "sequences": "SELECT sequence_name, '' FROM information_schema.sequences",
}


def schema(url: str) -> dict[str, Any]:
    """Describe a schema down to what the database itself says of it."""
    with opened(url) as engine, engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            return {
                what: sorted(map(repr, connection.exec_driver_sql(look)))
                for what, look in _POSTGRESQL_LOOKS.items()
            }
        look = inspect(connection)
        triggers = "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'"
        described: dict[str, Any] = {
            name: [
                sorted(map(repr, connection.exec_driver_sql(f"PRAGMA table_xinfo({name})"))),
                look.get_pk_constraint(name),
                look.get_unique_constraints(name),
                look.get_foreign_keys(name),
                look.get_check_constraints(name),
                sorted(map(repr, connection.exec_driver_sql(f"PRAGMA index_list({name})"))),
            ]
            for name in look.get_table_names()
        }
        described["triggers"] = sorted(map(repr, connection.exec_driver_sql(triggers)))
        for pragma in ("application_id", "user_version", "journal_mode", "encoding"):
            described[pragma] = connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one()
        return described


def test_migrations_build_the_schema_that_a_new_database_has(
    url: str, request: pytest.FixtureRequest
) -> None:
    if url.startswith("sqlite"):
        other = f"sqlite:///{request.getfixturevalue('tmp_path') / 'migrated.db'}"
        make_old(other, "head")
        bootstrap.open_store(url).close()
        assert schema(other) == schema(url)
        assert set(schema(url)) >= set(metadata.tables)
    else:
        server = request.getfixturevalue("postgres_server")
        bootstrap.open_store(url).close()
        with server.database() as name:
            make_old(server.url(name), "head")
            assert schema(server.url(name)) == schema(url)


def test_migrations_made_one_by_one_give_the_same_as_at_once(sqlite_url: str, tmp_path: Path) -> None:
    make_old(sqlite_url)
    assert upgrade(sqlite_url) == ("0001", REVISION)

    bootstrap.open_store(f"sqlite:///{tmp_path / 'new.db'}").close()
    assert schema(sqlite_url) == schema(f"sqlite:///{tmp_path / 'new.db'}")


def test_revision_is_the_newest_migration() -> None:
    newest = max(Path(upgrading.__file__).parents[2].joinpath("migrations", "versions").glob("m[0-9]*.py"))
    assert newest.name[1:5] == REVISION


def test_old_database_is_refused_with_what_to_run(old_url: str) -> None:
    with pytest.raises(StoreError, match="incident db upgrade"):
        bootstrap.open_store(old_url)


def test_upgrade_keeps_every_row_and_the_journal_holds(old_url: str) -> None:
    with opened(old_url) as engine, engine.connect() as connection:
        before = rows(connection)

    assert upgrade(old_url) == ("0001", REVISION)

    with opened(old_url) as engine, engine.connect() as connection:
        assert rows(connection) == before
    with closing(bootstrap.open_store(old_url)) as store:
        assert verified(store).entries == 5
        with store._engine.connect() as connection:
            told = connection.execute(
                select(outbox.c.seq, outbox.c.done_at == entry.c.at).join(
                    entry, (entry.c.jurisdiction == outbox.c.jurisdiction) & (entry.c.seq == outbox.c.seq)
                )
            ).all()
        assert {tuple(row) for row in told} == {(2, True), (4, True)}
        activate(store, id="after the upgrade")
        assert verified(store).entries == 6


def test_second_upgrade_finds_nothing_to_do(old_url: str) -> None:
    upgrade(old_url)

    assert upgrade(old_url) == (REVISION, REVISION)


def test_upgrade_of_a_new_database_makes_it_ready(url: str) -> None:
    assert upgrade(url) == (None, REVISION)
    bootstrap.open_store(url).close()


KILLED = """
import os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from incident.store.upgrade import upgrade
left = int(sys.argv[2])

@event.listens_for(Engine, "after_cursor_execute")
def count(connection, cursor, statement, *rest):
    global left
    left -= statement.lstrip().startswith(("CREATE", "UPDATE", "INSERT"))
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

upgrade(sys.argv[1])
"""


@pytest.mark.parametrize("statement", [1, 2, 3, 4])
def test_upgrade_that_was_killed_left_all_as_it_was(old_url: str, statement: int) -> None:
    """After the new table, after each filling of it, and after the new number."""
    before = schema(old_url)
    arguments = [sys.executable, "-c", KILLED, old_url, str(statement)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}

    assert subprocess.run(arguments, check=False, env=environment).returncode == -signal.SIGKILL

    assert schema(old_url) == before
    assert upgrade(old_url) == ("0001", REVISION)
    with closing(bootstrap.open_store(old_url)) as store:
        assert verified(store).entries == 5


def test_journal_is_never_taken_back(sqlite_store: Any) -> None:
    from importlib import import_module

    for name in ("m0001_journal", "m0002_outbox"):
        with pytest.raises(NotImplementedError, match="backup"):
            import_module(f"incident.migrations.versions.{name}").downgrade()


def test_database_at_no_revision_is_not_taken_for_a_new_one(store: Any, url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")
    engine.dispose()

    with pytest.raises(StoreError):
        bootstrap.open_store(url)
