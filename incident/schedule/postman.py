"""The thread of `incident run` that delivers, beside the one that sweeps: no promised time waits for it.

    wait until rung → deliver what waits

Whoever hears that something was recorded rings; it looks all the same when nobody does. What goes wrong is
logged once and tried again, ever later.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from incident.domain.errors import StoreError
from incident.schedule.alarm import SWEEP
from incident.schedule.bell import Bell
from incident.schedule.log import Log
from incident.schedule.watch import Backoff
from incident.service.deliver import Delivered

#: Seconds after which it looks although nobody rang.
PATIENCE = SWEEP + 5.0


class Deliver(Protocol):
    """Delivers until nothing waits or it is to stop. Raises `StoreError` when the database cannot be used."""

    def __call__(self, is_stopping: Callable[[], bool]) -> Delivered:
        """Deliver."""


class Postman:
    """Delivers whenever it is rung."""

    def __init__(self, deliver: Deliver, log: Log, bell: Bell) -> None:
        """Deliver by `deliver` whenever `bell` rings."""
        self._deliver, self._log, self._bell = deliver, log, bell
        self._backoff = Backoff(1.0, 30.0)
        self._said: str | None = None
        self.is_stopping = False
        self._thread = threading.Thread(target=self.run, name="postman", daemon=True)

    def start(self) -> None:
        """Deliver from now on, in a thread that keeps no program from ending."""
        self._thread.start()

    def ring(self) -> None:
        """Let it look."""
        self._bell.ring()

    def stop(self) -> None:
        """Ask it to end, and wait until it has noted what became of what it handed on."""
        self.is_stopping = True
        self._bell.ring()
        if self._thread.is_alive():
            self._thread.join()

    def run(self) -> None:
        """Deliver until stopped."""
        while not self.is_stopping:
            self._bell.wait(self.turn())

    def turn(self) -> float:
        """Deliver once what waits; gives how many seconds to wait for the bell at most."""
        try:
            done = self._deliver(lambda: self.is_stopping)
        except Exception as error:  # noqa: BLE001 - what nobody else does must not end
            return self._went_wrong(error)
        say_delivered(self._log, done)
        if self._said is not None:
            self._log("info", "delivering_again")
        self._said = None
        self._backoff.worked()
        return PATIENCE

    def _went_wrong(self, error: Exception) -> float:
        """Say it once, wait longer each time."""
        told = f"{type(error).__name__}: {error}"[:500]
        if told != self._said:
            level = "warning" if isinstance(error, StoreError) else "error"
            self._log(level, "delivering_stopped", error=told)
        self._said = told
        return self._backoff.failed()


def say_delivered(log: Log, done: Delivered) -> None:
    """Log what was delivered, and of what failed the first."""
    if done.failures:
        key, error = done.failures[0]
        told = f"{type(error).__name__}: {error}"
        log("error", "delivery_failed", n=len(done.failures), first=key, error=told)
    if done.sent:
        log("info", "delivered", n=done.sent)
