"""How many prove at once who they are: each password takes 64 MiB while it is compared, a provider a while.

Whoever comes from a device on which somebody has signed in before has turns of their own, so that strangers
who come in crowds keep no officer out. The others wait for theirs, as many as can be waited for; whoever
comes after them is told to come again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

from anyio import CapacityLimiter, to_thread
from litestar.exceptions import TooManyRequestsException

from incident.service.sessions import knows_device
from incident.web.security.asking import DEVICE

if TYPE_CHECKING:
    from litestar import Request

    from incident.web.doors import Doors

T = TypeVar("T")

#: Seconds after which whoever is sent away may come again.
_AGAIN: Final = "5"


class Queue:
    """Lets so many do something at once, each in a thread, and so many wait."""

    def __init__(self, at_once: int, wait: int) -> None:
        """Begin with nobody."""
        self._limiter, self._wait = CapacityLimiter(at_once), wait
        #: Whoever has a turn has a thread; a turn may begin before the thread is needed.
        self._threads = CapacityLimiter(at_once)

    @property
    def waiting(self) -> int:
        """Give how many wait."""
        return self._limiter.statistics().tasks_waiting

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Have one's turn. Raises `TooManyRequestsException` where too many wait."""
        if self.waiting >= self._wait:
            raise TooManyRequestsException(headers={"Retry-After": _AGAIN})
        async with self._limiter:
            yield

    async def work(self, work: Callable[[], T]) -> T:
        """Do something in a thread, by whoever has a turn."""
        return await to_thread.run_sync(work, limiter=self._threads)

    async def run(self, work: Callable[[], T]) -> T:
        """Do something when it is its turn. Raises `TooManyRequestsException` where too many wait."""
        async with self.turn():
            return await self.work(work)


class Turns:
    """Who may prove now who they are, and whose command is carried out."""

    def __init__(self, known: Queue | None = None, others: Queue | None = None) -> None:
        """Begin with nobody; two each of known devices and of others, while fifty each wait."""
        self.known, self.others = known or Queue(2, 50), others or Queue(2, 50)
        #: A provider that hangs keeps nobody from signing in by password.
        self.provider = Queue(4, 50)
        #: A process each (`incident.cli.running`). Only whoever has a turn sends what is to be done, so that
        #: no more files than theirs are held; few wait, for whoever sends waits with an open connection.
        self.commands = Queue(4, 4)
        #: Each takes all of one core for seconds (`pages/rehearsal.py`).
        self.rehearsals = Queue(1, 4)


async def in_turn(doors: Doors, request: Request[Any, Any, Any], work: Callable[[], T]) -> T:
    """Let somebody prove who they are when it is their turn. Raises `TooManyRequestsException`."""
    device = request.cookies.get(DEVICE)
    is_known = device is not None and await to_thread.run_sync(knows_device, doors.gate, device)
    return await (doors.turns.known if is_known else doors.turns.others).run(work)
