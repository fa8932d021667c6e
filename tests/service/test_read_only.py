"""A journal that must not be written to is left alone, and nothing else for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from incident.domain import clock
from incident.domain.checkpoint import Checkpoint, format_checkpoint
from incident.domain.effects import Notice
from incident.domain.errors import StoreAway, StoreError
from incident.domain.note import sign_note
from incident.domain.say import Words
from incident.schedule.worker import say_read_only, say_swept
from incident.service import signed
from incident.service.carrier import AtOnce
from incident.service.deliver import Courier
from incident.service.guard import Guard
from incident.service.notary import publish, sign
from incident.service.ports import Reading
from incident.service.tick import Swept, take_up
from incident.store.sql import SqlStore
from incident.testing.given import FakeClock
from incident.testing.samples import AT, append
from tests.service.signing import Shelf, notary, signer
from tests.service.sweeping import MISSED, TOWNS, ends, run, town
from tests.service.told import FakeChannel


def guarded(store: SqlStore, *shelves: Shelf) -> SqlStore:
    """Open the same database once more, with a guard."""

    def tell(_words: Words) -> None:
        pass

    return SqlStore(store._engine, Guard(shelves, signed.unopened, "here", tell).look)


def alter(store: SqlStore, *statements: str) -> None:
    with store._engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def signed_further(shelf: Shelf, code: str) -> None:
    """Keep a checkpoint of more entries than are here."""
    origin = next(
        (origin for of, origin, _ in shelf.notes if of == code), f"incident/{code}/0011223344556677"
    )
    given = Checkpoint(origin, 99, bytes(32), AT)
    shelf.put(code, given, sign_note(format_checkpoint(given), signer()).decode())


@pytest.fixture
def shelf(sqlite_store: SqlStore) -> Shelf:
    """Five towns that owe reports, each signed outside."""
    town(sqlite_store, *TOWNS)
    found, at = Shelf(), FakeClock(clock.stamp(AT))
    for code in TOWNS:
        append(sqlite_store, code, event="noted")
        sign(sqlite_store, code, notary(at))
        publish(sqlite_store, code, notary(at, found))
    return found


@pytest.mark.parametrize("batch", [1, 500])
def test_a_damaged_hash_beside_one_journal_stalls_no_other(
    sqlite_store: SqlStore, shelf: Shelf, batch: int
) -> None:
    alter(
        sqlite_store,
        "DROP TRIGGER entry_no_update",
        "UPDATE entry SET nodes = x'00' WHERE jurisdiction = '2' AND nodes IS NOT NULL",
    )
    store = guarded(sqlite_store, shelf)

    swept = run(store, batch=batch)

    assert (swept.ended, swept.failures) == (8, [])
    [(code, why)] = swept.left_out
    assert (code, "rows that agree with each other" in str(why)) == ("2", True)
    assert "incident status 2" in str(why)
    with pytest.raises(StoreError, match="read-only"), store.writing("2"):
        pass
    assert [len(ends(store, code)) for code in TOWNS if code != "2"] == [2, 2, 2, 2]


def test_what_must_not_be_carried_out_is_told_once(sqlite_store: SqlStore, shelf: Shelf) -> None:
    signed_further(shelf, "2")
    swept = run(guarded(sqlite_store, shelf))
    assert swept.ended == 8

    lines, told = [], dict[str, str]()

    def log(level: str, event: str, **values: str | float | None) -> None:
        lines.append((level, event, values.get("jurisdiction")))

    say_swept(log, swept, told)
    say_swept(log, swept, told)
    assert lines == [
        ("error", "read_only", "2"),
        ("info", "swept", None),
        ("info", "swept", None),
    ]
    say_read_only(log, {"3": StoreError(where="x")}, told)
    assert lines[-1] == ("error", "read_only", "3")


def test_a_database_that_is_away_is_no_journals_fault(sqlite_store: SqlStore) -> None:
    town(sqlite_store, "1")

    def look(_code: str) -> Callable[[Reading], None]:
        def check(_tx: Reading) -> None:
            raise StoreAway(where="here", found="locked")

        return check

    store = SqlStore(sqlite_store._engine, look)
    with pytest.raises(StoreAway):
        run(store)
    with pytest.raises(StoreAway):
        store.read_only()


def test_outside_is_looked_at_while_nothing_is_locked(sqlite_store: SqlStore) -> None:
    """A folder that does not answer keeps nobody waiting but who asks."""
    town(sqlite_store, "1")
    looked = []

    def look(code: str) -> Callable[[Reading], None]:
        append(sqlite_store, code, event="meanwhile")  # waits for ever, if it is locked
        return lambda _tx: looked.append(code)

    store = SqlStore(sqlite_store._engine, look)
    with store.writing("1"):
        pass
    assert looked == ["1"]


def test_what_must_not_be_written_to_is_not_taken_up(sqlite_store: SqlStore, shelf: Shelf) -> None:
    alter(sqlite_store, "UPDATE timer SET next_at = NULL WHERE jurisdiction IN ('2', '3')")
    with sqlite_store.reading() as tx:
        assert {code for code, _ in tx.set_aside()} == {"2", "3"}
    signed_further(shelf, "2")

    assert take_up(guarded(sqlite_store, shelf)) == 1


def test_a_journal_gone_whole_is_missed(sqlite_store: SqlStore, shelf: Shelf) -> None:
    store = guarded(sqlite_store, shelf)
    assert store.read_only([*TOWNS]) == []
    signed_further(shelf, "6")

    (fault,) = store.read_only([*TOWNS, "6"])

    assert "journal of 6" in str(fault)
    assert "0 entries here" in str(fault)


def test_nothing_is_left_out_without_a_guard(sqlite_store: SqlStore) -> None:
    town(sqlite_store, "1")
    assert run(sqlite_store, MISSED) == Swept(2, 1, [])
    assert sqlite_store.left_out(["1"]) == {}


def test_what_a_journal_told_that_is_behind_reaches_nobody(sqlite_store: SqlStore, shelf: Shelf) -> None:
    """After a rollback the notices of yesterday wait once more."""
    for code in ("1", "2"):
        append(
            sqlite_store,
            code,
            event="told",
            effects=[Notice(to="command", facts=[0])],
        )
    signed_further(shelf, "2")
    channel = FakeChannel()
    courier = Courier(guarded(sqlite_store, shelf), AtOnce(channel, lambda: 0.0), lambda: AT)

    done = courier.deliver()

    assert [key.partition("-")[0] for key in channel.keys] == ["1"]
    assert [(one.key.partition("-")[0], "read-only" in str(one.error)) for one in done.failures] == [
        ("2", True)
    ]
