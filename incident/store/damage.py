"""What is wrong with an SQLite file in itself: pages, indexes that say otherwise than their tables, types.

SQLite answers many questions from an index alone, and lets any value stand in any column. Whoever writes into
the file past it can let an index answer otherwise than the table that a reader of all rows sees.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Connection, LargeBinary, Table

from incident.store.tables import metadata


def found(connection: Connection) -> str | None:
    """Give the first thing that is wrong, in SQLite's words where they are its; none where nothing is."""
    pages = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalars().first()
    if pages != "ok":
        return str(pages)
    for table in metadata.sorted_tables:
        wrong = " OR ".join(_is_other(column) for column in table.columns)
        # the names are ours (`tables.py`)
        statement = f'SELECT rowid FROM "{table.name}" WHERE {wrong} LIMIT 1'  # noqa: S608
        row = connection.exec_driver_sql(statement).first()
        if row is not None:
            return f"{table.name}, row {row[0]}: {_types(table)}"
    return None


def _is_other(column: Column[object]) -> str:
    """Ask whether a value is of another type than its column's."""
    kind = f"typeof(\"{column.name}\") <> '{_type(column)}'"
    if isinstance(column.type, Boolean):
        kind = f'({kind} OR "{column.name}" NOT IN (0, 1))'
    return f'("{column.name}" IS NOT NULL AND {kind})' if column.nullable else kind


def _type(column: Column[object]) -> str:
    match column.type:
        case BigInteger() | Boolean():
            return "integer"
        case LargeBinary():
            return "blob"
        case _:
            return "text"


def _types(table: Table) -> str:
    return ", ".join(f"{column.name} {_type(column)}" for column in table.columns)
