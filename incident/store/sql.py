"""The store on SQLAlchemy Core, for SQLite and PostgreSQL alike (ADR 0001: no ORM)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Engine

from incident.domain.errors import StoreError
from incident.service.ports import Reading
from incident.store.address import place_of
from incident.store.database import begin
from incident.store.faults import translated
from incident.store.reading import Kept, SqlReading
from incident.store.writing import SqlWriting, claim, lock

#: Looks outside at what is known of a journal; gives what holds it against that, which raises `StoreError`
#: for one that may not be written to.
Look = Callable[[str], Callable[[Reading], None]]
#: How long emptying the log waits for those who read, in milliseconds.
SCRUB_WAIT = 3000
#: Seconds for which it need not be asked again.
_ADMITTED = 15.0


class SqlStore:
    """A database prepared by `incident.store.database`."""

    def __init__(self, engine: Engine, look: Look | None = None) -> None:
        """Use `engine`; the playbooks read last are kept. `look` is asked before a journal is written to."""
        self._engine = engine
        self._look = look
        #: Until when a journal need not be asked about again.
        self._admitted: dict[str, float] = {}
        self._playbooks: Kept = OrderedDict()
        #: Where it is, without a password.
        self.place = place_of(engine)

    def close(self) -> None:
        """Give back its connections; it may be used again."""
        self._engine.dispose()

    def scrub(self) -> bool:
        """Overwrite what was taken away wherever the database keeps bytes; tells whether that was done.

        SQLite zeroes what is deleted in the file itself (`database.py`), and here the log of old pages is
        emptied, unless somebody still reads one of them. On PostgreSQL nothing is done: what that takes, and
        what it cannot do, is for whoever owns the server.
        """
        if self._engine.dialect.name != "sqlite":
            return False
        with translated(self.place), self._engine.connect() as connection:
            wait = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()
            connection.exec_driver_sql(f"PRAGMA busy_timeout={SCRUB_WAIT}")
            busy, *_frames = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
            connection.exec_driver_sql(f"PRAGMA busy_timeout={wait}")
        return not busy

    @contextmanager
    def reading(self) -> Iterator[SqlReading]:
        """Look without a lock, at one consistent snapshot."""
        with translated(self.place), self._engine.connect() as connection, ExitStack() as streams:
            begin(connection, write=False)
            yield SqlReading(connection, streams, self._playbooks, self.place)

    def read_only(self) -> list[StoreError]:
        """Give why journals may not be written to, each once."""
        if self._look is None:
            return []
        with self.reading() as tx:
            codes = [code for code, _name in tx.codes()]
        # outside first: what is looked at here afterwards is at least as new
        checks = [self._look(code) for code in codes]
        found: list[StoreError] = []
        with self.reading() as tx:
            for check in checks:
                try:
                    check(tx)
                except StoreError as error:
                    found.append(error)
        return found

    @contextmanager
    def writing(self, code: str) -> Iterator[SqlWriting]:
        """Lock one jurisdiction; leaving without `commit` undoes everything."""
        with self._holding(lambda connection: lock(connection, code)) as tx:
            self._check(tx, code)
            yield tx

    @contextmanager
    def claiming(self, codes: Sequence[str]) -> Iterator[SqlWriting]:
        """Lock those of some adopted jurisdictions that nobody else holds.

        SQLite has but one lock: there all are held, after the usual wait for it. One that may not be written
        to is left out, as if it were held for ever.
        """
        wanted = self._writable(codes)
        with self._holding(lambda connection: claim(connection, wanted)) as tx:
            yield tx

    def _writable(self, codes: Sequence[str]) -> Sequence[str]:
        look = self._look
        if look is None or all(self._is_admitted(code) for code in codes):
            return codes
        checks = [(code, None if self._is_admitted(code) else look(code)) for code in codes]
        found = []
        with self.reading() as tx:
            for code, check in checks:
                with suppress(StoreError):
                    if check is not None:
                        check(tx)
                        self._admitted[code] = monotonic() + _ADMITTED
                    found.append(code)
        return found

    def _is_admitted(self, code: str) -> bool:
        return monotonic() < self._admitted.get(code, 0.0)

    def _check(self, tx: SqlReading, code: str) -> None:
        """Ask whether a journal may be written to; not again for some seconds. Raises `StoreError`."""
        if self._look is not None and not self._is_admitted(code):
            self._look(code)(tx)
            self._admitted[code] = monotonic() + _ADMITTED

    @contextmanager
    def _holding(self, take: Callable[[Connection], dict[str, Any]]) -> Iterator[SqlWriting]:
        with translated(self.place), self._engine.connect() as connection, ExitStack() as streams:
            begin(connection, write=True)
            held = take(connection)
            yield SqlWriting(connection, streams, self._playbooks, self.place, held=held)
