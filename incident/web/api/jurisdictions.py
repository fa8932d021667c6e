"""What stands: all jurisdictions within reach, and one of them whole."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter
from litestar.status_codes import HTTP_304_NOT_MODIFIED

from incident.domain.identity import SignedIn, may_do
from incident.service import paths, queries
from incident.service.intake import read_time
from incident.service.past import as_of
from incident.views.status import ListedStatus, Status, listed, look, status
from incident.web.api.conditions import USUAL, Cursor, IfNoneMatch, Limit, Page, etag, is_known
from incident.web.site import Site, TheSite

_Ask = Request[SignedIn, Any, Any]
At = Annotated[
    str | None, QueryParameter(max_length=40, description="As it was at this time; a time that has been.")
]
_TAGS: Final = ["what stands"]


@get("/jurisdictions", permission="look", sync_to_thread=True, tags=_TAGS)
def all_of(request: _Ask, site: TheSite, cursor: Cursor = None, limit: Limit = USUAL) -> Page[ListedStatus]:
    """List where the jurisdictions within reach stand, by code."""
    with site.store.reading() as tx:
        known = sorted(code for code, _name in tx.codes() if cursor is None or code > cursor)
        within = (code for code in known if may_do(request.user, "look", paths.path_of(tx, code)))
        codes = [code for _n, code in zip(range(limit + 1), within, strict=False)]
        refused = site.store.left_out(codes[:limit])
        items = [listed(queries.status(tx, code), refused.get(code)) for code in codes[:limit]]
    return Page(items=items, next=codes[limit - 1] if len(codes) > limit else None)


@get("/jurisdictions/{code:str}", permission="look", sync_to_thread=True, tags=_TAGS)
def one(
    site: TheSite, code: FromPath[str], at: At = None, if_none_match: IfNoneMatch = None
) -> Response[Status] | Response[None]:
    """Show where a jurisdiction stands, or stood."""
    with site.store.reading() as tx:
        situation, playbook = queries.present(tx, code)
        if at is None and is_known(situation.version, if_none_match):
            return Response(
                None, status_code=HTTP_304_NOT_MODIFIED, headers={"etag": etag(situation.version)}
            )
        now = site.now()
        instant = read_time("at", at, playbook, now)
        past = None if instant is None else as_of(tx, code, instant)
        found = status(look(tx, code, now, past), _refused(site, code))
    return Response(found, headers={} if at else {"etag": etag(situation.version)})


def _refused(site: Site, code: str) -> Any:
    return site.store.left_out([code]).get(code)


ROUTES: list[HTTPRouteHandler] = [all_of, one]
