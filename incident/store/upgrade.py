"""Bringing an older database to this schema; the only importer of Alembic besides the migrations."""

from __future__ import annotations

from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection

from incident.domain.errors import StoreError
from incident.domain.say import say
from incident.store.address import place_of
from incident.store.database import begin, connect, lock_schema, prepare, revision, wrong_schema
from incident.store.faults import translated
from incident.store.roles import must_own
from incident.store.tables import REVISION


def upgrade(url: str) -> tuple[str | None, str]:
    """Run the missing migrations in one transaction; gives the schema before and after.

    A new database is created ready. Raises `StoreError` for a foreign or newer one.
    """
    engine = connect(url)
    place = place_of(engine)
    try:
        with translated(place), engine.connect() as connection:
            before = revision(connection)
            connection.rollback()
            if before is not None and before > REVISION:
                raise wrong_schema(place, before)
            if before is not None and before != REVISION:
                must_own(connection, place)
                connection.rollback()
                begin(connection, write=True)
                lock_schema(connection)
                if revision(connection) == before:  # else somebody else did it meanwhile
                    migrate(connection, place)
                connection.commit()
        prepare(engine)
    finally:
        engine.dispose()
    return before, REVISION


def migrate(connection: Connection, place: str, to: str = "head") -> None:
    """Run the migrations up to `to` in the caller's transaction. Raises `StoreError` when unknown."""
    if not connection.in_transaction():
        connection.begin()  # else Alembic would commit each of them
    config = Config()
    config.set_main_option("script_location", str(files("incident.migrations")))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, to)
    except CommandError as error:
        raise StoreError(
            where=place,
            expected=say("a schema that this program knows"),
            found=str(error),
            do=say("restore a backup"),
        ) from error
