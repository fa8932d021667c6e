"""Databases of older schemas."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Engine, Table, insert, inspect, select

from incident import bootstrap
from incident.store import upgrade as upgrading
from incident.store.database import begin as begin_transaction
from incident.store.database import connect
from incident.store.tables import (
    disclosure,
    entry,
    playbook,
    situation,
    standing,
)
from incident.store.upgrade import migrate
from tests.crash.places import knowing_duty
from tests.service.story import whole_night

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


def first_columns(table: Table) -> list[Column[Any]]:
    """Give the columns that a table of 0001 had."""
    return [
        column
        for column in table.columns
        if column.name not in ("zone", "confirm_by", "epoch", "origin", "nodes")
    ]


def rows(connection: Connection) -> dict[str, list[Any]]:
    return {
        table.name: sorted(map(tuple, connection.execute(select(*first_columns(table))))) for table in FIRST
    }


def fill(url: str, source: Path) -> dict[str, list[Any]]:
    """Write a whole night's rows into an old database, as the program of that time did; gives them."""
    with closing(bootstrap.open_store(f"sqlite:///{source}")) as store, knowing_duty(does_so=False):
        whole_night(store)
        with store._engine.connect() as connection:
            told = {table: list(connection.execute(select(*first_columns(table)))) for table in FIRST}
    with opened(url) as engine, engine.begin() as connection:
        for table, found in told.items():
            ordered = sorted(found, key=lambda row: str(row[1]))
            connection.execute(insert(table), [dict(row._mapping) for row in ordered])
        return rows(connection)


POSTGRESQL_LOOKS = {
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


def words_of(connection: Connection, index: str) -> Any:
    statement = "SELECT sql FROM sqlite_master WHERE type = 'index' AND name = ?"
    return connection.exec_driver_sql(statement, (index,)).scalar_one()


def schema(url: str) -> dict[str, Any]:
    """Describe a schema down to what the database itself says of it."""
    with opened(url) as engine, engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            return {
                what: sorted(map(repr, connection.exec_driver_sql(look)))
                for what, look in POSTGRESQL_LOOKS.items()
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
                # without its place in the list, which is of no consequence; a partial one by its words
                sorted(
                    repr((*row[1:], words_of(connection, row[1])))
                    for row in connection.exec_driver_sql(f"PRAGMA index_list({name})").all()
                ),
            ]
            for name in look.get_table_names()
        }
        described["triggers"] = sorted(map(repr, connection.exec_driver_sql(triggers)))
        for pragma in ("application_id", "user_version", "journal_mode", "encoding"):
            described[pragma] = connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one()
        return described


def shipped() -> list[Path]:
    """List the migrations, oldest first."""
    return sorted(Path(upgrading.__file__).parents[2].joinpath("migrations", "versions").glob("m[0-9]*.py"))
