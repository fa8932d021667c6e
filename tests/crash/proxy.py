"""A line to a PostgreSQL that can be cut, or go dead without a word to either end."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from tests.postgres import PostgresServer

_MOST: Final = 65536


class Line:
    """Forwards what comes at a port of this machine to a server's socket; one thread does all of it."""

    def __init__(self, server: str) -> None:
        """Forward to the Unix socket `server`."""
        self._server = server
        self._ear = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._ear.getsockname()[1]
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._ear, selectors.EVENT_READ)
        self._other: dict[socket.socket, socket.socket] = {}
        #: Ends at our side, the program's; the rest are at the server's.
        self._ours: set[socket.socket] = set()
        #: Ends from which nothing is taken any more, though they stay open.
        self._dead: set[socket.socket] = set()
        self._takes_new = True
        self._lock = threading.Lock()
        self._is_over = False
        self._thread = threading.Thread(target=self._forward, daemon=True)
        self._thread.start()

    def cut(self) -> None:
        """Close all that is open; both ends hear of it."""
        with self._lock:
            for end in [*self._other]:
                self._close(end)

    def go_dead(self, *, also_new: bool = False) -> None:
        """Forward nothing more of what is open, both ways, and where it is said of nothing that comes."""
        with self._lock:
            self._dead |= {*self._other}
            self._takes_new = not also_new

    def lose_answers(self) -> None:
        """Forward nothing more from the server to the program, of what is open."""
        with self._lock:
            self._dead |= {*self._other} - self._ours

    def mend(self) -> None:
        """Take what comes from now on; what went dead is cut."""
        self.cut()
        with self._lock:
            self._takes_new = True

    def close(self) -> None:
        """End."""
        self._is_over = True
        self._thread.join()
        self.cut()
        self._ear.close()
        self._selector.close()

    def _forward(self) -> None:
        while not self._is_over:
            for key, _ in self._selector.select(0.02):
                with self._lock:
                    self._take(key.fileobj)  # type: ignore[arg-type]

    def _take(self, end: socket.socket) -> None:
        if end is self._ear:
            if self._takes_new:
                self._open()
        elif end in self._other and end not in self._dead:
            with suppress(OSError):
                if said := end.recv(_MOST):
                    self._other[end].sendall(said)
                    return
            self._close(end)

    def _open(self) -> None:
        ours, _ = self._ear.accept()
        theirs = socket.socket(socket.AF_UNIX)
        theirs.connect(self._server)
        self._ours.add(ours)
        for end, other in ((ours, theirs), (theirs, ours)):
            self._other[end] = other
            self._selector.register(end, selectors.EVENT_READ)

    def _close(self, end: socket.socket) -> None:
        for one in (end, self._other.get(end)):
            if one is not None and self._other.pop(one, None) is not None:
                self._selector.unregister(one)
                self._ours.discard(one)
                self._dead.discard(one)
                one.close()


@contextmanager
def line_to(server: PostgresServer, url: str) -> Iterator[tuple[Line, str]]:
    """Give a line to a server, and the URL of one of its databases over that line."""
    folder = server.parameters["host"]
    port = server.parameters.get("port", "5432")
    line = Line(f"{folder}/.s.PGSQL.{port}")
    try:
        name = url.partition("?")[0].rpartition("/")[2]
        user = server.parameters.get("user", "postgres")
        yield line, f"postgresql+psycopg://{user}@127.0.0.1:{line.port}/{name}"
    finally:
        line.close()
