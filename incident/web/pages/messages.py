"""What waits to be told, and what reached nobody and why; sending that again, as `incident messages` does.

Sending again is no decision: it stands in no entry of the journal, and what is older than a day is left as it
is, for nobody is to be woken by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, NamedTuple

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect

from incident.domain.identity import SignedIn
from incident.domain.people import Person
from incident.domain.say import Words, say
from incident.service import paths
from incident.service.notices import Lost, Undelivered
from incident.service.post import STALE, send_again
from incident.views import messages as views
from incident.views.people import named
from incident.web.doors import TheDoors
from incident.web.forms import go
from incident.web.pages.place import place_of
from incident.web.security.personal import may_read_personal, read_personal
from incident.web.site import TheSite
from incident.web.text import page

_Ask = Request[SignedIn, Any, Any]
#: So many of each are shown.
_SHOWN: Final = 100
#: How many were sent again, in the address that this leads to.
_Again = Annotated[int | None, QueryParameter(ge=0)]


class Line(NamedTuple):
    """A message: its entry, when that was recorded, whom it is for."""

    seq: int
    recorded: Words
    to: Words
    #: How often it failed, or whom it did not reach.
    tries: int = 0
    holder: Words = ""
    why: Words = ""


@get("/j/{code:str}/messages", permission="act", sync_to_thread=True)
def messages(
    request: _Ask, site: TheSite, doors: TheDoors, code: FromPath[str], again: _Again = None
) -> Response[str]:
    """Show what waits and what reached nobody, the newest of it first."""
    with site.store.reading() as tx:
        place, _situation, _playbook = place_of(request, tx, code, "")
        waiting, lost = tx.undelivered(_SHOWN, code=code), tx.lost(_SHOWN, code=code)
        told = views.look(tx, [*waiting, *(one.notice for one in lost)])
        has_names = may_read_personal(request, paths.path_of(tx, code))
        fresh = tx.lost(1, code=code, since=site.now() - STALE)
    if has_names and lost:
        read_personal(doors, request, code, "messages")
    return page(
        request,
        "messages.html",
        place=place,
        waiting=[_waits(one, told[one[:3]]) for one in waiting],
        lost=[_lost(one, told[one.notice[:3]], has_names=has_names) for one in lost],
        can_send=bool(fresh),
        again=again,
        shown=_SHOWN,
    )


@post("/j/{code:str}/messages", permission="act", sync_to_thread=True)
def again(site: TheSite, code: FromPath[str]) -> Redirect:
    """Let what reached nobody wait again."""
    n = send_again(site.store, code, site.now())
    return go(f"/j/{code}/messages?again={n}")


def _waits(one: Undelivered, told: views.Told) -> Line:
    return Line(one.seq, *_told(one, told), tries=one.tries)


def _lost(one: Lost, told: views.Told, *, has_names: bool) -> Line:
    holder = one.letter.holder
    persons: Mapping[str, Person] = told.persons if has_names else {}
    who = holder if told.playbook is None or not holder else named(told.playbook, holder, persons)
    return Line(one.notice.seq, *_told(one.notice, told), holder=who, why=views.why_of(one))


def _told(notice: Undelivered, told: views.Told) -> tuple[Words, Words]:
    if told.message is None:
        return say("unreadable"), notice.receiver
    return told.message.shown_at[:16], told.message.to


ROUTES: list[HTTPRouteHandler] = [messages, again]
