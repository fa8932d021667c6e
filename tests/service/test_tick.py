"""Carrying out what is due in many places, by several nodes, on a store that fails: nothing comes twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from functools import partial
from typing import cast

import pytest

from incident import bootstrap
from incident.domain.errors import StoreAway, StoreError
from incident.service.opened import read_entry
from incident.service.ports import Reading, Store, Writing
from incident.service.tick import TRIES, Swept, sweep
from incident.store.sql import SqlStore
from incident.testing import MemoryStore
from tests.service.sweeping import MISSED, REMINDED, TOWNS, ends, run, spoil, town

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


# -- a store that fails, and one that others use


class Through:
    """A store that does something when places are claimed for the nth time."""

    def __init__(self, store: MemoryStore, *happenings: Callable[[], object]) -> None:
        self._store = store
        self._happenings = iter(happenings)

    def reading(self) -> AbstractContextManager[Reading]:
        return self._store.reading()

    def left_out(self, codes: Collection[str]) -> Mapping[str, StoreError]:
        return self._store.left_out(codes)

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


def test_database_that_is_away_is_nobodys_fault(memory: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    town(memory, *TOWNS)

    def claiming(_codes: Sequence[str]) -> AbstractContextManager[Writing]:
        raise StoreAway(where="memory", found="locked")

    with monkeypatch.context() as patch:
        patch.setattr(memory, "claiming", claiming)
        with pytest.raises(StoreAway):
            run(memory)
    assert run(memory) == Swept(10, 5, [])
