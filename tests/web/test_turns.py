"""How many do at once what is dear: strangers who sign in in crowds, commands with their files."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPResponse
from typing import Final
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest

from incident import __version__
from incident.domain.identity import SignedIn
from incident.identity.passwords import Argon2
from incident.service import tokens
from incident.service.access import NOBODY
from incident.views.commands import PATH, VERSION, Line, Ran
from incident.web.api import commands
from incident.web.security.turns import Queue, Turns
from tests.web.serving import PASSWORD, Served

#: Seconds for which something is waited for.
PATIENCE: Final = 20


class Slow(Argon2):
    """Compares passwords of strangers when it is let to, and notes how many at once."""

    def __init__(self) -> None:
        self.go, self.began = threading.Event(), threading.Semaphore(0)
        self.now = self.most = 0
        self._lock = threading.Lock()

    def matches(self, kept: str | None, password: str) -> bool:
        if password == PASSWORD:
            return True
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.began.release()
        assert self.go.wait(PATIENCE)
        with self._lock:
            self.now -= 1
        return False

    def is_outdated(self, kept: str) -> bool:
        return False


def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, "it never was"
        time.sleep(0.001)


def sign_in(address: str, password: str, cookie: str = "") -> httpx.Response:
    form = {"login": "duty_officer", "password": password}
    return httpx.post(f"{address}/login", data=form, headers={"cookie": cookie}, timeout=PATIENCE)


def test_strangers_in_crowds_keep_no_officer_out(served: Served) -> None:
    slow = Slow()
    turns = Turns(Queue(1, 1), Queue(1, 1))
    served.doors(gate=served.gate._replace(passwords=slow), turns=turns)
    with served.serving() as address, ThreadPoolExecutor(8) as strangers:
        device = sign_in(address, PASSWORD).cookies["incident-device"]
        first = strangers.submit(sign_in, address, "wrong")
        assert slow.began.acquire(timeout=PATIENCE)
        second = strangers.submit(sign_in, address, "wrong")
        until(lambda: turns.others.waiting == 1)

        third = sign_in(address, PASSWORD, "incident-device=invented")
        assert (third.status_code, third.headers["retry-after"]) == (429, "5")
        officer = sign_in(address, PASSWORD, f"incident-device={device}")
        assert officer.status_code == 303

        slow.go.set()
        assert [one.result(PATIENCE).status_code for one in (first, second)] == [403, 403]
    assert slow.most == 1


# -- commands


@contextmanager
def sending(
    address: str, served: Served, *, length: int, version: str = __version__
) -> Iterator[socket.socket]:
    """Say that a command comes, of so many bytes, and send none of it."""
    token = tokens.make(served.gate, "auditor", "laptop", ["look"], NOBODY).plain
    host, port = urlsplit(address).hostname, urlsplit(address).port
    head = [
        f"POST {PATH} HTTP/1.1",
        f"host: {host}",
        f"authorization: Bearer {token}",
        f"{VERSION}: {version}",
        "content-type: application/json",
        "accept-language: en",
        f"content-length: {length}",
    ]
    with socket.create_connection((host, port), PATIENCE) as line:
        line.sendall("\r\n".join([*head, "", ""]).encode())
        yield line


def answer(line: socket.socket) -> tuple[int, bytes]:
    """Give what is answered: status and all the rest."""
    found = HTTPResponse(line)
    found.begin()
    return found.status, found.read()


def told(line: socket.socket) -> tuple[int, str]:
    status, raw = answer(line)
    return status, str(json.loads(raw).get("found", ""))


def test_what_is_sent_is_taken_in_its_turn_alone(served: Served) -> None:
    """However many come at once, only so many bodies are held as there are turns."""
    queue = Queue(1, 1)
    served.doors(turns=Turns())
    served.opened.doors.turns.commands = queue
    line = msgspec.json.encode(Line(words=["status"], lang="en"))
    ran = Ran(code=0, out=b"", err=b"")
    carried: list[Line] = []

    def carry_out(_person: SignedIn, _address: str, sent: Line) -> Ran:
        carried.append(sent)
        return ran

    served.site(commands=carry_out)
    with (
        served.serving() as address,
        sending(address, served, length=len(line)) as first,
        sending(address, served, length=len(line)) as second,
    ):
        until(lambda: queue.waiting == 1)
        with sending(address, served, length=50_000_000) as third:
            assert answer(third)[0] == 429, "before anything of it was sent"
        for one in (first, second):  # either may be the one whose turn it is
            one.sendall(line)
        assert [answer(one) for one in (first, second)] == [(200, msgspec.json.encode(ran))] * 2
        with sending(address, served, length=100_000_000) as large:
            assert answer(large)[0] == 413
        with sending(address, served, length=50_000_000, version="0.0.9") as other:
            assert told(other) == (422, "0.0.9")
        with sending(address, served, length=9) as no_line:
            no_line.sendall(b"[" * 9)
            assert answer(no_line)[0] == 422
    assert [one.words for one in carried] == [["status"], ["status"]]


def test_who_sends_for_too_long_loses_the_turn(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_SENDING", 0.01)
    with served.serving() as address, sending(address, served, length=9) as slow:
        slow.sendall(b"{")
        assert told(slow) == (422, "not all of it")
