"""Many jurisdictions at once on a database: in few statements, past what others hold and what is damaged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from incident.domain.errors import StoreError
from incident.service.ports import Signed
from incident.service.tick import TRIES, sweep
from incident.store.database import connect
from incident.store.sql import SqlStore
from incident.testing.samples import AT, HOUR, after, append, begin, came, following, log_of, owed
from tests.playbooks import DAY

MISSING = AT + 4 * HOUR + 600


@contextmanager
def statements(store: SqlStore) -> Iterator[list[str]]:
    """Note what is sent."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(store._engine, "before_cursor_execute", note)
    yield sent
    event.remove(store._engine, "before_cursor_execute", note)


def sweep_once(store: SqlStore, at: int = MISSING) -> list[str]:
    """Carry all out; gives the statements that took."""
    with statements(store) as sent:
        swept = sweep(store, now=lambda: at, node="a")
    assert swept.failures == []
    return sent


def test_many_are_carried_out_in_as_many_statements_as_one(store: SqlStore) -> None:
    begin(store, "0", owed(remind=None, receivers=["county"]))
    alone = sweep_once(store)
    for n in range(1, 40):
        begin(store, str(n), owed(remind=None, receivers=["county"]))

    together = sweep_once(store)

    assert together == alone
    with store.reading() as tx:
        assert {log_of(tx, str(n)).situation.version for n in range(40)} == {2}


def test_what_another_holds_is_passed_over_without_waiting(postgres_store: SqlStore) -> None:
    for code in ("1", "2", "3"):
        begin(postgres_store, code, owed(remind=None))

    with postgres_store.writing("2"), postgres_store.claiming(["1", "2", "3"]) as tx:
        assert list(tx.codes_held) == ["1", "3"]
        tx.write([after(tx, code, facts=[came(tx.open_timers(code)[0])]) for code in ("1", "3")])
        tx.commit()
    sweep_once(postgres_store)

    with postgres_store.reading() as tx:
        assert [log_of(tx, code).situation.version for code in ("1", "2", "3")] == [2, 2, 2]


def test_claim_sees_what_was_written_just_before_it(postgres_store: SqlStore) -> None:
    """The row is read when it is locked, not as it was when somebody looked for what is due."""
    begin(postgres_store, "1", owed(remind=None))
    with postgres_store.reading() as look:
        assert look.due_codes(MISSING, 9) == ["1"]
        append(postgres_store, "1", facts=[came(look.open_timers("1")[0])])
        with postgres_store.claiming(look.due_codes(MISSING, 9)) as tx:
            assert log_of(tx, "1").situation.version == 2
            assert tx.due(MISSING) == []


def spoil(store: SqlStore, statement: str) -> None:
    with store._engine.connect() as connection:
        assert connection.exec_driver_sql(statement).rowcount > 0
        connection.commit()


def test_timer_of_another_state_does_not_fire(store: SqlStore) -> None:
    """The fence: whoever put the row there, it is not of the state in force. It is set aside for a person."""
    begin(store, "1", owed(remind=None))
    begin(store, "2", owed(remind=None))
    spoil(store, "UPDATE timer SET epoch = 7 WHERE jurisdiction = '1'")

    with store.reading() as tx:
        assert tx.open_timers("1") == []
        assert tx.due_codes(MISSING, 9) == ["1", "2"]
    with store.writing("1") as tx:
        assert tx.due(MISSING) == []
    at = MISSING
    for tries in range(1, TRIES + 1):
        swept = sweep(store, now=lambda: at, node="a")  # noqa: B023 - called at once
        assert [(failure.code, failure.tries) for failure in swept.failures] == [("1", tries)]
        at += 60
    with store.reading() as tx:
        assert [code for code, _ in tx.set_aside()] == ["1"]
        assert [log_of(tx, code).situation.version for code in ("1", "2")] == [1, 2]
        assert tx.due_codes(at, 9) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE situation SET since = 'x' WHERE jurisdiction = '2'",
        "UPDATE timer SET due = 'x' WHERE jurisdiction = '2'",
        "UPDATE standing SET item = '[' WHERE jurisdiction = '2'",
    ],
)
def test_damaged_one_is_held_back_alone(sqlite_store: SqlStore, statement: str) -> None:
    for code in ("1", "2", "3"):
        begin(sqlite_store, code, owed(remind=None))
    spoil(sqlite_store, statement)

    swept = sweep(sqlite_store, now=lambda: MISSING, node="a")

    assert swept.entries == 2
    assert [failure.code for failure in swept.failures] == ["2"]
    with sqlite_store.reading() as tx:
        assert [log_of(tx, code).situation.version for code in ("1", "3")] == [2, 2]
        assert tx.due_codes(MISSING, 9) == []
        assert tx.next_wake() == MISSING + 60


@contextmanager
def listening(store: SqlStore) -> Iterator[Any]:
    """Count the hints that come; what was sent before is not heard."""
    with store._engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        driver.execute("LISTEN incident")
        driver.commit()
        yield lambda: len(list(driver.notifies(timeout=0.2)))
        driver.execute("UNLISTEN incident")
        driver.commit()


def test_whoever_records_something_gives_a_hint_once_a_transaction(postgres_store: SqlStore) -> None:
    with listening(postgres_store) as heard:
        begin(postgres_store, "1", owed())
        assert heard() == 1
        log = append(postgres_store, "1", event="e")
        assert heard() == 1, "no time was promised, but others show what is on record"
        with postgres_store.writing("1") as tx:
            tx.keep_checkpoint("1", Signed(1, AT, 0, "note"))
            tx.commit()
        assert heard() == 0, "nothing was recorded"
        with postgres_store.writing("1") as tx:
            tx.write([after(tx, "1", facts=[owed("a"), owed("b")])])
            tx.write([following(log_of(tx, "1"), event="f")])
            assert heard() == 0
            tx.commit()
        assert heard() == 1
        assert log.after.version == 2


def test_more_is_due_than_is_looked_for_at_once(store: SqlStore) -> None:
    """Longer than one fetch, and one place in which more is due than all together."""
    begin(store, "0", *(owed(f"r{n}", remind=None) for n in range(450)))
    for n in range(1, 6):
        begin(store, str(n), owed(remind=None, every="5h"))

    with store.reading() as tx:
        assert tx.due_codes(AT + DAY, 3) == ["0", "1", "2"]
        assert tx.due_codes(AT + DAY, 500) == [str(n) for n in range(6)]
    with store.writing("0") as tx:
        (due,) = tx.due(MISSING)
        assert len(due.timers) == 450


def test_questions_about_what_is_due_use_the_indexes(sqlite_store: SqlStore) -> None:
    asked = {
        "SELECT min(next_at) FROM timer WHERE next_at IS NOT NULL": "timer_wake",
        "SELECT jurisdiction FROM timer WHERE next_at <= 5 ORDER BY next_at, jurisdiction": "timer_wake",
        "SELECT * FROM timer WHERE ended IS NULL AND next_at IS NULL ORDER BY jurisdiction": "timer_aside",
        "SELECT * FROM timer WHERE jurisdiction = '1' AND ended IS NULL AND next_at <= 5": "timer_ended",
        "SELECT * FROM timer WHERE jurisdiction = '1' AND due >= 1 AND due < 5 ORDER BY due": "timer_due",
        "SELECT n FROM outbox WHERE done_at IS NULL ORDER BY at, jurisdiction, seq, n": "outbox_waiting",
    }
    with sqlite_store._engine.connect() as connection:
        for statement, index in asked.items():
            plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all())
            assert index in plan
            assert "TEMP B-TREE FOR ORDER BY" not in plan


def test_waiting_for_the_one_lock_of_sqlite_has_an_end(sqlite_store: SqlStore, sqlite_url: str) -> None:
    begin(sqlite_store, "1")
    hasty = SqlStore(connect(sqlite_url, lock_wait=0.1))
    with (
        sqlite_store.writing("1"),
        pytest.raises(StoreError, match="free within the waiting time"),
        hasty.claiming(["1"]),
    ):
        pass
    hasty.close()
