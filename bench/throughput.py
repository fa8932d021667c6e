"""How many activations and stand-downs a second are decided, recorded and durable, against the bare driver.

Ours: `service.handle.handle` over one store, alternating activation and stand-down under the plan of 马剑镇.
Limit: the driver alone (sqlite3, psycopg) carrying out the very statements with the very values that ours
sent when it was recorded before: the locked read, the rows, the commit. Both sides begin with the same
database and must end with the same rows. Commits are durable on both sides: synchronous=FULL, fsync on.
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, Protocol

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psycopg
from sqlalchemy import Engine, event, select

from bench import _measure, _town
from incident.domain.request import Request
from incident.playbook_text.load import must_load
from incident.service.adopt import Who, adopt
from incident.service.handle import handle
from incident.store.database import connect, prepare
from incident.store.sql import SqlStore
from incident.store.tables import metadata
from tests import postgres

TARGETS = {"sqlite": 0.40, "postgresql": 0.60}
#: Transactions of a round; a round is long enough that the clock's grain does not show.
ROUND = 40


class Sent(NamedTuple):
    """One statement as it went to the driver."""

    statement: str
    values: Any
    #: One statement for many rows.
    is_many: bool


class Driver(Protocol):
    """What a connection of either driver can do."""

    def cursor(self) -> Any: ...  # noqa: D102
    def commit(self) -> None: ...  # noqa: D102
    def close(self) -> None: ...  # noqa: D102


class Officer:
    """Presses in turn: activation, stand-down. Two officers on equal databases write the same bytes."""

    def __init__(self, engine: Engine, code: str) -> None:
        """Work in the adopted jurisdiction `code`."""
        self._store = SqlStore(engine)
        self._code = code
        self._chance = _town.drawn()
        self._pressed = 0

    def press(self, times: int) -> None:
        """Carry out the next requests."""
        for _ in range(times):
            number = self._pressed
            request = _stand_down(number) if number % 2 else _activation(number)
            handle(self._store, self._code, request, now=self._now, chance=self._chance)
            self._pressed += 1

    def _now(self) -> int:
        return _town.NIGHT + self._pressed


class Replay:
    """Sends what an officer's transactions sent, over the bare driver."""

    def __init__(self, connection: Driver, transactions: Sequence[list[Sent]]) -> None:
        """Send over `connection`."""
        self._connection = connection
        self._cursor = connection.cursor()
        self._left = iter(transactions)

    def press(self, times: int) -> None:
        """Send the next transactions."""
        cursor = self._cursor
        for transaction in islice(self._left, times):
            for sent in transaction:
                if sent.is_many:
                    cursor.executemany(sent.statement, sent.values)
                else:
                    cursor.execute(sent.statement, sent.values)
                if cursor.description is not None:
                    cursor.fetchall()
            self._connection.commit()


def _activation(number: int) -> Request:
    return Request(
        verb="activate",
        event="local_positive_reported",
        fields={"origin": "local", "result": "confirmed", "cases": 1},
        source="bench",
        id=f"{number:010}",
        authority="command",
        decided_by="领导小组",
        basis="预案第一条",
        by="bench",
    )


def _stand_down(number: int) -> Request:
    return Request(
        verb="stand_down",
        event="response_lifted",
        source="bench",
        id=f"{number:010}",
        authority="command",
        decided_by="领导小组",
        basis="预案第一条",
        by="bench",
    )


def recorded(engine: Engine, code: str, times: int) -> list[list[Sent]]:
    """Carry out requests and give what each transaction sent."""
    transactions: list[list[Sent]] = []
    current: list[Sent] = []

    @event.listens_for(engine, "before_cursor_execute")
    def keep(_c: Any, _cursor: Any, statement: str, values: Any, _context: Any, is_many: bool) -> None:  # noqa: FBT001
        current.append(Sent(statement, values, is_many))

    @event.listens_for(engine, "commit")
    def end(_connection: Any) -> None:
        transactions.append(list(current))
        current.clear()

    Officer(engine, code).press(times)
    return transactions


class Databases(NamedTuple):
    """Three databases that begin alike: to record, ours, the limit's."""

    record: str
    ours: str
    limit: str
    #: Opens the third over the bare driver.
    open: Callable[[], Driver]


@contextmanager
def sqlite_databases(adopted: Callable[[str], None]) -> Iterator[Databases]:
    """Give SQLite files."""
    with _measure.folder() as folder:
        start = folder / "start.db"
        adopted(f"sqlite:///{start}")
        paths = [folder / f"{name}.db" for name in ("record", "ours", "limit")]
        for path in paths:
            shutil.copyfile(start, path)

        def bare() -> sqlite3.Connection:
            connection = sqlite3.connect(paths[2], isolation_level=None)
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA foreign_keys=ON")
            return connection

        record, ours, limit = (f"sqlite:///{path}" for path in paths)
        yield Databases(record, ours, limit, bare)


@contextmanager
def postgresql_databases(adopted: Callable[[str], None]) -> Iterator[Databases]:
    """Give databases of a server of our own, or of the one that INCIDENT_TEST_PG names."""
    postgres.SETTINGS = ("fsync=on", "full_page_writes=on", "listen_addresses=", "timezone=UTC")
    with postgres.running_server() as server, server.database() as start:
        adopted(server.url(start))
        with (
            server.database(start) as record,
            server.database(start) as ours,
            server.database(start) as limit,
        ):

            def bare() -> psycopg.Connection[Any]:
                parameters: dict[str, Any] = {**server.parameters, "dbname": limit}
                return psycopg.connect(**parameters)

            yield Databases(server.url(record), server.url(ours), server.url(limit), bare)


DATABASES = {"sqlite": sqlite_databases, "postgresql": postgresql_databases}


def measure(kind: str, rounds: int) -> _measure.Figure:
    """Measure on one kind of database, round by round in turn."""
    plan = must_load("majian").playbook
    assert plan is not None, "a playbook without errors was read"
    code = plan.jurisdiction.code

    def adopted(url: str) -> None:
        with _opened(url) as engine:
            adopt(SqlStore(engine), plan, Who(), now=lambda: _town.NIGHT, chance=_town.drawn())

    with DATABASES[kind](adopted) as databases:
        with _opened(databases.record) as engine:
            transactions = recorded(engine, code, (rounds + 1) * ROUND)
        with _opened(databases.ours) as engine, closing(databases.open()) as connection:
            officer, replay = Officer(engine, code), Replay(connection, transactions)
            _measure.take_turns(1, lambda: _rate(officer.press), lambda: _rate(replay.press))
            pairs = _measure.take_turns(rounds, lambda: _rate(officer.press), lambda: _rate(replay.press))
        _check_same(databases)
    return _measure.compare(kind, pairs, unit="tx/s", target=TARGETS[kind])


@contextmanager
def _opened(url: str) -> Iterator[Engine]:
    engine = connect(url)
    prepare(engine)
    try:
        yield engine
    finally:
        engine.dispose()


def _rate(press: Callable[[int], None]) -> float:
    began = time.perf_counter()
    press(ROUND)
    return ROUND / (time.perf_counter() - began)


def _check_same(databases: Databases) -> None:
    """Make sure that both sides wrote the same."""
    found = []
    for url in (databases.ours, databases.limit):
        with _opened(url) as engine, engine.connect() as connection:
            found.append([connection.execute(select(table)).all() for table in metadata.sorted_tables])
    assert found[0] == found[1], "both sides write the same rows"


def main() -> int:
    """Measure and report."""
    parser = _measure.options(__doc__)
    parser.add_argument("--rounds", type=int, default=25, help=f"rounds of {ROUND} transactions (25)")
    parser.add_argument("--database", choices=list(TARGETS), action="append", help="only this one")
    chosen = parser.parse_args()
    figures = [measure(kind, chosen.rounds) for kind in chosen.database or TARGETS]
    return _measure.report("throughput", figures, as_json=chosen.as_json, rounds=chosen.rounds)


if __name__ == "__main__":
    sys.exit(main())
