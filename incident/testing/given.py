"""Time and chance as a test wants them."""

from __future__ import annotations

from datetime import timedelta

from incident.domain import clock


class FakeClock:
    """A clock that stands until it is told to go on."""

    def __init__(self, at: str = "2026-02-28T18:40:00Z") -> None:
        """Begin at an instant; without one, at 02:40 in the night in China. Raises `ValueError`."""
        #: The present instant.
        self.at = clock.read_stamp(at)

    def __call__(self) -> int:
        """Give the present instant."""
        return self.at

    def reach(self, at: int) -> None:
        """Let time pass until an instant; it never goes back."""
        self.at = max(self.at, at)

    def after(self, *, days: int = 0, hours: int = 0, minutes: int = 0, seconds: int = 0) -> None:
        """Let time pass; negative figures set the clock back."""
        passed = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        self.at += int(passed.total_seconds())


def fixed_chance(n: int) -> bytes:
    """Give the same `n` bytes each time, so that what is recorded is the same in every run."""
    return bytes(at % 256 for at in range(n))
