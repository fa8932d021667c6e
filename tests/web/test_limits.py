"""How often somebody may ask; a stranger who asks without end holds up nobody who has signed in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from litestar import Litestar
from litestar.exceptions import TooManyRequestsException
from litestar.testing import TestClient

from incident.web.app import furnish
from incident.web.security.asking import PLAIN_COOKIE, Known
from incident.web.security.limits import Buckets, Counted, Limits, Rate, Rates
from tests.web.api.calling import AT, bearer
from tests.web.serving import Served
from tests.web.test_live import in_a_loop

FEW = Rates(signed_in=Rate(5, 0.1), stranger=Rate(3, 0.1), login=Rate(1, 0.5))


@contextmanager
def asked(served: Served, rates: Rates = FEW) -> Iterator[TestClient[Litestar]]:
    """A client of a server that lets few requests through."""
    furnish(served.app, served.opened.site, served.opened.doors, rates=rates)
    with TestClient(served.app, base_url="http://testserver.local") as client:
        client.cookies.set("lang", "en")
        yield client


def test_a_bucket_fills_by_the_second_and_holds_so_much() -> None:
    now = [100.0]
    buckets, rate = Buckets(lambda: now[0]), Rate(2, 0.5)

    def take(whose: str = "a") -> int:
        return buckets.take("kind", whose, rate)

    assert [take(), take(), take(), take("b")] == [0, 0, 2, 0]
    now[0] += 2
    assert [take(), take()] == [0, 2]
    now[0] += 1000
    assert [take(), take(), take()] == [0, 0, 2]
    now[0] -= 50  # a clock that was set gives nothing, and takes nothing
    assert take() == 2


def test_who_asks_too_often_is_told_for_how_long_to_wait(served: Served) -> None:
    with asked(served) as client:
        program = bearer(served, "duty_officer")
        found = [client.get(AT, headers=program) for _ in range(7)]

    assert [one.status_code for one in found] == [200] * 6 + [429]  # the first came as a stranger
    last = found[-1]
    assert last.headers["content-type"] == "application/problem+json"
    assert last.headers["retry-after"] == "10"
    assert last.json()["title"] == "too many requests; wait a little"


def test_a_stranger_without_end_holds_up_nobody_who_has_signed_in(served: Served) -> None:
    with asked(served) as client:
        program = bearer(served, "duty_officer")
        first = client.get(AT, headers=program).status_code
        guesses = [client.get(AT, headers={"authorization": f"Bearer inc_{n}"}).status_code for n in range(4)]
        after = client.get(AT, headers=program).status_code

    assert first == 200
    assert guesses == [401, 401, 401, 429]
    assert after == 200


def test_who_listens_without_end_is_known_from_when_the_answer_begins() -> None:
    buckets, known = Buckets(), list[int]()

    async def stream(scope: Any, _receive: Any, send: Any) -> None:
        known.append(len(buckets._known))
        scope["auth"] = "session"
        await send({"type": "http.response.start", "status": 200, "headers": []})
        known.append(len(buckets._known))

    async def nowhere(*_message: Any) -> Any:
        pass

    async def story() -> None:
        headers = [(b"cookie", f"{PLAIN_COOKIE}=a session".encode())]
        scope: Any = {"type": "http", "path": "/live", "scheme": "http", "headers": headers, "client": None}
        await Limits(stream, lambda: Counted(FEW, buckets))(scope, nowhere, nowhere)

    in_a_loop(story)

    assert known == [0, 1]


def test_when_the_server_begins_anew_nobody_who_has_signed_in_is_a_stranger(served: Served) -> None:
    with asked(served) as client:
        programs = [bearer(served, "duty_officer") for _ in range(6)]
        found = [client.get(AT, headers=one).status_code for one in programs]
    assert found == [200] * 6  # of three that strangers have


def test_attempts_to_sign_in_are_counted_besides(served: Served) -> None:
    with asked(served) as client:
        tried = [
            client.post("/login", data={"login": "auditor", "password": "guess"}, follow_redirects=False)
            for _ in range(2)
        ]
    assert [one.status_code for one in tried] == [tried[0].status_code, 429]
    assert tried[0].status_code != 429
    assert tried[1].headers["retry-after"] == "2"
    assert "<h1" in tried[1].text


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/static/style.css"])
@pytest.mark.parametrize("header", [{}, {"authorization": "Bearer inc_x"}, {"cookie": f"{PLAIN_COOKIE}=x"}])
def test_what_is_not_counted_asks_nobody_who_they_are(
    served: Served, path: str, header: dict[str, str]
) -> None:
    looked = list[str]()
    nobody = Known(looked.append)
    served.doors(sessions=nobody, tokens=nobody)
    with asked(served) as client:
        assert [client.get(path, headers=header).status_code for _ in range(9)] == [200] * 9
    assert looked == []


def test_tokens_that_are_tried_at_the_measurements_are_counted(served: Served) -> None:
    with asked(served) as client:
        tried = [
            client.get("/metrics", headers={"authorization": f"Bearer inc_{n}"}).status_code for n in range(5)
        ]
    assert tried == [401, 401, 401, 429, 429]


def test_all_addresses_that_one_customer_has_share_a_bucket() -> None:
    async def answer(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def nowhere(*_message: Any) -> Any:
        pass

    def by(address: str) -> bool:
        """Tell whether a request from an address is let through."""
        scope: Any = {"type": "http", "path": "/", "scheme": "http", "headers": [], "client": (address, 1)}

        async def story() -> bool:
            try:
                await limits(scope, nowhere, nowhere)
            except TooManyRequestsException:
                return False
            return True

        return in_a_loop(story)

    counted = Counted(FEW, Buckets(lambda: 100.0))
    limits = Limits(answer, lambda: counted)

    assert [by(f"2001:db8:1:2::{n}") for n in range(4)] == [True, True, True, False]
    assert by("2001:db8:1:3::1")
