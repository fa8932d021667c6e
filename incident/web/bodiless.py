"""HEAD of every address that answers GET: the same answer without its body (RFC 9110, 9.3.2).

What watches a server asks so, and what previews a link. The framework answers only the methods that a route
names; each is asked by GET here, and what it says after its headers goes nowhere. A stream ends: its client
has gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from litestar.enums import HttpMethod, ScopeType

if TYPE_CHECKING:
    from litestar.types import ASGIApp, Message, Receive, Scope, Send


def bodiless(app: ASGIApp) -> ASGIApp:
    """Let `app` answer HEAD as it would GET."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["method"] != HttpMethod.HEAD:
            await app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        asked = scope.copy()  # the server goes by its own to know that no body follows
        asked["method"] = HttpMethod.GET
        await app(asked, receive, without_body)

    return wrapped
