"""Where a jurisdiction stands: what is wrong, who is on duty, what is due, what stands, what came last.

All that `incident status` says, of now and kept fresh, or as of a time that has been (`?at=`); alarms first.
"""

from __future__ import annotations

import uuid
from typing import Any, Final

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from markupsafe import Markup

from incident import language
from incident.domain import holding, names
from incident.domain.diagram import inline
from incident.domain.errors import RequestError
from incident.domain.explain_record import covered
from incident.domain.identity import SignedIn, may_do
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.service import past as service
from incident.service import paths
from incident.service.intake import read_past
from incident.service.past import Past
from incident.service.ports import Reading
from incident.views import status as views
from incident.views import timeline, two_persons
from incident.views.errors import in_a_line
from incident.views.standing import lines
from incident.views.status import Looked
from incident.web.doors import Doors, TheDoors
from incident.web.errors import problem_if
from incident.web.pages import items
from incident.web.pages.now_parts import due, duty, wrong
from incident.web.pages.place import place_of
from incident.web.security.personal import may_read_personal, read_personal
from incident.web.site import Site, TheSite
from incident.web.text import page

_Ask = Request[SignedIn, Any, Any]
#: What may be done from here, each by a page of its own: the end of its address, and what it is called.
_ACTS: Final[tuple[tuple[str, Words], ...]] = (
    ("act", say("Activate, stand down")),
    ("extend", say("Move the planned end")),
    ("directive", say("Issue a directive")),
    ("log", say("Note in the duty log")),
    ("messages", say("Messages")),
)


@get("/j/{code:str}", permission="look", sync_to_thread=True)
def now(
    request: _Ask, site: TheSite, doors: TheDoors, code: FromPath[str], at: FromQuery[str | None] = None
) -> Response[str]:
    """Show where a jurisdiction stands, or stood."""
    try:
        return _page(request, site, doors, code, at, None)
    except RequestError as error:
        if at is None:
            raise
        return _page(request, site, doors, code, None, error, asked=at)


def _page(
    request: _Ask,
    site: Site,
    doors: Doors,
    code: str,
    at: str | None,
    error: RequestError | None,
    *,
    asked: str = "",
) -> Response[str]:
    instant = site.now()
    with site.store.reading() as tx:
        place, _situation, playbook = place_of(request, tx, code, "")
        path = paths.path_of(tx, code)
        past = _past(tx, code, at, playbook, instant)
        looked = views.look(tx, code, instant, past)
        size = looked.found.situation.version if past is None else past.cut.size
        moments = timeline.newest(tx, code, size)
    refused = site.store.left_out([code]).get(code)
    has_names = may_read_personal(request, path)
    if has_names and looked.duty.rota is not None:
        read_personal(doors, request, code, "now")
    return page(
        request,
        "now.html",
        status=200 if error is None else 422,
        place=place,
        at=at or asked,
        past=past,
        problem=problem_if(error),
        read_only=None if refused is None else in_a_line(refused),
        may_act=past is None and may_do(request.user, "act", path),
        may_file=past is None and may_do(request.user, "file", path),
        may_audit=may_do(request.user, "audit", path),
        acts=_ACTS,
        act_id=str(uuid.uuid4()),
        moments=moments,
        **_shown(looked, instant if past is None else past.at, has_names=has_names),
    )


def _past(tx: Reading, code: str, at: str | None, playbook: Playbook, now: int) -> Past | None:
    """Look at the past, where a time is given. Raises `RequestError` for one that has not been."""
    instant = read_past(say("time"), (at or "").strip() or None, playbook, now)
    return None if instant is None else service.as_of(tx, code, instant)


def _shown(looked: Looked, at: int, *, has_names: bool) -> dict[str, Any]:
    """Give all that the page shows of what was found, as of an instant."""
    found = looked.found
    situation, playbook = found.situation, found.playbook
    return {
        "situation": situation,
        "playbook": playbook,
        "state": playbook.states[situation.state].name,
        "is_calm": situation.state == playbook.initial,
        "authority": None if situation.authority is None else names.name_of(playbook, situation.authority),
        "is_past_end": situation.planned_end is not None and situation.planned_end <= at,
        "holds": [(seq, covered(holding.plain(one))) for seq, one in holding.holds(found.standing).items()],
        "diagram": drawing(playbook, situation.state),
        "sections": items.of_record(playbook, lines(found)),
        "wrong": wrong(looked, at),
        "two_persons": [
            *(two_persons.review_words(playbook, one) for one in looked.waiting.unreviewed),
            *(two_persons.proposal_words(playbook, one) for one in looked.waiting.proposed),
        ],
        "callouts": looked.waiting.callouts,
        "party": lambda ref: names.name_of(playbook, ref),
        "duty": duty(looked.duty, has_names=has_names),
        "due": due(looked.ahead),
    }


def drawing(playbook: Playbook, here: str | None) -> Markup:
    """Draw the states of a playbook for a page; whatever comes from the playbook is escaped there."""
    return Markup(inline(playbook, language.spoken(), language._, here))  # noqa: S704


ROUTES: list[HTTPRouteHandler] = [now]
