"""The command line against a server: a line comes in, and is carried out as at the database.

Who asks is known by a token, as everywhere; what they may, the command itself asks before it does anything
(`incident.domain.commands`), for only it knows which jurisdiction it is about. It says its refusal itself,
with exit code 3. This is the door of `incident` itself (`views/commands.py`), for one and the same version
on both sides, and no part of the API that others build on.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from anyio import fail_after
from litestar import MediaType, Request, Response, post
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler

from incident import __version__
from incident.domain.errors import RequestError
from incident.domain.identity import SignedIn
from incident.domain.say import Words, say
from incident.views.commands import MOST, VERSION, Line
from incident.web.doors import TheDoors
from incident.web.security.rules import SIGNED_IN, address_of
from incident.web.site import TheSite

_Ask = Request[SignedIn, Any, Any]
#: Bytes of a request: files are a third longer on the way.
_LONGEST: Final = MOST // 3 * 4
#: Seconds in which it has to be here: whoever sends has a turn meanwhile, which others wait for. 43 MB, the
#: most that `incident` sends, come within them at 3 Mbit/s.
_SENDING: Final = 120.0


@post(
    "/commands",
    permission=SIGNED_IN,
    request_max_body_size=_LONGEST,
    include_in_schema=False,
    status_code=200,
)
async def command(request: _Ask, site: TheSite, doors: TheDoors) -> Response[bytes]:
    """Carry a command out, when it is its turn; what it is is read only then, for it may be large."""
    carry_out = site.commands
    if carry_out is None:
        raise NotFoundException
    version, address = request.headers.get(VERSION, ""), address_of(request)
    _must_be_ours(version)
    turns = doors.turns.commands
    async with turns.turn():
        body = [await _received(request)]

        def carried_out() -> bytes:
            return msgspec.json.encode(carry_out(request.user, address, _read(body.pop())))

        ran = await turns.work(carried_out)
    site.live.ring()
    doors.forget()  # it may have been about somebody's rights
    return Response(ran, media_type=MediaType.JSON)


async def _received(request: _Ask) -> bytes:
    """Take what is sent, which nobody keeps. Raises `RequestError` for what does not come in time."""
    try:
        with fail_after(_SENDING):
            return b"".join([part async for part in request.stream()])
    except TimeoutError as error:
        raise _wrong(
            say("all that is sent within {n} seconds", n=int(_SENDING)),
            say("not all of it"),
            say("send smaller files, or do it at the machine of the database"),
        ) from error


def _must_be_ours(version: str) -> None:
    """Refuse a line of another version, which may mean another thing. Raises `RequestError`."""
    if version != __version__:
        raise _not_ours(version or say("nothing"))


def _read(body: bytes) -> Line:
    """Read a line. Raises `RequestError`."""
    try:
        return msgspec.json.decode(body, type=Line)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise _not_ours(str(error)) from error


def _not_ours(found: Words) -> RequestError:
    return _wrong(
        say("a command line of version {version}, which the server is of", version=__version__),
        found,
        say("install the same version on both sides"),
    )


def _wrong(expected: Words, found: Words, do: Words) -> RequestError:
    return RequestError(where="INCIDENT_SERVER", expected=expected, found=found, do=do)


ROUTES: list[HTTPRouteHandler] = [command]
