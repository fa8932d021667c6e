"""The store on SQLAlchemy Core, for SQLite and PostgreSQL alike (ADR 0001: no ORM)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from incident.domain.errors import StoreAway, StoreError
from incident.domain.say import say
from incident.service.ports import Reading
from incident.store import statements
from incident.store.address import place_of
from incident.store.database import begin, turn
from incident.store.faults import translated
from incident.store.locking import claim, lock
from incident.store.reading import Kept, SqlReading
from incident.store.writing import SqlWriting

if TYPE_CHECKING:
    from incident.store.identity import SqlIdentity

#: Looks outside at what is known of a journal; gives what holds it against that, which raises `StoreError`
#: for one that may not be written to.
Look = Callable[[str], Callable[[Reading], None]]
#: How long emptying the log waits for those who read, in milliseconds.
SCRUB_WAIT = 3000
#: Seconds for which it need not be asked again; some more of them, so that not all are asked at once.
_ADMITTED, _SPREAD = 60.0, 30
#: Seconds for which one that may not be written to is left alone.
_LEFT = 15.0
#: So many journals are looked at in one snapshot.
_AT_A_TIME = 500


class _Found(NamedTuple):
    """What was found of a journal that was asked about, and until when that stands."""

    until: float
    #: Why it may not be written to.
    fault: StoreError | None


_NEVER = _Found(0.0, None)


def _spread(code: str) -> int:
    return crc32(code.encode()) % _SPREAD


class SqlStore:
    """A database prepared by `incident.store.database`."""

    def __init__(self, engine: Engine, look: Look | None = None) -> None:
        """Use `engine`; the playbooks read last are kept. `look` is asked before a journal is written to."""
        self._engine = engine
        self._look = look
        self._found: dict[str, _Found] = {}
        self._playbooks: Kept = OrderedDict()
        #: Where it is, without a password.
        self.place = place_of(engine)

    def close(self) -> None:
        """Give back its connections; it may be used again."""
        self._engine.dispose()

    def identity(self) -> SqlIdentity:
        """Give where people who sign in are kept: in the same database."""
        from incident.store.identity import SqlIdentity

        return SqlIdentity(self._engine)

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

    def version(self, code: str) -> int | None:
        """Give how many entries a journal has; one statement, which sees one state without being told to."""
        with translated(self.place), self._engine.connect() as connection:
            found = statements.run(connection, statements.VERSION, {"code": code}).scalar_one_or_none()
        # what somebody else wrote in its place (SQLite lets them) is a fault that the whole row tells of
        return found if type(found) is int else None

    def read_only(self, also: Iterable[str] = ()) -> list[StoreError]:
        """Give why journals may not be written to, each once; `also` of those that should be here."""
        if self._look is None:
            return []
        with self.reading() as tx:
            codes = {code for code, _name in tx.codes()}
        return [*self.left_out(sorted(codes | {*also})).values()]

    def left_out(self, codes: Collection[str]) -> dict[str, StoreError]:
        """Give those of some journals that may not be written to, and why.

        Outside is looked at before the database, and no lock is held meanwhile: what is looked at here
        afterwards is at least as new, and a folder that does not answer keeps nobody waiting but who asks.
        """
        look = self._look
        if look is None:
            return {}
        asked = [code for code in codes if not monotonic() < self._found.get(code, _NEVER).until]
        for n in range(0, len(asked), _AT_A_TIME):
            checks = {code: look(code) for code in asked[n : n + _AT_A_TIME]}
            with self.reading() as tx:
                for code, check in checks.items():
                    fault = self._fault(tx, code, check)
                    lasts = _LEFT if fault is not None else _ADMITTED + _spread(code)
                    self._found[code] = _Found(monotonic() + lasts, fault)
        found = ((code, self._found[code].fault) for code in codes)
        return {code: fault for code, fault in found if fault is not None}

    def _fault(self, tx: SqlReading, code: str, check: Callable[[Reading], None]) -> StoreError | None:
        """Give what a journal is wrong in; only that journal is left alone for it."""
        try:
            check(tx)
        except (StoreAway, DBAPIError):  # of the database as a whole
            raise
        except StoreError as error:
            return error
        except Exception as error:  # noqa: BLE001 - rows that were tampered with may fail anyhow
            return StoreError(
                where=say("{place}, journal of {code}: read-only", place=self.place, code=code),
                expected=say("rows that agree with each other"),
                found=str(error) or type(error).__name__,
                do=say(
                    "it can be read: incident status {code}; keep this database as it is, look what is "
                    "wrong: incident journal verify {code}, and tell whoever runs this program",
                    code=code,
                ),
            )
        return None

    @contextmanager
    def writing(self, code: str) -> Iterator[SqlWriting]:
        """Lock one jurisdiction; leaving without `commit` undoes everything."""
        for fault in self.left_out([code]).values():
            raise fault
        with self._holding(lambda connection: lock(connection, code)) as tx:
            yield tx

    @contextmanager
    def claiming(self, codes: Sequence[str]) -> Iterator[SqlWriting]:
        """Lock those of some adopted jurisdictions that nobody else holds.

        SQLite has but one lock: there all are held, after the usual wait for it. One that may not be written
        to is left out, as if it were held for ever.
        """
        left = self.left_out(codes)
        wanted = [code for code in codes if code not in left]
        with self._holding(lambda connection: claim(connection, wanted)) as tx:
            yield tx

    @contextmanager
    def _holding(self, take: Callable[[Connection], dict[str, Any]]) -> Iterator[SqlWriting]:
        with (
            translated(self.place),
            turn(self._engine),
            self._engine.connect() as connection,
            ExitStack() as streams,
        ):
            begin(connection, write=True)
            held = take(connection)
            yield SqlWriting(connection, streams, self._playbooks, self.place, held=held)
