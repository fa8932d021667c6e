"""Answers that were made this very second, ready to be sent again.

Of one version of a journal and one second a status is always the same, however many ask: screens on walls and
portals ask every second. What no journal tells of (messages that reached nobody, times that are set aside) is
a second old at the most.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Final, NamedTuple

#: Answers that are kept.
_MANY: Final = 1024


class Of(NamedTuple):
    """What an answer is of."""

    code: str
    version: int
    #: The second in which it was made.
    at: int
    lang: str
    #: It names people.
    has_names: bool


class Remembered:
    """Answers by what they are of; asked by any thread."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = Lock()
        self._made: OrderedDict[Of, bytes] = OrderedDict()

    def find(self, of: Of) -> bytes | None:
        """Give an answer; none where it is still to be made."""
        return self._made.get(of)

    def keep(self, of: Of, answer: bytes) -> None:
        """Keep an answer; the oldest goes."""
        with self._lock:
            self._made[of] = answer
            while len(self._made) > _MANY:
                self._made.popitem(last=False)
