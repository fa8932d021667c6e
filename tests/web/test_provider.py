"""Signing in by a real OpenID Connect provider on loopback, through a real browser once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from playwright.sync_api import Browser, expect

from incident.identity.provider import Provider
from incident.service import users
from incident.service.access import NOBODY
from incident.web.pages.provider import CALLBACK
from incident.web.security.asking import PLAIN_COOKIE
from incident.web.server import listen
from tests.identity import provider as providers
from tests.identity.provider import CLIENT, SECRET
from tests.web.looking import Window
from tests.web.serving import TOWN, Served

SUBJECT: Final = "0031"


@pytest.fixture
def there() -> Iterator[providers.Provider]:
    with providers.served() as served:
        yield served


def link(served: Served, there: providers.Provider, address: str) -> None:
    """Let people come by `there`, whose clock is ours, back to `address`; it knows the officer."""
    there.redirect = f"{address}{CALLBACK}"
    there.claims = {"iat": served.clock(), "exp": served.clock() + 600}
    ours = Provider(issuer=there.issuer, client_id=CLIENT, client_secret=SECRET, redirect=there.redirect)
    served.doors(provider=ours)
    users.link_subject(served.gate, "duty_officer", there.issuer, SUBJECT, NOBODY)


@contextmanager
def browsing(served: Served, there: providers.Provider) -> Iterator[TestClient[Litestar]]:
    """Give a browser that follows nothing by itself."""
    link(served, there, "http://testserver.local")
    with served.client() as client:
        client.follow_redirects = False
        yield client


def agreed(client: TestClient[Litestar], path: str = "/login/oidc") -> str:
    """Begin, agree at the provider, and give the address by which the browser comes back."""
    begun = client.get(path)
    assert begun.status_code == 303, begun.text
    back = httpx.get(begun.headers["location"])
    assert back.status_code == 302, back.text
    return back.headers["location"]


def refused(client: TestClient[Litestar], path: str) -> str:
    """Come back and be refused; gives the page."""
    found = client.get(path)
    assert found.status_code == 403, found.text
    assert PLAIN_COOKIE not in found.cookies
    assert client.get("/me").headers["location"] == "/login?next=/me"
    return found.text


def test_an_officer_signs_in_by_the_provider(
    browser: Browser, served: Served, there: providers.Provider
) -> None:
    taken = listen("127.0.0.1", 0)
    address = f"http://127.0.0.1:{taken.getsockname()[1]}"
    link(served, there, address)
    with served.serving(taken=taken):
        window = Window(browser, served, address)
        page = window.open(None, f"/login?next=/j/{TOWN}")
        page.get_by_role("link", name=f"Sign in with {there.issuer.removeprefix('http://')}").click()
        expect(page).to_have_url(f"{address}/j/{TOWN}")
        expect(page.locator("h1")).to_contain_text("Majian Town")
        assert {cookie["name"] for cookie in page.context.cookies()} == {"incident", "incident-device"}
        window.close()


def test_without_a_provider_nothing_is_offered(served: Served) -> None:
    with served.client() as client:
        assert "/login/oidc" not in client.get("/login").text
        assert client.get("/login/oidc").status_code == 404
        assert client.get(CALLBACK).status_code == 404


def test_what_the_browser_keeps_is_for_no_script_and_not_for_long(
    served: Served, there: providers.Provider
) -> None:
    with browsing(served, there) as client:
        kept = client.get("/login/oidc").headers["set-cookie"]
    assert kept.startswith("incident-oidc=")
    assert all(word in kept for word in ("HttpOnly", "SameSite=lax", "Max-Age=600", "Path=/"))


def test_an_answer_counts_once(served: Served, there: providers.Provider) -> None:
    with browsing(served, there) as client:
        back = agreed(client, "/login/oidc?next=/me")
        assert client.get(back).headers["location"] == "/me"
        client.cookies.delete(PLAIN_COOKIE)
        assert "a browser that began here" in refused(client, back)


@pytest.mark.parametrize("address", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_nobody_is_sent_on_elsewhere(served: Served, there: providers.Provider, address: str) -> None:
    with browsing(served, there) as client:
        back = agreed(client, f"/login/oidc?next={address}")
        assert client.get(back).headers["location"] == "/"


def test_another_state_is_refused(served: Served, there: providers.Provider) -> None:
    with browsing(served, there) as client:
        agreed(client)
        assert "the state that was sent" in refused(client, f"{CALLBACK}?code=x&state=another")
        assert "/token" not in there.asked


@pytest.mark.parametrize("kept", ["", "x", "bm90IGpzb24=", "e30="])
def test_a_browser_that_did_not_begin_is_refused(
    served: Served, there: providers.Provider, kept: str
) -> None:
    """An address that somebody sends an officer signs them in as nobody else."""
    with browsing(served, there) as client:
        back = agreed(client)
        client.cookies.clear()
        client.cookies.set("lang", "en")
        client.cookies.set("incident-oidc", kept)
        assert "a browser that began here" in refused(client, back)
        assert "/token" not in there.asked


def test_somebody_whom_only_the_provider_knows_is_refused(served: Served, there: providers.Provider) -> None:
    there.person = {"sub": "0099"}
    with browsing(served, there) as client:
        assert "somebody who is linked to a user" in refused(client, agreed(client))


def test_who_was_disabled_is_refused(served: Served, there: providers.Provider) -> None:
    with browsing(served, there) as client:
        users.disable(served.gate, "duty_officer", NOBODY)
        assert "somebody who is linked to a user" in refused(client, agreed(client))


def test_a_provider_that_is_away_is_said(served: Served, there: providers.Provider) -> None:
    there.instead["/.well-known/openid-configuration"] = (500, "", [])
    with browsing(served, there) as client:
        found = client.get("/login/oidc")
    assert (found.status_code, "500" in found.text) == (403, True)
