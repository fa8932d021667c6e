"""A leader's directive: issued, shown with what it orders, answered once or taken back.

GET, POST directive                    `incident directive issue`
GET       directive/{key}              what is ordered, and the forms to answer it or take it back
POST      directive/{key}/answer       `incident report file`
POST      directive/{key}/withdraw     `incident directive withdraw`
"""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from incident.domain import inputs, names
from incident.domain.errors import IncidentError
from incident.domain.explain_time import promised
from incident.domain.facts import ReportFiled
from incident.domain.filing import SENDERS, Filing
from incident.domain.identity import SignedIn, may_do
from incident.domain.playbook import Playbook
from incident.language import speak
from incident.service import opened, paths, queries, senders
from incident.service.filing import Contents, Order, file, issue, withdraw
from incident.service.intake import read_time
from incident.service.ports import Reading
from incident.web.doors import Doors, TheDoors
from incident.web.errors import problem_if
from incident.web.forms import Form, TheForm
from incident.web.pages.acting import SOURCE, done_with, new_id, origin_of, said
from incident.web.pages.place import place_of
from incident.web.security.personal import may_read_personal, read_personal
from incident.web.site import Site, TheSite
from incident.web.text import page

_Ask = Request[SignedIn, Any, Any]
#: Who can order, and who can be told.
_ORDERING: Final = ("seat", "body", "office")
#: How many steps of escalation the form has room for.
STEPS: Final = 3


@get("/j/{code:str}/directive", permission="act", sync_to_thread=True)
def ask(request: _Ask, site: TheSite, code: FromPath[str]) -> Response[str]:
    """Ask what is ordered of whom by when."""
    return _form(request, site, code, {}, None)


@post("/j/{code:str}/directive", permission="act", sync_to_thread=True)
def do_issue(request: _Ask, site: TheSite, code: FromPath[str], form: TheForm) -> Response[Any]:
    """Issue a directive."""
    try:
        with site.store.reading() as tx:
            _situation, playbook = queries.present(tx, code)
        at = site.now()
        due = read_time(inputs.DUE, form.get("due", "").strip(), playbook, at, at)
        assert due is not None, "words were given"
        order = Order(
            by=form.get("from", "").strip(),
            to=form.get("to", "").strip(),
            due=due,
            text=form.get("text", ""),
            remind=said(form, "remind"),
            escalate=_steps(form),
        )
        outcome = issue(
            site.store, code, order, origin=origin_of(request, form), now=site.now, chance=site.chance
        )
    except IncidentError as error:
        return _form(request, site, code, form, error)
    return done_with(site, outcome)


def _steps(form: Form) -> list[tuple[str, str]]:
    """Give the steps of escalation that are filled in, wholly or in part."""
    pairs = [(said(form, f"after-{n}"), said(form, f"who-{n}")) for n in range(1, STEPS + 1)]
    return [(after or "", who or "") for after, who in pairs if after or who]


def _form(request: _Ask, site: Site, code: str, form: Form, error: IncidentError | None) -> Response[str]:
    with site.store.reading() as tx:
        place, _situation, playbook = place_of(request, tx, code, "")
    return page(
        request,
        "directive_form.html",
        place=place,
        ordering=_known(playbook, _ORDERING),
        answering=_known(playbook, SENDERS),
        steps=range(1, STEPS + 1),
        form={"id": new_id(), **form},
        problem=problem_if(error),
    )


def _known(playbook: Playbook, kinds: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(one.key, speak(one.name)) for one in names.known(playbook, kinds)]


@get("/j/{code:str}/directive/{key:str}", permission="look", sync_to_thread=True)
def show(
    request: _Ask, site: TheSite, doors: TheDoors, code: FromPath[str], key: FromPath[str]
) -> Response[str]:
    """Show a directive that is open, and how it is answered or taken back."""
    return _show(request, site, doors, code, key, {}, None)


def _show(
    request: _Ask,
    site: Site,
    doors: Doors,
    code: str,
    key: str,
    form: Form,
    error: IncidentError | None,
) -> Response[str]:
    with site.store.reading() as tx:
        place, _situation, playbook = place_of(request, tx, code, "")
        path = paths.path_of(tx, code)
        stood = tx.standing(code).get(("directive", key))
        if stood is None:
            raise NotFoundException
        may_read = may_read_personal(request, path)
        words = _words(tx, code, stood.since) if may_read else None
        may_file = may_do(request.user, "file", path) and senders.may_file_for(
            tx, code, request.user, stood.item["to"], site.now()
        )
    if words is not None:  # what somebody wrote may name people
        read_personal(doors, request, code, key)
    item = stood.item
    return page(
        request,
        "directive.html",
        place=place,
        key=key,
        name=promised(playbook, key),
        sender=names.name_of(playbook, item["by"]),
        to=names.name_of(playbook, item["to"]),
        due=item["due"],
        seq=stood.since,
        words=words,
        may_read=may_read,
        may_file=may_file,
        may_act=may_do(request.user, "act", path),
        form={"id": new_id(), **form},
        problem=problem_if(error),
    )


def _words(tx: Reading, code: str, seq: int) -> str | None:
    """Give what is ordered, as far as it is not erased."""
    stored, remaining = next(opened.with_disclosures(tx, code, since=seq), (None, {}))
    if stored is None or stored.seq != seq or not stored.body:
        return None
    return opened.disclosed(opened.read_entry(code, stored), remaining).get("data.text")


@post("/j/{code:str}/directive/{key:str}/answer", permission="file", sync_to_thread=True)
def do_answer(
    request: _Ask,
    site: TheSite,
    doors: TheDoors,
    code: FromPath[str],
    key: FromPath[str],
    form: TheForm,
) -> Response[Any]:
    """Answer a directive: a report of whom it was ordered, in the form that is its own."""
    with site.store.reading() as tx:
        sender = _sender(tx, code, key, form.get("id", ""))
    try:
        filing = Filing(sender=sender, form=key, zero="zero" in form)
        contents = Contents(text=said(form, "text"))
        outcome = file(
            site.store,
            code,
            filing,
            contents,
            origin=origin_of(request, form),
            now=site.now,
            chance=site.chance,
        )
    except IncidentError as error:
        return _show(request, site, doors, code, key, form, error)
    return done_with(site, outcome)


def _sender(tx: Reading, code: str, key: str, act: str) -> str:
    """Give who answers a directive, or has answered it by this very act. Raises `NotFoundException`."""
    stood = tx.standing(code).get(("directive", key))
    if stood is not None:
        return str(stood.item["to"])
    before = tx.answered(code, SOURCE, act)
    facts = [] if before is None else opened.read_entry(code, before).facts
    for fact in facts:
        if isinstance(fact, ReportFiled) and fact.form == key:
            return fact.sender
    raise NotFoundException


@post("/j/{code:str}/directive/{key:str}/withdraw", permission="act", sync_to_thread=True)
def do_withdraw(
    request: _Ask,
    site: TheSite,
    doors: TheDoors,
    code: FromPath[str],
    key: FromPath[str],
    form: TheForm,
) -> Response[Any]:
    """Take a directive back before it is answered."""
    try:
        outcome = withdraw(
            site.store,
            code,
            key,
            form.get("reason", ""),
            origin=origin_of(request, form),
            now=site.now,
            chance=site.chance,
        )
    except IncidentError as error:
        return _show(request, site, doors, code, key, form, error)
    return done_with(site, outcome)


ROUTES: list[HTTPRouteHandler] = [ask, do_issue, show, do_answer, do_withdraw]
