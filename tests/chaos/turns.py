"""Which worker is in the middle of a transaction that writes, seen from outside by the database's locks."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final, Protocol

import psycopg

from incident.store.address import read_url
from tests.chaos.pack import Node, Pack

#: Linux shows who holds the lock of an SQLite file; it is on this byte of the file beside it.
_LOCKS: Final = Path("/proc/locks")
_WRITE: Final = "120"


class Turns(Protocol):
    """Looks who is in its turn."""

    def writers(self, nodes: Sequence[Node]) -> list[Node]:
        """Give those that are in the middle of a writing transaction; may suspect too many, never too few."""


class PostgresTurns:
    """Asks the server; workers are known to it by their names."""

    def __init__(self, connection: psycopg.Connection[tuple[str]]) -> None:
        self._connection = connection

    def writers(self, nodes: Sequence[Node]) -> list[Node]:
        found = self._connection.execute(
            "SELECT application_name FROM pg_stat_activity"
            " WHERE datname = current_database() AND backend_xid IS NOT NULL"
        )
        names = {name for (name,) in found}
        return [node for node in nodes if node.name in names]

    def terminate(self, node: Node) -> int:
        """Cut all connections of a worker; gives how many."""
        cut = self._connection.execute(
            "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE application_name = %s",
            (node.name,),
        )
        return len(cut.fetchall())


class SqliteTurns:
    """Asks the kernel who holds the lock; where it does not say, tries to take it."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def writers(self, nodes: Sequence[Node]) -> list[Node]:
        if not _LOCKS.exists():
            return [*nodes] if self._is_locked() else []
        locks = [line.split() for line in _LOCKS.read_text().splitlines()]
        pids = {int(lock[4]) for lock in locks if lock[1] == "POSIX" and lock[6] == _WRITE}
        return [node for node in nodes if node.process.pid in pids]

    def _is_locked(self) -> bool:
        with closing(sqlite3.connect(self._file, timeout=0, isolation_level=None)) as connection:
            with suppress(sqlite3.OperationalError):
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("ROLLBACK")
                return False
            return True


@contextmanager
def turns_at(url: str) -> Iterator[Turns]:
    """Look at a database."""
    parsed = read_url(url)
    if parsed.get_backend_name() == "sqlite":
        yield SqliteTurns(Path(str(parsed.database)))
    else:
        with postgres_turns(url) as turns:
            yield turns


@contextmanager
def postgres_turns(url: str) -> Iterator[PostgresTurns]:
    """Look at a database of PostgreSQL."""
    dsn = url.replace("postgresql+psycopg://", "postgresql://")
    with closing(psycopg.connect(dsn, autocommit=True)) as connection:
        yield PostgresTurns(connection)


def catch_in_turn(workers: Pack, turns: Turns, node: Node) -> None:
    """Wait until a worker is in the middle of its turn."""
    workers.until(lambda: node in turns.writers([node]), f"a turn of {node.name}", look=0)


def stop_in_turn(workers: Pack, turns: Turns, node: Node) -> None:
    """Stop a worker in the middle of its turn; one that got out of it meanwhile is waited for again."""
    for _ in range(100):
        catch_in_turn(workers, turns, node)
        node.send(signal.SIGSTOP)
        if node in turns.writers([node]):
            return
        node.send(signal.SIGCONT)
    raise AssertionError(f"{node.name} was never stopped in its turn")
