"""Moving a database: every row of every table into an empty one, SQLite or PostgreSQL, either way.

1. The source is locked against writers: on SQLite by its one write lock, on PostgreSQL by locks on all
   tables and one snapshot. Who reads goes on.
2. In one transaction the target gets its tables with their guards, which stay on, and the rows in streams,
   the entries in the order in which their guard wants them. It is called `arriving` meanwhile.
3. In the same transaction all is held against the source: the rows of each table, by number and content, and
   the root of every journal, recomputed on both sides. Only then it is committed.
4. The source is marked as left (`moved.py`): from then on nobody writes there.
5. The target gets the name of its schema, and is in use.

Killed before 3 ends, the target is empty; killed before 4, the source is as it was and the target, complete,
is refused; killed before 5, both are refused. The same command again finishes it: it finds what has arrived,
holds it against the source anew and goes on from there. So no two are ever in use.

Rows are copied as they are: a timer that is open is due when it was, and a worker on the target carries it
out. A value of another kind than its column holds, which SQLite allows, is refused: it would become another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct
from sqlalchemy import (
    BigInteger,
    Boolean,
    Connection,
    Engine,
    LargeBinary,
    Table,
    Text,
    exc,
    literal,
    select,
    type_coerce,
)
from sqlalchemy.types import NULLTYPE

from incident.domain.errors import JournalError, RequestError, StoreError
from incident.domain.say import say
from incident.store import bulk, moved
from incident.store.address import place_of, read_url
from incident.store.database import (
    begin,
    check_encoding,
    connect,
    create_schema,
    file_of,
    is_missing,
    lock_schema,
    make_file,
    nothing_there,
    write_ahead,
    written_revision,
    wrong_schema,
)
from incident.store.faults import translated
from incident.store.hints import identity
from incident.store.inspection import inspect_database
from incident.store.roots import Rooted, recompute
from incident.store.tables import REVISION, alembic_version, metadata

#: Hears what is done (`copy` or `compare`), with which table, and with how many rows of it by now.
Tell = Callable[[str, str, int], None]

#: Tables that are moved; what the schema is called is another matter.
TABLES: Final = [table for name, table in metadata.tables.items() if name != alembic_version.name]
#: Rows in memory at a time, and of tables whose rows may each be megabytes.
_ROWS: Final = 200
_FEW: Final = {"attachment": 4, "playbook": 20, "snapshot": 4}
#: What a driver gives for a column of a kind.
_KINDS: Final[dict[type, type]] = {BigInteger: int, Boolean: bool, LargeBinary: bytes, Text: str}
_encode = msgspec.msgpack.Encoder().encode
_WIDTH: Final = 2**256
_Row = tuple[Any, ...]


class Content(NamedTuple):
    """What a table holds, whatever order its rows are read in and whatever database keeps them."""

    rows: int
    #: Sum of the rows' SHA-256, each over its values in MessagePack, modulo 2^256.
    hash: int

    def __str__(self) -> str:
        return f"{self.rows} {self.hash:064x}"


class Moved(Struct, frozen=True, kw_only=True):
    """A move that is done, and found complete."""

    #: From where and to where, without passwords.
    source: str
    target: str
    #: Rows by table.
    rows: dict[str, int]
    journals: list[Rooted]


def move(source: str, target: str, *, at: int, tell: Tell) -> Moved:
    """Move all of one database into another that is empty or not there yet.

    Raises `RequestError`, `StoreError`, and `JournalError` for a record that does not hold: it is not moved.
    """
    if identity(source) == identity(target):
        raise RequestError(
            where="TO",
            expected=say("another database"),
            found=say("the same"),
            do=say("name a new one"),
        )
    with ExitStack() as held:
        old = _opened(source, held)
        is_left = _hold(old, _lasting(connect(target)))
        make_file(read_url(target))
        new = _opened(target, held)
        if _receive(new, old, is_left=is_left):
            for table in TABLES:
                _copy(old, new, table, tell)
        rows = {table.name: _compare(old, new, table, tell) for table in TABLES}
        journals = _compare_journals(old, new)
        _commit(new)
        if not is_left:
            with translated(_place(old)):
                moved.leave(old, _lasting(new.engine), at)
            _commit(old)
        _take_up(new)
        return Moved(source=_place(old), target=_place(new), rows=rows, journals=journals)


def _opened(url: str, held: ExitStack) -> Connection:
    """Give a connection that ends, and undoes what is not committed, with `held`."""
    engine = connect(url)
    held.callback(engine.dispose)
    if is_missing(engine.url):
        raise nothing_there(place_of(engine))
    with translated(place_of(engine)):
        return held.enter_context(engine.connect())


def _place(connection: Connection) -> str:
    return place_of(connection.engine)


def _lasting(engine: Engine) -> str:
    """Say where an engine leads in words that mean the same in any folder, without a password."""
    file = file_of(engine.url)
    return place_of(engine) if file is None else f"sqlite:///{file}"


def _hold(old: Connection, target: str) -> bool:
    """Keep writers away from the source until its transaction ends; tells whether it was left for `target`.

    That is a move which was killed after it had marked the source. Raises `StoreError`.
    """
    place = _place(old)
    with translated(place):
        if written_revision(old) is None:
            raise nothing_there(place)
        old.rollback()
        if old.dialect.name == "sqlite":
            begin(old, write=True)
        else:
            # readers may stay; the situations first, as everybody does
            old.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            _never_idle(old)
            names = ", ".join([*(table.name for table in TABLES), alembic_version.name])
            old.exec_driver_sql(f"LOCK TABLE {names} IN EXCLUSIVE MODE")
        found = written_revision(old)
        if found == moved.MOVED and moved.left_for(old)[0] == target:
            return True
        moved.must_be_in_use(old, place, found)
    if found != REVISION:
        raise wrong_schema(place, found or "")
    return False


def _never_idle(connection: Connection) -> None:
    """Let a transaction on PostgreSQL stand still for as long as the other side takes."""
    connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")


def _receive(new: Connection, old: Connection, *, is_left: bool) -> bool:
    """Begin the transaction in which everything arrives; tells whether it is yet to be copied.

    It is not where all was copied by a move that was killed then. Raises `StoreError` for a target in use.
    """
    place = _place(new)
    with translated(place):
        check_encoding(new, place)
        if new.dialect.name == "sqlite" and written_revision(new) is None:
            new.rollback()
            write_ahead(new)
        new.rollback()
        begin(new, write=True)
        if new.dialect.name != "sqlite":
            _never_idle(new)
            lock_schema(new)
        found = written_revision(new)
        if found == moved.ARRIVING:
            return False
        if is_left and found is not None:
            moved.must_be_in_use(old, _place(old), moved.MOVED)
        if found is None:
            create_schema(new)
        elif found != REVISION or not _is_empty(new):
            raise _in_use(place)
        moved.call(new, moved.ARRIVING)
    return True


def _is_empty(new: Connection) -> bool:
    """Tell whether a database that was made ready before holds no row, and has its guards."""
    if any(new.execute(select(literal(1)).select_from(table).limit(1)).first() for table in TABLES):
        return False
    return not inspect_database(new.engine.url.render_as_string(hide_password=False)).missing_guards


def _in_use(place: str) -> StoreError:
    return StoreError(
        where=place,
        expected=say("an empty database, or none yet"),
        found=say("a database in use, of another schema, or without its guards"),
        do=say("name a new one; nothing was changed"),
    )


def _rows(connection: Connection, table: Table) -> Iterator[list[_Row]]:
    """Give the rows of a table, some at a time, in the order of its key."""
    kinds = [_KINDS[type(column.type)] for column in table.columns]
    # as the driver gives them: whatever SQLAlchemy evens out on reading would not be seen
    columns = [type_coerce(column, NULLTYPE).label(column.name) for column in table.columns]
    statement = select(*columns).order_by(*table.primary_key.columns)
    options = {"yield_per": _FEW.get(table.name, _ROWS)}
    with translated(_place(connection)), connection.execute(statement, execution_options=options) as found:
        for some in found.partitions():
            yield [_evened(connection, table, kinds, row) for row in some]


def _evened(connection: Connection, table: Table, kinds: Sequence[type], row: Sequence[Any]) -> _Row:
    """Give a row as every driver would, or refuse one that holds what its column does not."""
    values = []
    for value, kind, column in zip(row, kinds, table.columns, strict=True):
        if value is None or type(value) is kind:
            values.append(value)
        elif kind is bool and type(value) is int and value in (0, 1):
            values.append(bool(value))
        else:
            key = " ".join(str(row[n]) for n, one in enumerate(table.columns) if one.primary_key)
            raise StoreError(
                where=f"{_place(connection)} {table.name} {key}",
                expected=say("{column} as {kind}", column=column.name, kind=kind.__name__),
                found=type(value).__name__,
                do=say("somebody else wrote there; look: incident journal verify; nothing was changed"),
            )
    return tuple(values)


def _copy(old: Connection, new: Connection, table: Table, tell: Tell) -> None:
    done = 0
    statement = bulk.insert_into(table.name)
    for rows in _rows(old, table):
        with translated(_place(new)):
            bulk.write(new, statement, rows)
        done += len(rows)
        tell("copy", table.name, done)


def _content(connection: Connection, table: Table, tell: Tell) -> Content:
    rows, total = 0, 0
    for some in _rows(connection, table):
        total += sum(int.from_bytes(hashlib.sha256(_encode(row)).digest(), "big") for row in some)
        rows += len(some)
        tell("compare", table.name, rows)
    return Content(rows, total % _WIDTH)


def _compare(old: Connection, new: Connection, table: Table, tell: Tell) -> int:
    """Hold what arrived against what was there; gives the number of rows. Raises `StoreError`."""
    there, here = _content(old, table, tell), _content(new, table, tell)
    if there != here:
        raise _not_the_same(new, table.name, str(there), str(here))
    return here.rows


def _compare_journals(old: Connection, new: Connection) -> list[Rooted]:
    """Recompute every journal on both sides. Raises `JournalError` for one that does not hold."""
    with translated(_place(old)):
        there = _holding(old)
    with translated(_place(new)):
        here = _holding(new)
    if there != here:
        raise _not_the_same(new, "entry", str(there), str(here))
    return [here[code] for code in sorted(here)]


def _holding(connection: Connection) -> dict[str, Rooted]:
    found: dict[str, Rooted] = {}
    for one in recompute(connection):
        if isinstance(one, JournalError):
            raise one
        found[one.jurisdiction] = one
    return found


def _not_the_same(new: Connection, table: str, expected: str, found: str) -> StoreError:
    return StoreError(
        where=f"{_place(new)} {table}",
        expected=expected,
        found=found,
        do=say("move into a new database; the one it was to be moved from is in use as before"),
    )


def _take_up(new: Connection) -> None:
    """Let the target be used."""
    with translated(_place(new)):
        begin(new, write=True)
        moved.call(new, REVISION)
    _commit(new)


def _commit(connection: Connection) -> None:
    """Commit. Raises `StoreError`, another where the connection is lost: nobody knows then."""
    place = _place(connection)
    with translated(place):
        try:
            connection.commit()
        except exc.DBAPIError as error:
            if not error.connection_invalidated:
                raise
            raise StoreError(
                where=place,
                expected=say("an answer to the last word"),
                found=say("the connection was lost"),
                do=say("run the same again: `incident db move FROM TO`; it goes on from where it stands"),
            ) from error
