"""Opening a database: the engine, its settings, and whether the schema is ours and of this version.

A new database is created ready, without Alembic; an older one is refused with what to run
(`incident db upgrade`), a newer or foreign one too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from sqlite3 import SQLITE_BUSY
from threading import Event, Lock
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, insert, inspect, select
from sqlalchemy.pool import QueuePool

from incident.domain import inputs
from incident.domain.errors import StoreError
from incident.domain.say import say
from incident.store.address import place_of, read_url, wrong_url
from incident.store.faults import translated
from incident.store.guards import GUARDS
from incident.store.moved import must_be_in_use
from incident.store.tables import APPLICATION_ID, REVISION, alembic_version, metadata

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection

#: How long a command waits for another one's lock, in seconds.
LOCK_WAIT = 10
#: How long a server is waited for when a connection is opened, in seconds.
CONNECT = 5
#: How many connections are kept open at the most for as many threads of a server; a command uses one or two.
THREADS = 40
#: Whether SQLite zeroes what is deleted or written over.
SECURE = "ON"
#: How long PostgreSQL lets a transaction stand still before it ends it, in seconds.
STILL = 30
#: Settings of libpq by which the kernel finds within half a minute that the other end is gone.
KEEPALIVE: dict[str, int] = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": STILL * 1000,
}


#: Whose turn it is to write to an SQLite file, and how many seconds it is waited for, by engine.
_turns: WeakKeyDictionary[Engine, tuple[Lock, float]] = WeakKeyDictionary()


def connect(url: str, *, lock_wait: float = LOCK_WAIT) -> Engine:
    """Make an engine for SQLite or PostgreSQL; nothing is opened yet. Raises `StoreError` for a wrong URL."""
    parsed = read_url(url)
    make = _sqlite if parsed.get_backend_name() == "sqlite" else _postgresql
    try:
        return make(parsed, lock_wait)
    except (exc.ArgumentError, exc.NoSuchModuleError, ImportError) as error:
        raise wrong_url(url, str(error)) from error


def _sqlite(url: URL, lock_wait: float) -> Engine:
    file, is_made = file_of(url), Event()
    engine = create_engine(
        url,
        # kept open: opening one costs more than a transaction, and whoever closes the last empties the WAL
        poolclass=QueuePool,
        pool_size=THREADS,
        # the one used last: it still knows the pages that it wrote
        pool_use_lifo=True,
        max_overflow=-1,
        paramstyle="named",
        hide_parameters=True,
        connect_args={"timeout": lock_wait, "isolation_level": None, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _record: Any) -> None:
        cursor = connection.cursor()
        # FULL: a decision that was announced survives a power cut
        cursor.execute("PRAGMA synchronous=FULL")
        # what is deleted or written over may have named somebody
        cursor.execute(f"PRAGMA secure_delete={SECURE}")
        cursor.close()
        is_made.set()

    @event.listens_for(engine, "do_connect")
    def open_again(_dialect: Any, _record: Any, given: list[Any], named: dict[str, Any]) -> None:
        # the first may make the file; no other puts an empty one where somebody has taken ours away
        if file is not None and is_made.is_set():
            given[:1] = [f"{file.as_uri()}?mode=rw"]
            named["uri"] = True

    _turns[engine] = Lock(), lock_wait
    return engine


def _postgresql(url: URL, lock_wait: float) -> Engine:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    settings = f"-c lock_timeout={max(1, int(lock_wait * 1000))}"  # 0 would wait for ever
    # a node that stands still, or whose machine is gone, must not keep its locks
    settings += f" -c idle_in_transaction_session_timeout={STILL * 1000} -c tcp_keepalives_idle=10"
    settings += " -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
    # all that is looked up by a list has an index: to join it otherwise is to read a whole table for a batch
    settings += " -c enable_hashjoin=off -c enable_mergejoin=off"
    engine = create_engine(
        url,
        connect_args={"options": settings, "connect_timeout": CONNECT, **KEEPALIVE},
        hide_parameters=True,
        pool_pre_ping=False,
        # opened when they are needed, and kept then: to open one takes longer than most transactions
        pool_size=THREADS // 2,
        max_overflow=THREADS // 2,
    )

    @event.listens_for(engine, "do_connect")
    def open_connection(_dialect: Any, _record: Any, given: Any, named: Any) -> Any:
        from incident.store import patience

        return patience.connect(*given, **named)

    return engine


@contextmanager
def turn(engine: Engine) -> Iterator[None]:
    """Take one's turn to write, one thread of this process after the other, where there is but one lock.

    SQLite lets whoever finds its lock taken sleep, up to a tenth of a second, and try again: many who write
    would sleep while it is free, and some of them for long. Nobody waits here longer than for SQLite's own
    lock, which decides in any case.
    """
    if engine not in _turns:
        yield
        return
    lock, patience = _turns[engine]
    is_mine = lock.acquire(timeout=patience)
    try:
        yield
    finally:
        if is_mine:
            lock.release()


def begin(connection: Connection, *, write: bool) -> None:
    """Begin a transaction: on SQLite with the write lock at once, on PostgreSQL reading from one snapshot."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
    elif not write:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")


def lock_name(connection: Connection, code: str) -> bool:
    """Lock a jurisdiction that has no row yet; tells whether somebody may have made one meanwhile.

    On SQLite the one write lock is held already.
    """
    if connection.dialect.name == "sqlite":
        return False
    statement = "SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))"
    connection.exec_driver_sql(statement, (code, APPLICATION_ID))
    return True


def file_of(url: URL) -> Path | None:
    """Give the file of an SQLite database; none on a server, and where the name is a URI of SQLite's own."""
    if url.get_backend_name() != "sqlite" or str(url.database).startswith("file:"):
        return None
    return Path(str(url.database)).absolute()


def is_missing(url: URL) -> bool:
    """Tell whether there is no file; what else keeps it from being opened, SQLite says."""
    file = file_of(url)
    try:
        if file is not None:
            file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def make_file(url: URL) -> None:
    """Make a new SQLite file readable by its owner alone: disclosures name people."""
    if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        with suppress(OSError):  # it is there already, or SQLite will say that it cannot open it
            Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(str(url.database), os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def prepare(engine: Engine, *, may_create: bool = True) -> None:
    """Make sure that the schema is ours and of this version; a new database gets it where `may_create`.

    Raises `StoreError`; the engine then holds no connection.
    """
    place = place_of(engine)
    if may_create:
        make_file(engine.url)
    elif is_missing(engine.url):
        raise nothing_there(place)
    try:
        with translated(place), engine.connect() as connection:
            check_encoding(connection, place)
            found = revision(connection) or (_create(connection) if may_create else None)
        if found is None:
            raise nothing_there(place)
        if found != REVISION:
            raise wrong_schema(place, found)
    except StoreError:
        engine.dispose()
        raise


def check_encoding(connection: Connection, place: str) -> None:
    """Refuse a PostgreSQL database that cannot hold Chinese, before anything is kept in it."""
    if connection.dialect.name != "postgresql":
        return
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding not in ("UTF8", b"UTF8"):
        raise StoreError(
            where=place,
            expected=say("a database with the encoding UTF8"),
            found=str(encoding),
            do=say("create one: `createdb --encoding=UTF8 --template=template0 NAME`"),
        )


def nothing_there(place: str) -> StoreError:
    """Say that there is no database and how one is made: the address may be mistyped."""
    return StoreError(
        where=place,
        expected=say("a database of this program"),
        found=say("nothing"),
        do=say("check {db} or INCIDENT_DB; a new one is made by: incident adopt NAME", db=inputs.DATABASE),
    )


def wrong_schema(place: str, found: str) -> StoreError:
    """Say that the schema is older or newer than the program and what to do."""
    older = found < REVISION
    return StoreError(
        where=place,
        expected=say("schema {revision}", revision=REVISION),
        found=say("schema {revision}", revision=found),
        do=say("run: incident db upgrade")
        if older
        else say("the database is newer than this program: install the newer program"),
    )


def revision(connection: Connection) -> str | None:
    """Give the schema version; none for an empty database.

    Raises `StoreError` when it is not ours, or not the one in use.
    """
    found = written_revision(connection)
    must_be_in_use(connection, place_of(connection.engine), found)
    return found


def written_revision(connection: Connection) -> str | None:
    """Give what the schema is called, be it a mark of `moved.py`. Raises `StoreError` when it is not ours."""
    if connection.dialect.name == "sqlite":
        # in this order: whoever creates the schema at this moment sets the mark with the tables
        is_empty = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one() == 0
        ours = connection.exec_driver_sql("PRAGMA application_id").scalar_one() == APPLICATION_ID
    else:
        tables = inspect(connection).get_table_names()
        ours, is_empty = {"alembic_version", "situation", "entry"} <= set(tables), not tables
    if is_empty:
        return None
    if not ours:
        raise StoreError(
            where=place_of(connection.engine),
            expected=say("a database of this program, or an empty one"),
            found=say("somebody else's tables"),
            do=say("choose another database: {db} or INCIDENT_DB", db=inputs.DATABASE),
        )
    versions = connection.execute(select(alembic_version.c.version_num)).scalars().all()
    if len(versions) != 1:
        raise StoreError(
            where=place_of(connection.engine),
            expected=say("one version of the schema"),
            found=say("{n} versions", n=len(versions)),
            do=say("restore a backup; keep the damaged file"),
        )
    return str(versions[0])


def _create(connection: Connection) -> str:
    """Create the schema; of two that create at once, the second finds it there. Gives its version."""
    if connection.dialect.name == "sqlite":
        write_ahead(connection)
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    lock_schema(connection)
    found = revision(connection)
    if found is None:
        create_schema(connection)
    connection.commit()
    return found or REVISION


def lock_schema(connection: Connection) -> None:
    """Keep others from making or changing the schema; on SQLite the one write lock, held already, does so."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (APPLICATION_ID,))


def write_ahead(connection: Connection) -> None:
    """Turn on SQLite's write-ahead log; for this one statement SQLite itself does not wait for others."""
    until = monotonic() + LOCK_WAIT
    while True:
        try:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        except exc.OperationalError as error:
            if getattr(error.orig, "sqlite_errorcode", None) != SQLITE_BUSY or monotonic() > until:
                raise
            sleep(0.01)
        else:
            return


def create_schema(connection: Connection) -> None:
    """Write tables, guards and marks into an empty database, inside the caller's transaction."""
    metadata.create_all(connection, checkfirst=False)
    for statement in GUARDS[connection.dialect.name]:
        connection.exec_driver_sql(
            statement.replace("%", "%%") if connection.dialect.name != "sqlite" else statement
        )
    connection.execute(insert(alembic_version).values(version_num=REVISION))
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
