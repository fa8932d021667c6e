"""Hints from the database to a worker: what was written elsewhere (PostgreSQL), and what its clock says.

A writer says `NOTIFY incident`; who listens looks sooner than it would. Only a hint: it may be lost, come
late or twice, and a worker that hears none finds the same by looking. Nothing here is ever a fault.
"""

from __future__ import annotations

import hashlib
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from incident.store.address import place_of, read_url
from incident.store.database import CONNECT, KEEPALIVE
from incident.store.faults import translated

#: Seconds until listening is tried again, at first and at most.
_SOON, _LATEST = 1.0, 30.0


class Listener:
    """A thread with a connection of its own that calls `ring` for each hint."""

    def __init__(
        self, engine: Engine, ring: Callable[[], None], tell: Callable[[Exception | None], None]
    ) -> None:
        """Listen at `engine`; `tell` hears why it is deaf, once, and None when it hears again."""
        self._engine, self._ring, self._tell = engine, ring, tell
        self._stopping = threading.Event()
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._listen, name="hints", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Listen no more; does not wait for a server that is silent."""
        self._stopping.set()
        self._wake.send(b"\0")
        self._thread.join(timeout=0.5)
        if not self._thread.is_alive():
            self._wake.close()
            self._woken.close()

    def _listen(self) -> None:
        wait, is_deaf = _SOON, False
        while not self._stopping.is_set():
            try:
                for _ in self._hear():
                    if is_deaf:
                        self._tell(None)
                    wait, is_deaf = _SOON, False
                    self._ring()
            except Exception as error:  # noqa: BLE001 - whatever it is, it costs seconds and no work
                if not is_deaf:
                    self._tell(error)
                is_deaf = True
                self._stopping.wait(wait)
                wait = min(2 * wait, _LATEST)

    def _hear(self) -> Iterator[None]:
        """Give something once it listens, for what came before nobody heard; then for each hint."""
        with closing(self._connect()) as connection, selectors.DefaultSelector() as selector:
            connection.execute("LISTEN incident")
            yield
            selector.register(connection.fileno(), selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while not self._stopping.is_set():
                selector.select()
                if list(connection.notifies(timeout=0)):
                    yield

    def _connect(self) -> Any:
        """Open a connection of the driver's own: it lives as long as the worker and is nobody else's."""
        dialect = self._engine.dialect
        given, named = dialect.create_connect_args(self._engine.url)
        return dialect.connect(
            *given, **{"connect_timeout": CONNECT, **KEEPALIVE, **named, "autocommit": True}
        )


def skew(engine: Engine, wall: Callable[[], float] = time.time) -> float | None:
    """Give by how many seconds the database's clock is ahead of ours; None where it has none of its own.

    Raises `StoreError`.
    """
    if engine.dialect.name == "sqlite":
        return None
    with translated(place_of(engine)), engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")  # whatever opening and beginning cost is over then
        before = wall()
        theirs = connection.exec_driver_sql("SELECT extract(epoch FROM clock_timestamp())").scalar_one()
        return float(theirs) - (before + wall()) / 2


def identity(url: str) -> str:
    """Name a database: the same for every way to write it that differs in the password alone.

    Raises `StoreError` for a wrong URL.
    """
    given = read_url(url)
    if given.get_backend_name() == "sqlite":
        named = str(Path(str(given.database)).resolve())
    else:
        rest = sorted((key, value) for key, value in given.query.items() if key != "password")
        named = str([given.username, given.host, given.port, given.database, rest])
    return hashlib.sha256(named.encode()).hexdigest()[:16]
