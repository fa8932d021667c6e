"""One's own page: the password, where one is signed in, what one may do, tokens for one's own programs.

    GET  /me                 all of it
    POST /me/password        another password
    POST /me/sessions/end    end all other sessions
    POST /me/tokens          make a token; it is in the answer, this once
    POST /me/tokens/end      take one back, also one that somebody else made

Nothing here is for programs: no token makes another, and none ends a session.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from incident.domain.errors import IncidentError
from incident.domain.identity import SignedIn
from incident.domain.permission import EVERYWHERE, PERMISSIONS, ROLES, Permission, permissions
from incident.domain.say import Words, say
from incident.service import sessions, tokens
from incident.service.access import By
from incident.web.doors import Doors, TheDoors
from incident.web.errors import problem_if
from incident.web.forms import Form, TheForm, go
from incident.web.pages.signing_in import from_of, let_in, must_be_twice
from incident.web.pages.token_form import make_token, makers
from incident.web.security.asking import cookie_name
from incident.web.security.rules import SIGNED_IN, address_of, must_have_signed_in
from incident.web.security.turns import in_turn
from incident.web.site import TheSite
from incident.web.text import page

_Ask = Request[SignedIn, Any, Any]


@get("/me", permission=SIGNED_IN, before_change=True, sync_to_thread=True)
def me(request: _Ask, doors: TheDoors) -> Response[str]:
    """Show who one is here, and what one can change of it."""
    return _me(request, doors, None)


@post("/me/password", permission=SIGNED_IN, before_change=True)
async def change_password(request: _Ask, doors: TheDoors, form: TheForm) -> Response[Any]:
    """Choose another password; whoever is signed in elsewhere is so no more."""
    must_have_signed_in(request, say("another password"))
    return await in_turn(doors, request, partial(_change_password, request, doors, form))


def _change_password(request: _Ask, doors: Doors, form: Form) -> Response[Any]:
    token = request.cookies.get(cookie_name(request.scope["scheme"]), "")
    try:
        must_be_twice(form)
        came = sessions.change_password(
            doors.gate, token, form.get("old", ""), form.get("password", ""), from_of(request)
        )
    except IncidentError as error:
        return _me(request, doors, error)
    doors.forget()
    return let_in(request, came, "/me")


@post("/me/sessions/end", permission=SIGNED_IN, before_change=True, sync_to_thread=True)
def end_others(request: _Ask, doors: TheDoors) -> Redirect:
    """End all sessions but this one."""
    must_have_signed_in(request, say("sessions"))
    person = request.user
    others = [
        one
        for one in sessions.sessions(doors.gate, person.user)
        if person.session is None or one.id != person.session.id
    ]
    sessions.end_sessions(doors.gate, others, _by(request))
    doors.forget()
    return go("/me")


@post("/me/tokens", permission=SIGNED_IN, sync_to_thread=True, status_code=200)
def make(request: _Ask, site: TheSite, doors: TheDoors, form: TheForm) -> Response[str]:
    """Make a token by which a program of one's own comes: the only kind that can decide."""
    must_have_signed_in(request, say("token"))
    try:
        made = make_token(site, doors, request.user.login, form, _by(request), in_person=True)
    except IncidentError as error:
        return _me(request, doors, error, form)
    return _me(request, doors, None, secret=made.plain)


@post("/me/tokens/end", permission=SIGNED_IN, sync_to_thread=True)
def end_token(request: _Ask, doors: TheDoors, form: TheForm) -> Redirect:
    """Take a token back that comes in one's own name, whoever made it."""
    must_have_signed_in(request, say("token"))
    mine = [one.id for one in tokens.tokens(doors.gate, request.user.login)]
    if form.get("token") not in mine:
        raise NotFoundException
    tokens.revoke(doors.gate, form["token"], _by(request))
    doors.forget()
    return go("/me")


def _by(request: _Ask) -> By:
    return By(user=request.user.user, address=address_of(request))


def _me(
    request: _Ask, doors: Doors, error: IncidentError | None, form: Form | None = None, *, secret: str = ""
) -> Response[str]:
    person = request.user
    return page(
        request,
        "me.html",
        sessions=sessions.sessions(doors.gate, person.user),
        roles=[
            (ROLES[grant.role], None if grant.root == EVERYWHERE else grant.root) for grant in person.grants
        ],
        tokens=tokens.tokens(doors.gate, person.login),
        makers=makers(doors),
        permissions=_mine_of(person),
        everywhere=EVERYWHERE,
        now=doors.gate.now(),
        usual=tokens.USUAL,
        form=form or {},
        secret=secret,
        problem=problem_if(error),
    )


def _mine_of(person: SignedIn) -> dict[Permission, Words]:
    """Give what a token of somebody can carry at all: what their roles permit."""
    return {one: PERMISSIONS[one] for one in permissions([grant.role for grant in person.grants])}


ROUTES: list[HTTPRouteHandler] = [me, change_password, end_others, make, end_token]
