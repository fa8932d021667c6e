"""The storm: four workers, and one of them killed at every turn of the dice, while promised times come.

The dice have a seed, so the same storm blows again; what it meets is a matter of the machine.
"""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple

from incident import bootstrap
from incident.store.sql import SqlStore
from tests.chaos.pack import Node, Pack, pack
from tests.chaos.reckoning import is_done, must_be_delivered, must_have_come_once, must_hold
from tests.chaos.town import ROWS, Town, settle, spread, towns
from tests.chaos.turns import Turns, turns_at
from tests.cli.desk import Desk

WORKERS: Final = 4
#: Seconds between two kills, at least and at most.
CALM: Final = (0.1, 0.9)
#: How many of the kills are aimed at a worker in its turn; the others come at any moment.
AIMED: Final = 0.5
#: How long one who aims at a worker in its turn waits for one.
AIM: Final = 0.5
#: Seconds from the first worker's start to the first town's second.
AHEAD: Final = 3


class Figures(NamedTuple):
    """What a storm did."""

    timers: int
    towns: int
    messages: int
    kills: int
    #: Of those killed: how many were in the middle of a transaction that writes.
    in_turn: int
    seconds: float

    def __str__(self) -> str:
        return (
            f"{self.timers} timers in {self.towns} jurisdictions, {self.messages} messages,"
            f" {self.kills} kills and restarts ({self.in_turn} in the middle of a transaction),"
            f" {self.seconds:.1f} s"
        )


def storm(url: str, folder: Path, *, timers: int, length: int, seed: int) -> Figures:
    """Let `timers` promised times come, over `length` seconds, while workers are killed; then reckon."""
    with (
        closing(bootstrap.open_store(url)) as store,
        pack(Desk(url), folder) as workers,
        turns_at(url) as turns,
    ):
        n = -(-timers // ROWS)
        # settling takes its time too: towns whose second has passed by then are merely late
        wanted = towns(spread(int(time.time()) + AHEAD + n // 60, length, n))
        settle(store, wanted)
        began = time.monotonic()
        in_turn = blow(workers, turns, max(town.at for town in wanted), random.Random(seed))
        finish(workers, store, wanted)
        seconds = time.monotonic() - began
        assert workers.dismiss() == [0] * WORKERS
        assert workers.faults() == []
        return Figures(
            timers=reckon(workers, store, wanted),
            towns=n,
            messages=must_be_delivered(store, folder / "messages"),
            kills=len(workers.all) - WORKERS,
            in_turn=in_turn,
            seconds=seconds,
        )


def blow(workers: Pack, turns: Turns, last: int, dice: random.Random) -> int:
    """Kill and start again until the last second; gives how many died in the middle of a transaction."""
    in_turn = 0
    for _ in range(WORKERS):
        workers.start()
    while time.time() < last:
        workers.listen_for(dice.uniform(*CALM))
        is_aimed, victim = dice.random() < AIMED, dice.choice(workers.nodes)
        if is_aimed:
            victim = at_work(workers, turns) or victim
        victim.send(signal.SIGSTOP)  # so that what is seen now is what it dies in
        in_turn += victim in turns.writers([victim])
        workers.kill(victim)
        workers.start()
    return in_turn


def at_work(workers: Pack, turns: Turns) -> Node | None:
    """Wait for a worker in its turn; none when there is none soon."""
    end = time.monotonic() + AIM
    while time.monotonic() < end:
        found = turns.writers(workers.nodes)
        if found:
            return found[0]
        workers.listen(0)
    return None


def finish(workers: Pack, store: SqlStore, wanted: Sequence[Town]) -> None:
    """Let the workers that are left carry out what is left."""
    last = max(town.at for town in wanted)
    end_leases(store)
    workers.until(lambda: is_done(store, last), "everything that is due", patience=120)
    # whoever was started last is to know how to leave
    for node in [*workers.nodes]:
        workers.hear(node, "started")


def end_leases(store: SqlStore) -> None:
    """Let the messages that the dead had leased be free now, as they would be two minutes later."""
    with store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE outbox SET next_at = NULL WHERE done_at IS NULL")


def reckon(workers: Pack, store: SqlStore, wanted: Sequence[Town]) -> int:
    """Hold everything against everything; gives how many promised times came."""
    came = must_have_come_once(store, wanted)
    names = {node.name for node in workers.all}
    assert must_hold(store, [town.code for town in wanted], names) == came
    return came
