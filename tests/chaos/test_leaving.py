"""SIGTERM under load: the transaction it is in is finished, the next one not begun."""

from __future__ import annotations

import signal
import time
from contextlib import closing
from pathlib import Path

from incident import bootstrap
from incident.service.tick import ENDS, sweep
from incident.store.sql import SqlStore
from tests.chaos.busy import busy_worker
from tests.chaos.pack import Pack, pack
from tests.chaos.reckoning import is_done
from tests.chaos.storm import reckon
from tests.chaos.town import Town, settle, spread, towns
from tests.chaos.turns import catch_in_turn, turns_at
from tests.cli.desk import Desk
from tests.playbooks import DAY

#: Seconds within which a worker leaves.
AT_MOST = 2.0


def test_worker_told_to_leave_under_load_finishes_its_transaction_and_leaves(
    url: str, tmp_path: Path
) -> None:
    with (
        turns_at(url) as turns,
        busy_worker(url, tmp_path, 60) as (store, workers, wanted, leaving),
    ):
        catch_in_turn(workers, turns, leaving)
        leaving.send(signal.SIGTERM)
        asked = time.monotonic()

        assert workers.end(leaving) == 0

        assert time.monotonic() - asked < AT_MOST
        assert leaving.events == ["started", "swept", "stopped"]
        carried_out_first = leaving.lines[1]["ended"]
        assert 0 < carried_out_first < 12 * len(wanted), "it went on with the next transaction"
        assert ended(store, wanted) == carried_out_first
        replacement_finishes(workers, store, wanted)


def test_workers_told_to_leave_in_the_middle_of_everything_leave_nothing_half_done(
    url: str, tmp_path: Path
) -> None:
    with closing(bootstrap.open_store(url)) as store, pack(Desk(url), tmp_path) as workers:
        wanted = towns(spread(int(time.time()) - 5, 8, 30))
        settle(store, wanted)
        leaving = [workers.start() for _ in range(3)]
        for node in leaving:
            workers.hear(node, "started")
        workers.until(lambda: any("delivered" in node.events for node in leaving), "a message handed on")

        asked = time.monotonic()
        assert workers.dismiss() == [0, 0, 0]
        assert time.monotonic() - asked < AT_MOST
        replacement_finishes(workers, store, wanted)


def test_transaction_is_soon_over_however_much_is_due(url: str) -> None:
    with closing(bootstrap.open_store(url)) as store:
        a_week_ago = int(time.time()) - 7 * DAY
        wanted = towns([a_week_ago] * 40)
        settle(store, wanted)
        told_to_leave = iter([False, True])

        swept = sweep(store, now=bootstrap.clock, node="first", is_stopping=lambda: next(told_to_leave))

        assert ENDS <= swept.ended < ENDS + 1000
        assert swept.entries < len(wanted)
        before = {town.code for town in wanted if ended(store, [town])}
        told_to_leave = iter([False, True])
        sweep(store, now=bootstrap.clock, node="first", is_stopping=lambda: next(told_to_leave))
        after = {town.code for town in wanted if ended(store, [town])}
        assert len(after) > len(before), "the same ones come first again"


def ended(store: SqlStore, wanted: list[Town]) -> int:
    with store.reading() as tx:
        timers = [one for town in wanted for one in tx.timers(town.code, since=0, until=2**40)]
    return sum(one.end is not None for one in timers)


def replacement_finishes(workers: Pack, store: SqlStore, wanted: list[Town]) -> None:
    """Let another worker do what is left, and hold all of it against what was promised."""
    workers.hear(workers.start(), "started")
    last = max(town.at for town in wanted)
    workers.until(
        lambda: is_done(store, last, delivers=workers.messages is not None), "everything that is due"
    )
    assert workers.dismiss() == [0]
    assert workers.faults() == []
    reckon(workers, store, wanted)
