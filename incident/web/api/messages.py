"""What waits to be told and what reached nobody, and sending that again.

Sending again is no decision: it stands in no entry of the journal. A second time it finds nothing to send, so
it takes no `Idempotency-Key`. No name of a person is told, only the sign by which the directory knows them.
"""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from incident.service import queries
from incident.service.post import send_again
from incident.views import messages as views
from incident.views.messages import Messages, SentAgain
from incident.web.api.conditions import MOST, USUAL, Code, Limit
from incident.web.api.described import acts, reads
from incident.web.site import TheSite

_TAG: Final = "messages"


@get("/jurisdictions/{code:str}/messages", permission="act", **reads(_TAG))
def messages(site: TheSite, code: Code, limit: Limit = USUAL) -> Messages:
    """List what waits to be told and what reached nobody and why; of each at most `limit`.

    What waits longest comes first, and what was lost last.
    """
    with site.store.reading() as tx:
        queries.present(tx, code)
        waiting, lost = tx.undelivered(limit, code=code), tx.lost(limit, code=code)
        return views.messages(waiting, lost, views.look(tx, [*waiting, *(one.notice for one in lost)]))


@post("/jurisdictions/{code:str}/messages", permission="act", status_code=200, **acts(_TAG))
def again(site: TheSite, code: Code) -> SentAgain:
    """Send again what reached nobody; what is older than a day is not, for nobody is to be woken by it.

    `again` says how many letters wait anew, `stale` how many of the last week are too old.
    """
    with site.store.reading() as tx:
        queries.present(tx, code)
    n, now = send_again(site.store, code, site.now()), site.now()
    with site.store.reading() as tx:
        stale = len(tx.lost(MOST, code=code, since=now - views.WEEK))
    return SentAgain(jurisdiction=code, again=n, stale=stale)


ROUTES: list[HTTPRouteHandler] = [messages, again]
