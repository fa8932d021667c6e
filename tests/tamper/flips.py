"""Every byte of an SQLite file turned: each is found, or it is shown that no row of the record changed.

One connection after another opens the altered file and verifies it, as a command would. Nothing else than our
own errors may come of it, in bounded time. A small page makes a small file with every kind of page.
"""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import event

from incident import bootstrap
from incident.domain.errors import StoreError
from incident.service.brought import Brought
from incident.store.database import connect, prepare
from incident.store.sql import SqlStore
from tests.service.signing import Shelf
from tests.tamper import outside
from tests.tamper.looking import UNREADABLE, Seen, look
from tests.tamper.outside import Rows
from tests.tamper.town import PAGE, town_in

#: One bit, and all of them.
MASKS: Final = (0x01, 0xFF)
#: No look may take longer, in seconds: the file is small.
LONGEST: Final = 20


class Flip(NamedTuple):
    """A byte that was turned, and what came of it."""

    at: int
    mask: int
    #: The level at which it was found; none where it is outside the record.
    level: str | None
    #: Why it is outside; none where it was found.
    why: str | None


class Unexplained(AssertionError):
    """A byte that was turned, neither found nor explained."""


class File:
    """A database file that is there to be altered."""

    def __init__(self, path: Path, found: Brought, *, longest: int = LONGEST) -> None:
        """Alter `path`, which is whole; `found` is held against it."""
        self.path, self.found, self._longest = path, found, longest
        self.whole = path.read_bytes()
        self.rows = rows_of(path)
        self._engine = connect(f"sqlite:///{path}")
        event.listen(self._engine, "connect", self._bound)

    @property
    def size(self) -> int:
        return len(self.whole)

    def _bound(self, connection: Any, _record: Any) -> None:
        # a signal is not heard while SQLite works; told to, it looks up from time to time
        connection.set_progress_handler(lambda: 0, 10_000)

    def flip(self, at: int, mask: int) -> Flip:
        """Turn bits of a byte, look, and turn them back. Raises `Unexplained`, and whatever is not ours."""
        with self.path.open("r+b", buffering=0) as file:
            os.pwrite(file.fileno(), bytes([self.whole[at] ^ mask]), at)
            try:
                with within(self._longest):
                    seen = self.look()
                why = None if seen.level else outside.why(self.rows, rows_of(self.path))
            finally:
                os.pwrite(file.fileno(), self.whole[at : at + 1], at)
        if seen.level is None and why is None:
            raise Unexplained(f"byte {at} ^ {mask:#x}: neither found nor explained")
        return Flip(at, mask, seen.level, why)

    def look(self) -> Seen:
        """Open it as a command does, and verify."""
        try:
            prepare(self._engine, may_create=False)
            with SqlStore(self._engine).reading() as tx:
                return look(tx, self.found)
        except StoreError as error:
            return Seen(UNREADABLE, said=str(error))
        finally:
            self._engine.dispose()

    def kinds(self) -> list[str]:
        """Give of each page what it holds: `form`, a table, `indexes`; what a database says of itself."""
        kinds = [""] * (self.size // page_of(self.whole))
        with closing(sqlite3.connect(self.path)) as connection:
            names = {
                name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            }
            for name, number in connection.execute("SELECT name, pageno FROM dbstat"):
                kinds[number - 1] = (
                    "form" if name == "sqlite_schema" else name if name in names else "indexes"
                )
        return kinds


def page_of(raw: bytes) -> int:
    """Give the size of a page (SQLite file format, section 1.3.2)."""
    size = int.from_bytes(raw[16:18], "big")
    return 65536 if size == 1 else size


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """End what takes too long."""

    def end(*_args: Any) -> None:
        raise TimeoutError(f"it takes longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def rows_of(path: Path) -> Rows:
    """Read every row of every table by the driver alone, past all indexes."""
    found: Rows = {}
    with closing(sqlite3.connect(path)) as connection:
        connection.text_factory = bytes  # also what is no text any more
        connection.row_factory = sqlite3.Row
        try:
            form = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
            found["@form"] = [dict(row) for row in form]
        except sqlite3.DatabaseError:
            return {"@form": None}
        for row in form:
            if row["type"] == b"table":
                name = row["name"].decode(errors="replace")
                try:
                    rows = connection.execute(f'SELECT * FROM "{name}" NOT INDEXED').fetchall()
                    found[name] = [dict(row) for row in rows]
                except (sqlite3.DatabaseError, UnicodeDecodeError):  # no name of a column
                    found[name] = None
    return found


def make_small(path: Path) -> Shelf:
    """Make the small file, and give what left it."""
    with closing(bootstrap.open_store(f"sqlite:///{path}")) as store:
        town = town_in(store)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        # the size of a page can be chosen while there is no write-ahead log
        for statement in ("journal_mode=DELETE", f"page_size={PAGE}"):
            connection.execute(f"PRAGMA {statement}")
        connection.execute("VACUUM")
        connection.execute("PRAGMA journal_mode=WAL")
    return town.outside
