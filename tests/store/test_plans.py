"""Statements that are asked often find their rows by an index, however much was stored before."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from incident.store import statements
from incident.store.sql import SqlStore
from incident.store.tables import duty


def fill(connection: Connection) -> None:
    """Put in ten thousand pieces of duty, of which the last two go on."""
    values = dict.fromkeys(duty.columns.keys(), 0) | {
        "jurisdiction": "1",
        "roster": "watch",
        "piece": b"{}",
        "is_void": False,
        "post": "lead",
        "holder": None,
    }
    rows = [values | {"seq": n, "ended": n + 2 if n < 9998 else None} for n in range(10_000)]
    connection.execute(duty.insert(), rows)


def plan(connection: Connection, statement: Any, values: dict[str, Any]) -> str:
    dialect = connection.dialect
    explain = "EXPLAIN QUERY PLAN" if dialect.name == "sqlite" else "EXPLAIN"
    written = f"{explain} {statement.compile(dialect=dialect)}"
    return "\n".join(str(row) for row in connection.exec_driver_sql(written, values))


def test_the_newest_shifts_are_found_without_reading_all_duty_there_ever_was(store: SqlStore) -> None:
    with store._engine.connect() as connection:
        fill(connection)
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE duty")
        found = plan(connection, statements.NEWEST_DUTIES, {"code": "1"})
        connection.rollback()
    # PostgreSQL may as well take the index of what ended: two rows are sorted in no time
    assert "USING INDEX duty_newest" in found or "Index Scan using duty_" in found
    assert "TEMP B-TREE" not in found
