"""Who asks: the session a cookie names, or the token a program brings; nobody where there is neither.

What was found is believed for a second: a page and its parts ask several times at once, and a session that
was ended elsewhere is over a second later; for who only listens it is some seconds later (`pages/live.py`,
`web/revoked.py`). What is ended here is over at once (`forget`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from litestar.exceptions import NotAuthorizedException
from litestar.middleware.authentication import AbstractAuthenticationMiddleware, AuthenticationResult

from incident.domain.identity import SignedIn
from incident.web.threads import looked

if TYPE_CHECKING:
    from litestar.connection import ASGIConnection

    from incident.web.doors import Doors

#: Seconds for which what was found is believed, and of how many.
BELIEVED: Final = 1.0
_MANY: Final = 4096
#: Where nobody is asked who they are, nor how often they come: addresses that begin so.
FREE: Final = ("/static/", "/healthz", "/readyz")
#: Cookie of a session: over TLS with the prefix that keeps other hosts and paths from setting it.
SECURE_COOKIE: Final = "__Host-incident"
PLAIN_COOKIE: Final = "incident"
#: Cookie by which a device on which somebody signed in before is known.
DEVICE: Final = "incident-device"

#: When was found who somebody is that nobody asked about.
_NEVER: Final = (float("-inf"), None)
#: Looks who a secret belongs to; none for nobody.
Look = Callable[[str], SignedIn | None]


def cookie_name(scheme: str) -> str:
    """Name the cookie of a session."""
    return SECURE_COOKIE if scheme == "https" else PLAIN_COOKIE


class Known:
    """Who was found lately, by secret; asked by one event loop, and made to forget by any thread."""

    def __init__(self, look: Look, clock: Callable[[], float] = monotonic) -> None:
        """Ask `look`, which may block, and believe it for a while."""
        self._look, self._clock = look, clock
        self._found: OrderedDict[str, tuple[float, SignedIn | None]] = OrderedDict()

    async def who(self, secret: str, believed: float = BELIEVED) -> SignedIn | None:
        """Say who a secret belongs to, as was found in the last `believed` seconds. Raises `StoreError`."""
        # what is found after `forget` may have been seen before it, so it goes where nobody looks any more
        found, began = self._found, self._clock()
        at, person = found.get(secret, _NEVER)
        if began < at + believed:
            return person
        person = await looked(self._look, secret)
        found[secret] = (began, person)
        found.move_to_end(secret)
        while len(found) > _MANY:
            found.popitem(last=False)
        return person

    def forget(self) -> None:
        """Believe nothing of it any more, nor what somebody is looking at just now."""
        self._found = OrderedDict()


def secret_of(connection: ASGIConnection[Any, Any, Any, Any], doors: Doors) -> tuple[Known, str]:
    """Give what a request came with, and who is asked about it.

    A token stands in a header; in the address (`?token=`) only where the route says `token_in_address`, for
    programs that can send no header. No such address is logged or put on record: both take the path alone.
    """
    scheme, _space, token = connection.headers.get("authorization", "").partition(" ")
    if scheme:
        return doors.tokens, token.strip() if scheme.lower() == "bearer" else ""
    opt = connection.scope["route_handler"].opt
    if opt.get("token_in_address") and "token" in connection.query_params:
        return doors.tokens, str(connection.query_params["token"])
    return doors.sessions, connection.cookies.get(cookie_name(connection.scope["scheme"]), "")


class Asking(AbstractAuthenticationMiddleware):
    """Puts who asks into `request.user`, and how that is known into `request.auth`."""

    async def authenticate_request(
        self, connection: ASGIConnection[Any, Any, Any, Any]
    ) -> AuthenticationResult:
        """Look at the token, else at the cookie. Raises `NotAuthorizedException` for a token of nobody's."""
        doors: Doors = connection.app.state.doors
        known, secret = secret_of(connection, doors)
        person = await known.who(secret) if secret else None
        is_token = known is doors.tokens
        if person is not None and person.token is not None and person.token.opens is not None:
            opt = connection.scope["route_handler"].opt
            person = person if opt.get("token_in_address") else None
        if is_token and person is None:
            raise NotAuthorizedException(headers={"WWW-Authenticate": "Bearer"})
        return AuthenticationResult(person, None if person is None else "token" if is_token else "session")
