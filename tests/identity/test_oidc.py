"""Signing in by a real OpenID Connect provider, an honest one and one that lies."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from msgspec.structs import replace

from incident.domain.errors import Refused
from incident.identity import oidc
from incident.identity.provider import Begun, Known, Provider
from incident.service import users
from incident.service.sessions import From, login_subject
from tests.identity import provider as providers
from tests.identity.provider import CLIENT, FORGED, REDIRECT, SECRET
from tests.service.door import CONSOLE, OFFICE, Door


@pytest.fixture
def there() -> Iterator[providers.Provider]:
    with providers.served() as served:
        yield served


def of(there: providers.Provider, **changed: Any) -> Provider:
    known = Provider(
        issuer=there.issuer, client_id=CLIENT, client_secret=SECRET, redirect=REDIRECT, trusts_email=True
    )
    return replace(known, **changed)


def browse(begun: Begun) -> dict[str, str]:
    """Do what a browser does: go there, agree, come back; gives the parameters it comes with."""
    answer = httpx.get(begun.url)
    assert answer.status_code == 302, answer.text
    back = answer.headers["Location"]
    assert back.startswith(f"{REDIRECT}?")
    return dict(parse_qsl(urlsplit(back).query))


def come(ours: Provider, at: int | None = None) -> Known:
    begun = oidc.begin(ours, secrets.token_bytes)
    return oidc.finish(ours, begun, browse(begun), int(time.time()) if at is None else at)


def refused(ours: Provider, at: int | None = None) -> str:
    with pytest.raises(Refused) as caught:
        come(ours, at)
    return said(caught.value)


def said(error: Refused) -> str:
    assert error.rule == "oidc"
    assert all(error.parts())
    assert SECRET not in str(error)
    assert "eyJ" not in str(error), "no word of a token is repeated"
    return str(error)


def test_who_agrees_there_is_known_here(there: providers.Provider) -> None:
    assert come(of(there)) == Known(issuer=there.issuer, subject="0031", email=None)


def test_officer_signs_in_by_the_provider(there: providers.Provider) -> None:
    door = Door()
    users.link_subject(door.gate, "wang", there.issuer, "0031", CONSOLE)
    known = come(of(there))
    came = login_subject(door.gate, known.issuer, known.subject, From(OFFICE), email=known.email)
    assert came.person.login == "wang"


def test_browser_is_sent_with_what_protects_it_and_each_time_with_another(there: providers.Provider) -> None:
    ours = of(there)
    first, second = oidc.begin(ours, secrets.token_bytes), oidc.begin(ours, secrets.token_bytes)
    sent = dict(parse_qsl(urlsplit(first.url).query))
    assert sent["code_challenge_method"] == "S256"
    assert (sent["state"], sent["nonce"], sent["scope"]) == (first.state, first.nonce, "openid email")
    assert first.verifier not in first.url
    assert len({first.state, first.nonce, first.verifier, second.state, second.nonce, second.verifier}) == 6
    there.lies = {"authorization_endpoint": f"{there.issuer}/authorize?tenant=x"}
    assert "?tenant=x&response_type=code" in oidc.begin(ours, secrets.token_bytes).url


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
def test_client_says_who_it_is_as_the_provider_wants_it(there: providers.Provider, method: str) -> None:
    there.method = method
    ours = of(there, client_secret=None if method == "none" else SECRET)
    assert come(ours).subject == "0031"


def test_wrong_secret_is_refused(there: providers.Provider) -> None:
    assert "/token: 401" in refused(of(there, client_secret="another"))


#: What an honest provider says of an address → what of it is taken.
EMAILS: list[tuple[dict[str, Any], bool, str | None]] = [
    ({"email": "a@b.cn", "email_verified": True}, True, "a@b.cn"),
    ({"email": "a@b.cn", "email_verified": True}, False, None),
    ({"email": "a@b.cn", "email_verified": False}, True, None),
    ({"email": "a@b.cn", "email_verified": "true"}, True, None),
    ({"email": "a@b.cn"}, True, None),
    ({"email": ["a@b.cn"], "email_verified": True}, True, None),
]


@pytest.mark.parametrize(("claims", "trusts", "email"), EMAILS)
def test_address_is_taken_only_verified_and_from_who_is_trusted_in_it(
    there: providers.Provider, claims: dict[str, Any], *, trusts: bool, email: str | None
) -> None:
    there.person |= claims
    assert come(of(there, trusts_email=trusts)).email == email


# -- a token that is not for us, now


#: What the token says otherwise.
LIES: dict[str, dict[str, Any]] = {
    "another nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "another issuer": {"iss": "https://evil.example"},
    "the issuer with a slash more": {"iss": "…/"},
    "no issuer": {"iss": None},
    "for another client": {"aud": ["another"]},
    "for us and passed on by another": {"aud": [CLIENT, "another"], "azp": "another"},
    "for nobody": {"aud": []},
    "of nobody": {"sub": ""},
    "of no text": {"sub": 7},
    "of a sign that steers": {"sub": "a\x1b[1m"},
    "long over": {"exp": 1_700_000_000},
    "without an end": {"exp": None},
    "made in time to come": {"iat": 4_000_000_000},
    "valid in time to come": {"nbf": 4_000_000_000},
    "with another access token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
}


@pytest.mark.parametrize("lie", LIES)
def test_token_that_lies_is_refused(there: providers.Provider, lie: str) -> None:
    there.claims = {key: f"{there.issuer}/" if value == "…/" else value for key, value in LIES[lie].items()}
    refused(of(there))


def test_clocks_may_differ_by_a_minute_and_no_more(there: providers.Provider) -> None:
    now = int(time.time())
    there.claims = {"exp": now, "iat": now}
    assert come(of(there), now + 59).subject == "0031"
    refused(of(there), now + 62)


def test_signature_by_another_key_of_the_same_name_is_refused(there: providers.Provider) -> None:
    there.key = FORGED
    refused(of(there))


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _part(plain: dict[str, Any]) -> str:
    return _encoded(json.dumps(plain).encode())


def test_signature_that_anybody_can_make_is_refused(there: providers.Provider) -> None:
    """With the public key as a shared secret, or with none: what the header says is not believed."""
    ours = of(there)
    begun = oidc.begin(ours, secrets.token_bytes)
    claims = {
        "iss": there.issuer,
        "aud": CLIENT,
        "sub": "0031",
        "nonce": begun.nonce,
        "iat": 0,
        "exp": 4_000_000_000,
    }
    head, none, body = (_part(one) for one in ({"alg": "HS256", "kid": "k1"}, {"alg": "none"}, claims))
    public = there.published.as_pem(private=False)
    shared = f"{head}.{body}.{_encoded(hmac.digest(public, f'{head}.{body}'.encode(), 'sha256'))}"
    unsigned = f"{none}.{body}."
    for token in (shared, unsigned, f"{head}.{body}.", "x", "", None, {"a": 1}):
        there.instead["/token"] = (200, {"access_token": "x", "id_token": token}, [])
        with pytest.raises(Refused) as caught:
            oidc.finish(ours, begun, {"state": begun.state, "code": "x"}, int(time.time()))
        said(caught.value)


# -- an answer that is not to our question


def test_answer_to_another_browser_is_refused(there: providers.Provider) -> None:
    ours = of(there)
    begun = oidc.begin(ours, secrets.token_bytes)
    came = browse(begun)
    for changed in ({"state": "another"}, {"state": ""}, {"state": "王"}, {"iss": "https://evil.example"}):
        with pytest.raises(Refused) as caught:
            oidc.finish(ours, begun, {**came, **changed}, int(time.time()))
        said(caught.value)
    assert "/token" not in there.asked, "the code was given to nobody"
    assert oidc.finish(ours, begun, {**came, "iss": there.issuer}, int(time.time())).subject == "0031"


def test_code_of_another_browser_is_of_no_use(there: providers.Provider) -> None:
    """Whoever steals a code has not the verifier; whoever is sent one has not its nonce."""
    ours = of(there)
    victim, thief = oidc.begin(ours, secrets.token_bytes), oidc.begin(ours, secrets.token_bytes)
    stolen = browse(victim)["code"]
    with pytest.raises(Refused) as caught:
        oidc.finish(ours, thief, {"state": thief.state, "code": stolen}, int(time.time()))
    assert "/token: 400" in said(caught.value)


def test_code_counts_once(there: providers.Provider) -> None:
    ours = of(there)
    begun = oidc.begin(ours, secrets.token_bytes)
    came = browse(begun)
    oidc.finish(ours, begun, came, int(time.time()))
    with pytest.raises(Refused):
        oidc.finish(ours, begun, came, int(time.time()))


def test_who_does_not_agree_is_not_let_in(there: providers.Provider) -> None:
    ours = of(there)
    begun = oidc.begin(ours, secrets.token_bytes)
    with pytest.raises(Refused) as caught:
        oidc.finish(ours, begun, {"state": begun.state, "error": "access_denied"}, 0)
    assert "access_denied" in said(caught.value)


# -- a provider that is not what it should be


METADATA: list[dict[str, Any]] = [
    {"issuer": "https://evil.example"},
    {"issuer": None},
    {"jwks_uri": None},
    {"token_endpoint": "http://provider.example/token"},
    {"jwks_uri": "file:///etc/passwd"},
]


@pytest.mark.parametrize("lies", METADATA)
def test_provider_that_says_wrong_things_of_itself_is_refused(
    there: providers.Provider, lies: dict[str, Any]
) -> None:
    there.lies = lies
    refused(of(there))


ANSWERS: list[tuple[int, str]] = [(200, "<html>"), (200, "[]"), (500, "{}"), (302, "{}")]


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/jwks"])
@pytest.mark.parametrize(("status", "text"), ANSWERS)
def test_answer_that_is_none_is_refused(there: providers.Provider, path: str, status: int, text: str) -> None:
    there.instead[path] = (status, text, [("Location", "/elsewhere")])
    refused(of(there))
    assert "/elsewhere" not in there.asked


def test_keys_that_are_none_are_refused(there: providers.Provider) -> None:
    wrong: list[Any] = [{}, {"keys": []}, {"keys": [{"kty": "x"}]}, {"keys": 7}, {"keys": ["x"]}]
    for keys in wrong:
        there.instead["/jwks"] = (200, keys, [])
        refused(of(there))


def test_provider_that_does_not_answer_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = Provider(
            issuer=f"http://127.0.0.1:{taken.getsockname()[1]}", client_id=CLIENT, redirect=REDIRECT
        )
        with pytest.raises(Refused) as caught:
            oidc.begin(nobody, secrets.token_bytes)
    assert "ConnectError" in said(caught.value)


def test_provider_that_others_could_listen_to_is_refused() -> None:
    for issuer in ("http://id.example", "ftp://127.0.0.1", "id.example"):
        with pytest.raises(Refused) as caught:
            oidc.begin(Provider(issuer=issuer, client_id="x", redirect=REDIRECT), secrets.token_bytes)
        assert "https" in said(caught.value)
