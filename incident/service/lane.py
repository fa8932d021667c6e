"""The lane of one way out: letters wait in it for that way alone, so that one that hangs holds up no other.

A way that refuses several, or keeps us waiting for nothing, is left alone for a while: what comes meanwhile
ends at once, so that the next way of that person can be tried.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import NamedTuple

from incident.domain.say import say
from incident.service.carrier import NotBegun
from incident.service.letters import Letter, UndeliverableError, Way
from incident.service.rest import Rest


class Try(NamedTuple):
    """A letter that waits for a way."""

    letter: Letter
    #: By when it has to be begun.
    by: float
    #: Told what became of it; in the lane's thread.
    tell: Callable[[Exception | None], None]


class Lane:
    """One way out, with the letters that wait for it."""

    def __init__(
        self, way: Way, ticks: Callable[[], float], tell: Callable[[Exception | None], None] = lambda _: None
    ) -> None:
        """Send by `way`; `ticks` is a clock in seconds that nobody can set.

        `tell` hears, in any thread, that the way is left alone from now on and why, and that it works again.
        """
        self._way, self._ticks, self._tell = way, ticks, tell
        self._waiting: SimpleQueue[Try] = SimpleQueue()
        self._rest, self._lock = Rest(ticks), Lock()
        self._threads: list[Thread] = []

    def put(self, one: Try) -> None:
        """Let a letter wait."""
        self._waiting.put(one)

    def is_resting(self) -> bool:
        """Tell whether the way is left alone now."""
        with self._lock:
            return self._rest.is_on()

    def work(self) -> None:
        """Send all that waits, here and now."""
        with suppress(Empty):
            while True:
                self._send(self._waiting.get_nowait())

    def start(self) -> None:
        """Send whatever comes, as many letters at a time as the way takes, in threads that hold up no end."""
        while len(self._threads) < self._way.at_once:
            thread = Thread(target=self._work_on, name="lane", daemon=True)
            thread.start()
            self._threads.append(thread)

    def drop(self) -> None:
        """Begin none of those that wait."""
        with suppress(Empty):
            while True:
                self._waiting.get_nowait().tell(NotBegun())

    def _work_on(self) -> None:
        while True:
            self._send(self._waiting.get())

    def _send(self, one: Try) -> None:
        one.tell(self._tried(one))

    def _tried(self, one: Try) -> Exception | None:
        if self._ticks() > one.by:
            return NotBegun()
        if self.is_resting():
            return TimeoutError(say("left alone for a while"))
        try:
            self._way.outlet(one.letter)
        except UndeliverableError as error:  # says nothing of the way
            return error
        except Exception as error:  # noqa: BLE001 - whatever a way does wrong, the next is tried
            with self._lock:
                is_news = self._rest.refused(one.letter.address, error)
            if is_news:
                self._tell(error)
            return error
        with self._lock:
            is_news = self._rest.took()
        if is_news:
            self._tell(None)
        return None
