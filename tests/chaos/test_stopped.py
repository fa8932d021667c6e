"""A worker stopped in the middle of its turn while others go on: fenced by its locks alone."""

from __future__ import annotations

import signal
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from incident.domain.facts import TimerEnded
from incident.service.opened import read_entry
from incident.store.sql import SqlStore
from tests.chaos.busy import busy_worker, late
from tests.chaos.pack import Node, Pack
from tests.chaos.reckoning import is_done
from tests.chaos.storm import reckon
from tests.chaos.town import Town, settle
from tests.chaos.turns import postgres_turns, stop_in_turn, turns_at

#: So many that the first turn, which carries out what is late in all of them, takes a while.
MANY = 80


def is_over(store: SqlStore, some: Sequence[Town]) -> bool:
    """Tell whether all of some towns has come."""
    with store.reading() as tx:
        return not {town.code for town in some} & {*tx.due_codes(int(time.time()), 10_000)}


def first_turn_of(store: SqlStore, town: Town) -> str | None:
    """Give the node that carried out what was late in a town."""
    with store.reading() as tx:
        entries = [read_entry(town.code, stored) for stored in tx.entries(town.code)]
    return next(entry.node for entry in entries if isinstance(entry.facts[0], TimerEnded))


def finish(workers: Pack, store: SqlStore, wanted: Sequence[Town]) -> None:
    last = max(town.at for town in wanted)
    workers.until(lambda: is_done(store, last, delivers=False), "everything that is due")
    assert {*workers.dismiss()} == {0}
    assert workers.faults() == []
    reckon(workers, store, wanted)


def start(workers: Pack, n: int) -> list[Node]:
    started = [workers.start() for _ in range(n)]
    for node in started:
        workers.hear(node, "started")
    return started


def test_what_a_stopped_worker_holds_waits_for_it_and_all_else_goes_on(
    postgres_url: str, tmp_path: Path
) -> None:
    with (
        turns_at(postgres_url) as turns,
        busy_worker(postgres_url, tmp_path, MANY) as (store, workers, held, stopped),
    ):
        stop_in_turn(workers, turns, stopped)

        others = start(workers, 2)
        further = late(MANY // 4, first=MANY)
        settle(store, further)
        workers.until(lambda: is_over(store, further), "what the stopped one does not hold")

        assert not is_over(store, held)
        assert {first_turn_of(store, town) for town in further} <= {node.name for node in others}
        stopped.send(signal.SIGCONT)
        finish(workers, store, [*held, *further])
        assert stopped.name in {first_turn_of(store, town) for town in held}


def test_what_a_stopped_worker_held_is_done_by_others_once_its_connection_is_cut(
    postgres_url: str, tmp_path: Path
) -> None:
    with (
        postgres_turns(postgres_url) as turns,
        busy_worker(postgres_url, tmp_path, MANY) as (store, workers, held, stopped),
    ):
        stop_in_turn(workers, turns, stopped)
        (other,) = start(workers, 1)

        assert turns.terminate(stopped) >= 1
        workers.until(lambda: is_over(store, held), "what the stopped one held")
        stopped.send(signal.SIGCONT)

        workers.hear(stopped, "started")
        finish(workers, store, held)
        assert other.name in {first_turn_of(store, town) for town in held}


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'incident.db'}"


def test_others_wait_for_one_that_is_stopped_with_the_lock_of_the_file_and_can_leave(
    sqlite_url: str, tmp_path: Path
) -> None:
    with (
        turns_at(sqlite_url) as turns,
        busy_worker(sqlite_url, tmp_path, MANY) as (store, workers, held, stopped),
    ):
        stop_in_turn(workers, turns, stopped)
        waiting, leaving = start(workers, 2)

        leaving.send(signal.SIGTERM)
        asked = time.monotonic()
        assert workers.end(leaving) == 0
        assert time.monotonic() - asked < 2
        assert not is_over(store, held)
        assert waiting.events == ["started"]

        stopped.send(signal.SIGCONT)
        finish(workers, store, held)
        assert first_turn_of(store, held[0]) == stopped.name
