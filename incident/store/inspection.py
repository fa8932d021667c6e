"""What an operator asks of a database: version, guards, durability. Used by `incident doctor`."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from sqlite3 import sqlite_version

from msgspec import Struct
from sqlalchemy import URL, Connection

from incident.store.address import place_of
from incident.store.database import connect, revision
from incident.store.faults import translated
from incident.store.guards import NAMES
from incident.store.tables import REVISION


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
    #: Guards of the journal that are missing or switched off.
    missing_guards: list[str]
    #: How commits are made durable: `FULL`, `on`.
    durability: str
    #: Whether that survives a power cut.
    is_durable: bool
    #: Rights of the database file, and whether others may write it; none on a server.
    rights: str | None
    is_open_to_others: bool


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
    finally:
        engine.dispose()
    rights, is_open = _rights(engine.url)
    expected = NAMES[engine.dialect.name] if found is not None else set()
    return Inspected(
        place=place,
        server=server,
        revision=found,
        expected=REVISION,
        missing_guards=sorted(expected - guards),
        durability=durability,
        is_durable=is_durable,
        rights=rights,
        is_open_to_others=is_open,
    )


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
        missing_guards=[],
        durability="synchronous=FULL",
        is_durable=True,
        rights=None,
        is_open_to_others=False,
    )


def _rights(url: URL) -> tuple[str | None, bool]:
    """Others on this machine should not be able to write the database."""
    if url.get_backend_name() != "sqlite" or not url.database or not Path(url.database).is_file():
        return None, False
    mode = Path(url.database).stat().st_mode
    return stat.filemode(mode), bool(mode & (stat.S_IWGRP | stat.S_IWOTH))


def _sqlite(connection: Connection) -> tuple[str, set[str], str, bool]:
    version = connection.exec_driver_sql("SELECT sqlite_version()").scalar_one()
    guards = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars()
    level = int(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())
    mode = str(connection.exec_driver_sql("PRAGMA journal_mode").scalar_one())
    durable = level >= 2  # noqa: PLR2004 - SQLite's number for FULL
    return f"SQLite {version}", set(guards), f"journal_mode={mode} synchronous={level}", durable


def _postgresql(connection: Connection) -> tuple[str, set[str], str, bool]:
    version = connection.exec_driver_sql("SHOW server_version").scalar_one()
    always = "SELECT tgname FROM pg_trigger WHERE tgenabled = 'A' AND NOT tgisinternal"
    guards = connection.exec_driver_sql(always).scalars()
    commit = str(connection.exec_driver_sql("SHOW synchronous_commit").scalar_one())
    fsync = str(connection.exec_driver_sql("SHOW fsync").scalar_one())
    durable = commit != "off" and fsync == "on"
    return f"PostgreSQL {version}", set(guards), f"synchronous_commit={commit} fsync={fsync}", durable
