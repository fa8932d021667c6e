"""Signing in and out, the links by which a password is set, and in which language pages speak."""

from __future__ import annotations

from functools import partial
from typing import Any, Final, TypeVar

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from incident.domain.errors import Refused, RequestError
from incident.domain.identity import SignedIn
from incident.domain.say import say
from incident.language import LANGUAGES
from incident.service import links, sessions
from incident.service.sessions import REMEMBERED, From, LoggedIn
from incident.service.throttle import Throttled
from incident.web.doors import Doors, TheDoors
from incident.web.errors import problem_if, problem_of
from incident.web.forms import Form, TheForm, go, ours
from incident.web.language import COOKIE as LANGUAGE
from incident.web.security.asking import DEVICE, cookie_name
from incident.web.security.rules import PUBLIC, SIGNED_IN, address_of
from incident.web.security.turns import in_turn
from incident.web.text import page
from incident.web.unsent import answer_unsent, carried_in, provider_of

_YEAR: Final = 365 * 86400
_Ask = Request[SignedIn | None, Any, Any]
_Answer = TypeVar("_Answer", bound=Response[Any])


@get("/login", permission=PUBLIC, sync_to_thread=True)
def ask_login(request: _Ask, doors: TheDoors, next: FromQuery[str | None] = None) -> Response[Any]:  # noqa: A002 - the parameter's public name
    """Ask for login and password."""
    if request.user is not None:
        return go(ours(next))
    return _ask(request, doors, ours(next), {})


@post("/login", permission=PUBLIC)
async def login(request: _Ask, doors: TheDoors, form: TheForm) -> Response[Any]:
    """Let somebody in, when it is their turn."""
    return await in_turn(doors, request, partial(_login, request, doors, form))


def _login(request: _Ask, doors: Doors, form: Form) -> Response[Any]:
    unsent = carried_in(form)
    try:
        came = sessions.login(doors.gate, form.get("login", ""), form.get("password", ""), from_of(request))
    except Refused as error:
        return not_let_in(request, doors, error, ours(form.get("next")), form)
    if unsent is None:
        return let_in(request, came, ours(form.get("next")))
    request.scope["user"] = sessions.session_of(doors.gate, came.token)
    return _with_cookies(answer_unsent(request, unsent), request, came)


def not_let_in(
    request: _Ask, doors: Doors, error: Refused, address: str, form: Form | None = None
) -> Response[Any]:
    """Ask again, and say why; who comes in goes on at `address`."""
    is_early = isinstance(error, Throttled)
    found = _ask(request, doors, address, form or {}, error, status=429 if is_early else 403)
    if isinstance(error, Throttled):
        found.headers["retry-after"] = str(error.wait)
    return found


def _ask(
    request: _Ask, doors: Doors, address: str, form: Form, error: Refused | None = None, status: int = 200
) -> Response[str]:
    return page(
        request,
        "login.html",
        status=status,
        form=form,
        next=address,
        provider=provider_of(doors),
        problem=problem_if(error),
        unsent=carried_in(form),
    )


@post("/logout", permission=SIGNED_IN, before_change=True, sync_to_thread=True)
def logout(request: _Ask, doors: TheDoors) -> Redirect:
    """End the session."""
    name = cookie_name(request.scope["scheme"])
    sessions.logout(doors.gate, request.cookies.get(name, ""), address_of(request))
    doors.forget()
    found = go("/login")
    found.delete_cookie(name, path="/")
    return found


@post("/language", permission=PUBLIC, before_change=True, sync_to_thread=False)
def choose_language(request: _Ask, form: TheForm) -> Redirect:
    """Let pages speak another language from now on, in this browser."""
    found = go(ours(form.get("back")))
    lang = form.get("lang", "")
    if lang in LANGUAGES:
        is_secure = request.scope["scheme"] == "https"
        found.set_cookie(
            Cookie(LANGUAGE, value=lang, max_age=_YEAR, path="/", samesite="lax", secure=is_secure)
        )
    return found


@get("/setup/{link:str}", permission=PUBLIC, before_change=True, sync_to_thread=True)
def ask_password(request: _Ask, doors: TheDoors, link: FromPath[str]) -> Response[str]:
    """Ask for the password that a link lets somebody set; of the first administrator also who they are."""
    user = links.whose_link(doors.gate, link)
    return page(request, "setup.html", user=user, form={}, problem=None)


@post("/setup/{link:str}", permission=PUBLIC, before_change=True)
async def set_password(request: _Ask, doors: TheDoors, link: FromPath[str], form: TheForm) -> Response[Any]:
    """Set it, and let them in, when it is their turn."""
    return await in_turn(doors, request, partial(_set_password, request, doors, link, form))


def _set_password(request: _Ask, doors: Doors, link: str, form: Form) -> Response[Any]:
    here = from_of(request)
    user = links.whose_link(doors.gate, link)
    try:
        must_be_twice(form)
        made = links.use_setup_link(
            doors.gate,
            link,
            form.get("password", ""),
            address=here.address,
            login=form.get("login", ""),
            name=form.get("name", ""),
        )
    except RequestError as error:
        return page(request, "setup.html", status=422, user=user, form=form, problem=problem_of(error))
    doors.forget()
    return let_in(request, sessions.login_user(doors.gate, made, here), "/")


def let_in(request: Request[Any, Any, Any], came: LoggedIn, address: str) -> Redirect:
    """Go on as somebody who has just come in."""
    return _with_cookies(go(address), request, came)


def _with_cookies(found: _Answer, request: Request[Any, Any, Any], came: LoggedIn) -> _Answer:
    is_secure = request.scope["scheme"] == "https"
    for name, value, lasts in (
        (cookie_name(request.scope["scheme"]), came.token, None),
        (DEVICE, came.device, REMEMBERED),
    ):
        found.set_cookie(
            Cookie(
                name, value=value, max_age=lasts, path="/", httponly=True, samesite="lax", secure=is_secure
            )
        )
    return found


def from_of(request: Request[Any, Any, Any]) -> From:
    """Say where a request comes from."""
    return From(
        address=address_of(request),
        agent=request.headers.get("user-agent", ""),
        device=request.cookies.get(DEVICE),
        session=request.cookies.get(cookie_name(request.scope["scheme"])),
    )


def must_be_twice(form: Form) -> None:
    """Refuse a password that was typed differently the second time. Raises `RequestError`."""
    if form.get("password") != form.get("again"):
        raise RequestError(
            where=say("password"),
            expected=say("the same password twice"),
            found=say("two different ones"),
            do=say("type it again"),
        )


ROUTES: list[HTTPRouteHandler] = [ask_login, login, logout, choose_language, ask_password, set_password]
