"""The thread of `incident run` that lets the record of access lose what is old (`aside.py`)."""

from __future__ import annotations

from collections.abc import Callable

from incident.schedule.aside import Aside
from incident.schedule.bell import Bell
from incident.schedule.log import Log

#: Drops what is old until nothing is left or it is to stop; gives how many lines went. Raises `StoreError`.
Drop = Callable[[Callable[[], bool]], int]


def access(drop: Drop, log: Log, bell: Bell) -> Aside:
    """Make the one who looks whenever `bell` rings."""
    return Aside("access", lambda is_stopping: say_dropped(log, drop(is_stopping)), log, bell)


def say_dropped(log: Log, lines: int) -> None:
    """Log how many lines went."""
    if lines:
        log("info", "access_dropped", lines=lines)
