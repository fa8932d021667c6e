"""Server-sent events: that something was recorded, as it happens; what it was a page then asks for itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import ServerSentEvent, ServerSentEventMessage
from litestar.types import SSEData

from incident.domain.identity import SignedIn, may_do
from incident.web.doors import Doors, TheDoors
from incident.web.security.asking import secret_of
from incident.web.site import Site, TheSite


@get("/j/{code:str}/live", permission="look")
async def live_of(
    request: Request[SignedIn, Any, Any], site: TheSite, doors: TheDoors, code: FromPath[str]
) -> ServerSentEvent:
    """Tell that something was recorded in one jurisdiction."""
    return _stream(request, site, doors, lambda news: news == code)


@get("/live", permission="look")
async def live(request: Request[SignedIn, Any, Any], site: TheSite, doors: TheDoors) -> ServerSentEvent:
    """Tell of which jurisdictions within reach something was recorded."""
    return _stream(request, site, doors, lambda _news: True)


def _stream(
    request: Request[SignedIn, Any, Any], site: Site, doors: Doors, wants: Callable[[str], bool]
) -> ServerSentEvent:
    return ServerSentEvent(_events(request, site, doors, wants))


async def _events(
    request: Request[SignedIn, Any, Any], site: Site, doors: Doors, wants: Callable[[str], bool]
) -> AsyncIterator[SSEData]:
    """Give news until the session ends or the server does; a comment now and then keeps proxies patient."""
    yield ServerSentEventMessage(comment="listening", retry=2000)
    known, secret = secret_of(request, doors)
    async for news in site.live.news(wants):
        person = await known.who(secret)
        if person is None:  # the page asks, and is told so
            yield ServerSentEventMessage(event="changed", data="")
            return
        within = [code for code in sorted(news) if may_do(person, "look", await doors.paths.of(code))]
        if within:
            yield ServerSentEventMessage(event="changed", data=" ".join(within))
        elif not news:
            yield ServerSentEventMessage(comment="well")
