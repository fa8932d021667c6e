"""Duty to be taken into a calendar: once as a file, or for good by an address that is a secret.

    GET  duty.ics                the calendar; by a session, or by a token in the address
    GET  duty/calendar           take it once; which addresses of one's own there are
    POST duty/calendar           make an address, and show it this once
    POST duty/calendar/end       no more by that one

Calendar programs send no header of ours, so this one route admits a token in its address. Such a token opens
nothing but the roster and person it was made for (`Token.opens`), and at each reading no more than its person
may: where a role was taken away it opens nothing. Only who has signed in makes one: no token makes another.
One person has at most `tokens.MOST_CALENDARS` at once.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException, PermissionDeniedException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery

from incident import language
from incident.domain.errors import IncidentError, Refused, RequestError
from incident.domain.explain_time import promised
from incident.domain.identity import SignedIn, Token, may_do
from incident.domain.permission import Permission
from incident.domain.say import say
from incident.language import LANGUAGES, speak, speaking
from incident.service import calendar as service
from incident.service import paths, queries, rota, tokens
from incident.service.access import By
from incident.service.intake import read_time
from incident.service.ports import Reading
from incident.views.calendar import calendar
from incident.web.doors import Doors, TheDoors
from incident.web.errors import problem_if
from incident.web.forms import Form, TheForm, go
from incident.web.pages.duty_parts import nameless
from incident.web.pages.place import place_of
from incident.web.security.personal import may_read_personal, read_personal
from incident.web.security.rules import address_of, must_have_signed_in
from incident.web.site import Site, TheSite
from incident.web.text import page

_Ask = Request[SignedIn, Any, Any]
_EIGHT_WEEKS: Final = 56 * 86400
#: How the tokens are named that are made here.
_NAME: Final = "calendar "
#: What of duty somebody chooses.
_CHOSEN: Final = ("roster", "holder")


@get("/j/{code:str}/duty.ics", permission="look", token_in_address=True, sync_to_thread=True)
def ics(
    request: _Ask,
    site: TheSite,
    doors: TheDoors,
    code: FromPath[str],
    roster: FromQuery[str] = "",
    holder: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
    lang: FromQuery[str] = "",
) -> Response[bytes]:
    """Give duty as a calendar, eight weeks from now on unless another time is said."""
    _must_be_opened(request, code, roster, holder)
    now = site.now()
    with site.store.reading() as tx:
        _situation, playbook = queries.present(tx, code)
        begins = read_time(say("from"), since or None, playbook, now) or now
        ends = read_time(say("until"), until or None, playbook, now, begins) or begins + _EIGHT_WEEKS
        _must_be_in_order(begins, ends)
        rota.must_be_near(ends, now, playbook.jurisdiction.zone)
        told = service.shifts(tx, code, begins, ends, now)
        may_see = may_read_personal(request, paths.path_of(tx, code))
    if may_see:
        read_personal(doors, request, code, "duty.ics")
    else:
        told = told._replace(found=nameless(told.found))
    known = {one.roster for one in told.found.pieces} | {*told.found.case.keepings}
    key = queries.find_roster(playbook, known, roster, say("none stands")) if roster else None
    with speaking(lang if lang in LANGUAGES else language.spoken()):
        body = calendar(told, roster=key, holder=holder or None)
    headers = {"content-disposition": f'attachment; filename="duty-{code}.ics"'}
    return Response(body, media_type="text/calendar", headers=headers)


def _must_be_opened(request: _Ask, code: str, roster: str, holder: str) -> None:
    """Let an address open what it was made for alone. Raises `PermissionDeniedException`."""
    token = request.user.token
    if token is None or token.opens is None:
        return
    asked = dict(pair for pair in zip(_CHOSEN, (roster, holder), strict=True) if pair[1])
    # what a token reaches goes on below its root: a township has rosters of the same names
    if code != token.root or dict(parse_qsl(token.opens)) != asked:
        raise PermissionDeniedException(speak(say("this address was made for another calendar")))


def _must_be_in_order(begins: int, ends: int) -> None:
    if ends <= begins:
        raise RequestError(
            where=say("until"),
            expected=say("an end after the beginning"),
            found=say("none"),
            do=say("correct the time"),
        )


@get("/j/{code:str}/duty/calendar", permission="look", sync_to_thread=True)
def ask(request: _Ask, site: TheSite, doors: TheDoors, code: FromPath[str]) -> Response[str]:
    """Show how duty is taken into a calendar."""
    return _page(request, site, doors, code, {}, None)


@post("/j/{code:str}/duty/calendar", permission="look", sync_to_thread=True, status_code=200)
def subscribe(
    request: _Ask, site: TheSite, doors: TheDoors, code: FromPath[str], form: TheForm
) -> Response[str]:
    """Make an address by which a calendar program asks for good."""
    must_have_signed_in(request, say("calendar"))
    asked = {name: form[name] for name in _CHOSEN if form.get(name)}
    with site.store.reading() as tx:
        path = paths.path_of(tx, code)
    scopes: list[Permission] = ["look"]
    if form.get("names") and may_do(request.user, "people_read", path):
        scopes.append("people_read")
    try:
        made = tokens.make(
            doors.gate,
            request.user.login,
            _NAME + code,
            scopes,
            _by(request),
            root=code,
            days=tokens.LONGEST,
            in_person=True,
            opens=urlencode(asked),
        )
    except (RequestError, Refused) as error:
        return _page(request, site, doors, code, form, error)
    words = urlencode({**asked, "lang": language.spoken(), "token": made.plain})
    address = f"{request.url.scheme}://{request.url.netloc}/j/{code}/duty.ics?{words}"
    return _page(request, site, doors, code, {}, None, address)


@post("/j/{code:str}/duty/calendar/end", permission="look", sync_to_thread=True)
def unsubscribe(request: _Ask, doors: TheDoors, code: FromPath[str], form: TheForm) -> Response[Any]:
    """Take an address of one's own back."""
    must_have_signed_in(request, say("calendar"))
    mine = [one.id for one in _mine(doors, request.user, code)]
    if form.get("token") not in mine:
        raise NotFoundException
    tokens.revoke(doors.gate, form["token"], _by(request))
    doors.forget()
    return go(f"/j/{code}/duty/calendar")


def _by(request: _Ask) -> By:
    return By(user=request.user.user, address=address_of(request))


def _mine(doors: Doors, person: SignedIn, code: str) -> list[Token]:
    """List the addresses of one's own for a jurisdiction that still work."""
    now = doors.gate.now()
    mine = tokens.tokens(doors.gate, person.login)
    return [one for one in mine if one.name == _NAME + code and one.root == code and now < one.ends_at]


def _page(
    request: _Ask,
    site: Site,
    doors: Doors,
    code: str,
    form: Form,
    error: IncidentError | None,
    address: str | None = None,
) -> Response[str]:
    with site.store.reading() as tx:
        place, _situation, _playbook = place_of(request, tx, code, "/duty")
        rosters = _rosters(tx, code)
        may_see = may_read_personal(request, paths.path_of(tx, code))
    return page(
        request,
        "duty_calendar.html",
        place=place,
        form=form,
        rosters=rosters,
        may_see=may_see,
        sign=request.user.sign or "",
        made=address,
        days=tokens.LONGEST,
        most=tokens.MOST_CALENDARS,
        mine=_mine(doors, request.user, code),
        problem=problem_if(error),
    )


def _rosters(tx: Reading, code: str) -> list[tuple[str, str]]:
    """Give the rosters that stand."""
    _situation, playbook = queries.present(tx, code)
    keys = sorted(key for kind, key in tx.standing(code) if kind == "roster")
    return [(key, speak(promised(playbook, key))) for key in keys]


ROUTES: list[HTTPRouteHandler] = [ics, ask, subscribe, unsubscribe]
