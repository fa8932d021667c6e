"""Signing in by an OpenID Connect provider: the authorization code flow with PKCE (RFC 9700, section 2.1.1).

1. `begin` asks the provider what it is (discovery) and says where the browser goes. What it gives besides,
   `Begun`, stays with that browser alone (in a cookie that no script reads), for some minutes.
2. The browser comes back. `finish` holds `state` against it, fetches the token with the code and the
   verifier, and checks it: signature by a key of the provider, issuer, audience, times, nonce.

What is known then is who the provider says it is (`Known`). Whom that stands for, `sessions.login_subject`
says. Every refusal says what was wrong; none repeats a secret.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, cast
from urllib.parse import quote, urlencode, urlsplit

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization

from incident.domain.errors import Refused
from incident.domain.say import Words, say
from incident.identity.provider import Begun, Known, Provider
from incident.service.ports import Chance
from incident.service.secret import secret

#: Signatures that are taken: of keys of which the provider alone has the private half.
ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "Ed25519", "EdDSA"),
)
#: Seconds by which the provider's clock may differ, and for which it is waited for.
LEEWAY: Final = 60
PATIENCE: Final = 10.0
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


def begin(provider: Provider, chance: Chance) -> Begun:
    """Send a browser to a provider. Raises `Refused` where that is not what it should be."""
    with _asking(provider) as http:
        metadata = _discover(http, provider)
    state, nonce, verifier = secret(chance), secret(chance), secret(chance)
    asked = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": provider.redirect,
        "scope": "openid email" if provider.trusts_email else "openid",
        "state": state,
        "nonce": nonce,
        "code_challenge": create_s256_code_challenge(verifier),
        "code_challenge_method": "S256",
    }
    there = _endpoint(metadata, "authorization_endpoint", provider)
    sign = "&" if urlsplit(there).query else "?"
    return Begun(url=f"{there}{sign}{urlencode(asked)}", state=state, nonce=nonce, verifier=verifier)


def finish(provider: Provider, begun: Begun, came: Mapping[str, str], at: int) -> Known:
    """Say who came back; `came` are the parameters of the address. Raises `Refused`."""
    if not hmac.compare_digest(came.get("state", "").encode(), begun.state.encode()):
        raise _refused(provider, say("the state that was sent"), say("another"))
    # RFC 9207: an answer of another provider, sent here, tells its own name
    if came.get("iss", provider.issuer) != provider.issuer:
        raise _refused(provider, say("an answer of this provider"), say("one of another"))
    if "code" not in came:
        raise _refused(provider, say("a code"), f"`{came.get('error', '')}`")
    with _asking(provider) as http:
        metadata = _discover(http, provider)
        token = _fetch(http, provider, metadata, begun, came["code"])
        keys = _read(http.get(_endpoint(metadata, "jwks_uri", provider)), provider)
    return _known(provider, _claims(provider, begun, token, keys, at))


@contextmanager
def _asking(provider: Provider) -> Iterator[httpx.Client]:
    """Ask the provider; what fails on the way is a refusal. It is followed nowhere else."""
    try:
        with httpx.Client(timeout=PATIENCE, follow_redirects=False, trust_env=True) as http:
            yield http
    except httpx.HTTPError as error:
        raise _refused(provider, say("an answer"), type(error).__name__) from error


def _discover(http: httpx.Client, provider: Provider) -> dict[str, Any]:
    """Ask a provider what it is (OpenID Connect Discovery, section 4)."""
    _must_be_safe(provider.issuer, provider)
    address = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"
    metadata = _read(http.get(address), provider)
    if metadata.get("issuer") != provider.issuer:
        raise _refused(
            provider, say("the issuer {issuer}", issuer=provider.issuer), str(metadata.get("issuer"))
        )
    return metadata


def _fetch(
    http: httpx.Client, provider: Provider, metadata: Mapping[str, Any], begun: Begun, code: str
) -> dict[str, Any]:
    """Exchange the code for a token."""
    given = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": provider.redirect,
        "client_id": provider.client_id,
        "code_verifier": begun.verifier,
    }
    methods = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    auth = httpx.Auth()  # adds nothing
    if provider.client_secret is not None and "client_secret_basic" in methods:
        # RFC 6749, 2.3.1: both in the form of an address first
        auth = httpx.BasicAuth(quote(provider.client_id, safe=""), quote(provider.client_secret, safe=""))
    elif provider.client_secret is not None:
        given["client_secret"] = provider.client_secret
    there = _endpoint(metadata, "token_endpoint", provider)
    return _read(http.post(there, data=given, auth=auth), provider)


def _claims(
    provider: Provider, begun: Begun, token: Mapping[str, Any], keys: dict[str, Any], at: int
) -> dict[str, Any]:
    """Check the token that says who it is (OpenID Connect Core, section 3.1.3.7); gives what it says."""
    try:
        known = KeySet.import_key_set(cast("KeySetSerialization", keys))
        signed = jwt.decode(str(token.get("id_token")), known, algorithms=[*ALGORITHMS])
        claims = CodeIDToken(
            signed.claims,
            signed.header,
            options={
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": provider.client_id},
            },
            params={
                "nonce": begun.nonce,
                "client_id": provider.client_id,
                "access_token": token.get("access_token"),
            },
        )
        claims.validate(now=at, leeway=LEEWAY)
    except (JoseError, AttributeError, LookupError, TypeError, ValueError) as error:  # keys may be anything
        # the text of the error may quote the token
        raise _refused(provider, say("a token of this provider for us, now"), _reason(error)) from error
    return dict(claims)


def _reason(error: Exception) -> str:
    """Say what is wrong with a token, without a word of it: the kind of error, and the claim."""
    claim = getattr(error, "claim", None)
    return f"{type(error).__name__} {claim or ''}".strip()


def _known(provider: Provider, claims: Mapping[str, Any]) -> Known:
    subject, email = claims["sub"], claims.get("email")
    if not isinstance(subject, str) or not subject.isprintable() or not subject:
        raise _refused(provider, say("a subject"), type(subject).__name__)
    is_trusted = provider.trusts_email and claims.get("email_verified") is True and isinstance(email, str)
    return Known(issuer=provider.issuer, subject=subject, email=email if is_trusted else None)


def _read(answer: httpx.Response, provider: Provider) -> dict[str, Any]:
    """Read an answer: an object, of a request that was well."""
    if answer.status_code != httpx.codes.OK:
        raise _refused(provider, say("an answer"), f"{answer.request.url.path}: {answer.status_code}")
    try:
        found = answer.json()
    except ValueError as error:
        raise _refused(provider, say("JSON"), answer.request.url.path) from error
    if not isinstance(found, dict):
        raise _refused(provider, say("an object"), answer.request.url.path)
    return found


def _endpoint(metadata: Mapping[str, Any], name: str, provider: Provider) -> str:
    return _must_be_safe(str(metadata.get(name)), provider)


def _must_be_safe(address: str, provider: Provider) -> str:
    """Refuse an address by which others could listen; on this machine nobody does."""
    parts = urlsplit(address)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise _refused(provider, say("an address that begins with `https:`"), address)
    return address


def _refused(provider: Provider, expected: Words, found: Words) -> Refused:
    return Refused(
        rule="oidc",
        where=say("signing in by {issuer}", issuer=provider.issuer),
        expected=expected,
        found=found,
        do=say("begin again; if it stays so, tell an administrator"),
    )
