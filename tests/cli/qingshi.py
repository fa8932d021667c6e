"""Qingshi at a desk: its plan (`tests/plans/clockwork.yaml`) uses every kind of time the language has.

Each group reports to the leading group, which reports to the county at 15:30. In the emergency the groups
report every four hours, and the coordination group copies its report to the county in the same form.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from incident import bootstrap
from incident.domain import clock
from incident.service.tick import Swept, sweep
from incident.store.sql import SqlStore
from tests.cli.desk import CHECKOUT, Desk

PLAN: Final = str(CHECKOUT / "tests" / "plans" / "clockwork.yaml")
CODE: Final = "330999102"
ACTIVATE: Final = (
    *("activate", "clockwork", "--event", "positive", "--set", "origin=local"),
    *("--decided-by", "command", "--basis", "县防控办〔2026〕4号", "--yes"),
)
#: Half a town's guards against a hand on the database.
UNGUARDED: Final = (
    *("DROP TRIGGER timer_no_delete", "DROP TRIGGER timer_no_update", "DROP TRIGGER timer_once"),
)


def adopted(desk: Desk) -> Desk:
    """Qingshi in routine since 02:40."""
    desk.done("adopt", PLAN)
    return desk


def active(desk: Desk) -> Desk:
    """Qingshi in its emergency since 02:40."""
    adopted(desk).done(*ACTIVATE)
    return desk


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


def owed(desk: Desk, *words: str) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Give the reports by key, sender and local time."""
    listed = desk.done("reports", "clockwork", *words, "--json").objects()
    return {
        (one["key"], one["of"]["key"], local(one["due"])): one for one in listed if one["due"] is not None
    }


def local(stamp: str) -> str:
    """Give a time of the record as it is read in Qingshi: day and hour."""
    return f"{clock.local(clock.read_stamp(stamp), 'Asia/Shanghai'):%d %H:%M}"
