"""Behind a proxy: what it says of clients and TLS is believed, and of nobody else."""

from __future__ import annotations

from typing import Final

import httpx
import pytest

from incident.service.access import look
from incident.service.ports_identity import WantedAccess
from tests.web.serving import PASSWORD, Served

#: What a proxy says, after what a client sent it already.
SAYS: Final = {"x-forwarded-for": "192.0.2.66, 203.0.113.5", "x-forwarded-proto": "https"}
PLAIN: Final = ("incident", "incident-device")


def sign_in(address: str, headers: dict[str, str]) -> httpx.Response:
    form = {"login": "duty_officer", "password": PASSWORD}
    found = httpx.post(f"{address}/login", data=form, headers=headers)
    assert found.status_code == 303, found.text
    return found


def came_from(served: Served) -> str | None:
    return look(served.gate, WantedAccess(kinds=["login"]))[0].address


def test_a_proxy_that_is_known_is_believed(served: Served) -> None:
    with served.serving(behind=["127.0.0.1"]) as address:
        found = sign_in(address, SAYS)
        assert came_from(served) == "203.0.113.5", "what the client itself claims counts for nothing"
        kept = found.headers.get_list("set-cookie")
        assert [one.split("=")[0] for one in kept] == ["__Host-incident", "incident-device"]
        assert all("Secure" in one and "Path=/" in one and "Domain" not in one for one in kept)
        assert "HttpOnly" in kept[0]
        assert found.headers["strict-transport-security"] == "max-age=63072000", "this host alone"

        session = {"cookie": kept[0].split(";")[0]}
        assert httpx.get(f"{address}/me", headers=SAYS | session).status_code == 200
        plain = {"cookie": session["cookie"].removeprefix("__Host-")}
        over_tls = httpx.get(f"{address}/me", headers=SAYS | plain)
        assert over_tls.status_code == 303, "a cookie that another host could have set is none"


@pytest.mark.parametrize("behind", [[], ["192.0.2.1"], ["192.0.2.0/24"]])
def test_nobody_else_is_believed(served: Served, behind: list[str]) -> None:
    with served.serving(behind=behind) as address:
        found = sign_in(address, SAYS)
        assert came_from(served) == "127.0.0.1"
        kept = found.headers.get_list("set-cookie")
        assert tuple(one.split("=")[0] for one in kept) == PLAIN
        assert "strict-transport-security" not in found.headers


def test_a_proxy_that_says_nothing_is_a_client_like_others(served: Served) -> None:
    with served.serving(behind=["127.0.0.1"]) as address:
        sign_in(address, {})
        assert came_from(served) == "127.0.0.1"
