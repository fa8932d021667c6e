"""Lines of long tables as they were drawn last: of thousands, one has changed since.

They are bounded by the memory they take, and the one not asked for longest goes first. The bound is made for
a nation's 44,703 bodies, each in both languages, in the table of all and in that of those in need: 178,812
lines of some 1,100 bytes. What is more than that is drawn each time, as if nothing were kept.
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Final, NamedTuple

#: Bytes that all lines may take.
MOST: Final = 192 << 20
#: Bytes that one takes besides its text: its name, its place, and what it was made of, which may be nobody
#: else's any more.
_BESIDE: Final = 700


class _Line(NamedTuple):
    made_of: tuple[object, ...]
    drawn: str


class Lines:
    """What was drawn last under each name; many threads may ask. A server makes one."""

    def __init__(self, most: int = MOST) -> None:
        """Keep nothing yet, and never more than so many bytes."""
        self._most = most
        self._kept: OrderedDict[tuple[str, str], _Line] = OrderedDict()
        self._lock = Lock()
        #: Bytes that what is kept takes, and how many lines were drawn so far.
        self.taken = self.drawn = 0

    def of(self, name: tuple[str, str], made_of: tuple[object, ...], draw: Callable[[], str]) -> str:
        """Give the line of a name, which is drawn anew where it would be made of something else."""
        kept = self._kept.get(name)
        if kept is None or kept.made_of != made_of:
            kept = _Line(made_of, draw())  # others go on meanwhile; two may draw the same
            self._keep(name, kept)
            return kept.drawn
        # without the lock: a page asks for thousands, and moving one is one step of the interpreter
        try:  # noqa: SIM105 - `suppress` takes ten times as long
            self._kept.move_to_end(name)
        except KeyError:
            pass  # it went meanwhile
        return kept.drawn

    def _keep(self, name: tuple[str, str], line: _Line) -> None:
        with self._lock:
            self.drawn += 1
            before = self._kept.pop(name, None)
            self.taken += _weight(line) - (0 if before is None else _weight(before))
            self._kept[name] = line
            while self.taken > self._most:
                self.taken -= _weight(self._kept.popitem(last=False)[1])

    def __len__(self) -> int:
        """Count the lines that are kept."""
        return len(self._kept)


def _weight(line: _Line) -> int:
    return sys.getsizeof(line.drawn) + _BESIDE
