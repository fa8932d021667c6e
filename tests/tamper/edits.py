"""Every row of every table edited, deleted, doubled, swapped, with the guards taken away, on both databases.

Each change is made in a transaction, looked at there, and undone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, Boolean, Column, Connection, LargeBinary, Table, exc

from incident.domain.errors import StoreError
from incident.service.brought import Brought
from incident.store.database import revision, wrong_schema
from incident.store.faults import translated
from incident.store.reading import SqlReading
from incident.store.sql import SqlStore
from incident.store.tables import REVISION, metadata
from tests.service.attacks import Attack
from tests.service.test_verify import unguarded
from tests.tamper import outside
from tests.tamper.looking import UNREADABLE, Seen, look
from tests.tamper.outside import Rows

KINDS: Final = ("edited", "emptied", "of another type", "deleted", "doubled", "doubled elsewhere", "swapped")
Row = dict[str, Any]


class Change(NamedTuple):
    """What is done to a row: rows taken away, and rows put in their place."""

    table: Table
    kind: str
    column: str | None
    gone: Sequence[Row]
    new: Sequence[Row]

    def __str__(self) -> str:
        """Name it."""
        return f"{self.table.name}.{self.column or '*'} {self.kind}: {self.gone!r:.300} -> {self.new!r:.300}"


class Ended(NamedTuple):
    """What came of a change."""

    change: Change
    #: Where it was found; none where it is outside the record.
    level: str | None
    #: Why it is outside.
    why: str | None


class Tampered:
    """A database of which the guards are gone, to be changed and looked at."""

    def __init__(self, store: SqlStore, found: Brought) -> None:
        """Change what is in `store`; `found` is held against it."""
        self._store, self._found = unguarded(store), found
        with store._engine.connect() as connection:
            self.rows = _rows(connection)
            self.is_sqlite = connection.dialect.name == "sqlite"

    def changes(self) -> Iterator[Change]:
        """Give every change, table by table."""
        for table in metadata.sorted_tables:
            rows = self.rows[table.name] or []
            for n, row in enumerate(rows):
                yield from _edits(table, row, loose=self.is_sqlite)
                yield Change(table, "deleted", None, [row], [])
                yield from _doubled(table, row)
                swapped = _swapped(table, row, rows[(n + 1) % len(rows)])
                if swapped.new[0] != row:
                    yield swapped

    def make(self, change: Change) -> Ended | None:
        """Make a change, look, and undo it; none where the database does not take it.

        Raises `AssertionError` for one that is neither found nor outside the record.
        """
        with self._store._engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                _carry_out(connection, change)
            except (exc.IntegrityError, exc.DataError):
                connection.rollback()
                return None
            after = _rows(connection)  # first: PostgreSQL hears nothing more after a statement that failed
            seen = self._look(connection)
            why = None if seen.level else outside.why(self.rows, after)
            connection.rollback()
        assert seen.level or why, f"neither found nor explained: {change}"
        return Ended(change, seen.level, why)

    def under(self, attack: Attack) -> Seen:
        """Look while an attack is done, and undo it."""
        with self._store._engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            attack(connection)
            seen = self._look(connection)
            connection.rollback()
        return seen

    def _look(self, connection: Connection) -> Seen:
        place = self._store.place
        try:
            with translated(place), ExitStack() as streams:
                found = revision(connection)
                if found != REVISION:
                    raise wrong_schema(place, str(found))
                return look(
                    SqlReading(connection, streams, type(self._store._playbooks)(), place), self._found
                )
        except StoreError as error:
            return Seen(UNREADABLE, said=str(error))


def _rows(connection: Connection) -> Rows:
    found: Rows = {"@form": []}
    for table in metadata.sorted_tables:
        # by the driver: what stands in a column may be of another type than its own
        cursor = connection.exec_driver_sql(f'SELECT * FROM "{table.name}"')
        names = list(cursor.keys())
        found[table.name] = [dict(zip(names, map(_plain, row), strict=True)) for row in cursor]
    return found


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def _carry_out(connection: Connection, change: Change) -> None:
    keys = [column.name for column in change.table.primary_key]
    for row in change.gone:
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        where = " AND ".join(f'"{name}" = {mark}' for name in keys)
        done = connection.exec_driver_sql(
            f'DELETE FROM "{change.table.name}" WHERE {where}', tuple(row[name] for name in keys)
        )
        assert done.rowcount == 1, change
    for row in change.new:
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        names = ", ".join(f'"{name}"' for name in row)
        connection.exec_driver_sql(
            f'INSERT INTO "{change.table.name}" ({names}) VALUES ({", ".join([mark] * len(row))})',
            tuple(row.values()),
        )


def _edits(table: Table, row: Row, *, loose: bool) -> Iterator[Change]:
    for column in table.columns:
        value = row[column.name]
        for other in (one for one in _others(column, value) if one != value):
            yield Change(table, "edited", column.name, [row], [{**row, column.name: other}])
        if value is not None and column.nullable:
            yield Change(table, "emptied", column.name, [row], [{**row, column.name: None}])
        for other in _strange(column, value) if loose else ():
            yield Change(table, "of another type", column.name, [row], [{**row, column.name: other}])


def _others(column: Column[Any], value: Any) -> list[Any]:
    """Give other values of a column's own type."""
    match column.type:
        case Boolean():
            return [not value if isinstance(value, bool) else 1 - value]
        case BigInteger():
            return [1] if value is None else [value + 1, -value - 7]
        case LargeBinary():
            return [b"x"] if value is None else [value[: len(value) // 2], _turned(value), value + b" "]
        case _:
            return ["x"] if value is None else [value + "x", f"{value[:-1]}~", "x"]


def _turned(raw: bytes) -> bytes:
    at = len(raw) // 2
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :] if raw else b"x"


def _strange(column: Column[Any], value: Any) -> list[Any]:
    """Give values of another type, which SQLite takes."""
    match column.type:
        case BigInteger() | Boolean():
            return ["x", b"x", 1.5]
        case LargeBinary():
            return [7, b"" if value is None else value.decode("utf-8", "replace")]
        case _:
            return [b"x" if value is None else str(value).encode()]


def _doubled(table: Table, row: Row) -> Iterator[Change]:
    keys = [column.name for column in table.primary_key]
    last = keys[-1]
    more = row[last] + 1000 if isinstance(row[last], int) else f"{row[last]}x"
    yield Change(table, "doubled", None, [], [{**row, last: more}])
    if "jurisdiction" in row:
        yield Change(table, "doubled elsewhere", None, [], [{**row, "jurisdiction": "98"}])


def _swapped(table: Table, row: Row, other: Row) -> Change:
    """Let two rows exchange all but their keys."""
    keys = {column.name for column in table.primary_key}
    new = [
        {name: (one if name in keys else another)[name] for name in one}
        for one, another in ((row, other), (other, row))
    ]
    return Change(table, "swapped", None, [row, other], new)
