"""What stands: all jurisdictions within reach, and one of them whole."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

from incident.domain.identity import SignedIn, may_do
from incident.service import paths, queries
from incident.service.past import as_of
from incident.views.status import ListedStatus, Looked, Status, listed, look, status
from incident.web.api.answers import unchanged
from incident.web.api.conditions import (
    USUAL,
    At,
    Code,
    Cursor,
    IfNoneMatch,
    Limit,
    Page,
    etag,
    past_time,
)
from incident.web.api.described import reads
from incident.web.api.duty import nameless
from incident.web.doors import Doors, TheDoors
from incident.web.security.personal import may_read_personal, read_personal
from incident.web.site import Site, TheSite

_Ask = Request[SignedIn, Any, Any]
_TAG: Final = "what stands"


@get("/jurisdictions", permission="look", **reads(_TAG))
def all_of(request: _Ask, site: TheSite, cursor: Cursor = None, limit: Limit = USUAL) -> Page[ListedStatus]:
    """List where the jurisdictions within reach stand, by code."""
    with site.store.reading() as tx:
        known = sorted(code for code, _name in tx.codes() if cursor is None or code > cursor)
        within = (code for code in known if may_do(request.user, "look", paths.path_of(tx, code)))
        codes = [code for _n, code in zip(range(limit + 1), within, strict=False)]
        refused = site.store.left_out(codes[:limit])
        items = [listed(queries.status(tx, code), refused.get(code)) for code in codes[:limit]]
    return Page(items=items, next=codes[limit - 1] if len(codes) > limit else None)


@get("/jurisdictions/{code:str}", permission="look", **reads(_TAG, versioned=True))
def one(
    request: _Ask,
    site: TheSite,
    doors: TheDoors,
    code: Code,
    at: At = None,
    if_none_match: IfNoneMatch = None,
) -> Response[Status]:
    """Say where a jurisdiction stands, or stood: state, posture, duty, what is due, what waits for somebody.

    304 says that nothing was recorded since; minutes by which something is late go on without an entry.
    """
    with site.store.reading() as tx:
        situation, playbook = queries.present(tx, code)
        if at is None and (same := unchanged(situation.version, if_none_match)) is not None:
            return same
        now = site.now()
        instant = past_time(at, playbook, now)
        past = None if instant is None else as_of(tx, code, instant)
        looked = look(tx, code, now, past)
        if may_read_personal(request, paths.path_of(tx, code)):
            _seen(request, doors, code, looked)
        else:
            looked = without_names(looked)
    found = status(looked, _refused(site, code))
    return Response(found, headers={} if at else {"etag": etag(situation.version)})


def _seen(request: _Ask, doors: Doors, code: str, looked: Looked) -> None:
    if looked.duty.rota is not None:
        read_personal(doors, request, code, "api status")


def without_names(looked: Looked) -> Looked:
    """Give what was found for whoever may not see names of people."""
    rota = looked.duty.rota
    return looked._replace(duty=looked.duty._replace(rota=None if rota is None else nameless(rota)))


def _refused(site: Site, code: str) -> Any:
    return site.store.left_out([code]).get(code)


ROUTES: list[HTTPRouteHandler] = [all_of, one]
