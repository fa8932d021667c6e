"""What stands: all jurisdictions within reach, and one of them whole."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import MediaType, Request, Response, get
from litestar.handlers import HTTPRouteHandler

from incident.domain.identity import SignedIn
from incident.language import spoken
from incident.service import queries
from incident.service.intake import read_past
from incident.service.overview import within_reach
from incident.service.past import Past, as_of
from incident.service.ports import Reading
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
)
from incident.web.api.described import reads
from incident.web.api.duty import nameless
from incident.web.api.remembered import Of
from incident.web.security.personal import may_read_personal, read_personal
from incident.web.security.rules import PATH
from incident.web.site import Site, TheSite

_Ask = Request[SignedIn, Any, Any]
_TAG: Final = "what stands"


@get("/jurisdictions", permission="look", **reads(_TAG))
def all_of(request: _Ask, site: TheSite, cursor: Cursor = None, limit: Limit = USUAL) -> Page[ListedStatus]:
    """List where the jurisdictions within reach stand, by code."""
    reach = within_reach(request.user, site.lookout.look(site.store, site.now()))
    there = {one.code: one for one in reach if cursor is None or one.code > cursor}
    codes = sorted(there)[: limit + 1]
    with site.store.reading() as tx:
        refused = site.store.left_out(codes[:limit])
        items = [listed(queries.status(tx, code), refused.get(code), there[code]) for code in codes[:limit]]
    return Page(items=items, next=codes[limit - 1] if len(codes) > limit else None)


@get("/jurisdictions/{code:str}", permission="look", **reads(_TAG, versioned=True))
def one(request: _Ask, code: Code, at: At = None, if_none_match: IfNoneMatch = None) -> Response[Status]:
    """Say where a jurisdiction stands, or stood: state, posture, duty, what is due, what waits for somebody.

    304 says that nothing was recorded since; minutes by which something is late go on without an entry.
    """
    # asked for every second by screens on walls: each dependency would be a task of its own
    site: Site = request.app.state.site
    has_names = may_read_personal(request, request.scope["state"][PATH])
    seen = site.store.version(code) if at is None else None
    if seen is not None and (same := unchanged(seen, if_none_match)) is not None:
        return same
    version, body = _remembered(request, code, seen, has_names=has_names) or _made(
        request, code, at, has_names=has_names
    )
    if has_names:
        read_personal(request.app.state.doors, request, code, "api status")
    headers = {} if at else {"etag": etag(version)}
    answer: Response[Any] = Response(body, media_type=MediaType.JSON, headers=headers)
    return answer


def _remembered(
    request: _Ask, code: str, version: int | None, *, has_names: bool
) -> tuple[int, bytes] | None:
    """Give the answer of a version that was made this very second."""
    if version is None:
        return None
    now = request.app.state.site.now()
    body = request.app.state.remembered.find(Of(code, version, now, spoken(), has_names))
    return None if body is None else (version, body)


def _made(request: _Ask, code: str, at: str | None, *, has_names: bool) -> tuple[int, bytes]:
    """Make an answer, and give its version too; one of the present is remembered."""
    site: Site = request.app.state.site
    with site.store.reading() as tx:
        situation, playbook = queries.present(tx, code)
        now = site.now()
        instant = read_past("at", at, playbook, now)
        past = None if instant is None else as_of(tx, code, instant)
        body = msgspec.json.encode(_status(site, tx, code, now, past, has_names=has_names))
    if instant is None:
        of = Of(code, situation.version, now, spoken(), has_names)
        request.app.state.remembered.keep(of, body)
    return situation.version, body


def _status(site: Site, tx: Reading, code: str, now: int, past: Past | None, *, has_names: bool) -> Status:
    looked = look(tx, code, now, past)
    return status(looked if has_names else without_names(looked), _refused(site, code))


def without_names(looked: Looked) -> Looked:
    """Give what was found for whoever may not see names of people."""
    rota = looked.duty.rota
    return looked._replace(duty=looked.duty._replace(rota=None if rota is None else nameless(rota)))


def _refused(site: Site, code: str) -> Any:
    return site.store.left_out([code]).get(code)


ROUTES: list[HTTPRouteHandler] = [all_of, one]
