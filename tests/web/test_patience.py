"""A connection that says nothing, or hardly anything, is let go; it keeps nobody else out."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import uvicorn
from uvicorn.server import ServerState

from incident.web.patience import EACH, SECONDS, SILENT, Patient, Silent
from tests.web.serving import Served

HEAD = b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"


class Timer:
    """What is to be done at a time."""

    def __init__(self, at: float, call: Callable[[], None]) -> None:
        self.at, self._call, self.is_over = at, call, False

    def cancel(self) -> None:
        self.is_over = True

    def go_off(self) -> None:
        if not self.is_over:
            self.is_over = True
            self._call()


class Clock:
    """An event loop of which only the time passes."""

    def __init__(self) -> None:
        self.now, self.timers = 0.0, list[Timer]()

    def time(self) -> float:
        return self.now

    def call_later(self, seconds: float, call: Callable[[], None]) -> Timer:
        self.timers.append(Timer(self.now + seconds, call))
        return self.timers[-1]

    def create_task(self, run: Any, **_named: Any) -> Any:
        run.close()
        return _Task()

    def after(self, seconds: float) -> None:
        self.now += seconds
        while due := [one for one in self.timers if one.at <= self.now and not one.is_over]:
            due[0].go_off()


class _Task:
    """A task that nobody looks at."""

    def add_done_callback(self, _call: Any) -> None:
        """Never end."""


class Wire(asyncio.Transport):
    """The other side of a connection."""

    is_closed = False

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def pause_reading(self) -> None:
        """Read no more."""

    def resume_reading(self) -> None:
        """Read on."""


def called(clock: Clock, silent: Silent | None = None) -> tuple[Patient, Wire]:
    """A connection that was just made."""

    async def app(_scope: Any, _receive: Any, _send: Any) -> None:
        """Answer nothing."""

    config = uvicorn.Config(app, log_config=None, ws="none")
    made = Patient(
        config=config, server_state=ServerState(), app_state={}, _loop=clock, silent=silent or Silent()
    )
    wire = Wire()
    made.connection_made(wire)
    return made, wire


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: a\r\n", HEAD])
def test_who_does_not_say_what_they_want_is_let_go(said: bytes) -> None:
    clock = Clock()
    made, wire = called(clock)
    if said:
        made.data_received(said)
    clock.after(SECONDS - 1)
    assert not wire.is_closed
    clock.after(2)
    assert wire.is_closed


def test_who_sends_much_has_time_for_it_and_a_trickle_has_not() -> None:
    clock = Clock()
    (made, wire), (other, trickle) = called(clock), called(clock)
    made.data_received(HEAD)
    other.data_received(HEAD)
    for _ in range(60):
        clock.after(1)
        other.data_received(b"a")
        made.data_received(b"a" * EACH)
        made.cycle.body.clear()  # it is read
        made.flow.resume_reading()
    assert (wire.is_closed, trickle.is_closed) == (False, True)
    clock.after(SECONDS + 1)
    assert wire.is_closed


def test_whom_the_server_lets_wait_waits() -> None:
    clock = Clock()
    (made, wire), (asked, reading) = called(clock), called(clock)
    made.data_received(HEAD)
    made.data_received(b"a" * 100_000)
    assert made.flow.read_paused
    asked.data_received(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    clock.after(10 * SECONDS)
    assert not wire.is_closed
    assert not reading.is_closed, "it has asked, and is answered"


def test_of_many_who_ask_nothing_the_oldest_goes() -> None:
    clock, silent = Clock(), Silent(2)
    (_first, one), (second, two), (_third, three) = [called(clock, silent) for _ in range(3)]
    assert (one.is_closed, two.is_closed, three.is_closed) == (True, False, False)
    second.connection_lost(None)
    _fourth, four = called(clock, silent)
    assert (three.is_closed, four.is_closed) == (False, False)


def test_who_holds_thousands_of_connections_open_keeps_nobody_out(served: Served) -> None:
    with served.serving() as address:
        where = httpx.URL(address)
        held = [socket.create_connection((where.host, where.port or 0)) for _ in range(SILENT + 50)]
        try:
            assert httpx.get(f"{address}/healthz").status_code == 200
            held[0].settimeout(10)
            assert held[0].recv(1) == b"", "the oldest was let go"
        finally:
            for one in held:
                one.close()


def test_who_goes_while_they_speak_is_no_fault_of_the_program(served: Served) -> None:
    with served.serving() as address:
        where = httpx.URL(address)
        with socket.create_connection((where.host, where.port or 0)) as gone:
            gone.sendall(
                HEAD.replace(b"\r\n\r\n", b"\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\na")
            )
        assert httpx.get(f"{address}/healthz").status_code == 200
    assert ("error", "fault") not in served.log
