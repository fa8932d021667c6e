"""How everything else wakes a thread; that it was rung is all that is kept."""

from __future__ import annotations

from contextlib import suppress
from queue import Empty, SimpleQueue


class Bell:
    """Rung by the alarm clock, by other programs and by signals; one thread hears it.

    A queue, not an Event: a signal comes in the middle of anything, and an Event that is set while the same
    thread holds its lock waits for ever. `SimpleQueue.put` may be entered again.
    """

    def __init__(self) -> None:
        """Begin silent."""
        self._rung: SimpleQueue[None] = SimpleQueue()

    def ring(self) -> None:
        """Wake the thread that hears it, or keep it from falling asleep."""
        self._rung.put(None)

    def wait(self, seconds: float) -> None:
        """Wait until it is rung, at most so long; however often it was rung counts once."""
        with suppress(Empty):
            self._rung.get(timeout=seconds)
            while True:
                self._rung.get_nowait()
