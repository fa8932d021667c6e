"""Signing in by an OpenID Connect provider, where one is set up (`incident.identity.settings`).

    GET /login/oidc             sends the browser to the provider
    GET /login/oidc/callback    takes it back, and lets in whom the provider knows

What the browser was sent away with stays with it for some minutes, in a cookie that no script reads.
"""

from __future__ import annotations

import base64
import binascii
from functools import partial
from typing import Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import Cookie
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery
from msgspec import Struct

from incident.domain.errors import Refused
from incident.domain.identity import SignedIn
from incident.domain.say import say
from incident.identity.provider import Begun, Provider
from incident.service import sessions
from incident.web.doors import Doors, TheDoors
from incident.web.forms import ours
from incident.web.pages.signing_in import from_of, let_in, not_let_in
from incident.web.security.rules import PUBLIC
from incident.web.site import Site, TheSite

#: Where browsers come back to.
CALLBACK: Final = "/login/oidc/callback"
#: Seconds within which they do.
_LASTS: Final = 600
_Ask = Request[SignedIn | None, Any, Any]


class _Sent(Struct, frozen=True, kw_only=True):
    """What a browser was sent away with, and where it goes on."""

    state: str
    nonce: str
    verifier: str
    next: str


@get("/login/oidc", permission=PUBLIC)
async def begin(
    request: _Ask,
    site: TheSite,
    doors: TheDoors,
    next: FromQuery[str | None] = None,  # noqa: A002 - the parameter's public name
) -> Response[Any]:
    """Send the browser to the provider, when it is its turn."""
    provider = _provider(doors)
    return await doors.turns.provider.run(partial(_begin, request, site, doors, provider, ours(next)))


def _begin(request: _Ask, site: Site, doors: Doors, provider: Provider, address: str) -> Response[Any]:
    from incident.identity import oidc

    try:
        begun = oidc.begin(provider, site.chance)
    except Refused as error:
        return not_let_in(request, doors, error, address)
    sent = _Sent(state=begun.state, nonce=begun.nonce, verifier=begun.verifier, next=address)
    found: Response[Any] = Response(None, status_code=303, headers={"location": begun.url})
    found.set_cookie(
        Cookie(
            _cookie(request),
            value=base64.urlsafe_b64encode(msgspec.json.encode(sent)).decode(),
            max_age=_LASTS,
            path="/",
            httponly=True,
            samesite="lax",  # it comes back from another site
            secure=request.scope["scheme"] == "https",
        )
    )
    return found


@get(CALLBACK, permission=PUBLIC)
async def finish(request: _Ask, site: TheSite, doors: TheDoors) -> Response[Any]:
    """Let in whom the provider knows, when it is their turn; an answer counts once."""
    provider = _provider(doors)
    found = await doors.turns.provider.run(partial(_finish, request, site, doors, provider))
    found.delete_cookie(_cookie(request), path="/")
    return found


def _finish(request: _Ask, site: Site, doors: Doors, provider: Provider) -> Response[Any]:
    from incident.identity import oidc

    sent = _sent(request)
    try:
        if sent is None:
            raise _not_begun(provider)
        begun = Begun(url="", state=sent.state, nonce=sent.nonce, verifier=sent.verifier)
        came = {name: str(value) for name, value in request.query_params.items()}
        known = oidc.finish(provider, begun, came, site.now())
        here = from_of(request)
        let = sessions.login_subject(doors.gate, known.issuer, known.subject, here, email=known.email)
    except Refused as error:
        return not_let_in(request, doors, error, "/" if sent is None else ours(sent.next))
    return let_in(request, let, ours(sent.next))


def _provider(doors: Doors) -> Provider:
    if doors.provider is None:
        raise NotFoundException
    return doors.provider


def _cookie(request: _Ask) -> str:
    return "__Host-incident-oidc" if request.scope["scheme"] == "https" else "incident-oidc"


def _sent(request: _Ask) -> _Sent | None:
    kept = request.cookies.get(_cookie(request), "")
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(kept), type=_Sent)
    except (binascii.Error, ValueError, msgspec.DecodeError):  # not ours, or nothing
        return None


def _not_begun(provider: Provider) -> Refused:
    return Refused(
        rule="oidc",
        where=say("signing in by {issuer}", issuer=provider.issuer),
        expected=say("a browser that began here within the last minutes"),
        found=say("another"),
        do=say("begin again; if it stays so, tell an administrator"),
    )


ROUTES: list[HTTPRouteHandler] = [begin, finish]
