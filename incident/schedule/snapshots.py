"""The thread of `incident run` that takes snapshots of journals that have grown (`aside.py`)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Protocol

from incident.schedule.aside import Aside
from incident.schedule.bell import Bell
from incident.schedule.log import Log
from incident.service.taking import Taken


class Take(Protocol):
    """Takes the snapshots that are to be taken, but of some journals. Raises `StoreError`."""

    def __call__(self, *, but: Collection[str], is_stopping: Callable[[], bool]) -> Taken:
        """Take them."""


def snapshots(take: Take, log: Log, bell: Bell) -> Aside:
    """Make the one who takes them whenever `bell` rings.

    A journal of which none can be taken is looked at no more by this worker: verifying says why, and looks at
    the past begin with an earlier snapshot.
    """
    failed: set[str] = set()

    def work(is_stopping: Callable[[], bool]) -> None:
        done = take(but=failed, is_stopping=is_stopping)
        failed.update(code for code, _ in done.failures)
        say_taken(log, done)

    return Aside("snapshots", work, log, bell)


def say_taken(log: Log, done: Taken) -> None:
    """Log of which journals a snapshot was taken, and why of others none."""
    for code, error in done.failures:
        log("error", "no_snapshot", jurisdiction=code, error=f"{type(error).__name__}: {error}"[:500])
    if done.taken:
        log("info", "snapshots", n=len(done.taken))
