"""Carrying out what is due in many places: what fails stalls nothing else, and nothing comes twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from functools import partial
from typing import Any, cast

import msgspec
import pytest

from incident import bootstrap
from incident.domain import firing
from incident.domain.errors import Conflict, StoreAway, StoreError
from incident.domain.facts import TimerEnded
from incident.domain.firing import Case
from incident.domain.timer import Timer
from incident.service.opened import read_entry
from incident.service.ports import Reading, Record, Store, Writing
from incident.service.tick import TRIES, Swept, sweep, take_up
from incident.service.verify import verify
from incident.store.sql import SqlStore
from incident.store.writing import SqlWriting
from incident.testing import MemoryStore
from incident.testing.samples import AT, HOUR
from incident.testing.samples import begin as begin_sample
from incident.testing.samples import owed as owe
from tests.playbooks import CODE, DAY, NIGHT
from tests.service.story import activate, begin, verified

#: When the reminders of the samples come, and when their reports are missing.
REMINDED, MISSED = AT + 7 * HOUR // 2, AT + 4 * HOUR + 600
TOWNS = ("1", "2", "3", "4", "5")


def town(store: Store, *codes: str, remind: str | None = None) -> None:
    """Begin jurisdictions that owe two reports every four hours, `a` and `b`."""
    for code in codes:
        begin_sample(store, code, owe("a", remind=remind), owe("b", remind=remind))


def run(store: Store, at: int = MISSED, **words: Any) -> Swept:
    return sweep(store, now=lambda: at, node="n1", **words)


def ends(store: Store, code: str) -> list[tuple[str, str, str | None]]:
    """Give key, end and reason of all timers that ended, by the rows."""
    with store.reading() as tx:
        verify(tx, code)
        found = [timer for _, timer in tx.ended_timers(code)]
    return [(timer.key, str(timer.end), timer.reason) for timer in found]


def alter(store: SqlStore, statement: str) -> None:
    with store._engine.connect() as connection:
        assert connection.exec_driver_sql(statement).rowcount > 0, statement
        connection.commit()


def spoil(monkeypatch: pytest.MonkeyPatch, *poisoned: str, code: str = "2") -> None:
    """Let the deadlines of some obligations of a jurisdiction fail."""
    rule = firing._RULES["deadline"]

    def fail(timer: Timer, case: Case) -> list[TimerEnded]:
        if case.situation.jurisdiction == code and timer.key in poisoned:
            raise ZeroDivisionError(timer.key)
        return rule(timer, case)

    monkeypatch.setattr(firing, "_RULES", {**firing._RULES, "deadline": fail})


# -- many places


def test_all_that_is_due_is_carried_out_batch_after_batch(store: SqlStore) -> None:
    town(store, *TOWNS, remind="30m")
    asked: list[bool] = []

    def is_stopping() -> bool:
        asked.append(True)
        return False

    swept = run(store, REMINDED, batch=2, is_stopping=is_stopping)

    assert (swept.ended, swept.entries, swept.failures) == (10, 5, [])
    assert len(asked) == 3 + 1
    assert all(ends(store, code) == [("a", "fired", None), ("b", "fired", None)] for code in TOWNS)
    assert run(store, REMINDED) == Swept(0, 0, [])


def test_one_entry_says_all_that_came_due_in_one_place_with_the_node(memory: MemoryStore) -> None:
    town(memory, "1")
    run(memory)
    with memory.reading() as tx:
        entries = [read_entry("1", stored) for stored in tx.entries("1")]
    assert [(len(entry.facts), entry.actor, entry.node) for entry in entries[1:]] == [(2, "system", "n1")]


def test_what_is_not_due_yet_is_let_be(memory: MemoryStore) -> None:
    town(memory, "1")
    assert run(memory, MISSED - 1) == Swept(0, 0, [])


def test_it_stops_between_two_batches_when_it_is_asked_to(memory: MemoryStore) -> None:
    town(memory, *TOWNS)
    asked = iter([False, False, True])
    assert run(memory, batch=2, is_stopping=lambda: next(asked)).entries == 4
    assert run(memory, is_stopping=lambda: True) == Swept(0, 0, [])
    assert run(memory).entries == 1


@pytest.mark.parametrize("nodes", [2, 4])
def test_several_nodes_at_once_end_each_timer_once(url: str, nodes: int) -> None:
    codes = [f"{n:02}" for n in range(24)]
    with ExitStack() as stack:
        stores = [stack.enter_context(closing(bootstrap.open_store(url))) for _ in range(nodes)]
        town(stores[0], *codes)
        start = threading.Barrier(nodes)
        swept: list[Swept] = []

        def work(store: SqlStore, name: str) -> None:
            start.wait()
            swept.append(sweep(store, now=lambda: MISSED, node=name, batch=4))

        threads = [
            threading.Thread(target=work, args=(store, str(n)), daemon=True) for n, store in enumerate(stores)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(swept) == nodes
        assert [failure for one in swept for failure in one.failures] == []
        assert (sum(one.ended for one in swept), sum(one.entries for one in swept)) == (48, 24)
        assert all(len(ends(stores[0], code)) == 2 for code in codes)


# -- what fails


def test_timer_that_fails_is_tried_again_and_then_held_and_stalls_nothing(
    memory: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    town(memory, *TOWNS)
    spoil(monkeypatch, "a")
    first = run(memory)

    assert (first.ended, first.entries) == (9, 5)
    assert [(one.code, one.timer and one.timer.key, one.tries) for one in first.failures] == [("2", "a", 1)]
    assert ends(memory, "2") == [("b", "fired", None)]
    assert run(memory, MISSED + 59) == Swept(0, 0, [])

    tried = [one for n in range(1, TRIES) for one in run(memory, MISSED + 60 * n).failures]
    assert [(one.tries, one.is_held) for one in tried] == [(2, False), (3, False), (4, False), (5, True)]
    assert all(isinstance(one.error, ZeroDivisionError) for one in (*first.failures, *tried))
    assert ends(memory, "2")[1:] == [("a", "held", "fault")]
    assert run(memory, MISSED + DAY // 8) == Swept(0, 0, [])
    with memory.reading() as tx:
        assert tx.set_aside() == []
        going_on = [timer.due for timer in tx.open_timers("2") if timer.key == "a"]
    assert going_on == [AT + 8 * HOUR], "one that was held does not end its series"


def test_several_that_fail_are_counted_each_for_itself(
    memory: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    town(memory, *TOWNS)
    spoil(monkeypatch, "a", "b")
    for n in range(TRIES):
        failures = run(memory, MISSED + 60 * n, batch=1).failures
        assert [(one.timer and one.timer.key, one.tries) for one in failures] == [("a", n + 1), ("b", n + 1)]
    assert {end for _, end, _ in ends(memory, "2")} == {"held"}


def test_item_that_cannot_be_read_fails_its_own_timers_alone(sqlite_store: SqlStore) -> None:
    town(sqlite_store, *TOWNS)
    alter(sqlite_store, "UPDATE standing SET item = x'5B' WHERE jurisdiction = '2' AND key = 'a'")
    first = run(sqlite_store)

    assert (first.ended, first.entries) == (9, 5)
    assert [(one.code, one.timer and one.timer.key) for one in first.failures] == [("2", "a")]
    tried = [run(sqlite_store, MISSED + 60 * n).failures[0].is_held for n in range(1, TRIES)]
    assert tried == [False, False, False, True]
    with sqlite_store.reading() as tx:
        assert [(one.key, one.end) for _, one in tx.ended_timers("2")] == [("b", "fired")]
        assert [(code, one.key) for code, one in tx.set_aside()] == [("2", "a")]


def test_what_was_set_aside_is_tried_anew_when_a_worker_starts(sqlite_store: SqlStore) -> None:
    town(sqlite_store, *TOWNS)
    with sqlite_store.reading() as tx:
        item = msgspec.json.encode(tx.standing("2")["obligation", "a"].item).hex()
    alter(sqlite_store, "UPDATE standing SET item = x'5B' WHERE jurisdiction = '2' AND key = 'a'")
    for n in range(TRIES):
        run(sqlite_store, MISSED + 60 * n)
    alter(sqlite_store, f"UPDATE standing SET item = x'{item}' WHERE jurisdiction = '2' AND key = 'a'")

    assert run(sqlite_store, MISSED + HOUR) == Swept(0, 0, [])
    assert take_up(sqlite_store) == 1
    assert run(sqlite_store, MISSED + HOUR).ended == 1
    assert ends(sqlite_store, "2") == [("b", "fired", None), ("a", "fired_late", None)]
    assert take_up(sqlite_store) == 0


@pytest.mark.parametrize("batch", [1, 500])
def test_damaged_situation_stalls_no_other(sqlite_store: SqlStore, batch: int) -> None:
    town(sqlite_store, *TOWNS)
    alter(sqlite_store, "UPDATE situation SET version = 'many' WHERE jurisdiction = '2'")
    for n in range(TRIES):
        swept = run(sqlite_store, MISSED + 60 * n, batch=batch)
        assert swept.ended == (8 if n == 0 else 0)
        assert [(one.code, one.timer, one.tries) for one in swept.failures] == [("2", None, n + 1)]
        assert swept.failures[0].is_held == (n + 1 == TRIES)

    assert run(sqlite_store, MISSED + 2 * HOUR) == Swept(0, 0, [])
    with sqlite_store.reading() as tx:
        assert [(code, one.key) for code, one in tx.set_aside()] == [("2", "a"), ("2", "b")]


@pytest.mark.parametrize("batch", [1, 500])
def test_timers_whose_situation_is_gone_stall_no_other(sqlite_store: SqlStore, batch: int) -> None:
    town(sqlite_store, *TOWNS)
    alter(sqlite_store, "DELETE FROM situation WHERE jurisdiction = '1'")
    assert run(sqlite_store, batch=batch) == Swept(8, 4, [])


@pytest.mark.parametrize("batch", [1, 500])
def test_timer_of_another_state_never_fires_and_is_set_back(store: SqlStore, batch: int) -> None:
    town(store, *TOWNS)
    alter(store, "UPDATE timer SET epoch = 7 WHERE jurisdiction = '2'")
    for n in range(TRIES):
        swept = run(store, MISSED + 60 * n, batch=batch)
        assert swept.ended == (8 if n == 0 else 0)
        assert [(one.code, one.timer, one.tries) for one in swept.failures] == [("2", None, n + 1)]
        assert all(isinstance(one.error, Conflict) for one in swept.failures)

    assert run(store, MISSED + 60 * TRIES) == Swept(0, 0, [])
    with store.reading() as tx:
        assert list(tx.ended_timers("2")) == []
        assert {code for code, _ in tx.set_aside()} == {"2"}


def test_one_of_another_state_beside_others_holds_them_up_no_more(sqlite_store: SqlStore) -> None:
    town(sqlite_store, "1")
    alter(sqlite_store, "UPDATE timer SET epoch = 7 WHERE n = 0")
    swept = run(sqlite_store)
    assert (swept.ended, [one.tries for one in swept.failures]) == (1, [1])


def test_row_that_ended_and_is_to_be_carried_out_ends_the_sweep_all_the_same(sqlite_store: SqlStore) -> None:
    town(sqlite_store, "1", "2")
    run(sqlite_store)
    with sqlite_store._engine.connect() as connection:
        connection.exec_driver_sql("DROP TRIGGER timer_no_update")
        connection.exec_driver_sql("UPDATE timer SET next_at = 0 WHERE jurisdiction = '1' AND ended > 0")
        connection.commit()
    for expected in (Swept(4, 2, []), Swept(0, 0, [])):
        assert run(sqlite_store, MISSED + 4 * HOUR, batch=1) == expected


# -- a store that fails, and one that others use


class Through:
    """A store that does something when places are claimed for the nth time."""

    def __init__(self, store: MemoryStore, *happenings: Callable[[], object]) -> None:
        self._store = store
        self._happenings = iter(happenings)

    def reading(self) -> AbstractContextManager[Reading]:
        return self._store.reading()

    @contextmanager
    def claiming(self, codes: Sequence[str]) -> Iterator[Writing]:
        happen = next(self._happenings, None)
        found = None if happen is None else happen()
        with self._store.claiming([] if found == "held" else codes) as tx:
            yield tx


def through(store: MemoryStore, *happenings: Callable[[], object]) -> Store:
    return cast("Store", Through(store, *happenings))


def fail() -> None:
    raise StoreError(where="x", expected="a database that answers", found="none", do="wait")


def test_database_that_cannot_be_read_is_said_at_once(sqlite_store: SqlStore) -> None:
    town(sqlite_store, "1")
    with sqlite_store._engine.connect() as connection:
        connection.exec_driver_sql("DROP TABLE timer")
        connection.commit()
    with pytest.raises(StoreError):
        run(sqlite_store)


def test_database_that_cannot_be_written_is_said_at_once(memory: MemoryStore) -> None:
    town(memory, "1", "2")
    with pytest.raises(StoreError):
        run(through(memory, *[fail] * 99))


def test_one_failure_of_the_database_costs_nothing(memory: MemoryStore) -> None:
    town(memory, *TOWNS)
    assert run(through(memory, fail)) == Swept(10, 5, [])


def test_who_comes_second_finds_nothing_and_says_nothing(memory: MemoryStore) -> None:
    town(memory, *TOWNS)
    assert run(through(memory, lambda: run(memory))) == Swept(0, 0, [])
    assert all(len(ends(memory, code)) == 2 for code in TOWNS)


def test_what_others_hold_is_left_to_them_and_the_rest_carried_out(memory: MemoryStore) -> None:
    town(memory, *TOWNS)
    swept = run(through(memory, lambda: "held"), batch=2)
    assert (swept.ended, swept.failures) == (6, [])
    assert run(memory).ended == 4


@pytest.mark.parametrize("calls", [1, 2, 3, 4])
def test_what_fails_and_is_held_by_others_by_then_is_left_to_them(
    memory: MemoryStore, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    town(memory, "2")
    spoil(monkeypatch, "a", "b")
    free, held = [lambda: None] * calls, [lambda: "held"] * 99
    assert run(through(memory, *free, *held)) == Swept(0, 0, [])
    assert [one.tries for one in run(memory).failures] == [1, 1]


def test_what_failed_and_was_carried_out_by_others_by_then_is_done(memory: MemoryStore) -> None:
    town(memory, "2")
    assert run(through(memory, fail, fail, partial(run, memory))) == Swept(0, 0, [])


def test_what_can_not_even_be_held_in_the_journal_is_set_aside(
    memory: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    town(memory, "2")
    spoil(monkeypatch, "a", "b")
    for n in range(TRIES - 1):
        run(memory, MISSED + 60 * n)
    monkeypatch.setattr("incident.service.tick.hold", lambda *_: fail())
    assert [one.is_held for one in run(memory, MISSED + 60 * TRIES).failures] == [True, True]
    with memory.reading() as tx:
        assert [one.key for _, one in tx.set_aside()] == ["a", "b"]


# -- a person's request in between


def test_what_fails_never_stands_between_an_officer_and_an_activation(
    memory: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(memory)
    spoil(monkeypatch, "daily_report", code=CODE)
    outcome = activate(memory, now=lambda: NIGHT + DAY)

    assert outcome.situation.state == "emergency"
    assert verified(memory).entries == 2
    assert [one.timer and one.timer.key for one in run(memory, NIGHT + DAY).failures] == ["daily_report"]


@pytest.mark.parametrize("kind", ["sqlite_store", "postgres_store"])
def test_what_the_database_refuses_of_it_stands_in_nobodys_way_either(
    kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    store: SqlStore = request.getfixturevalue(kind)
    begin(store)
    write = SqlWriting.write

    def refuse_timers(self: SqlWriting, records: Sequence[Record]) -> None:
        if any(isinstance(fact, TimerEnded) for record in records for fact in record.facts):
            self._connection.exec_driver_sql("INSERT INTO nowhere VALUES (1)")
        write(self, records)

    monkeypatch.setattr(SqlWriting, "write", refuse_timers)
    assert activate(store, now=lambda: NIGHT + DAY).situation.state == "emergency"
    assert verified(store).entries == 2


def test_database_that_goes_away_in_between_is_said(
    sqlite_store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(sqlite_store)

    def go_away(*_: object) -> None:
        raise StoreAway(where="there", found="gone")

    monkeypatch.setattr(SqlWriting, "write", go_away)
    with pytest.raises(StoreAway, match="gone"):
        activate(sqlite_store, now=lambda: NIGHT + DAY)


def test_item_that_cannot_be_read_stands_in_nobodys_way_either(sqlite_store: SqlStore) -> None:
    begin(sqlite_store)
    alter(sqlite_store, "UPDATE standing SET item = x'5B' WHERE key = 'daily_report'")
    assert activate(sqlite_store, now=lambda: NIGHT + DAY).situation.state == "emergency"
    # what stands otherwise now is written anew
    assert verified(sqlite_store).entries == 2


def test_what_does_not_stand_as_the_journal_says_is_damage_and_nothing_is_written(
    sqlite_store: SqlStore,
) -> None:
    begin(sqlite_store)
    alter(sqlite_store, "DELETE FROM standing WHERE key = 'daily_report'")
    with pytest.raises(StoreError, match="what stands as the journal says"):
        activate(sqlite_store)
    with sqlite_store.reading() as tx:
        assert len(list(tx.entries(CODE))) == 1


def test_timer_that_cannot_be_read_stands_in_nobodys_way_either(sqlite_store: SqlStore) -> None:
    begin(sqlite_store)
    alter(sqlite_store, "UPDATE timer SET due = 'soon' WHERE key = 'daily_report'")
    assert activate(sqlite_store, now=lambda: NIGHT + DAY).situation.state == "emergency"


def test_database_that_is_away_is_nobodys_fault(memory: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    town(memory, *TOWNS)

    def claiming(_codes: Sequence[str]) -> AbstractContextManager[Writing]:
        raise StoreAway(where="memory", found="locked")

    with monkeypatch.context() as patch:
        patch.setattr(memory, "claiming", claiming)
        with pytest.raises(StoreAway):
            run(memory)
    assert run(memory) == Swept(10, 5, [])
