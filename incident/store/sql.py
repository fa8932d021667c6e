"""The store on SQLAlchemy Core, for SQLite and PostgreSQL alike (ADR 0001: no ORM)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from sqlalchemy import Connection, Engine

from incident.store.address import place_of
from incident.store.database import begin
from incident.store.faults import translated
from incident.store.reading import Kept, SqlReading
from incident.store.writing import SqlWriting, claim, lock


class SqlStore:
    """A database prepared by `incident.store.database`."""

    def __init__(self, engine: Engine) -> None:
        """Use `engine`; the playbooks read last are kept."""
        self._engine = engine
        self._playbooks: Kept = OrderedDict()
        #: Where it is, without a password.
        self.place = place_of(engine)

    def close(self) -> None:
        """Give back its connections; it may be used again."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[SqlReading]:
        """Look without a lock, at one consistent snapshot."""
        with translated(self.place), self._engine.connect() as connection, ExitStack() as streams:
            begin(connection, write=False)
            yield SqlReading(connection, streams, self._playbooks, self.place)

    @contextmanager
    def writing(self, code: str) -> Iterator[SqlWriting]:
        """Lock one jurisdiction; leaving without `commit` undoes everything."""
        with self._holding(lambda connection: lock(connection, code)) as tx:
            yield tx

    @contextmanager
    def claiming(self, codes: Sequence[str]) -> Iterator[SqlWriting]:
        """Lock those of some adopted jurisdictions that nobody else holds.

        SQLite has but one lock: there all are held, after the usual wait for it.
        """
        with self._holding(lambda connection: claim(connection, codes)) as tx:
            yield tx

    @contextmanager
    def _holding(self, take: Callable[[Connection], dict[str, Any]]) -> Iterator[SqlWriting]:
        with translated(self.place), self._engine.connect() as connection, ExitStack() as streams:
            begin(connection, write=True)
            held = take(connection)
            yield SqlWriting(connection, streams, self._playbooks, self.place, held=held)
