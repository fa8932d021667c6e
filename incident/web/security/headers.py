"""What every answer tells the browser: run and load nothing but ours, be shown in no frame, keep nothing.

One policy for all pages (CSP level 3): no inline script, no inline style, no foreign address. Pages are kept
in no cache, for people stand on them; what lies under `/static/` is named by its content and kept for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from litestar.datastructures import MutableScopeHeaders

if TYPE_CHECKING:
    from litestar.types import ASGIApp, Message, Receive, Scope, Send

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS: Final = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
#: Two years, as browsers' lists ask for (RFC 6797).
_ONLY_TLS: Final = "max-age=63072000; includeSubDomains"
_FOR_EVER: Final = "public, max-age=31536000, immutable"


def headers(app: ASGIApp) -> ASGIApp:
    """Put our headers on every answer of `app`; one that an answer has already stays."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message.setdefault("headers", [])
                found = MutableScopeHeaders(message)
                for name, value in _ALWAYS.items():
                    found.setdefault(name, value)
                found.setdefault("cache-control", _kept(scope))
                if scope.get("scheme") == "https":
                    found.setdefault("strict-transport-security", _ONLY_TLS)
            await send(message)

        await app(scope, receive, with_headers)

    return wrapped


def _kept(scope: Scope) -> str:
    """Say how long an answer may be kept: a file that is asked for by its content's name for ever."""
    is_named = scope["path"].startswith("/static/") and scope.get("query_string", b"").startswith(b"v=")
    return _FOR_EVER if is_named else "no-store"
