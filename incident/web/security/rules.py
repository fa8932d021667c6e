"""What a request may: every route names one permission, and a guard holds all of them to it.

A route says `permission="look"` (`domain/permission.py`), `PUBLIC` or `SIGNED_IN`. Where its address names
a jurisdiction (`{code:str}`), the permission is needed there; else somewhere, and what is shown is what lies
within reach. A route that names none fails when the program starts. Who is kept out is on record.

A form proves that it is ours: by where the browser says it comes from (`Sec-Fetch-Site`, `Origin`), and by a
value that only pages of its session hold. Programs with a token need neither: no browser sends one by itself.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, get_args
from urllib.parse import urlsplit

from anyio import to_thread
from litestar.exceptions import NotFoundException, PermissionDeniedException

from incident.domain.errors import RequestError
from incident.domain.identity import SignedIn, may_do, may_do_somewhere
from incident.domain.permission import Permission
from incident.domain.say import Words, say
from incident.language import speak
from incident.web.unsent import OtherSessionException, SignedOutException, Unsent, unsent_of

if TYPE_CHECKING:
    from litestar import Request
    from litestar.connection import ASGIConnection
    from litestar.handlers import BaseRouteHandler

#: For everybody, and for whoever has signed in.
PUBLIC: Final = "public"
SIGNED_IN: Final = "signed_in"
_RULES: Final = frozenset({PUBLIC, SIGNED_IN, *get_args(Permission)})
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
#: Codes of jurisdictions (`domain.organisation.Code`): what is none stands in no database.
_CODE: Final = re.compile(r"[0-9]{2,12}", re.ASCII)
#: Under which the state of a request has the path of the jurisdiction that it is about.
PATH: Final = "path"
#: Field of a form with the value of its session.
CSRF: Final = "_csrf"


def rule_of(opt: Mapping[str, Any]) -> str:
    """Give the rule a route names. Raises `RuntimeError` for one that names none."""
    rule = opt.get("permission")
    if rule not in _RULES:
        raise RuntimeError(f"a route names its permission; found {rule!r}")
    return str(rule)


async def guarded(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let a request through that may, and that is ours; in one, for each guard costs a copy of its handler.

    Raises as `permitted` and `comes_from_us` do.
    """
    await permitted(connection, handler)
    await comes_from_us(connection, handler)


async def permitted(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let a request through that is permitted.

    Raises `NotAuthorizedException` for nobody, `PermissionDeniedException` for who may not, and
    `NotFoundException` for what is no code.
    """
    if connection.scope.get("method") == "OPTIONS":  # says which methods an address takes
        return
    code = connection.path_params.get("code")
    if code is not None and not _CODE.fullmatch(code):
        raise NotFoundException
    rule = rule_of(handler.opt)
    if rule == PUBLIC:
        return
    person: SignedIn | None = connection.user
    if person is None:
        raise SignedOutException(await _unsent(connection))
    if person.must_change and not handler.opt.get("before_change"):
        raise PermissionDeniedException(extra=["must_change"])
    if rule == SIGNED_IN:
        return
    if not await _may(connection, person, rule, code):
        doors = connection.app.state.doors
        await to_thread.run_sync(
            doors.kept_out, person, rule, code, connection.url.path, address_of(connection)
        )
        raise PermissionDeniedException


async def _may(
    connection: ASGIConnection[Any, Any, Any, Any], person: SignedIn, permission: Any, code: str | None
) -> bool:
    if code is None:
        return may_do_somewhere(person, permission)
    path = await connection.app.state.doors.paths.of(code)
    connection.scope["state"][PATH] = path
    return may_do(person, permission, path)


async def comes_from_us(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Let a request change something only where a page of ours sent it.

    Raises `PermissionDeniedException`.
    """
    if connection.scope.get("method") in _SAFE or connection.auth == "token":
        return
    # what guards of HTTP routes are given
    request: Request[Any, Any, Any] = connection  # type: ignore[assignment]
    if not _is_same_site(request):
        raise PermissionDeniedException(speak(say("the form was sent from another site")))
    person: SignedIn | None = request.user
    if person is None or person.session is None:
        return
    given = request.headers.get("x-csrf-token") or (await request.form()).get(CSRF) or ""
    if not hmac.compare_digest(str(given).encode(), person.session.csrf.encode()):
        other = speak(say("the form is of another session; load the page again"))
        raise OtherSessionException(other, await _unsent(connection))


async def _unsent(connection: ASGIConnection[Any, Any, Any, Any]) -> Unsent | None:
    """Give the form that cannot be taken now; none where no browser says that a page of ours sent it."""
    # what guards of HTTP routes are given
    request: Request[Any, Any, Any] = connection  # type: ignore[assignment]
    says_where = {"sec-fetch-site", "origin"} & {*request.headers}
    return await unsent_of(request) if says_where and _is_same_site(request) else None


def _is_same_site(request: Request[Any, Any, Any]) -> bool:
    """Tell whether a browser says that a page of ours asks; one that says nothing is none."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def must_have_signed_in(connection: ASGIConnection[Any, Any, Any, Any], where: Words) -> None:
    """Refuse a program with a token what is a person's own matter, whatever its scopes are.

    Raises `RequestError`.
    """
    if connection.auth != "session":
        raise RequestError(
            where=where,
            expected=say("somebody who has signed in"),
            found=say("a token"),
            do=say("sign in"),
        )


def address_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Give from where a request comes; behind a proxy, as that says (`serve --behind`)."""
    return connection.client.host if connection.client else ""
