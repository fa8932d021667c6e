"""The record of access: who came in, who was kept out, who read what names people. For administrators alone.

It holds for no jurisdiction, so an auditor of one, who may not know who signs in elsewhere, does not see it.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, get_args
from urllib.parse import urlencode

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery, QueryParameter

from incident.domain.errors import IncidentError
from incident.domain.identity import AccessKind, SignedIn, claimed, folded
from incident.domain.organisation import ZONE
from incident.domain.say import say
from incident.service.access import look
from incident.service.intake import read_time_in
from incident.service.ports import LAST
from incident.service.ports_identity import WantedAccess
from incident.views.access import KINDS
from incident.web.doors import TheDoors
from incident.web.errors import problem_if
from incident.web.text import page

#: Lines of one page.
_MOST: Final = 100


@get("/admin/access", permission="administer", sync_to_thread=True)
def access(
    request: Request[SignedIn, Any, Any],
    doors: TheDoors,
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    user: FromQuery[str] = "",
    jurisdiction: FromQuery[str] = "",
    before: Annotated[int | None, QueryParameter(ge=0, le=LAST)] = None,
) -> Response[str]:
    """Show a page of it, newest first."""
    gate, error = doors.gate, None
    asked = {"since": since, "until": until, "kind": kind, "user": user, "jurisdiction": jurisdiction}
    with gate.identity.reading() as tx:
        known = {one.id: one for one in tx.users()}
    meant = next((one.id for one in known.values() if user and one.login == folded(user)), None)
    kinds: tuple[AccessKind, ...] = get_args(AccessKind)
    try:
        wanted = WantedAccess(
            since=read_time_in(say("from"), since.strip() or None, ZONE, gate.now()),
            until=read_time_in(say("before"), until.strip() or None, ZONE, gate.now()),
            kinds=[one for one in kinds if one == kind],
            user=meant,
            claimed=claimed(user) if user else None,
            jurisdiction=jurisdiction.strip() or None,
            before=before,
        )
        found = look(gate, wanted, _MOST)
    except IncidentError as wrong:
        found, error = [], wrong
    return page(
        request,
        "admin_access.html",
        found=found,
        logins={key: one.login for key, one in known.items()},
        kinds=KINDS,
        zone=ZONE,
        asked=asked,
        query=urlencode({name: words for name, words in asked.items() if words}),
        further=found[-1].seq if len(found) == _MOST else None,
        before=before,
        problem=problem_if(error),
    )


ROUTES: list[HTTPRouteHandler] = [access]
