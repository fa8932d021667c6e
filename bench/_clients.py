"""Many who listen to a server and many who write to it: raw sockets, and nothing else in the way.

What is heard and what was answered is kept with its instant, by the clock of this process.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

#: Seconds after which an answer is an error.
PATIENCE = 30.0


class Heard(NamedTuple):
    """What one stream told: when, and the number that each event has."""

    code: str
    at: list[float]
    ids: list[int]


class Written(NamedTuple):
    """An entry that a server says it recorded, and when it had said so."""

    code: str
    seq: int
    text: str
    at: float


def _host(address: str) -> tuple[str, int]:
    split = urlsplit(address)
    assert split.hostname is not None
    assert split.port is not None
    return split.hostname, split.port


class Stream:
    """Listens to one address until closed."""

    def __init__(self, address: str, code: str, secret: str, place: int) -> None:
        """Listen to one jurisdiction, or to all where `code` is empty, in the session of `secret`.

        At one of several places: from one address fewer strangers than these are let in at once (Linux has
        all of 127.0.0.0/8).
        """
        self._address, self._secret = address, secret
        self._from = f"127.0.0.{2 + place % 100}"
        self._path = f"/j/{code}/live" if code else "/live"
        self.heard = Heard(code, [], [])
        #: Why it ended before it was closed.
        self.fault: str | None = None
        self._task: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def open(self) -> None:
        """Connect, and wait until the server listens for it."""
        reader, self._writer = await asyncio.open_connection(
            *_host(self._address), local_addr=(self._from, 0)
        )
        head = f"GET {self._path} HTTP/1.1\r\nhost: bench\r\ncookie: incident={self._secret}\r\n\r\n"
        self._writer.write(head.encode())
        status = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
        if b" 200 " not in status.partition(b"\r\n")[0]:
            raise RuntimeError(f"a stream is refused: {status!r}")
        await asyncio.wait_for(self._until_id(reader), PATIENCE)
        self._task = asyncio.create_task(self._listen(reader))

    async def _until_id(self, reader: asyncio.StreamReader) -> None:
        while not (await reader.readline()).startswith(b"id:"):
            pass

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        try:
            while line := await reader.readline():
                if line.startswith(b"id: "):
                    self.heard.at.append(time.perf_counter())
                    self.heard.ids.append(int(line[4:]))
            self.fault = "it ended"
        except (OSError, asyncio.IncompleteReadError) as error:
            self.fault = repr(error)

    async def close(self) -> None:
        """Listen no more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._writer is not None:
            self._writer.close()


class Writer:
    """Writes notes into the duty log of one jurisdiction, one after the other, each once."""

    def __init__(self, address: str, code: str, token: str, number: int) -> None:
        """Write as writer `number`, by the token of a program."""
        self._address, self._code, self._token, self._number = address, code, token, number
        self.written: list[Written] = []
        self.faults: list[str] = []

    async def write(self, is_over: Callable[[], bool], pause: float) -> None:
        """Write until it is over, with a pause after each answer."""
        reader, writer = await asyncio.open_connection(*_host(self._address))
        n = 0
        try:
            while not is_over():
                text = f"writer {self._number} note {n}"
                await self._ask(writer, text)
                status, body = await asyncio.wait_for(_answer(reader), PATIENCE)
                if status == 201:  # noqa: PLR2004 - created
                    seq = json.loads(body)["seq"]
                    self.written.append(Written(self._code, seq, text, time.perf_counter()))
                else:
                    self.faults.append(f"{status} {body.decode(errors='replace')[:300]}")
                n += 1
                await asyncio.sleep(pause)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            self.faults.append(repr(error))
        writer.close()

    async def _ask(self, writer: asyncio.StreamWriter, text: str) -> None:
        body = json.dumps({"said": text})
        head = (
            f"POST /api/v1/jurisdictions/{self._code}/log HTTP/1.1\r\nhost: bench\r\n"
            f"authorization: Bearer {self._token}\r\nidempotency-key: {text.replace(' ', '-')}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        writer.write((head + body).encode())
        await writer.drain()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    sizes = [line.partition(":")[2] for line in head if line.lower().startswith("content-length:")]
    return int(head[0].split()[1]), await reader.readexactly(int(sizes[0]))


def delays(written: Sequence[Written], heard: Sequence[Heard]) -> tuple[list[float], int]:
    """Give the seconds from each answer to each event that tells of it, and how many none told of.

    An event may come before the answer to who wrote: that is no delay at all.
    """
    found, missing = list[float](), 0
    for one in heard:
        for entry in written:
            if entry.code == one.code:
                first = bisect_left(one.ids, entry.seq + 1)  # entry 0 is the first, so there are seq + 1
                if first < len(one.at):
                    found.append(max(0.0, one.at[first] - entry.at))
                else:
                    missing += 1
    return found, missing
