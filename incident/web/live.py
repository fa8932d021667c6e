"""Who waits for news of which jurisdictions, and how they hear of it within a second.

    something is recorded, here or elsewhere → a ring → which versions moved? → everybody who waits for one

Only that something was recorded is told, never what: whoever hears it asks again, with their own rights. On
PostgreSQL the ring is the hint that workers hear; on SQLite, which gives none, the file is asked some times
a second whether anybody wrote. A ring that is lost costs a look some seconds later.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from typing import Final

from incident.domain.errors import StoreError
from incident.web.faults import once
from incident.web.threads import looked

#: Number of entries in the journal of each jurisdiction, by code; None when nothing was written since the
#: last look. Raises `StoreError`.
Look = Callable[[], Mapping[str, int] | None]
#: Seconds between two tellings at the least: many acts at once are told together.
GATHER: Final = 0.2
#: Seconds after a ring until somebody looks: whoever acted is answered first.
AFTER: Final = 0.02
#: Seconds after which one who waits hears that all is well, so that a connection that broke is found.
HEARTBEAT: Final = 15.0


class Listener:
    """One who waits."""

    def __init__(self, wants: Callable[[str], bool]) -> None:
        """Wait for news of the jurisdictions that `wants` names."""
        self._wants = wants
        self._news: set[str] = set()
        self._told = asyncio.Event()

    def tell(self, codes: set[str]) -> None:
        """Say that something was recorded; what is of no interest is forgotten."""
        mine = {code for code in codes if self._wants(code)}
        if mine:
            self._news |= mine
            self._told.set()

    def wake(self) -> None:
        """Let it look around although there are no news."""
        self._told.set()

    async def wait(self, seconds: float) -> set[str]:
        """Give what there is news of; nothing after so many seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._told.wait(), seconds)
        self._told.clear()
        news, self._news = self._news, set()
        return news


class Live:
    """Tells everybody who waits. One an event loop; `ring` and `close` may be called from any thread."""

    def __init__(
        self, look: Look, *, patience: float, wrong: Callable[[Exception], None] = lambda _: None
    ) -> None:
        """Look with `look` whenever it is rung, and after `patience` seconds all the same.

        `wrong` is told what went wrong, once until something else does.
        """
        self._look, self._patience, self._wrong = look, patience, once(wrong)
        self._known: Mapping[str, int] | None = None
        self._total: int | None = None
        self._listeners: set[Listener] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._rung = asyncio.Event()
        self._others: list[Callable[[], None]] = []
        self.is_closing = False

    def also(self, call: Callable[[], None]) -> None:
        """Let somebody else know too whenever something was recorded: who works sooner than it would look."""
        self._others.append(call)

    def ring(self) -> None:
        """Say that something may have been recorded."""
        self._soon(self._rung.set)

    def close(self) -> None:
        """Let everybody go who waits."""
        self.is_closing = True
        self._soon(self._wake_all)

    def _soon(self, call: Callable[[], None]) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is over, and with it everybody who waited
                self._loop.call_soon_threadsafe(call)

    def _wake_all(self) -> None:
        self._rung.set()
        self.wake()

    def wake(self) -> None:
        """Let everybody who waits look around although there are no news; from the loop alone."""
        for listener in self._listeners:
            listener.wake()

    async def run(self) -> None:
        """Look and tell until closed."""
        self._loop = asyncio.get_running_loop()
        await self._try()  # from here on it is known what is new
        while not self.is_closing:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._rung.wait(), self._patience)
                await asyncio.sleep(AFTER)
            self._rung.clear()
            await self._try()
            await asyncio.sleep(GATHER)

    async def _try(self) -> None:
        """Look once; whatever goes wrong, whoever waits hears of what comes after."""
        try:
            await self.turn()
        except Exception as error:  # noqa: BLE001 - a fault of ours must not end what nobody else does
            self._wrong(error)

    async def turn(self) -> None:
        """Look once and tell what moved; a database that does not answer is for others to complain of."""
        with suppress(StoreError):
            versions = await looked(self._look)
            if versions is None:
                return
            known, self._known = self._known, versions
            self._total = sum(versions.values())
            if known is None:  # who came before it was known what is new can be told now
                self._wake_all()
                return
            moved = {code for code, version in versions.items() if known.get(code) != version}
            if moved:
                for listener in self._listeners:
                    listener.tell(moved)
                for call in self._others:
                    call()

    async def news(
        self, wants: Callable[[str], bool], heartbeat: float = HEARTBEAT
    ) -> AsyncIterator[set[str]]:
        """Give the codes of which something is new, as it comes; an empty set says that all is well.

        The first says that from now on nothing is missed.
        """
        listener = Listener(wants)
        self._listeners.add(listener)
        try:
            found = set[str]()
            while not self.is_closing:
                yield found
                found = await listener.wait(heartbeat)
        finally:
            self._listeners.discard(listener)

    def entries(self, code: str | None) -> int | None:
        """Give how many entries there are as far as is known: of one journal, of all; None where nothing is.

        What was told of until now is among them.
        """
        if code is None or self._known is None:
            return self._total
        return self._known.get(code, 0)

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._listeners)
