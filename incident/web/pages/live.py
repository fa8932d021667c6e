"""Server-sent events: that something was recorded, as it happens; what it was a page then asks for itself.

Every event has as its id how many entries there were, and a page says in the address how many it was drawn
from (`?seen=`). So nothing is missed between drawing a page and listening, nor while a connection was broken:
who has seen fewer than there are is told so at once, and who has seen all of them is not.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from litestar import Request, get
from litestar.params import FromPath, FromQuery
from litestar.response import ServerSentEvent, ServerSentEventMessage
from litestar.types import SSEData

from incident.domain.identity import SignedIn, may_do, may_do_somewhere
from incident.web.doors import Doors, TheDoors
from incident.web.security.asking import secret_of
from incident.web.site import Site, TheSite

#: Seconds for which who listens is believed to be let in still: hundreds listen, and each of many changes
#: would ask about all of them. Where somebody's rights are lessened nobody is (`web/revoked.py`).
BELIEVED: Final = 5.0


@get("/j/{code:str}/live", permission="look")
async def live_of(
    request: Request[SignedIn, Any, Any],
    site: TheSite,
    doors: TheDoors,
    code: FromPath[str],
    seen: FromQuery[int | None] = None,
) -> ServerSentEvent:
    """Tell that something was recorded in one jurisdiction."""
    return ServerSentEvent(_events(request, site, doors, code, _seen(request, seen)))


@get("/live", permission="look")
async def live(
    request: Request[SignedIn, Any, Any], site: TheSite, doors: TheDoors, seen: FromQuery[int | None] = None
) -> ServerSentEvent:
    """Tell of which jurisdictions within reach something was recorded."""
    return ServerSentEvent(_events(request, site, doors, None, _seen(request, seen)))


def _seen(request: Request[SignedIn, Any, Any], drawn_from: int | None) -> int | None:
    """Give how many entries whoever listens has seen; a connection that is made again says what was last."""
    last = request.headers.get("last-event-id", "")
    return int(last) if last.isascii() and last.isdigit() else drawn_from


async def _events(
    request: Request[SignedIn, Any, Any], site: Site, doors: Doors, code: str | None, seen: int | None
) -> AsyncIterator[SSEData]:
    """Give news until the session ends, who listens may no more look there, or the server ends.

    Now and then it says that all is well: that keeps proxies patient, and lets a page know that it is cut off
    (`static/live.js`).
    """
    yield ServerSentEventMessage(comment="listening", data=None, retry=2000)
    known, secret = secret_of(request, doors)
    is_abreast = False
    async for news in site.live.news(lambda one: code in (None, one)):
        there = site.live.entries(code)  # what is read here belongs to these news: nothing is awaited between
        person = await known.who(secret, BELIEVED)
        if person is None or not await _is_admitted(doors, person, code):  # the page asks, and is told so
            yield ServerSentEventMessage(event="changed", data="")
            return
        within = [one for one in sorted(news) if may_do(person, "look", await doors.paths.of(one))]
        was_missed = not is_abreast and there is not None and (seen is None or seen < there)
        is_abreast = there is not None
        if was_missed or (within and seen != there):
            seen = there
            yield ServerSentEventMessage(event="changed", data=" ".join(within), id=seen)
        elif not news:
            seen = max((one for one in (seen, there) if one is not None), default=None)
            yield ServerSentEventMessage(event="well", data="", id=seen)


async def _is_admitted(doors: Doors, person: SignedIn, code: str | None) -> bool:
    """Tell whether who listens may look still: at the one jurisdiction, or at any."""
    if person.must_change:
        return False
    if code is None:
        return may_do_somewhere(person, "look")
    return may_do(person, "look", await doors.paths.of(code))
