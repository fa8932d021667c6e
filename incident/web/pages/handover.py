"""Handing over duty: the note drafted for it is read, then both sides sign (`incident handover`).

What is signed is what was read: the form carries the hash of the note, and a note that has changed meanwhile
is shown again before anybody signs it.
"""

from __future__ import annotations

import hashlib
from typing import Any

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery

from incident.domain.errors import Conflict, IncidentError, RequestError
from incident.domain.handing import Side
from incident.domain.identity import SignedIn
from incident.domain.people import Person, is_named
from incident.domain.playbook import Playbook
from incident.domain.say import say
from incident.language import speak
from incident.service import handover as service
from incident.service import paths, queries
from incident.service.handover import Draft
from incident.service.intake import read_time
from incident.service.ports import Reading
from incident.views import handover as views
from incident.web.doors import Doors, TheDoors
from incident.web.errors import problem_if
from incident.web.forms import Form, TheForm
from incident.web.pages.acting import done_with, new_id, origin_of, said
from incident.web.pages.duty_parts import called, signings
from incident.web.pages.place import place_of
from incident.web.security.personal import may_read_personal, read_personal
from incident.web.site import Site, TheSite
from incident.web.text import page

_Ask = Request[SignedIn, Any, Any]


@get("/j/{code:str}/duty/handover", permission="act", sync_to_thread=True)
def read(
    request: _Ask,
    site: TheSite,
    doors: TheDoors,
    code: FromPath[str],
    roster: FromQuery[str] = "",
    of: FromQuery[str] = "",
) -> Response[str]:
    """Show the note for a handover: the newest, unless one is named."""
    with site.store.reading() as tx:
        found, _persons = _draft(tx, code, {"roster": roster, "of": of}, site.now())
    form = {"roster": roster, "of": of, "read": _hash(found), "id": new_id()}
    return _page(request, site, doors, code, form, None)


@post("/j/{code:str}/duty/handover", permission="act", sync_to_thread=True)
def sign(request: _Ask, site: TheSite, doors: TheDoors, code: FromPath[str], form: TheForm) -> Response[Any]:
    """Sign it, for one side or both."""
    sides: tuple[Side, ...] = ("gave", "took")
    signatures = [(side, by) for side in sides if (by := said(form, side)) is not None]
    try:
        if not signatures:
            raise RequestError(
                where=say("signature"),
                expected=say("the sign of who hands over, or of who takes over"),
                found=say("none"),
                do=say("give one"),
            )
        with site.store.reading() as tx:
            found, _persons = _draft(tx, code, form, site.now())
            origin = origin_of(request, form)
            is_repeated = tx.answered(code, origin.source, origin.id) is not None
        if not is_repeated:
            _must_be_read(found, form)
        outcome = service.sign(
            site.store,
            code,
            found.handover.roster,
            signatures,
            of=found.handover.at,
            note=said(form, "note"),
            drafted=views.sealed(found),
            origin=origin_of(request, form),
            now=site.now,
            chance=site.chance,
        )
    except (RequestError, Conflict) as error:
        return _page(request, site, doors, code, form, error)
    return done_with(site, outcome)


def _draft(tx: Reading, code: str, form: Form, now: int) -> tuple[Draft, dict[str, Person]]:
    """Draft the note of the handover that is meant. Raises `RequestError`."""
    _situation, playbook = queries.present(tx, code)
    of = read_time(say("the handover"), said(form, "of"), playbook, now)
    found = service.draft(tx, code, said(form, "roster"), now, of=of)
    return found, {one.holder: one for one in tx.people(code)}


def _hash(found: Draft) -> str:
    """Give by what a note is known again: by what is sealed of it, whatever else its words become."""
    return hashlib.sha256(views.sealed(found).text.encode()).hexdigest()


def _must_be_read(found: Draft, form: Form) -> None:
    """Refuse to sign a note that has changed since it was read. Raises `Conflict`."""
    if form.get("read") != _hash(found):
        raise Conflict(
            where=say("the note"),
            expected=say("the one that was read"),
            found=say("another: something was recorded meanwhile"),
            do=say("read it again, then sign"),
        )


def _page(
    request: _Ask, site: Site, doors: Doors, code: str, form: Form, error: IncidentError | None
) -> Response[str]:
    with site.store.reading() as tx:
        place, _situation, playbook = place_of(request, tx, code, "/duty")
        found, persons = _draft(tx, code, form, site.now())
        may_see = may_read_personal(request, paths.path_of(tx, code))
    if may_see:
        read_personal(doors, request, code, "duty/handover")
    else:
        persons = {}
    one = found.handover
    (signing,) = signings(playbook, persons, [one])
    return page(
        request,
        "handover.html",
        place=place,
        lines=views.lines(found, views.with_words if may_see else views.by_reference),
        signing=signing,
        missing=one.missing,
        who={"gave": _offered(playbook, one.gave, persons), "took": _offered(playbook, one.took, persons)},
        typed={"gave": not any(map(is_named, one.gave)), "took": not any(map(is_named, one.took))},
        form={**form, "read": _hash(found), "id": form.get("id") or new_id()},
        sign=request.user.sign,
        problem=problem_if(error),
    )


def _offered(playbook: Playbook, there: list[str], persons: dict[str, Person]) -> list[tuple[str, str]]:
    return [(ref, speak(called(playbook, ref, persons))) for ref in there]


ROUTES: list[HTTPRouteHandler] = [read, sign]
