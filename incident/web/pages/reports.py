"""Reports: what is owed, by whom, what is late; what is mine stands first, and a tap or two file it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, get_args

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, QueryParameter

from incident.domain import names
from incident.domain.errors import RequestError
from incident.domain.filing import find_sender
from incident.domain.identity import SignedIn
from incident.domain.ledger import State
from incident.domain.playbook import Playbook
from incident.domain.say import say
from incident.service import past, people, senders
from incident.service.glance import Glance
from incident.service.intake import read_past, read_time
from incident.service.ports import Reading
from incident.views import as_of
from incident.views import reports as views
from incident.web.errors import problem_if
from incident.web.pages import owed
from incident.web.pages.acting import may_here, new_id
from incident.web.pages.place import place_of
from incident.web.site import TheSite
from incident.web.text import options, page

_Ask = Request[SignedIn, Any, Any]
_STATES: Final[tuple[State, ...]] = get_args(State)


@get("/j/{code:str}/reports", permission="look", sync_to_thread=True)
def reports(
    request: _Ask,
    site: TheSite,
    code: FromPath[str],
    sender: Annotated[str | None, QueryParameter(name="from")] = None,
    stands: Annotated[list[str] | None, QueryParameter(name="state")] = None,
    since: FromQuery[str | None] = None,
    until: FromQuery[str | None] = None,
    at: FromQuery[str | None] = None,
    everything: Annotated[str | None, QueryParameter(name="all")] = None,
) -> Response[str]:
    """Show what is owed, or what of it is asked for."""
    asked: dict[str, Any] = {"from": sender, "since": since, "until": until, "at": at, "all": everything}
    states = [one for one in _STATES if one in (stands or ())]
    now, error = site.now(), None
    below = [one for one in site.lookout.look(site.store, now).below([code]) if one.code != code]
    with site.store.reading() as tx:
        place, _situation, playbook = place_of(request, tx, code, "/reports")
        try:
            found = _owed(tx, code, playbook, asked, states, now)
        except RequestError as wrong:
            found, error = _owed(tx, code, playbook, {}, [], now), wrong
        who_owes = owed.senders(found.board)
        there = people.directory(tx, code)
        keys = {*who_owes, *(one.key for one in names.known(there.playbook, ("group",)))}
        mine = senders.tied_to(there.playbook, there.people, keys, request.user.sign, now)
        files: owed.Files = "none"
        if found.past is None and may_here(request, tx, code, "file"):
            files = "all" if senders.files_for_all(tx, code, request.user) else "own"
    return page(
        request,
        "reports.html",
        place=place,
        sections=owed.sections(found, mine, files),
        is_tied=files != "own" or bool(mine),
        counts=owed.counted(found),
        below=len(below),
        laggards=_laggards(below),
        overdue=views.not_carried_out(found.overdue) if found.overdue else None,
        past=_past(found),
        asked=asked,
        states=states,
        choices=options(views.STATES),
        senders=options(who_owes),
        is_filtered=bool(states) or any(asked.values()),
        new_id=new_id,
        address=f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path,
        problem=problem_if(error),
    )


def _owed(
    tx: Reading, code: str, playbook: Playbook, asked: dict[str, Any], states: Sequence[State], now: int
) -> views.Owed:
    """Look what is owed of what is asked for. Raises `RequestError`."""
    sender = asked.get("from") or None
    wanted = views.Wanted(
        bool(asked.get("all")),
        read_time(say("since"), asked.get("since") or None, playbook, now),
        read_time(say("until"), asked.get("until") or None, playbook, now),
        None if sender is None else find_sender(playbook, sender),
        (*states,),
    )
    at = read_past(say("as of"), asked.get("at") or None, playbook, now)
    return views.owed(tx, code, wanted, now, None if at is None else past.as_of(tx, code, at))


def _laggards(below: Sequence[Glance]) -> list[Glance]:
    """Give those of our subordinates who are late, those who are it most first."""
    late = [one for one in below if one.reports_late or one.directives_late]
    return sorted(late, key=lambda one: (-one.reports_late - one.directives_late, one.code))


def _past(found: views.Owed) -> list[Any]:
    """Say by what an answer about the past is known; nothing of the present."""
    if found.past is None:
        return []
    told = [as_of.known_by(found.past)]
    return [*told, as_of.astray(found.past)] if found.past.cut.astray else told


ROUTES: list[HTTPRouteHandler] = [reports]
