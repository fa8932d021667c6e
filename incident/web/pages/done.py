"""What an entry recorded, right after it was pressed: what was done or proposed, or why not."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, PathParameter

from incident.domain import explain
from incident.domain.approving import PROPOSAL
from incident.domain.facts import ItemStarted, RequestRefused, StateEntered
from incident.domain.identity import SignedIn
from incident.service.handle import Outcome
from incident.service.opened import read_entry
from incident.service.ports import LAST
from incident.views import plan as views
from incident.web.pages.place import place_of
from incident.web.site import TheSite
from incident.web.text import page

_Ask = Request[SignedIn, Any, Any]


@get("/j/{code:str}/done/{seq:int}", permission="look", sync_to_thread=True)
def done(
    request: _Ask, site: TheSite, code: FromPath[str], seq: Annotated[int, PathParameter(ge=0, le=LAST)]
) -> Response[str]:
    """Show what an entry recorded: what was done, or why not."""
    with site.store.reading() as tx:
        place, situation, _playbook = place_of(request, tx, code, "/act")
        stored = next(tx.entries(code, since=seq), None)
        if stored is None or stored.seq != seq:
            raise NotFoundException
        entry = read_entry(code, stored)
        playbook = tx.playbook(code, entry.playbook)
    refusal = next((fact for fact in entry.facts if isinstance(fact, RequestRefused)), None)
    shown = views.done(playbook, Outcome(entry=entry, situation=situation, playbook=playbook))
    is_step = any(isinstance(fact, StateEntered) for fact in entry.facts)
    return page(
        request,
        "done.html",
        place=place,
        done=shown,
        facts=[] if is_step else [explain.fact(playbook, fact) for fact in entry.facts],
        is_proposed=any(isinstance(fact, ItemStarted) and fact.kind == PROPOSAL for fact in entry.facts),
        done_state=explain.state_name(playbook, shown.target),
        refusal=None if refusal is None else views.refusal(playbook, refusal),
    )


ROUTES: list[HTTPRouteHandler] = [done]
