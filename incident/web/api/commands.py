"""The command line against a server: a line comes in, and is carried out as at the database.

Who asks is known by a token, as everywhere; what they may, the command itself asks before it does anything
(`incident.domain.commands`), for only it knows which jurisdiction it is about. It says its refusal itself,
with exit code 3. This is the door of `incident` itself (`views/commands.py`), for one and the same version
on both sides, and no part of the API that others build on.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import msgspec
from litestar import MediaType, Request, Response, post
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import RawBody

from incident import __version__
from incident.domain.errors import RequestError
from incident.domain.identity import SignedIn
from incident.domain.say import say
from incident.views.commands import MOST, VERSION, Line
from incident.web.doors import TheDoors
from incident.web.security.rules import SIGNED_IN, address_of
from incident.web.site import TheSite

_Ask = Request[SignedIn, Any, Any]
#: Bytes of a request: files are a third longer on the way.
_LONGEST: Final = MOST // 3 * 4


@post(
    "/commands",
    permission=SIGNED_IN,
    request_max_body_size=_LONGEST,
    include_in_schema=False,
    status_code=200,
)
async def command(request: _Ask, site: TheSite, doors: TheDoors, body: RawBody) -> Response[bytes]:
    """Carry a command out, when it is its turn."""
    if site.commands is None:
        raise NotFoundException
    line = _read(request.headers.get(VERSION, ""), body)
    ran = await doors.turns.commands.run(partial(site.commands, request.user, address_of(request), line))
    site.live.ring()
    doors.forget()  # it may have been about somebody's rights
    return Response(msgspec.json.encode(ran), media_type=MediaType.JSON)


def _read(version: str, body: bytes) -> Line:
    """Read a line. Raises `RequestError`, also for one of another version, which may mean another thing."""
    found = version
    if version == __version__:
        try:
            return msgspec.json.decode(body, type=Line)
        except msgspec.DecodeError as error:
            found = str(error)
    raise RequestError(
        where="INCIDENT_SERVER",
        expected=say("a command line of version {version}, which the server is of", version=__version__),
        found=found or say("nothing"),
        do=say("install the same version on both sides"),
    )


ROUTES: list[HTTPRouteHandler] = [command]
