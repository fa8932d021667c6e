"""Who can sign in, and what they may do: the administrator's pages.

    GET  /admin/users                     everybody, and a form to add somebody
    POST /admin/users                     add; their link is in the answer, this once
    GET  /admin/users/{login}             one person: roles, ways to come in, tokens, sessions
    POST /admin/users/{login}/link        a link to set a password, shown this once
    POST /admin/users/{login}/token       a token for another program, shown this once
    POST /admin/users/{login}/{act}       every other change (`_ACTS`)

A secret is in an answer and nowhere else, never in an address. A change holds at once: nobody who was found
before is believed any more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery

from incident.domain.errors import IncidentError, RequestError
from incident.domain.identity import SignedIn, folded
from incident.domain.permission import EVERYWHERE, PERMISSIONS, ROLES
from incident.domain.say import Words, say
from incident.service import links, sessions, tokens, users
from incident.service.access import By
from incident.service.users import Listed
from incident.web.doors import Doors, TheDoors
from incident.web.errors import problem_if
from incident.web.forms import Form, TheForm, go
from incident.web.pages.token_form import make_token, makers, root_of
from incident.web.security.rules import address_of
from incident.web.site import Site, TheSite
from incident.web.text import page

_Ask = Request[SignedIn, Any, Any]
#: Of whom something is changed: the site, the doors, the login, what was sent, who does it.
_Act = Callable[[Site, Doors, str, Form, By], None]


@get("/admin/users", permission="administer", sync_to_thread=True)
def everybody(request: _Ask, doors: TheDoors, q: FromQuery[str] = "") -> Response[str]:
    """List who can sign in."""
    return _list(request, doors, {}, q, None)


@post("/admin/users", permission="administer", sync_to_thread=True, status_code=200)
def add(request: _Ask, doors: TheDoors, form: TheForm) -> Response[str]:
    """Let somebody sign in, and give the link by which they set a password."""
    by = _by(request)
    try:
        user = users.add(
            doors.gate,
            form.get("login", ""),
            form.get("name", ""),
            by,
            sign=form.get("sign", "").strip() or None,
        )
        link = links.make_password_link(doors.gate, user.login, by)
    except IncidentError as error:
        return _list(request, doors, form, "", error)
    doors.forget()
    return _one(request, doors, user.login, secret=_address(request, link), what=_LINK)


@get("/admin/users/{login:str}", permission="administer", sync_to_thread=True)
def one(request: _Ask, doors: TheDoors, login: FromPath[str]) -> Response[str]:
    """Show one person."""
    return _one(request, doors, login)


@post("/admin/users/{login:str}/link", permission="administer", sync_to_thread=True, status_code=200)
def link(request: _Ask, doors: TheDoors, login: FromPath[str]) -> Response[str]:
    """Make a link by which somebody sets a password; one that was made before works no more."""
    try:
        made = links.make_password_link(doors.gate, login, _by(request))
    except IncidentError as error:
        return _one(request, doors, login, error=error)
    return _one(request, doors, login, secret=_address(request, made), what=_LINK)


@post("/admin/users/{login:str}/token", permission="administer", sync_to_thread=True, status_code=200)
def token(
    request: _Ask, site: TheSite, doors: TheDoors, login: FromPath[str], form: TheForm
) -> Response[str]:
    """Make a token by which another program comes in somebody's name."""
    in_person = request.auth == "session"
    try:
        made = make_token(site, doors, login, form, _by(request), in_person=in_person)
    except IncidentError as error:
        return _one(request, doors, login, error=error, form=form)
    doors.forget()
    return _one(request, doors, login, secret=made.plain, what=_TOKEN)


@post("/admin/users/{login:str}/{act:str}", permission="administer", sync_to_thread=True)
def change(
    request: _Ask,
    site: TheSite,
    doors: TheDoors,
    login: FromPath[str],
    act: FromPath[str],
    form: TheForm,
) -> Response[Any]:
    """Change something of somebody."""
    do = _ACTS.get(act)
    if do is None:
        raise NotFoundException
    try:
        do(site, doors, login, form, _by(request))
    except IncidentError as error:
        return _one(request, doors, login, error=error, form=form)
    doors.forget()
    return go(f"/admin/users/{folded(login)}")


def _grant(site: Site, doors: Doors, login: str, form: Form, by: By) -> None:
    users.grant(doors.gate, login, form.get("role", ""), root_of(site, form.get("root", "")), by)


def _revoke(_site: Site, doors: Doors, login: str, form: Form, by: By) -> None:
    users.revoke(doors.gate, login, form.get("role", ""), form.get("root", ""), by)


def _disable(_site: Site, doors: Doors, login: str, _form: Form, by: By) -> None:
    users.disable(doors.gate, login, by)


def _enable(_site: Site, doors: Doors, login: str, _form: Form, by: By) -> None:
    users.enable(doors.gate, login, by)


def _rename(_site: Site, doors: Doors, login: str, form: Form, by: By) -> None:
    users.rename(doors.gate, login, by, name=form.get("name", ""), sign=form.get("sign", "").strip() or "-")


def _end_token(_site: Site, doors: Doors, login: str, form: Form, by: By) -> None:
    mine = tokens.tokens(doors.gate, login)
    tokens.revoke(doors.gate, next((each.id for each in mine if each.id == form.get("token")), ""), by)


def _end_sessions(_site: Site, doors: Doors, login: str, form: Form, by: By) -> None:
    found = _found(doors, login)
    mine, key = sessions.sessions(doors.gate, found.user.id), form.get("session")
    sessions.end_sessions(doors.gate, [each for each in mine if key in (None, each.id)], by)


def _link_subject(_site: Site, doors: Doors, login: str, form: Form, by: By) -> None:
    issuer, subject = form.get("issuer", "").strip(), form.get("subject", "").strip()
    if not issuer or not subject:
        raise RequestError(
            where=say("provider"),
            expected=say("address of the provider, and whom it knows there"),
            found=say("nothing"),
            do=say("give both"),
        )
    users.link_subject(doors.gate, login, issuer, subject, by)


def _unlink_subject(_site: Site, doors: Doors, login: str, form: Form, by: By) -> None:
    issuer, subject = form.get("issuer", ""), form.get("subject", "")
    if (issuer, subject) in [(each.issuer, each.subject) for each in _found(doors, login).subjects]:
        users.unlink_subject(doors.gate, login, issuer, subject, by)


_ACTS: Final[Mapping[str, _Act]] = {
    "grant": _grant,
    "revoke": _revoke,
    "disable": _disable,
    "enable": _enable,
    "rename": _rename,
    "end-token": _end_token,
    "end-sessions": _end_sessions,
    "oidc": _link_subject,
    "oidc-remove": _unlink_subject,
}
_LINK: Final = say(
    "Link to set a password. It works once, for 24 hours. It is shown this once; nobody else may read it."
)
_TOKEN: Final = say("Token. It is shown this once; nobody else may read it.")


def _by(request: _Ask) -> By:
    return By(user=request.user.user, address=address_of(request))


def _address(request: _Ask, secret: str) -> str:
    public: str | None = request.app.state.site.public
    return f"{public or str(request.base_url).rstrip('/')}/setup/{secret}"


def _found(doors: Doors, login: str) -> Listed:
    """Give the person with a login. Raises `NotFoundException`."""
    with doors.gate.identity.reading() as tx:
        user = tx.user_of(folded(login))
        if user is None:
            raise NotFoundException
        return Listed(user, tx.grants(user.id), tx.subjects(user.id))


def _list(request: _Ask, doors: Doors, form: Form, q: str, error: IncidentError | None) -> Response[str]:
    wanted = folded(q)
    found = [
        each
        for each in users.everybody(doors.gate)
        if wanted in each.user.login or wanted in folded(each.user.name)
    ]
    return page(
        request,
        "admin_users.html",
        found=found,
        roles=ROLES,
        everywhere=EVERYWHERE,
        form=form,
        q=q,
        problem=problem_if(error),
    )


def _one(
    request: _Ask,
    doors: Doors,
    login: str,
    *,
    error: IncidentError | None = None,
    form: Form | None = None,
    secret: str | None = None,
    what: Words = None,
) -> Response[str]:
    found = _found(doors, login)
    return page(
        request,
        "admin_user.html",
        found=found,
        roles=ROLES,
        permissions=PERMISSIONS,
        everywhere=EVERYWHERE,
        tokens=tokens.tokens(doors.gate, found.user.login),
        makers=makers(doors),
        sessions=sessions.sessions(doors.gate, found.user.id),
        now=doors.gate.now(),
        usual=tokens.USUAL,
        form=form or {},
        secret=secret,
        what=what,
        problem=problem_if(error),
    )


ROUTES: list[HTTPRouteHandler] = [everybody, add, one, link, token, change]
