"""What every answer tells the browser: run and load nothing but ours, be shown in no frame, keep nothing.

One policy for all pages (CSP level 3): no inline script, no inline style, no foreign address. Pages are kept
in no cache, for people stand on them; what lies under `/static/` is named by its content and kept for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from litestar.types import ASGIApp, Message, Receive, Scope, Send

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS: Final = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
#: What is no page needs less: a browser that opens it shows text, in no frame of anybody's.
_DATA: Final = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
#: Two years, of this host alone: names below it are other systems (RFC 6797, 6.1.2).
_ONLY_TLS: Final = (b"strict-transport-security", b"max-age=63072000")
_FOR_EVER: Final = b"public, max-age=31536000, immutable"


def headers(app: ASGIApp) -> ASGIApp:
    """Put our headers on every answer of `app`; one that an answer has already stays."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = [*message.get("headers", ())]
                names = {name.lower() for name, _value in given}
                always = _DATA if scope["path"].startswith("/api/") else _ALWAYS
                more = [*always, (b"cache-control", _kept(scope))]
                if scope.get("scheme") == "https":
                    more.append(_ONLY_TLS)
                message["headers"] = [*given, *(one for one in more if one[0] not in names)]
            await send(message)

        await app(scope, receive, with_headers)

    return wrapped


def _kept(scope: Scope) -> bytes:
    """Say how long an answer may be kept: a file that is asked for by its content's name for ever."""
    is_named = scope["path"].startswith("/static/") and scope.get("query_string", b"").startswith(b"v=")
    return _FOR_EVER if is_named else b"no-store"
