"""The alarm clock: APScheduler rings at the next promised time and every 15 seconds, and knows nothing else.

Why no more of it is used (measured): a job that came due while the process was down is deleted, a store of
jobs shared by several processes runs one twice, and after a burst most jobs count as misfired. So it keeps
two jobs in memory that ring a bell, and what is due is read from the store.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

#: Seconds between two sweeps.
SWEEP = 15


class Alarm(Protocol):
    """Rings at an instant, and at intervals in any case."""

    def start(self) -> None:
        """Begin to ring."""

    def set(self, at: int | None) -> None:
        """Ring at an instant as well, instead of the one set before; None: at no other than the intervals."""

    def anew(self) -> None:
        """Count the interval from now: the clock was changed."""

    def is_alive(self) -> bool:
        """Tell whether it will ring."""

    def stop(self) -> None:
        """Ring no more."""


class AlarmClock:
    """APScheduler 3.11 as an alarm clock."""

    def __init__(self, ring: Callable[[], None]) -> None:
        """Ring by calling `ring`, in a thread of its own."""
        from apscheduler.executors.debug import DebugExecutor
        from apscheduler.jobstores.memory import MemoryJobStore
        from apscheduler.schedulers.background import BackgroundScheduler

        self._ring = ring
        self._scheduler = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": DebugExecutor()},  # in its own thread: ringing takes no time
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone=UTC,
        )

    def start(self) -> None:
        """Begin to ring every `SWEEP` seconds."""
        self.anew()
        self._scheduler.start()

    def anew(self) -> None:
        """Count the interval from now, by the clock as it is now."""
        self._scheduler.add_job(self._ring, "interval", seconds=SWEEP, id="sweep", replace_existing=True)

    def set(self, at: int | None) -> None:
        """Ring at an instant too; one that has passed rings at once."""
        if at is not None:
            when = datetime.fromtimestamp(at, UTC)
            self._scheduler.add_job(self._ring, "date", run_date=when, id="wake", replace_existing=True)
        elif self._scheduler.get_job("wake") is not None:
            self._scheduler.remove_job("wake")

    def is_alive(self) -> bool:
        """Tell whether its thread lives; a fault in it would end it without a word."""
        thread = getattr(self._scheduler, "_thread", None)
        return bool(self._scheduler.running and thread is not None and thread.is_alive())

    def stop(self) -> None:
        """Ring no more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
