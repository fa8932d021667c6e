"""One's own page: the password, where one is signed in, what one may do."""

from __future__ import annotations

from functools import partial
from typing import Any

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.response import Redirect

from incident.domain.errors import IncidentError
from incident.domain.identity import SignedIn
from incident.domain.permission import EVERYWHERE, ROLES
from incident.domain.say import say
from incident.service import sessions
from incident.service.access import By
from incident.web.doors import Doors, TheDoors
from incident.web.errors import problem_of
from incident.web.forms import Form, TheForm, go
from incident.web.pages.signing_in import from_of, let_in, must_be_twice
from incident.web.security.asking import cookie_name
from incident.web.security.rules import SIGNED_IN, address_of, must_have_signed_in
from incident.web.security.turns import in_turn
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
    sessions.end_sessions(doors.gate, others, By(user=person.user, address=address_of(request)))
    doors.forget()
    return go("/me")


def _me(request: _Ask, doors: Doors, error: IncidentError | None) -> Response[str]:
    person = request.user
    return page(
        request,
        "me.html",
        status=200 if error is None else problem_of(error).status,
        sessions=sessions.sessions(doors.gate, person.user),
        roles=[
            (ROLES[grant.role], None if grant.root == EVERYWHERE else grant.root) for grant in person.grants
        ],
        problem=None if error is None else problem_of(error),
    )


ROUTES: list[HTTPRouteHandler] = [me, change_password, end_others]
