"""A connection to PostgreSQL on which nobody waits for ever for an answer that cannot come.

A connection can be cut so that neither end hears of it: a firewall forgets it, a proxy stops forwarding, the
server stands still. The kernel finds most of that (keepalives, `database.py`). What it takes for healthy a
second connection finds: after `PATIENCE` seconds of silence it asks the server what the first one does there.

    at work             we wait on, however long that takes: a migration may take its hour
    idle, or not there  our statement, or its answer, was lost: the connection is given up
    nobody answers      the same

What is given up was not committed, unless it was the commit itself that got no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from time import monotonic
from typing import Any, Final, TypeVar

import psycopg

#: Seconds of silence after which the server is asked; longer than a lock is waited for.
PATIENCE: Final = 15.0
#: Seconds until it is asked once more when it said that nothing is at work: the answer may be on its way.
AGAIN: Final = 1.0

T = TypeVar("T")
#: What the driver waits with: gives what is waited for, takes what came, nothing after each short while.
Waiting = Generator[Any, Any, T]


class PatientConnection(psycopg.Connection[Any]):
    """A connection that asks after its server when it hears nothing for long."""

    #: Tells whether the server is at work for this connection; none for one that is given up at once.
    is_at_work: Callable[[], bool] | None = None

    def wait(self, gen: Waiting[T], *args: Any, **named: Any) -> T:
        """Wait for an answer. Raises `OperationalError`, and is closed, when none can come."""
        return super().wait(self._with_patience(gen), *args, **named)

    def _with_patience(self, gen: Waiting[T]) -> Waiting[T]:
        try:
            wanted = next(gen)
            ask_at, is_doubted = monotonic() + PATIENCE, False
            while True:
                came = yield wanted
                if came:
                    wanted = gen.send(came)
                    ask_at, is_doubted = monotonic() + PATIENCE, False
                elif monotonic() >= ask_at:
                    is_doubted = not self._ask(is_last=is_doubted)
                    ask_at = monotonic() + (AGAIN if is_doubted else PATIENCE)
        except StopIteration as end:
            result: T = end.value
            return result

    def _ask(self, *, is_last: bool) -> bool:
        """Tell whether an answer can still come; the last time, that none can ends the connection."""
        try:
            is_at_work = self.is_at_work is not None and self.is_at_work()
        except psycopg.Error:
            is_at_work, is_last = False, True
        if not is_at_work and (is_last or self.is_at_work is None):
            self._give_up()
        return is_at_work

    def _give_up(self) -> None:
        self.pgconn.finish()
        message = "the server does not answer on this connection any more"
        raise psycopg.OperationalError(message)


def connect(*given: Any, **named: Any) -> PatientConnection:
    """Open a connection as the driver does. Raises `psycopg.Error`."""
    connection = PatientConnection.connect(*given, **named)
    pid = connection.info.backend_pid

    def is_at_work() -> bool:
        with PatientConnection.connect(*given, **{**named, "autocommit": True}) as other:
            found = other.execute("SELECT state FROM pg_stat_activity WHERE pid = %s", (pid,)).fetchone()
        return found is not None and found[0] == "active"

    connection.is_at_work = is_at_work
    return connection
