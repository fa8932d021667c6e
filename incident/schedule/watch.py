"""What a worker looks at beside its work: whether the clock was changed, how long to wait after a fault."""

from __future__ import annotations

from collections.abc import Callable

#: Seconds by which wall clock and monotonic clock may part between two looks.
JUMP = 2.0


class ClockWatch:
    """Notices that the wall clock was set, or that the machine slept: both clocks went apart."""

    def __init__(self, wall: Callable[[], float], monotonic: Callable[[], float]) -> None:
        """Compare two clocks from now on."""
        self._wall, self._monotonic = wall, monotonic
        self._apart = wall() - monotonic()

    def jump(self) -> float | None:
        """Give by how many seconds the wall clock was moved since the last look; None for no jump."""
        apart = self._wall() - self._monotonic()
        moved, self._apart = apart - self._apart, apart
        return moved if abs(moved) > JUMP else None


class Backoff:
    """How long to wait before trying again: twice as long each time."""

    def __init__(self, least: float, most: float) -> None:
        """Wait from `least` to `most` seconds."""
        self._least, self._most = least, most
        self.next = least

    def failed(self) -> float:
        """Give how long to wait after one more failure."""
        wait, self.next = self.next, min(self._most, self.next * 2)
        return wait

    def worked(self) -> None:
        """Begin again with the least."""
        self.next = self._least
