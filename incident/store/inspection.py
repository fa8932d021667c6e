"""What an operator asks of a database: version, guards, durability. Used by `incident doctor`."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from sqlite3 import sqlite_version

from msgspec import Struct
from sqlalchemy import URL, Connection, inspect

from incident.store.address import place_of
from incident.store.database import connect, revision
from incident.store.faults import translated
from incident.store.guards import DEFINITIONS, GUARDED, flat
from incident.store.roles import Role, connected
from incident.store.tables import REVISION, metadata


class Inspected(Struct, frozen=True, kw_only=True):
    """What was found."""

    #: Where, without a password.
    place: str
    #: Kind and version of the server or library.
    server: str
    #: Schema version; none when the database is new.
    revision: str | None
    #: Schema version of this program.
    expected: str
    #: Columns, as `table.column`, that are missing, that are too many, or that may be empty and should not.
    other_columns: list[str]
    #: Guards of the journal that are missing, switched off, or hollow: of the right name and doing otherwise.
    missing_guards: list[str]
    #: How commits are made durable: `FULL`, `on`.
    durability: str
    #: Whether that survives a power cut.
    is_durable: bool
    #: Rights of the database file, and whether others may read or write it; none on a server.
    rights: str | None
    is_open_to_others: bool
    #: Who is connected to a server, at the schema of this program.
    role: Role | None = None


def inspect_database(url: str) -> Inspected:
    """Look at a database without changing it. Raises `StoreError` when it does not answer."""
    engine = connect(url)
    place = place_of(engine)
    if _is_yet_to_be_made(engine.url):
        return _new(place)
    try:
        with translated(place), engine.connect() as connection:
            found = revision(connection)
            look = _sqlite if connection.dialect.name == "sqlite" else _postgresql
            server, guards, durability, is_durable = look(connection)
            columns = _other_columns(connection) if found == REVISION else []
            is_ready = found == REVISION and connection.dialect.name == "postgresql"
            role = connected(connection) if is_ready else None
    finally:
        engine.dispose()
    rights, is_open = _rights(engine.url)
    expected = DEFINITIONS[engine.dialect.name] if found is not None else {}
    return Inspected(
        place=place,
        server=server,
        revision=found,
        expected=REVISION,
        other_columns=columns,
        missing_guards=sorted(name for name in expected if guards.get(name) != expected[name]),
        durability=durability,
        is_durable=is_durable,
        rights=rights,
        is_open_to_others=is_open,
        role=role,
    )


def _other_columns(connection: Connection) -> list[str]:
    """Hold the columns of our tables against those that this program reads and writes.

    The number of the schema says which migrations were made, not what they were.
    """
    look = inspect(connection)
    there = {
        (name, column["name"], bool(column["nullable"]))
        for name in look.get_table_names()
        if name in metadata.tables
        for column in look.get_columns(name)
    }
    expected = {
        (name, column.name, bool(column.nullable))
        for name, table in metadata.tables.items()
        for column in table.columns
    }
    return sorted({f"{name}.{column}" for name, column, _is_nullable in there ^ expected})


def _is_yet_to_be_made(url: URL) -> bool:
    """Tell whether an SQLite file is not there and could be made; where it could not, opening it says why."""
    if url.get_backend_name() != "sqlite" or Path(str(url.database)).exists():
        return False
    above = next(folder for folder in Path(str(url.database)).absolute().parents if folder.exists())
    return above.is_dir() and os.access(above, os.W_OK)


def _new(place: str) -> Inspected:
    """Describe a database that is made when it is first used; looking at it must not make it."""
    return Inspected(
        place=place,
        server=f"SQLite {sqlite_version}",
        revision=None,
        expected=REVISION,
        other_columns=[],
        missing_guards=[],
        durability="synchronous=FULL",
        is_durable=True,
        rights=None,
        is_open_to_others=False,
    )


def _rights(url: URL) -> tuple[str | None, bool]:
    """Others on this machine should not be able to read the database, or what SQLite keeps beside it."""
    if url.get_backend_name() != "sqlite" or not url.database or not Path(url.database).is_file():
        return None, False
    files = [Path(url.database + end) for end in ("", "-wal", "-shm")]
    modes = [file.stat().st_mode for file in files if file.is_file()]
    is_open = [bool(mode & (stat.S_IRWXG | stat.S_IRWXO)) for mode in modes]
    shown = modes[is_open.index(True)] if any(is_open) else modes[0]
    return stat.filemode(shown), any(is_open)


def _sqlite(connection: Connection) -> tuple[str, dict[str, str], str, bool]:
    version = connection.exec_driver_sql("SELECT sqlite_version()").scalar_one()
    triggers = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    guards = {name: flat(sql) for name, sql in triggers}
    level = int(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())
    mode = str(connection.exec_driver_sql("PRAGMA journal_mode").scalar_one())
    durable = level >= 2  # noqa: PLR2004 - SQLite's number for FULL
    return f"SQLite {version}", guards, f"journal_mode={mode} synchronous={level}", durable


#: Triggers of our tables that fire for every session, each with its function's settings and source.
_POSTGRESQL_TRIGGERS = """
SELECT tgname, pg_get_triggerdef(pg_trigger.oid, true), array_to_string(proconfig, ' '), prosrc
FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
WHERE tgenabled = 'A' AND NOT tgisinternal AND tgrelid = ANY (SELECT to_regclass(unnest(%s::text[])))
"""


def _postgresql(connection: Connection) -> tuple[str, dict[str, str], str, bool]:
    version = connection.exec_driver_sql("SHOW server_version").scalar_one()
    triggers = connection.exec_driver_sql(_POSTGRESQL_TRIGGERS, (GUARDED,))
    guards = {name: flat(f"{trigger} {path} {source}") for name, trigger, path, source in triggers}
    commit = str(connection.exec_driver_sql("SHOW synchronous_commit").scalar_one())
    fsync = str(connection.exec_driver_sql("SHOW fsync").scalar_one())
    durable = commit != "off" and fsync == "on"
    return f"PostgreSQL {version}", guards, f"synchronous_commit={commit} fsync={fsync}", durable
