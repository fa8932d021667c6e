"""A command that stands still in the middle of its transaction, and goes on later.

Workers: `tests/chaos/test_stopped.py`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing.process import BaseProcess

import psycopg
import pytest

from incident import bootstrap
from incident.store.database import connect
from tests.cli.desk import ACTIVATE, Desk
from tests.crash.acts import named
from tests.crash.child import run, stop_at
from tests.crash.places import Beginnings, Place
from tests.crash.rows import rows_of
from tests.store.children import PATIENCE

#: A point in the middle of what an override writes.
IN_THE_MIDDLE = 70


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands that wait a tenth of a second for a lock."""
    monkeypatch.setattr(bootstrap, "connect", partial(connect, lock_wait=0.1))


@pytest.fixture
def place(beginnings: Beginnings) -> Iterator[Place]:
    with beginnings.copied(named("override")) as there:
        yield there


@contextmanager
def stopped(place: Place) -> Iterator[BaseProcess]:
    """Give the act, which stands still in its transaction."""
    child = stop_at(place.typed(), IN_THE_MIDDLE, signal.SIGSTOP)
    assert child.pid is not None
    end = time.monotonic() + PATIENCE
    try:
        while not _stands_still(child.pid):
            assert time.monotonic() < end
        yield child
    finally:
        if child.exitcode is None:
            os.kill(child.pid, signal.SIGKILL)
        child.join(PATIENCE)


def _stands_still(pid: int) -> bool:
    said = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return said.stdout.startswith("T")


def goes_on(child: BaseProcess) -> int | None:
    """Let it go on to its end; gives the exit code."""
    assert child.pid is not None
    os.kill(child.pid, signal.SIGCONT)
    child.join(PATIENCE)
    return child.exitcode


def recorded(place: Place) -> list[str]:
    """Give the identities of all acts in the journal."""
    return [row[4] for row in rows_of(place.url)["entry"] if row[4] is not None]


def test_command_that_stood_still_finishes_and_who_came_meanwhile_was_told_to_wait(place: Place) -> None:
    desk = Desk(place.url)
    before = rows_of(place.url)
    with stopped(place) as child:
        told = desk.run(*ACTIVATE)
        assert told.code == 5
        assert "free within the waiting time" in told.err
        desk.done("status", "majian")  # looking waits for nobody
        assert rows_of(place.url) == before

        assert goes_on(child) == 0

    assert recorded(place) == ["people", "the case", "relief"]
    desk.done("signal", "majian", "local_positive_reported", *ACTIVATE[4:], "--event-id", "another")
    assert recorded(place) == ["people", "the case", "relief", "another"]
    desk.version()


@pytest.mark.parametrize("make", ["postgresql"], indirect=True)
def test_command_that_stood_still_for_too_long_has_lost_its_turn_and_says_so(place: Place) -> None:
    """PostgreSQL ends a transaction that stands still for half a minute; here somebody is quicker."""
    before = rows_of(place.url)
    with stopped(place) as child:
        dsn = place.url.replace("postgresql+psycopg://", "postgresql://")
        with psycopg.connect(dsn, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert goes_on(child) == 5

    assert rows_of(place.url) == before
    assert run(place.typed()).code == 0
