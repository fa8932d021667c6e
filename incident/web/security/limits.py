"""How often somebody may ask: a bucket for each who asks, which fills by the second (a token bucket).

    signed in, by session or token   each one has a bucket of its own; nobody who works here notices
    everybody else                   all who come from one address share one
    signing in                       counts there twice over: once as a request, once as an attempt

So a stranger who asks without end, or tries tokens, uses up the bucket of an address; whoever has signed in
from there goes on. Passwords are guarded besides, by name (`service/throttle.py`). What is not counted: files
of ours, and what tells whether the server is well; nobody is asked who they are there (`FREE`). Of IPv6 an
address is what one customer has. Each server counts for itself, and forgets with its end.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.exceptions import TooManyRequestsException

from incident.service.throttle import network
from incident.web.security.asking import FREE, cookie_name

if TYPE_CHECKING:
    from litestar.types import ASGIApp, Message, Receive, Scope, Send

#: Buckets, and credentials known to be somebody's, that are kept.
_MANY: Final = 65_536


class Rate(NamedTuple):
    """How much a bucket holds, and how much it fills by the second."""

    burst: int
    each_second: float


class Rates(NamedTuple):
    """What each may."""

    signed_in: Rate
    #: Of one address: behind a proxy that is not named (`serve --behind`) that is everybody.
    stranger: Rate
    #: Attempts to sign in from one address; a whole office may come at once at 02:40.
    login: Rate


USUAL: Final = Rates(signed_in=Rate(1000, 100.0), stranger=Rate(300, 10.0), login=Rate(60, 2.0))
#: For measuring.
NONE: Final = Rates(*[Rate(1, math.inf)] * 3)


class Buckets:
    """The buckets of one server; used by one event loop."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        """Begin with all of them full; `clock` is in seconds, and nobody can set it."""
        self._clock = clock
        self._left: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()
        #: Credentials by which somebody came in lately; kept where sessions are too (`asking.Known`).
        self._known: OrderedDict[str, None] = OrderedDict()

    def take(self, kind: str, whose: str, rate: Rate) -> int:
        """Take one; gives 0, or for how many seconds to wait where none is left."""
        at = self._clock()
        left, since = self._left.get((kind, whose), (float(rate.burst), at))
        left = min(float(rate.burst), left + (at - since) * rate.each_second) if at > since else left
        wait = 0 if left >= 1 else math.ceil((1 - left) / rate.each_second)
        self._left[kind, whose] = (left if wait else left - 1, at)
        self._left.move_to_end((kind, whose))
        while len(self._left) > _MANY:
            self._left.popitem(last=False)
        return wait

    def give_back(self, kind: str, whose: str) -> None:
        """Put back what was taken from a bucket."""
        if (kind, whose) in self._left:
            left, since = self._left[kind, whose]
            self._left[kind, whose] = (left + 1, since)

    def is_known(self, credential: str) -> bool:
        """Tell whether somebody came in by this lately."""
        return credential in self._known

    def remember(self, credential: str, *, is_somebodys: bool) -> None:
        """Keep in mind whether this is somebody's."""
        if not is_somebodys:
            self._known.pop(credential, None)
            return
        self._known[credential] = None
        self._known.move_to_end(credential)
        while len(self._known) > _MANY:
            self._known.popitem(last=False)


class Counted(NamedTuple):
    """By what is counted who asks."""

    rates: Rates
    buckets: Buckets


class Limits:
    """Counts who asks, before anything is looked up for them."""

    def __init__(self, app: ASGIApp, counted: Callable[[], Counted]) -> None:
        """Stand before `app`; ask `counted` by what to count."""
        self._app, self._counted = app, counted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through. Raises `TooManyRequestsException`, which says for how long to wait."""
        if scope["type"] != ScopeType.HTTP or scope["path"].startswith(FREE):
            await self._app(scope, receive, send)
            return
        connection: ASGIConnection[Any, Any, Any, Any] = ASGIConnection(scope)
        counted = self._counted()
        credential = _credential(connection)
        is_known = credential is not None and counted.buckets.is_known(credential)
        wait = _wait(counted, connection, credential if is_known else None)
        if wait:
            raise TooManyRequestsException(headers={"Retry-After": str(wait)})

        async def answer(message: Message) -> None:
            # not at its end: a stream has none
            if credential is not None and message["type"] == "http.response.start":
                is_somebodys = scope.get("auth") is not None
                counted.buckets.remember(credential, is_somebodys=is_somebodys)
                if is_somebodys and not is_known:  # where the server began anew all seem to be strangers
                    counted.buckets.give_back("stranger", _address(connection))
            await send(message)

        await self._app(scope, receive, answer)


def _wait(counted: Counted, connection: ASGIConnection[Any, Any, Any, Any], credential: str | None) -> int:
    """Give for how long to wait; `credential` is somebody's, or none."""
    rates, buckets = counted
    if credential is not None:
        return buckets.take("signed in", credential, rates.signed_in)
    address = _address(connection)
    wait = buckets.take("stranger", address, rates.stranger)
    if not wait and connection.scope["path"] == "/login" and connection.scope.get("method") == "POST":
        wait = buckets.take("login", address, rates.login)
    return wait


def _address(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    return network(connection.client.host) if connection.client else ""


def _credential(connection: ASGIConnection[Any, Any, Any, Any]) -> str | None:
    """Give what a request came in with; none where there is nothing."""
    return connection.headers.get("authorization") or connection.cookies.get(
        cookie_name(connection.scope["scheme"])
    )
