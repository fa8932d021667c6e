"""The thread of `incident run` that looks which journals must not be written to (`aside.py`).

Who writes to one finds it, but nothing may be due there for days: so all are looked at when a worker starts,
and every hour.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping

from incident.domain.errors import StoreError
from incident.schedule.aside import Aside
from incident.schedule.bell import Bell
from incident.schedule.log import Log
from incident.schedule.worker import say_read_only
from incident.service.ports import Store

#: Seconds between two looks at all; so many are looked at in one go.
LOOK, AT_A_TIME = 3600, 500
#: Looks at all journals, until it is to stop; gives those that must not be written to, and why. Raises
#: `StoreError` when the database cannot be used.
Look = Callable[[Callable[[], bool]], Mapping[str, StoreError]]


def outside(look: Look, log: Log, bell: Bell, ticks: Callable[[], float] = time.monotonic) -> Aside:
    """Make the one who looks; each journal is told of once, again when it was in order meanwhile."""
    told: dict[str, str] = {}
    look_at = ticks()

    def work(is_stopping: Callable[[], bool]) -> None:
        nonlocal look_at
        if ticks() >= look_at:
            found = look(is_stopping)
            for code in told.keys() - found.keys():
                del told[code]
            say_read_only(log, found, told)
            look_at = ticks() + LOOK

    return Aside("outside", work, log, bell)


def left_out(
    store: Store, known_outside: Callable[[], Collection[str]], is_stopping: Callable[[], bool]
) -> dict[str, StoreError]:
    """Give the journals that must not be written to, and those outside that are gone here, and why."""
    found: dict[str, StoreError] = {}
    with store.reading() as tx:
        codes = sorted({code for code, _name in tx.codes()} | {*known_outside()})
    for n in range(0, len(codes), AT_A_TIME):
        if is_stopping():
            break
        found |= store.left_out(codes[n : n + AT_A_TIME])
    return found
