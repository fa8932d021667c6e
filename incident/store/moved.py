"""Marks of a database that is on the move: one that was left, and one that has not arrived.

Nobody may go on working on a database whose record goes on elsewhere. So whoever was left is marked in the
transaction that says so: its schema is called `moved`, which every program refuses, older ones too; and
guards refuse each change, for a program may have opened it before. A table `moved` tells where to, since
when and which schema it was. A database that arrives is called `arriving` until the one it comes from is
marked: so at no instant two can be worked on, wherever the move is killed.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, Text, exc, insert, select, update

from incident.domain import clock, inputs
from incident.domain.errors import StoreAway, StoreError
from incident.domain.say import say
from incident.store.tables import REVISION, alembic_version, metadata

#: What the schema is called of a database that was left.
MOVED: Final = "moved"
#: And of one in which not everything stands yet, or of which the other side does not know yet.
ARRIVING: Final = "arriving"
#: By this the refusal of a guard is known.
SIGN: Final = "this database was moved"

#: Where a database was moved to, without a password, when, and which schema it had. One row.
moved = Table(
    "moved",
    MetaData(),
    Column("place", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("revision", Text, nullable=False),
)

#: Tables of which nobody changes a row any more.
_SHUT: Final = [name for name in metadata.tables if name != alembic_version.name]
_SQLITE: Final = [
    f"CREATE TRIGGER moved_{table}_{act.lower()} BEFORE {act} ON {table}"
    f" BEGIN SELECT RAISE(ABORT, '{SIGN}'); END"
    for table in _SHUT
    for act in ("INSERT", "UPDATE", "DELETE")
]
_POSTGRESQL: Final = [
    f"""
CREATE FUNCTION incident_moved() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN RAISE EXCEPTION '{SIGN}' USING ERRCODE = 'restrict_violation'; END $$
""",
    *(
        statement
        for table in _SHUT
        for statement in (
            f"""
CREATE TRIGGER moved BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION incident_moved()
""",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER moved",
        )
    ),
]


def call(connection: Connection, version: str) -> None:
    """Call the schema otherwise: `MOVED`, `ARRIVING`, or by its number again."""
    connection.execute(update(alembic_version).values(version_num=version))


def leave(connection: Connection, place: str, at: int) -> None:
    """Mark a database as left for another, in the caller's transaction."""
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL:
        connection.exec_driver_sql(statement)
    moved.create(connection)
    connection.execute(insert(moved).values(place=place, at=at, revision=REVISION))
    call(connection, MOVED)


def left_for(connection: Connection) -> tuple[str, int]:
    """Give where a database that is marked was moved to, and when."""
    place, at = connection.execute(select(moved.c.place, moved.c.at)).one()
    return str(place), int(at)


def must_be_in_use(connection: Connection, where: str, version: str | None) -> None:
    """Refuse a database that was left, or has not arrived. Raises `StoreError`."""
    if version == MOVED:
        place, at = left_for(connection)
        raise StoreError(
            where=where,
            expected=say("the database in use"),
            found=say("it was moved to {place} at {time}", place=place, time=clock.stamp(at)),
            do=say("use that one: {db} or INCIDENT_DB", db=inputs.DATABASE),
        )
    if version == ARRIVING:
        raise StoreError(
            where=where,
            expected=say("the database in use"),
            found=say("a move to here that was not finished"),
            do=say("run the same again: `incident db move FROM TO`; it finishes it"),
        )


def was_left(error: exc.DBAPIError) -> bool:
    """Tell whether a guard of a database that was left refused."""
    return SIGN in str(error.orig)


def gone(where: str) -> StoreAway:
    """Say to a program that had opened a database before it was moved that the record goes on elsewhere."""
    return StoreAway(
        where=where,
        expected=say("the database in use"),
        found=say("it was moved meanwhile; nothing was changed"),
        do=say(
            "ask it where to: incident doctor; then use that one: {db} or INCIDENT_DB", db=inputs.DATABASE
        ),
    )
