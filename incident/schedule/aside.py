"""A thread of `incident run` beside the one that sweeps, so that no promised time waits for what it does.

    wait until rung → do what there is to do

Whoever hears that something was recorded rings; it looks all the same when nobody does. What goes wrong is
logged once and tried again, ever later.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from incident.domain.errors import StoreError
from incident.schedule.alarm import SWEEP
from incident.schedule.bell import Bell
from incident.schedule.log import Log
from incident.schedule.watch import Backoff

#: Seconds after which it looks although nobody rang.
PATIENCE = SWEEP + 5.0
#: Does what there is to do, until nothing is left or it is to stop, and logs it. Raises `StoreError` when the
#: database cannot be used.
Work = Callable[[Callable[[], bool]], None]


class Aside:
    """Works whenever it is rung."""

    def __init__(self, name: str, work: Work, log: Log, bell: Bell) -> None:
        """Do `work` whenever `bell` rings; `name` says what it is, in the log."""
        self._name, self._work, self._log, self._bell = name, work, log, bell
        self._backoff = Backoff(1.0, 30.0)
        self._said: str | None = None
        self.is_stopping = False
        self._thread = threading.Thread(target=self.run, name=name, daemon=True)

    def start(self) -> None:
        """Work from now on, in a thread that keeps no program from ending."""
        self._thread.start()

    def ring(self) -> None:
        """Let it look."""
        self._bell.ring()

    def stop(self) -> None:
        """Ask it to end, and wait until it has noted what it did."""
        self.is_stopping = True
        self._bell.ring()
        if self._thread.is_alive():
            self._thread.join()

    def run(self) -> None:
        """Work until stopped."""
        while not self.is_stopping:
            self._bell.wait(self.turn())

    def turn(self) -> float:
        """Do once what there is to do; gives how many seconds to wait for the bell at most."""
        try:
            self._work(lambda: self.is_stopping)
        except Exception as error:  # noqa: BLE001 - what nobody else does must not end
            return self._went_wrong(error)
        if self._said is not None:
            self._log("info", f"{self._name}_again")
        self._said = None
        self._backoff.worked()
        return PATIENCE

    def _went_wrong(self, error: Exception) -> float:
        """Say it once, wait longer each time."""
        told = f"{type(error).__name__}: {error}"[:500]
        if told != self._said:
            level = "warning" if isinstance(error, StoreError) else "error"
            self._log(level, f"{self._name}_stopped", error=told)
        self._said = told
        return self._backoff.failed()
