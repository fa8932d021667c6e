"""Statements that are asked often find their rows by an index, however much was stored before."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Compiled, Connection, event

from incident.service.ports_identity import WantedAccess
from incident.store import identity_statements, statements
from incident.store.sql import SqlStore
from incident.store.tables import duty, entry, situation, snapshot, timer
from incident.store.tables_identity import access


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
    written = (
        f"{explain} {statement if isinstance(statement, Compiled) else statement.compile(dialect=dialect)}"
    )
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


def fill_journal(connection: Connection) -> None:
    """Put in a thousand entries, each with a timer that the next one ended, and snapshots of some."""
    entries = [
        {"jurisdiction": "1", "seq": n, "at": n, "body": b"x" * 500, "leaf": b"", "nodes": None}
        for n in range(1000)
    ]
    connection.execute(entry.insert(), entries)
    values = dict.fromkeys(timer.columns.keys(), 0) | {
        "jurisdiction": "1",
        **dict.fromkeys(("what", "key", "of", "end", "result", "reason", "node"), "x"),
    }
    timers = [values | {"seq": n, "due": n, "ended": n + 1} for n in range(1000)]
    connection.execute(timer.insert(), timers)
    snapshots = [{"jurisdiction": "1", "size": n, "body": b"x" * 5000} for n in range(0, 1000, 100)]
    connection.execute(snapshot.insert(), snapshots)


#: Each, what is asked, and where its rows are found.
LOOKS: list[tuple[Any, dict[str, Any], str]] = [
    (statements.PAST_TIMERS, {"code": "1", "since": 500, "until": 510, "before": 505}, "timer_due"),
    (statements.RECORDED, {"code": "1", "since": 500, "until": 510}, "entry"),
    (statements.SNAPSHOTS, {"code": "1"}, "entry"),
    (statements.SNAPSHOT_SIZES, {"code": "1"}, "snapshot"),
]


def test_a_look_at_the_past_reads_no_more_than_lies_around_it(store: SqlStore) -> None:
    with store._engine.connect() as connection:
        if connection.dialect.name == "postgresql":  # the other one chooses without looking at rows
            fill_journal(connection)
            connection.exec_driver_sql("ANALYZE")
        found = {index: plan(connection, look, values) for look, values, index in LOOKS}
        connection.rollback()
    for index, shown in found.items():
        assert index in shown, shown
        assert not [table for table in ("entry", "timer") if f"SCAN {table}" in shown], shown


def fill_times(connection: Connection) -> None:
    """Put in a hundred jurisdictions, each with a hundred times that were met and one that was missed."""
    blank = dict.fromkeys(situation.columns.keys(), 0) | {
        "state": "routine",
        "zone": "Asia/Shanghai",
        "playbook": "x",
        "peaks": b"",
        "incident": None,
    }
    codes = [f"{code:03}" for code in range(100)]
    connection.execute(situation.insert(), [blank | {"jurisdiction": code, "name": code} for code in codes])
    values = dict.fromkeys(timer.columns.keys(), 0) | {
        **dict.fromkeys(("key", "of", "end", "node"), "x"),
        "what": "deadline",
        "reason": None,
        "next_at": None,
    }
    times = [
        values
        | {"jurisdiction": code, "seq": n, "due": n, "ended": n + 1, "result": "met" if n else "missed"}
        for code in codes
        for n in range(100)
    ]
    connection.execute(timer.insert(), times)


def test_what_is_missed_is_found_without_looking_through_what_was_met(store: SqlStore) -> None:
    asked: list[str] = []

    def explain(connection: Connection, _cursor: Any, written: str, values: Any, *_more: Any) -> None:
        if "'missed'" in written and not written.startswith("EXPLAIN"):
            how = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
            found = connection.exec_driver_sql(f"{how} {written}", values)
            asked.append("\n".join(str(row) for row in found))

    with store.writing("1") as tx:
        fill_times(tx._connection)
        if tx._connection.dialect.name == "postgresql":
            tx._connection.exec_driver_sql("ANALYZE")
        event.listen(tx._connection, "before_cursor_execute", explain)
        missed = tx.survey(at=1000).missed

    assert sum(one.n for one in missed) == 100
    assert len(asked) == 2, "reports, and handovers"
    assert all("timer_missed" in shown for shown in asked), asked


def fill_access(connection: Connection) -> None:
    """Put in twenty thousand lines of the record of access, of a hundred people, in as many towns."""
    values = dict.fromkeys(access.columns.keys())
    lines = [
        values
        | {
            "seq": n,
            "at": n,
            "kind": "user_added" if n % 5000 == 0 else "login",
            "user": f"u{n % 100}",
            "about": "u1" if n % 5000 == 0 else None,
            "claimed": "c1" if n % 5000 == 1 else None,
            "jurisdiction": f"{n // 7 % 100}",
        }
        for n in range(20_000)
    ]
    connection.execute(access.insert(), lines)


#: What is asked of the record of access, and the indexes that give the lines in order.
ASKED: list[tuple[WantedAccess, list[str]]] = [
    (WantedAccess(), ["at"]),
    (WantedAccess(before=9000), ["at"]),
    (WantedAccess(since=100, until=15_000), ["at"]),
    (WantedAccess(kinds=["user_added"]), ["kind"]),
    (WantedAccess(user="u1", claimed="c1"), ["user", "about", "claimed"]),
    (WantedAccess(jurisdiction="7"), ["jurisdiction"]),
    (WantedAccess(jurisdiction="7", until=5000), ["jurisdiction"]),
]


def test_a_page_of_the_record_of_access_reads_no_more_lines_than_it_shows(store: SqlStore) -> None:
    found = []
    with store._engine.connect() as connection:
        fill_access(connection)
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE identity_access")
        for wanted, _ in ASKED:
            asked = identity_statements.accesses(wanted, 10, wanted.before)
            written = asked.compile(connection, compile_kwargs={"literal_binds": True})
            found.append(plan(connection, written, {}))
        connection.rollback()
    for (_, indexes), shown in zip(ASKED, found, strict=True):
        assert {f"identity_access_{index}" in shown for index in indexes} == {True}, shown
        assert "Seq Scan" not in shown, shown
        assert "SCAN identity_access\n" not in f"{shown}\n", shown
