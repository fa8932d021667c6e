"""The thread of `incident run` that signs journals (`aside.py`)."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Protocol

from incident.schedule.aside import Aside
from incident.schedule.bell import Bell
from incident.schedule.log import Log
from incident.service.notary import Notarised

#: Seconds after which it is looked of all journals whether what was signed is outside; others sign too.
LOOK = 3600


class Sign(Protocol):
    """Signs the journals that are to be signed, until it is to stop. Raises `StoreError`."""

    def __call__(self, *, behind: Collection[str] | None, is_stopping: Callable[[], bool]) -> Notarised:
        """Sign, and put outside what is not there yet of those `behind`; None for any."""


def notary(sign: Sign, log: Log, bell: Bell, ticks: Callable[[], float] = time.monotonic) -> Aside:
    """Make the one who signs whenever `bell` rings; what did not get outside is tried again each time."""
    failed: dict[str, str] = {}
    look_at = ticks()

    def work(is_stopping: Callable[[], bool]) -> None:
        nonlocal look_at
        behind = None if ticks() >= look_at else [*failed]
        say_signed(log, sign(behind=behind, is_stopping=is_stopping), failed)
        if behind is None:
            look_at = ticks() + LOOK

    return Aside("signing", work, log, bell)


def say_signed(log: Log, done: Notarised, failed: dict[str, str]) -> None:
    """Log what was signed, and of each journal once why it was not; `failed` remembers that."""
    told = {code: f"{type(error).__name__}: {error}"[:500] for code, error in done.failures}
    for code, why in told.items():
        if failed.get(code) != why:
            log("error", "not_signed", jurisdiction=code, error=why)
    unknown = {code: failed[code] for code in done.held if code in failed}
    failed.clear()
    failed.update(unknown | told)
    if done.signed:
        log("info", "signed", n=len(done.signed))
