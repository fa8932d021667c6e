"""How many prove at once who they are: each password takes 64 MiB while it is compared, a provider a while.

Whoever comes from a device on which somebody has signed in before has turns of their own, so that strangers
who come in crowds keep no officer out. The others wait for theirs, as many as can be waited for; whoever
comes after them is told to come again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from anyio import CapacityLimiter, to_thread
from litestar.exceptions import TooManyRequestsException

from incident.service.sessions import knows_device
from incident.web.security.asking import DEVICE

if TYPE_CHECKING:
    from litestar import Request

    from incident.web.doors import Doors

T = TypeVar("T")

#: How many at once from known devices, and of others; how many of each wait.
_KNOWN, _OTHERS, _WAIT = 2, 2, 50
#: Seconds after which whoever is sent away may come again.
_AGAIN: Final = "5"


class Turns:
    """Who may prove now who they are."""

    def __init__(self, known: int = _KNOWN, others: int = _OTHERS, wait: int = _WAIT) -> None:
        """Let so many at once, and so many of each kind wait."""
        self._wait = wait
        self.known, self.others = CapacityLimiter(known), CapacityLimiter(others)

    def of(self, *, is_known: bool) -> CapacityLimiter:
        """Give where somebody waits. Raises `TooManyRequestsException` where too many do."""
        turns = self.known if is_known else self.others
        if turns.statistics().tasks_waiting >= self._wait:
            raise TooManyRequestsException(headers={"Retry-After": _AGAIN})
        return turns


async def in_turn(doors: Doors, request: Request[Any, Any, Any], work: Callable[[], T]) -> T:
    """Do something in a thread when it is the turn of who asks. Raises `TooManyRequestsException`."""
    device = request.cookies.get(DEVICE)
    is_known = device is not None and await to_thread.run_sync(knows_device, doors.gate, device)
    return await to_thread.run_sync(work, limiter=doors.turns.of(is_known=is_known))
