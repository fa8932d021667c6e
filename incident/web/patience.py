"""How long a connection may take to say what it wants: whoever only holds it open holds up nobody.

    a request that comes      has half a minute, and a second more for each 4 KiB that came
    one that comes slower     its connection is closed
    many that ask nothing     so many are kept, whoever opened them; the oldest goes for the next one

A request is there in a moment: among the oldest of hundreds that wait is none of somebody who works here. Who
reads an answer, or listens to a stream, is no matter of this; nor what the server itself lets wait.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

#: Seconds for a request to come, and bytes that give it one second more.
SECONDS: Final = 30.0
EACH: Final = 4096
#: Connections that ask nothing, at the most: with as many that do, fewer than a process may have files open.
SILENT: Final = 500
#: Seconds that are none: clocks count in steps.
_STEP: Final = 0.1
#: Where the other side is to say something.
_ITS_TURN: Final = (h11.IDLE, h11.SEND_BODY)


class Silent:
    """The connections of one server that have not said yet what they want; used by one event loop."""

    def __init__(self, most: int = SILENT) -> None:
        """Keep `most` of them."""
        self._most = most
        self._kept: OrderedDict[Patient, None] = OrderedDict()

    def add(self, one: Patient) -> None:
        """Keep one more, as the newest, and let the oldest go where there are too many."""
        self._kept[one] = None
        self._kept.move_to_end(one)
        if len(self._kept) > self._most:
            oldest, _none = self._kept.popitem(last=False)
            oldest.let_go()

    def discard(self, one: Patient) -> None:
        """Keep one no more: it asks, or has gone."""
        self._kept.pop(one, None)


class Patient(H11Protocol):
    """A connection, which is closed when what it says comes too slowly."""

    def __init__(self, *given: Any, silent: Silent, **named: Any) -> None:
        """Be one of those of a server."""
        super().__init__(*given, **named)
        self._silent = silent
        self._end: asyncio.TimerHandle | None = None
        self._since, self._came = 0.0, 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        self._await()
        self._silent.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._await_no_more()
        self._silent.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, and wait for what is to come."""
        self._came += len(data)
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._silent.discard(self)
        if self.conn.their_state not in _ITS_TURN:
            self._await_no_more()
        elif self._end is None:
            self._await()

    def on_response_complete(self) -> None:
        """Wait for another request, for as long as the server does that anyhow."""
        super().on_response_complete()
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self._silent.add(self)

    def let_go(self) -> None:
        """Close the connection."""
        self._await_no_more()
        self.transport.close()

    def _await(self) -> None:
        self._since, self._came = self.loop.time(), 0
        self._end = self.loop.call_later(SECONDS, self._look)

    def _await_no_more(self) -> None:
        if self._end is not None:
            self._end.cancel()
            self._end = None

    def _look(self) -> None:
        """Close the connection, or look again when what came until now has had its time."""
        left = self._since + SECONDS + self._came / EACH - self.loop.time()
        if self.flow.read_paused:  # it is the server that has not read on
            left = max(left, SECONDS)
        if left < _STEP:
            self.let_go()
        else:
            self._end = self.loop.call_later(left, self._look)
