"""The thread of `incident run` that delivers messages (`aside.py`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from incident.schedule.aside import Aside
from incident.schedule.bell import Bell
from incident.schedule.log import Log
from incident.service.deliver import Delivered


class Deliver(Protocol):
    """Delivers until nothing waits or it is to stop. Raises `StoreError` when the database cannot be used."""

    def __call__(self, is_stopping: Callable[[], bool]) -> Delivered:
        """Deliver."""


def postman(deliver: Deliver, log: Log, bell: Bell) -> Aside:
    """Make the one who delivers whenever `bell` rings."""
    return Aside("delivering", lambda is_stopping: say_delivered(log, deliver(is_stopping)), log, bell)


def say_delivered(log: Log, done: Delivered) -> None:
    """Log what was delivered, and of what failed the first."""
    if done.failures:
        key, error = done.failures[0]
        told = f"{type(error).__name__}: {error}"
        log("error", "delivery_failed", n=len(done.failures), first=key, error=told)
    if done.sent:
        log("info", "delivered", n=done.sent)
