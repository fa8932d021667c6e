"""The thread of `incident run` that signs journals (`aside.py`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from incident.schedule.aside import Aside
from incident.schedule.bell import Bell
from incident.schedule.log import Log
from incident.service.notary import Notarised


class Sign(Protocol):
    """Signs the journals that are to be signed, until it is to stop. Raises `StoreError`."""

    def __call__(self, *, is_stopping: Callable[[], bool]) -> Notarised:
        """Sign."""


def notary(sign: Sign, log: Log, bell: Bell) -> Aside:
    """Make the one who signs whenever `bell` rings."""
    failed: dict[str, str] = {}

    def work(is_stopping: Callable[[], bool]) -> None:
        say_signed(log, sign(is_stopping=is_stopping), failed)

    return Aside("signing", work, log, bell)


def say_signed(log: Log, done: Notarised, failed: dict[str, str]) -> None:
    """Log what was signed, and of each journal once why it was not; `failed` remembers that."""
    told = {code: f"{type(error).__name__}: {error}"[:500] for code, error in done.failures}
    for code, why in told.items():
        if failed.get(code) != why:
            log("error", "not_signed", jurisdiction=code, error=why)
    failed |= told
    for code in done.signed:
        if code not in told:
            failed.pop(code, None)
    if done.signed:
        log("info", "signed", n=len(done.signed))
