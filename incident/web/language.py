"""In which language an answer is given: the one chosen on a page, else the one the browser asks for.

And to whom: a page calls what is given by the labels of its form, a problem by the members of a request.
"""

from __future__ import annotations

from functools import lru_cache
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Final

from litestar.datastructures import Headers
from litestar.enums import ScopeType

from incident.language import LANGUAGES, Asker, answering, speaking

if TYPE_CHECKING:
    from litestar.types import ASGIApp, Receive, Scope, Send

#: Cookie in which the language chosen on a page is kept.
COOKIE: Final = "lang"


def language(app: ASGIApp) -> ASGIApp:
    """Let everything that `app` says for a request be in its language."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        found = Headers.from_scope(scope)
        asker: Asker = "program" if scope["path"].startswith("/api/") else "page"
        with answering(asker), speaking(wanted(found.get("cookie", ""), found.get("accept-language", ""))):
            await app(scope, receive, send)

    return wrapped


def wanted(cookie: str, accepted: str) -> str:
    """Choose the language for a request with these headers; Chinese where neither says anything of use."""
    try:
        chosen = SimpleCookie(cookie).get(COOKIE) if cookie else None
    except CookieError:
        chosen = None
    if chosen is not None and chosen.value in LANGUAGES:
        return chosen.value
    return next((lang for lang in _in_order(accepted) if lang in LANGUAGES), "zh")


@lru_cache(maxsize=256)  # browsers send the same few
def _in_order(accepted: str) -> tuple[str, ...]:
    """Give the primary tags of an Accept-Language header, best first (RFC 9110, 12.5.4)."""
    weighed = []
    for part in accepted.split(","):
        tag, _semicolon, parameter = part.partition(";")
        weighed.append((_weight(parameter), tag.strip().lower().partition("-")[0]))
    return tuple(tag for weight, tag in sorted(weighed, key=lambda one: -one[0]) if weight > 0)


def _weight(parameter: str) -> float:
    name, _equals, value = parameter.strip().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0
