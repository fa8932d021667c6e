"""Small acts of the duty officer, each a form: move the planned end, note in the duty log, answer a call-out.

GET, POST extend     `incident extend`
GET, POST log        `incident log add`, and `incident log print`
GET, POST ack        `incident ack`
"""

from __future__ import annotations

from typing import Any, Final, Literal

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery

from incident.domain import explain_duty, names
from incident.domain.errors import IncidentError, RequestError
from incident.domain.explain_time import promised
from incident.domain.identity import SignedIn
from incident.domain.say import say
from incident.language import speak
from incident.service import calling, queries
from incident.service.extend import extend as move
from incident.service.intake import read_time
from incident.service.log import Note, add
from incident.web.doors import Doors, TheDoors
from incident.web.errors import problem_if
from incident.web.forms import Form, TheForm
from incident.web.pages import log_sheet
from incident.web.pages.acting import done_with, may_here, new_id, origin_of, said
from incident.web.pages.place import place_of
from incident.web.security.personal import read_personal
from incident.web.site import Site, TheSite
from incident.web.text import page

_Ask = Request[SignedIn, Any, Any]
#: A party of a call-out that is ticked; its reference follows.
_PARTY: Final = "party-"


#: Digits of the number of an entry at the most.
_DIGITS: Final = 15


# -- the planned end


@get("/j/{code:str}/extend", permission="act", sync_to_thread=True)
def ask_extend(request: _Ask, site: TheSite, code: FromPath[str]) -> Response[str]:
    """Ask for a new end, and who decided it."""
    return _extend(request, site, code, {}, None)


@post("/j/{code:str}/extend", permission="act", sync_to_thread=True)
def do_extend(request: _Ask, site: TheSite, code: FromPath[str], form: TheForm) -> Response[Any]:
    """Move the planned end; a refusal is recorded and shown."""
    try:
        with site.store.reading() as tx:
            _situation, playbook = queries.present(tx, code)
        at = site.now()
        until = read_time(say("new end"), form.get("until", "").strip(), playbook, at, at)
        assert until is not None, "words were given"
        outcome = move(
            site.store,
            code,
            until,
            decided_by=said(form, "decided_by"),
            basis=said(form, "basis"),
            reason=said(form, "reason"),
            origin=origin_of(request, form),
            now=site.now,
            chance=site.chance,
        )
    except IncidentError as error:
        return _extend(request, site, code, form, error)
    return done_with(site, outcome)


def _extend(request: _Ask, site: Site, code: str, form: Form, error: IncidentError | None) -> Response[str]:
    with site.store.reading() as tx:
        place, situation, playbook = place_of(request, tx, code, "")
    holder = situation.authority
    return page(
        request,
        "extend.html",
        place=place,
        situation=situation,
        authority=None if holder is None else names.name_of(playbook, holder),
        bases=[(words, "") for words in (speak(one.title) for one in playbook.document.basis.values())],
        form={"id": new_id(), **form},
        problem=problem_if(error),
    )


# -- the duty log


@get("/j/{code:str}/log", permission="act", sync_to_thread=True)
def ask_log(
    request: _Ask,
    site: TheSite,
    doors: TheDoors,
    code: FromPath[str],
    shift: FromQuery[str | None] = None,
    of: FromQuery[str | None] = None,
) -> Response[str]:
    """Ask what is to be noted, and show what was in this shift, or in that of a time and a roster."""
    return _log(request, site, doors, code, {"shift": shift or "", "of": of or ""}, None)


@post("/j/{code:str}/log", permission="act", sync_to_thread=True)
def do_log(
    request: _Ask, site: TheSite, doors: TheDoors, code: FromPath[str], form: TheForm
) -> Response[Any]:
    """Write a note into the log of the shift that was on duty."""
    try:
        with site.store.reading() as tx:
            _situation, playbook = queries.present(tx, code)
        note = Note(
            _way(form.get("way", "")),
            form.get("said", ""),
            read_time(say("time"), said(form, "at"), playbook, site.now()),
            said(form, "roster"),
            said(form, "who"),
            said(form, "done"),
        )
        outcome = add(
            site.store, code, note, origin=origin_of(request, form), now=site.now, chance=site.chance
        )
    except IncidentError as error:
        return _log(request, site, doors, code, form, error)
    return done_with(site, outcome)


def _way(words: str) -> Literal["in", "out", "note"]:
    return "out" if words == "out" else "note" if words == "note" else "in"


def _log(
    request: _Ask, site: Site, doors: Doors, code: str, form: Form, error: IncidentError | None
) -> Response[str]:
    sheet = None
    with site.store.reading() as tx:
        place, _situation, playbook = place_of(request, tx, code, "")
        rosters = [key for kind, key in tx.standing(code) if kind == "roster"]
        if may_here(request, tx, code, "people_read"):
            try:
                sheet = log_sheet.shown(tx, code, said(form, "shift"), said(form, "of"), site.now())
            except RequestError as fault:
                error = error or fault
    if sheet is not None:
        read_personal(doors, request, code, "log")
    return page(
        request,
        "log.html",
        place=place,
        ways=explain_duty.WAYS,
        rosters=[(key, speak(promised(playbook, key))) for key in rosters],
        sheet=sheet,
        form={"id": new_id(), "way": "in", **form},
        problem=problem_if(error),
    )


# -- call-outs


@get("/j/{code:str}/ack", permission="act", sync_to_thread=True)
def ask_ack(request: _Ask, site: TheSite, code: FromPath[str]) -> Response[str]:
    """Ask who has answered."""
    return _ack(request, site, code, {}, None)


@post("/j/{code:str}/ack", permission="act", sync_to_thread=True)
def do_ack(request: _Ask, site: TheSite, code: FromPath[str], form: TheForm) -> Response[Any]:
    """Note that an order has arrived: for parties that are ticked, or all for which a holder was asked."""
    try:
        outcome = calling.acknowledge(
            site.store,
            code,
            holder=said(form, "sign"),
            parties=_parties(form),
            entry=_number(said(form, "entry")),
            said=said(form, "said"),
            origin=origin_of(request, form),
            now=site.now,
            chance=site.chance,
        )
    except IncidentError as error:
        return _ack(request, site, code, form, error)
    return done_with(site, outcome)


def _parties(form: Form) -> list[str]:
    """Give the parties that are meant. Raises `RequestError` where nobody is."""
    ticked = [name.removeprefix(_PARTY) for name in form if name.startswith(_PARTY)]
    one = said(form, "party")
    found = [*ticked, *([] if one is None else [one])]
    if not found and said(form, "sign") is None:
        raise RequestError(
            where=say("who answers"),
            expected=say("the sign of a holder, or a party"),
            found=say("nothing"),
            do=say("tick a party, or give a sign"),
        )
    return found


def _number(words: str | None) -> int | None:
    """Read the number of an entry; none for what is none, or none that any journal reaches."""
    is_number = words is not None and words.isdecimal() and len(words) <= _DIGITS
    return int(words) if words is not None and is_number else None


def _ack(request: _Ask, site: Site, code: str, form: Form, error: IncidentError | None) -> Response[str]:
    with site.store.reading() as tx:
        place, _situation, playbook = place_of(request, tx, code, "")
        waiting = calling.open_callouts(tx, code)
    parties = dict.fromkeys(ref for one in waiting for ref in one.callout.waiting)
    return page(
        request,
        "ack.html",
        place=place,
        entries=[(one.key.rpartition("-")[2], speak(promised(playbook, one.key))) for one in waiting],
        parties=[(ref, names.name_of(playbook, ref)) for ref in parties],
        ticked=_PARTY,
        form={"id": new_id(), **form},
        problem=problem_if(error),
    )


ROUTES: list[HTTPRouteHandler] = [ask_extend, do_extend, ask_log, do_log, ask_ack, do_ack]
