"""A worker at a desk: what is due now, or a stretch of time; and the database of one desk at another."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from incident import bootstrap
from incident.service.tick import Swept, sweep
from incident.store.sql import SqlStore
from tests.cli.desk import Desk


def work(desk: Desk) -> Swept:
    """Let a worker do what is due now; nothing may fail."""
    with closing(bootstrap.open_store(desk.url)) as store:
        swept = sweep(store, now=desk.clock, node="n1")
    assert not swept.failures, swept
    return swept


def work_for(desk: Desk, seconds: int) -> None:
    """Let time pass while a worker runs: everything comes at its instant."""
    end = desk.clock.at + seconds
    with closing(bootstrap.open_store(desk.url)) as store:
        while (wake := _next_wake(store)) is not None and wake <= end:
            desk.clock.at = max(desk.clock.at, wake)
            assert not sweep(store, now=desk.clock, node="n1").failures
    desk.clock.at = end


def _next_wake(store: SqlStore) -> int | None:
    with store.reading() as tx:
        return tx.next_wake()


def copied(template: Path, desk: Desk) -> Desk:
    """Give a desk the database of another."""
    with closing(sqlite3.connect(template)) as source, closing(sqlite3.connect(desk.file)) as copy:
        copy.execute("PRAGMA journal_mode=WAL")
        source.backup(copy)
    desk.file.chmod(0o600)  # as the program makes it
    return desk
