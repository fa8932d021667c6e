"""One look at all, shared by everybody who looks: taken once for each change, not once for each viewer.

A look holds as long as nothing was recorded since, and for some seconds: what is recorded nowhere (a message
was delivered, a checkpoint signed, time went by) shows after these. Whoever acted sees what they did at once,
for before each answer it is counted what all journals hold.
"""

from __future__ import annotations

from threading import Lock
from typing import Final

from incident.service.outlines import Outlines
from incident.service.overview import Whole, look
from incident.service.ports import Store

#: Seconds for which a look holds while nothing is recorded.
HOLDS: Final = 3


class Lookout:
    """Looks at all jurisdictions of a store; many threads may ask. A server makes one."""

    def __init__(self, outlines: Outlines) -> None:
        """Look by means of `outlines`, which others may use too."""
        self.outlines = outlines
        self._lock = Lock()
        self._seen: Whole | None = None

    def look(self, store: Store, at: int) -> Whole:
        """Give all jurisdictions as they stand about now. Raises `StoreError`."""
        with store.reading() as tx:
            entries = tx.entries_of_all()
        with self._lock:  # who waits here holds no connection, and mostly finds it done
            seen = self._seen
            if seen is None or not _holds(seen, entries, at):
                with store.reading() as tx:
                    seen = self._seen = look(tx, at, self.outlines, seen)
        return seen


def _holds(seen: Whole, entries: int, at: int) -> bool:
    """Tell whether a look holds for who counted so many entries; another may have counted more meanwhile."""
    return entries <= seen.entries and abs(at - seen.at) < HOLDS
