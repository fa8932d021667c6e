"""Lines of long tables as they were drawn last: of thousands, one has changed since."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

#: So many lines are kept: those of a nation down to the townships, in both languages.
_MOST: Final = 100_000


class Lines:
    """What was drawn last under each name; many threads may ask. A server makes one."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._kept: dict[tuple[str, str], tuple[tuple[object, ...], str]] = {}

    def of(self, name: tuple[str, str], made_of: tuple[object, ...], draw: Callable[[], str]) -> str:
        """Give the line of a name, which is drawn anew where it would be made of something else."""
        kept = self._kept.get(name)
        if kept is None or kept[0] != made_of:
            if len(self._kept) >= _MOST:
                self._kept.clear()
            kept = self._kept[name] = (made_of, draw())
        return kept[1]
