"""What became of every promised time of a period, as `incident account` tells it.

    GET record/account    by `since` and `until`; those that did not simply come, or with `all` every one

Whatever does not balance stands first. Nothing here names a person.
"""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery

from incident.domain.errors import IncidentError
from incident.domain.identity import SignedIn
from incident.domain.say import Words, say
from incident.service.account import Account
from incident.views import account as views
from incident.web.accounting import account_of
from incident.web.errors import problem_if
from incident.web.pages.place import place_of
from incident.web.pages.record import SECTIONS
from incident.web.site import TheSite
from incident.web.text import page

_Ask = Request[SignedIn, Any, Any]
#: Times that are listed.
_MOST: Final = 2000


@get("/j/{code:str}/record/account", permission="audit", sync_to_thread=True)
def account(
    request: _Ask,
    site: TheSite,
    code: FromPath[str],
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
    all: FromQuery[str] = "",  # noqa: A002 - as the command calls it
) -> Response[str]:
    """Show what was promised, and how it ended."""
    made, error, now = None, None, site.now()
    with site.store.reading() as tx:
        place, _situation, playbook = place_of(request, tx, code, "/record")
        try:
            called = say("due from"), say("due before")
            playbook, made = account_of(tx, code, (since.strip(), until.strip()), called, now)
        except IncidentError as wrong:
            error = wrong
    listed = [] if made is None else views.listed(made, everything=bool(all))
    return page(
        request,
        "record_account.html",
        place=place,
        section="/account",
        sections=SECTIONS,
        asked={"since": since, "until": until, "all": all},
        account=made,
        now=now,
        sums=None if made is None else views.sums(made),
        faults=[] if made is None else [views.fault_line(playbook, one) for one in made.faults],
        to_do=[] if made is None else _to_do(made),
        times=[views.line(playbook, one) for one in listed[:_MOST]],
        n=len(listed),
        problem=problem_if(error),
    )


def _to_do(made: Account) -> list[tuple[Words, Words]]:
    return [
        (views.FAULTS[kind], views.what_to_do(kind))
        for kind in dict.fromkeys(one.kind for one in made.faults)
    ]


ROUTES: list[HTTPRouteHandler] = [account]
