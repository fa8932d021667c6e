"""Databases that begin alike, and the bare driver that sends what ours sent.

The first is written once by ours while every statement is kept; the second is ours, measured; into the third
the bare driver sends what was kept. At the end the second and the third hold the same rows.
Commits are durable on all: synchronous=FULL, fsync on.
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psycopg
from sqlalchemy import Engine, event, select

from bench import _measure
from incident.store.database import connect, prepare
from incident.store.tables import metadata
from tests import postgres

#: Settings of a server of our own: as in production, but it cleans up at no moment of its choosing.
SERVER: Any = ("fsync=on", "full_page_writes=on", "listen_addresses=", "timezone=UTC", "autovacuum=off")
#: Rows compared at a time.
_ROWS = 10_000


class Sent(NamedTuple):
    """One statement as it went to the driver."""

    statement: str
    values: Any
    #: One statement for many rows.
    is_many: bool


class Driver(Protocol):
    """What a connection of either driver can do."""

    def cursor(self) -> Any: ...
    def commit(self) -> None: ...
    def close(self) -> None: ...


class Databases(NamedTuple):
    """Three databases that begin alike (to record, ours, the limit's), and an empty one."""

    record: str
    ours: str
    limit: str
    empty: str
    #: Opens the third over the bare driver.
    open: Callable[[], Driver]


@contextmanager
def _sqlite(adopted: Callable[[str], None]) -> Iterator[Databases]:
    """Give SQLite files."""
    with _measure.folder() as folder:
        start = folder / "start.db"
        adopted(f"sqlite:///{start}")
        paths = [folder / f"{name}.db" for name in ("record", "ours", "limit", "empty")]
        for path in paths[:3]:
            shutil.copyfile(start, path)

        def bare() -> sqlite3.Connection:
            connection = sqlite3.connect(paths[2], isolation_level=None)
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA foreign_keys=ON")
            return connection

        record, ours, limit, empty = (f"sqlite:///{path}" for path in paths)
        yield Databases(record, ours, limit, empty, bare)


@contextmanager
def server() -> Iterator[postgres.PostgresServer]:
    """Give a PostgreSQL of our own, or the one that INCIDENT_TEST_PG names."""
    postgres.SETTINGS = SERVER
    with postgres.running_server() as running:
        yield running


@contextmanager
def _postgresql(adopted: Callable[[str], None]) -> Iterator[Databases]:
    """Give databases of one server."""
    with server() as running, running.database() as start:
        adopted(running.url(start))
        with running.connect(start) as connection:
            connection.execute("VACUUM ANALYZE")
        with (
            running.database(start) as record,
            running.database(start) as ours,
            running.database(start) as limit,
            running.database() as empty,
        ):

            def bare() -> psycopg.Connection[Any]:
                parameters: dict[str, Any] = {**running.parameters, "dbname": limit}
                return psycopg.connect(**parameters)

            yield Databases(
                record=running.url(record),
                ours=running.url(ours),
                limit=running.url(limit),
                empty=running.url(empty),
                open=bare,
            )


KINDS = {"sqlite": _sqlite, "postgresql": _postgresql}


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """Open one of them by the store's own means."""
    engine = connect(url)
    prepare(engine)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def recording(engine: Engine) -> Iterator[list[list[Sent]]]:
    """Keep what each transaction sends that is committed."""
    transactions: list[list[Sent]] = []
    current: list[Sent] = []

    def keep(_c: Any, _cursor: Any, statement: str, values: Any, _context: Any, is_many: bool) -> None:  # noqa: FBT001
        current.append(Sent(statement, values, is_many))

    def end(_connection: Any) -> None:
        transactions.append(list(current))
        current.clear()

    def undo(_connection: Any) -> None:
        current.clear()

    listeners: dict[str, Callable[..., None]] = {
        "before_cursor_execute": keep,
        "commit": end,
        "rollback": undo,
    }
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    yield transactions
    for name, listener in listeners.items():
        event.remove(engine, name, listener)


def send(connection: Driver, cursor: Any, transaction: Sequence[Sent]) -> None:
    """Send one transaction again, over the bare driver."""
    for sent in transaction:
        if sent.is_many:
            cursor.executemany(sent.statement, sent.values)
        else:
            cursor.execute(sent.statement, sent.values)
        if cursor.description is not None:
            cursor.fetchall()
    connection.commit()


def check_same(databases: Databases) -> None:
    """Make sure that both sides wrote the same."""
    for table in metadata.sorted_tables:
        found = select(table).order_by(*table.primary_key).execution_options(yield_per=_ROWS)
        with (
            opened(databases.ours) as first,
            opened(databases.limit) as second,
            first.connect() as ours,
            second.connect() as limit,
        ):
            rows = zip(ours.execute(found), limit.execute(found), strict=True)
            assert all(one == other for one, other in rows), f"both sides write the same into {table.name}"
