"""Who is on duty, who comes, and what a shift noted.

Whoever may look sees posts, seats and signs. Names, and words that may name people, are shown to whoever may
read names, and that is on record.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Request, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from incident.domain.identity import SignedIn
from incident.service import log, paths, queries
from incident.service.intake import read_time
from incident.service.past import as_of
from incident.service.ports import Reading
from incident.service.rota import Rota, must_be_near, on_duty, rota
from incident.service.rota import as_of as rota_as_of
from incident.views import duty as views
from incident.views import log as sheets
from incident.views.duty import DutyNow, Shifts
from incident.views.log import DutySheet
from incident.web.api.conditions import Code
from incident.web.api.described import reads
from incident.web.doors import Doors, TheDoors
from incident.web.security.personal import may_read_personal, read_personal
from incident.web.site import TheSite

_Ask = Request[SignedIn, Any, Any]
_TAG: Final = "duty"
_DAY: Final = 86400
#: Days of shifts that are given at once, if nothing is said and at most.
_USUAL, _MOST = 7, 62
_When = Annotated[
    str | None, QueryParameter(max_length=40, description="At this time, past or to come; without it now.")
]
_Numbers = Annotated[
    bool, QueryParameter(description="Addresses in full; they are hidden in the middle otherwise.")
]


@get("/jurisdictions/{code:str}/duty", permission="look", **reads(_TAG))
def duty_at(
    request: _Ask, site: TheSite, doors: TheDoors, code: Code, at: _When = None, *, numbers: _Numbers = False
) -> DutyNow:
    """Say who is on duty at a time, roster by roster, and why it is they."""
    now = site.now()
    with site.store.reading() as tx:
        playbook = queries.present(tx, code)[1]
        given = read_time("at", at, playbook, now)
        instant = now if given is None else given
        must_be_near(instant, now, playbook.jurisdiction.zone)
        past = as_of(tx, code, instant) if instant < now else None
        whole = rota(tx, code, instant, instant + 1, now) if past is None else rota_as_of(tx, code, past, now)
        found = _shown(request, tx, doors, code, whole)
    return views.duty(found, on_duty(found, instant), instant, past, numbers=numbers)


@get("/jurisdictions/{code:str}/shifts", permission="look", **reads(_TAG))
def shifts(
    request: _Ask,
    site: TheSite,
    doors: TheDoors,
    code: Code,
    since: _When = None,
    days: Annotated[int, QueryParameter(ge=1, le=_MOST, description="How many days.")] = _USUAL,
    *,
    numbers: _Numbers = False,
) -> Shifts:
    """List shifts, recorded and foreseen (`seq` is null), from a time on."""
    now = site.now()
    with site.store.reading() as tx:
        playbook = queries.present(tx, code)[1]
        given = read_time("since", since, playbook, now)
        begin = now if given is None else given
        must_be_near(begin, now, playbook.jurisdiction.zone)
        found = _shown(request, tx, doors, code, rota(tx, code, begin, begin + days * _DAY, now))
    return views.shifts(found, found.pieces, numbers=numbers)


@get("/jurisdictions/{code:str}/log", permission="look", **reads(_TAG))
def sheet(
    request: _Ask,
    site: TheSite,
    doors: TheDoors,
    code: Code,
    at: _When = None,
    roster: Annotated[
        str | None, QueryParameter(max_length=200, description="Of this roster; without it the first.")
    ] = None,
) -> DutySheet:
    """Give the sheet of the shift that was on duty at a time: who kept it, what was noted and done."""
    now = site.now()
    with site.store.reading() as tx:
        playbook = queries.present(tx, code)[1]
        given = read_time("at", at, playbook, now)
        found = log.sheet(tx, code, now if given is None else given, roster)
        may_read = may_read_personal(request, paths.path_of(tx, code))
        persons = {one.holder: one for one in tx.people(code)} if may_read else {}
    if may_read:
        read_personal(doors, request, code, "api log")
    else:
        found = found._replace(lines=[line._replace(disclosed={}) for line in found.lines])
    return sheets.sheet(found, persons)


def _shown(request: _Ask, tx: Reading, doors: Doors, code: str, found: Rota) -> Rota:
    """Give a rota as whoever asks may see it; that names are seen is noted."""
    if not may_read_personal(request, paths.path_of(tx, code)):
        return nameless(found)
    read_personal(doors, request, code, "api duty")
    return found


def nameless(found: Rota) -> Rota:
    """Give a rota without names, and without what somebody wrote who set people by hand."""
    persons = {sign: one._replace(name=None, channels=()) for sign, one in found.persons.items()}
    return found._replace(persons=persons, orders={})


ROUTES: list[HTTPRouteHandler] = [duty_at, shifts, sheet]
