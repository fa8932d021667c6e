"""Who carries messages on: what a courier gives away, and hears of again when it has ended."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

from incident.service.message import Message
from incident.service.rest import Rest

#: Seconds after which nothing more is begun for a message. A way out may take 65 seconds, and what was begun
#: has to be over before the lease is.
HOLD: Final = 50


class NotBegun(Exception):
    """There was no time for it. That was no try, and it comes again soon."""


class Ended(NamedTuple):
    """A message that is with its receivers, or that could not be handed on."""

    key: str
    error: Exception | None = None


class Carrier(Protocol):
    """Takes messages and says later what became of each; the same one may come twice."""

    def is_open(self) -> bool:
        """Tell whether more may be given."""

    def begin(self, messages: Sequence[Message]) -> None:
        """Take messages. Raises whatever is in the way of all of them."""

    def ended(self, seconds: float) -> list[Ended]:
        """Give the messages that have ended, each once; waits for the first, at most so long.

        Raises `StoreError` where the database cannot be used; what has ended is given the next time then.
        """

    def give_up(self) -> None:
        """Let all that is not begun end as `NotBegun`, for the program is to end."""


class Channel(Protocol):
    """Takes one message after another; the same one may come twice."""

    def __call__(self, message: Message) -> None:
        """Return when the message is safe. Raises whatever is in the way, within a minute at best."""


class _Waiting(NamedTuple):
    message: Message
    #: By when it has to be begun.
    by: float


class AtOnce:
    """A channel as a carrier. One that refuses everything is left alone for a while."""

    def __init__(self, channel: Channel, ticks: Callable[[], float]) -> None:
        """Give to `channel`; `ticks` is a clock in seconds that nobody can set."""
        self._channel, self._ticks = channel, ticks
        self._rest = Rest(ticks)
        self._waiting: deque[_Waiting] = deque()

    def is_open(self) -> bool:
        """Tell whether more may be given."""
        return not self._rest.is_on()

    def begin(self, messages: Sequence[Message]) -> None:
        """Take messages."""
        self._waiting += [_Waiting(one, self._ticks() + HOLD) for one in messages]

    def ended(self, seconds: float) -> list[Ended]:
        """Give one message after another to the channel, for so many seconds."""
        found: list[Ended] = []
        until = self._ticks() + seconds
        while self._waiting and (not found or self._ticks() < until):
            one = self._waiting.popleft()
            found.append(Ended(one.message.key, self._try(one)))
        return found

    def _try(self, one: _Waiting) -> Exception | None:
        if self._ticks() > one.by or self._rest.is_on():
            return NotBegun()
        try:
            self._channel(one.message)
        except Exception as error:  # noqa: BLE001 - whatever a channel does wrong, others go on
            self._rest.refused(one.message.key, error)
            return error
        self._rest.took()
        return None

    def give_up(self) -> None:
        """Begin nothing more."""
        self._waiting = deque(one._replace(by=float("-inf")) for one in self._waiting)
