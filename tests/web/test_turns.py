"""How many sign in at once: strangers in crowds wait, or come again, and keep no officer out."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import httpx

from incident.identity.passwords import Argon2
from incident.web.security.turns import Queue, Turns
from tests.web.serving import PASSWORD, Served

PATIENCE: Final = 10


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
        while turns.others.waiting < 1:
            pass

        third = sign_in(address, PASSWORD, "incident-device=invented")
        assert (third.status_code, third.headers["retry-after"]) == (429, "5")
        officer = sign_in(address, PASSWORD, f"incident-device={device}")
        assert officer.status_code == 303

        slow.go.set()
        assert [one.result(PATIENCE).status_code for one in (first, second)] == [403, 403]
    assert slow.most == 1
