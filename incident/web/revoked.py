"""That somebody's rights were lessened, here or at another server: who listens is asked for again soon.

One look for all of them, every few seconds: at the number of the newest line in the record of access, in
which every such change stands (ADR 0021). Only where lines are new are they read, and only where one of them
lessens what somebody may is nobody believed any more (`Doors.forget`) and everybody who listens woken, to be
asked for anew. A session that ends by itself is found at the next sign of life (`live.HEARTBEAT`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from incident.domain.errors import StoreError
from incident.web.faults import once
from incident.web.live import Live
from incident.web.threads import looked

#: Seconds between two looks.
EVERY: Final = 2.0
#: Gives the number of the newest line, and whether one since the number given lessens what somebody may.
Look = Callable[[int | None], tuple[int, bool]]


class Watch:
    """Looks for all who listen at one server."""

    def __init__(
        self,
        look: Look,
        forget: Callable[[], None],
        live: Live,
        *,
        wrong: Callable[[Exception], None] = lambda _: None,
    ) -> None:
        """Begin with knowing nothing; what is in the record at the first look is old.

        `wrong` is told what went wrong, once until something else does.
        """
        self._look, self._forget, self._live, self._wrong = look, forget, live, once(wrong)
        self._known: int | None = None

    async def turn(self) -> None:
        """Look once; a database that does not answer is for others to complain of."""
        with suppress(StoreError):
            self._known, is_less = await looked(self._look, self._known)
            if is_less:
                self._forget()
                self._live.wake()

    async def run(self) -> None:
        """Look until closed."""
        while not self._live.is_closing:
            try:
                await self.turn()
            except Exception as error:  # noqa: BLE001 - a fault of ours must not let revoked people listen on
                self._wrong(error)
            await asyncio.sleep(EVERY)
