"""A copy of an SQLite database while others work on it, looked at before it gets its name.

1. One snapshot is read from beginning to end; writers go on and wait for nothing. What they write meanwhile
   stays in the write-ahead log, which grows until then.
2. The copy is made under a name of its own (`.NAME.….part`), readable by its owner alone, and brought to the
   disk.
3. It is opened as it lies there: SQLite checks its pages, and every leaf and root of every journal is
   recomputed.
4. Only then it is given its name, which nobody may have; a backup is never written over.

A journal that does not hold is told and the copy kept: it is as good as what it was made from. On PostgreSQL
the server's own tool makes backups, and this says how.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct
from sqlalchemy import URL, Connection, Engine, create_engine, exc
from sqlalchemy.pool import NullPool

from incident.domain.errors import JournalError, RequestError, StoreError
from incident.domain.say import say
from incident.store.address import hidden, place_of
from incident.store.database import begin, connect, is_missing, nothing_there, revision, wrong_schema
from incident.store.faults import translated
from incident.store.roots import Rooted, recompute
from incident.store.tables import REVISION

#: Pages that are copied between two words about it: 4 MiB.
_PAGES = 1024

#: Hears how many pages of how many are copied.
Tell = Callable[[int, int], None]


class Copied(Struct, frozen=True, kw_only=True):
    """A backup that was made."""

    #: What of, without a password.
    place: str
    file: str
    #: Its size in bytes.
    size: int
    revision: str
    journals: list[Rooted]
    #: One for each journal that does not hold, here as in the database.
    faults: list[JournalError]


def back_up(url: str, file: Path, tell: Tell) -> Copied:
    """Copy a database into a new file and look at the copy.

    Raises `RequestError` where there is something of that name, no file can be made, or on PostgreSQL, and
    `StoreError`; nothing is left then.
    """
    engine = connect(url)
    place = place_of(engine)
    try:
        if engine.dialect.name != "sqlite":
            raise _not_ours_to_copy(engine.url)
        if is_missing(engine.url):
            raise nothing_there(place)
        with _unnamed(file) as part:
            found = _copy(engine, part, f"{place} → {file}", tell)
            _keep_on_disk(part)
            journals = _look(part)
            _give_name(part, file)
    finally:
        engine.dispose()
    return Copied(
        place=place,
        file=str(file),
        size=file.stat().st_size,
        revision=found,
        journals=[one for one in journals if isinstance(one, Rooted)],
        faults=[one for one in journals if isinstance(one, JournalError)],
    )


def _not_ours_to_copy(url: URL) -> RequestError:
    """Say what makes backups of a server."""
    # as PostgreSQL's own programs read it; a password is never shown
    bare = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    plain = hidden(bare.render_as_string(hide_password=False))
    return RequestError(
        where="incident db backup",
        expected=say("an SQLite database"),
        found=say("PostgreSQL, whose own tool makes backups while others write"),
        do=say(
            "run: `pg_dump --format=custom --no-owner --file=FILE '{url}'`; "
            "to restore into an empty database: "
            "`pg_restore --exit-on-error --single-transaction --no-owner --dbname=URL FILE`; "
            "then verify that one: `incident journal verify`",
            url=plain,
        ),
    )


@contextmanager
def _unnamed(file: Path) -> Iterator[Path]:
    """Make the file that is written first, beside the one that is wanted; it goes if that is not reached."""
    if os.path.lexists(file):
        raise _is_there(file)
    part = file.with_name(f".{file.name}.{secrets.token_hex(4)}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except (OSError, ValueError) as error:  # a path with a null in it is no path
        raise _cannot_be_made(error) from error
    try:
        yield part
    finally:
        with suppress(OSError):
            part.unlink()


def _cannot_be_made(error: Exception) -> RequestError:
    return RequestError(
        where="FILE", expected=say("a file that can be written"), found=str(error), do=say("name another")
    )


def _is_there(file: Path) -> RequestError:
    return RequestError(
        where="FILE",
        expected=say("a new file; a backup is never written over"),
        found=say("{file} is there", file=str(file)),
        do=say("name another"),
    )


def _copy(engine: Engine, part: Path, way: str, tell: Tell) -> str:
    """Copy one snapshot; gives its schema.

    Whose disk is at fault SQLite does not say: `way` names both.
    """
    place = place_of(engine)
    with translated(place), engine.connect() as connection:
        begin(connection, write=False)
        found = revision(connection)  # the first look; all that follows sees the same
        if found is None:
            raise nothing_there(place)
        if found > REVISION:
            raise wrong_schema(place, found)
        with translated(way):
            _copy_pages(connection, part, tell)
    return found


def _copy_pages(connection: Connection, part: Path, tell: Tell) -> None:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection), "only SQLite copies pages"
    try:
        with closing(sqlite3.connect(part)) as copy:
            # a copy that is not finished is thrown away, and the finished one brought to the disk by us
            copy.execute("PRAGMA journal_mode=OFF")
            copy.execute("PRAGMA synchronous=OFF")
            driver.backup(copy, pages=_PAGES, progress=lambda _, left, total: tell(total - left, total))
    except sqlite3.Error as error:
        raise exc.OperationalError(None, None, error) from error


def _keep_on_disk(path: Path) -> None:
    """Bring a file, or what a folder lists, to the disk."""
    # Windows brings to the disk only what may be written
    opened = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _look(part: Path) -> list[Rooted | JournalError]:
    """Check the pages of a copy and recompute its journals. Raises `StoreError` for broken pages."""
    # as it lies there: else SQLite would make the files beside it that go with one in use
    address = f"file:{quote(str(part.absolute()))}?immutable=1"
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(address, uri=True),
        poolclass=NullPool,
        hide_parameters=True,
    )
    with translated(str(part)), engine.connect() as connection:
        said = str(connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one())
        if said != "ok":
            raise StoreError(
                where=str(part),
                expected=say("an undamaged copy"),
                found=said,
                do=say(
                    "the database or the disk is damaged; keep the newest backup that holds, and look at both"
                ),
            )
        return list(recompute(connection))


def _give_name(part: Path, file: Path) -> None:
    """Call the copy by its name, and never anything else that came by it meanwhile."""
    try:
        os.link(part, file)
    except FileExistsError as error:
        raise _is_there(file) from error
    except OSError:
        # no second names in this file system: whoever comes first has the name
        try:
            os.close(os.open(file, os.O_CREAT | os.O_EXCL, 0o600))
            part.replace(file)
        except FileExistsError as error:
            raise _is_there(file) from error
        except OSError as error:
            raise _cannot_be_made(error) from error
    with suppress(OSError):  # Windows opens no folders
        _keep_on_disk(file.absolute().parent)
