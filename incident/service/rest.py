"""Leaving alone whatever refuses again and again: for a while, then ever longer, until it takes something."""

from __future__ import annotations

from collections.abc import Callable

#: So many different things refused in a row; one that is poisonous closes nothing to the others.
REFUSALS = 3
#: Seconds for which it is left alone: at first, and at most.
SOON, LATEST = 15, 600


class Rest:
    """How long something is left alone. Not safe for several threads."""

    def __init__(self, ticks: Callable[[], float]) -> None:
        """Begin without; `ticks` is a clock in seconds that nobody can set."""
        self._ticks = ticks
        self._refused: set[str] = set()
        self._until, self._pause = 0.0, SOON

    def is_on(self) -> bool:
        """Tell whether it is to be left alone now."""
        return self._ticks() < self._until

    def took(self) -> bool:
        """Take note that it took something; tells whether it had been left alone before."""
        had_rested = self._pause > SOON
        self._refused.clear()
        self._until, self._pause = 0.0, SOON
        return had_rested

    def refused(self, what: str, error: Exception) -> bool:
        """Take note that it refused something; tells whether it is left alone now and was not before.

        What kept us waiting for nothing is left alone at once.
        """
        had_rested = self._pause > SOON
        if len(self._refused) < REFUSALS:
            self._refused.add(what)
        if not isinstance(error, TimeoutError) and len(self._refused) < REFUSALS:
            return False
        self._until = self._ticks() + self._pause
        self._pause = min(2 * self._pause, LATEST)
        return not had_rested
