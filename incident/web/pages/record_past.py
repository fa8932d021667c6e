"""What was, at any moment: state, what stood, who was on duty, rebuilt from the journal.

    GET record/at?at=WORDS        at a time as people type it, in the zone of the place
    GET record/at?t=SECONDS       at an instant, as the slider says it
    GET record/at?entry=NUMBER    right after an entry

Without JavaScript the slider is a form with a button, and entries lead from one to the next. How the answer
is known is said with it: by which entries, and how many lie on the wrong side by their own times.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, QueryParameter

from incident.domain import explain, explain_duty, names
from incident.domain.errors import IncidentError
from incident.domain.explain_time import promised
from incident.domain.identity import SignedIn, may_do
from incident.domain.posture import KINDS
from incident.domain.say import Words, say
from incident.service import opened, past, paths, queries, rota
from incident.service.intake import must_have_been, read_past
from incident.service.past import Past
from incident.service.ports import LAST, Reading
from incident.views import kinds, on_duty
from incident.views import standing as standing_of
from incident.views.people import named
from incident.web.doors import Doors, TheDoors
from incident.web.errors import problem_if
from incident.web.pages.place import place_of
from incident.web.pages.record import SECTIONS
from incident.web.security.personal import read_personal
from incident.web.site import Site, TheSite
from incident.web.text import page

_Ask = Request[SignedIn, Any, Any]


class Bounds(NamedTuple):
    """Of which time something is recorded, and which entries have their bodies."""

    first: int
    last: int
    least: int
    newest: int


class Kept(NamedTuple):
    """A post, and who kept it."""

    roster: Words
    post: Words
    name: Words
    until: int
    marks: list[Words]


class Then(NamedTuple):
    """What was."""

    past: Past
    state: Words
    authority: Words
    #: What stood, by what one kind is called.
    standing: list[tuple[Words, list[standing_of.Line]]]
    #: Who kept which post; none where it cannot be told.
    duty: list[Kept] | None


@get("/j/{code:str}/record/at", permission="audit", sync_to_thread=True)
def at(
    request: _Ask,
    site: TheSite,
    doors: TheDoors,
    code: FromPath[str],
    at: FromQuery[str] = "",
    t: Annotated[int | None, QueryParameter(ge=-(2**35), le=2**37)] = None,
    entry: Annotated[int | None, QueryParameter(ge=0, le=LAST - 1)] = None,
) -> Response[str]:
    """Show what was."""
    then, error = None, None
    with site.store.reading() as tx:
        place, _situation, _playbook = place_of(request, tx, code, "/record")
        bounds = _bounds(tx, code)
        try:
            then = _then(request, site, doors, tx, code, _past_of(site, tx, code, at, t, entry))
        except IncidentError as wrong:
            error = wrong
    return page(
        request,
        "record_past.html",
        place=place,
        section="/at",
        sections=SECTIONS,
        bounds=bounds,
        then=then,
        words=at if error is not None else "",
        problem=problem_if(error),
    )


def _bounds(tx: Reading, code: str) -> Bounds:
    least = opened.first_body(tx, code)
    newest = queries.present(tx, code)[0].version - 1
    ends = [next(tx.recorded(code, since=seq, until=seq + 1), (seq, 0))[1] for seq in (least, newest)]
    return Bounds(min(ends), max(ends), least, newest)


def _past_of(site: Site, tx: Reading, code: str, words: str, t: int | None, entry: int | None) -> Past:
    """Rebuild what was wanted; the present, where nothing is. Raises `RequestError` and `JournalError`."""
    if entry is not None:
        return past.after(tx, code, entry)
    situation, playbook = queries.present(tx, code)
    if words.strip():
        wanted = read_past(say("moment"), words.strip(), playbook, site.now())
        assert wanted is not None, "words were given"
        return past.as_of(tx, code, wanted)
    if t is not None:
        must_have_been(say("moment"), t, playbook, site.now())
        return past.as_of(tx, code, t)
    return past.after(tx, code, situation.version - 1)


def _then(request: _Ask, site: Site, doors: Doors, tx: Reading, code: str, found: Past) -> Then:
    may_see = may_do(request.user, "people_read", paths.path_of(tx, code))
    if may_see:
        read_personal(doors, request, code, "record/at")
    situation, playbook = found.situation, found.playbook
    authority = None if situation.authority is None else names.name_of(playbook, situation.authority)
    return Then(
        found,
        explain.state_name(playbook, situation.state),
        authority,
        [*_standing(queries.status(tx, code, found))],
        _duty(on_duty.look(tx, code, site.now(), found), may_see=may_see),
    )


def _standing(found: queries.Status) -> Iterator[tuple[Words, list[standing_of.Line]]]:
    lines = [*standing_of.lines(found)]
    for kind in dict.fromkeys([*KINDS, *(line.kind for line in lines)]):
        of_kind = [line for line in lines if line.kind == kind]
        if of_kind:
            yield kinds.SEVERAL.get(kind, kind), of_kind


def _duty(told: on_duty.OnDuty, *, may_see: bool) -> list[Kept] | None:
    """Give who kept which post; by sign alone to whoever may not see names."""
    found = told.rota
    if found is None:
        return None
    return [
        Kept(
            promised(found.playbook, key),
            explain_duty.post(one.piece.post),
            named(found.playbook, one.piece.holder, found.persons)
            if may_see
            else explain_duty.sign(found.playbook, one.piece.holder),
            one.until,
            [explain_duty.MARKS[mark] for mark in one.piece.marks],
        )
        for key, pieces in rota.on_duty(found, told.at).items()
        for one in pieces
    ]


ROUTES: list[HTTPRouteHandler] = [at]
