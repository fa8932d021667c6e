"""Events from other systems, as CloudEvents 1.0: one as headers and body, one as JSON, several at once."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from litestar import Request, Response, post
from litestar.exceptions import ClientException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, RawBody
from litestar.status_codes import HTTP_200_OK, HTTP_415_UNSUPPORTED_MEDIA_TYPE
from msgspec import UNSET, Struct, UnsetType

from incident.domain.errors import IncidentError
from incident.domain.identity import SignedIn
from incident.service import cloudevents, intake, queries
from incident.service.cloudevents import CloudEvent
from incident.service.handle import Outcome, handle
from incident.service.who import Origin, signed_in
from incident.views import plan as views
from incident.views.plan import Done
from incident.web.api.acts import answered, refusal_of
from incident.web.errors import Problem, problem_of, problem_of_refusal
from incident.web.site import Site, TheSite

_Ask = Request[SignedIn, Any, Any]
_TAGS: Final = ["events"]


class Handled(Struct, frozen=True, kw_only=True):
    """What became of one event of several."""

    source: str
    id: str
    #: As it would have been the status of an answer of its own.
    status: int
    done: Done | UnsetType = UNSET
    problem: Problem | UnsetType = UNSET


@post("/jurisdictions/{code:str}/events", permission="act", tags=_TAGS, sync_to_thread=True)
def receive(
    request: _Ask, site: TheSite, code: FromPath[str], body: RawBody
) -> Response[Done] | Response[list[Handled]]:
    """Take events; one that came before is answered as the first time."""
    kind = request.content_type[0]
    if kind == cloudevents.BATCH:
        taken = [_one_of_several(request, site, code, event) for event in cloudevents.read_batch(body)]
        return Response(taken, status_code=HTTP_200_OK)
    if kind == cloudevents.STRUCTURED:
        return answered(_take(request, site, code, cloudevents.read_structured(body)))
    if "ce-specversion" in request.headers and kind in ("application/json", ""):
        return answered(_take(request, site, code, cloudevents.read_binary(dict(request.headers), body)))
    raise UnsupportedException


class UnsupportedException(ClientException):
    """What was sent is no CloudEvent."""

    status_code = HTTP_415_UNSUPPORTED_MEDIA_TYPE
    detail = f"send {cloudevents.STRUCTURED}, {cloudevents.BATCH}, or application/json with ce- headers"


def _one_of_several(request: _Ask, site: Site, code: str, event: CloudEvent) -> Handled:
    """Take one; what is wrong with it is wrong with it alone."""
    made = partial(Handled, source=event.source, id=event.id)
    try:
        outcome = _take(request, site, code, event)
    except IncidentError as error:
        problem = problem_of(error)
        return made(status=problem.status, problem=problem)
    refusal = refusal_of(outcome)
    if refusal is not None:
        problem = problem_of_refusal(refusal, outcome.entry.seq)
        return made(status=problem.status, problem=problem)
    return made(status=200 if outcome.repeated else 201, done=views.done(outcome.playbook, outcome))


def _take(request: _Ask, site: Site, code: str, event: CloudEvent) -> Outcome:
    with site.store.reading() as tx:
        situation, playbook = queries.present(tx, code)
    asked = intake.request_of(
        playbook,
        situation,
        event.verb,
        event.said,
        Origin(signed_in(request.user), event.source, event.id),
        now=site.now(),
        happened_at=event.at,
    )
    outcome = handle(site.store, code, asked, now=site.now, chance=site.chance)
    site.live.ring()
    return outcome


ROUTES: list[HTTPRouteHandler] = [receive]
