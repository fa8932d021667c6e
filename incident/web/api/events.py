"""Events from other systems, as CloudEvents 1.0: one as headers and body, one as JSON, several at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from litestar import Request, Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import Example, OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import RawBody
from litestar.status_codes import HTTP_200_OK
from msgspec import UNSET, Struct, UnsetType

from incident.domain.errors import IncidentError
from incident.domain.identity import SignedIn
from incident.service import cloudevents, intake, queries
from incident.service.cloudevents import CloudEvent
from incident.service.handle import Outcome, handle
from incident.service.who import Origin, signed_in
from incident.views import plan as views
from incident.views.plan import Done
from incident.web.api.acts import done_of
from incident.web.api.answers import answered, refusal_of
from incident.web.api.conditions import Code
from incident.web.api.described import UnsupportedMediaTypeException, acts
from incident.web.errors import Problem, problem_of, problem_of_refusal
from incident.web.recording import recorded
from incident.web.site import Site, TheSite

_Ask = Request[SignedIn, Any, Any]
_TAG: Final = "events"
#: Bytes of a body with events.
LARGEST: Final = 2_000_000
_TAKEN: Final = f"send {cloudevents.STRUCTURED}, {cloudevents.BATCH}, or application/json with ce- headers"
_REQUIRED: Final = ("specversion", "id", "source", "type")
_EXAMPLE: Final[dict[str, Any]] = {
    "specversion": "1.0",
    "id": "42",
    "source": "/laboratory",
    "type": "local_positive_reported",
    "time": "2026-03-01T02:40:00+08:00",
    "verb": "activate",
    "decidedby": "command",
    "basis": "2021-4",
    "data": {"origin": "local", "result": "preliminary_positive", "cases": 1},
}


class Handled(Struct, frozen=True, kw_only=True):
    """What became of one event of several."""

    source: str
    id: str
    #: As it would have been the status of an answer of its own.
    status: int
    done: Done | UnsetType = UNSET
    problem: Problem | UnsetType = UNSET


@dataclass
class _Described(Operation):
    """Says which kinds of content are taken, for a body that is read by its kind."""

    def __post_init__(self) -> None:
        one, example = Schema(type=OpenAPIType.OBJECT, required=[*_REQUIRED]), Example(value=_EXAMPLE)
        several = Schema(type=OpenAPIType.ARRAY, items=one, max_items=cloudevents.MOST)
        self.request_body = RequestBody(
            description="A CloudEvent 1.0, or several; or its data as `application/json`, and `ce-` headers.",
            required=True,
            content={
                cloudevents.STRUCTURED: OpenAPIMediaType(schema=one, examples={"one": example}),
                cloudevents.BATCH: OpenAPIMediaType(
                    schema=several, examples={"two": Example(value=[_EXAMPLE, {**_EXAMPLE, "id": "43"}])}
                ),
            },
        )


@post(
    "/jurisdictions/{code:str}/events",
    permission="act",
    operation_class=_Described,
    request_max_body_size=LARGEST,
    **acts(
        _TAG,
        Done | list[Handled],
        "An event that came before, answered as the first time; or what became of each of several.",
    ),
)
def receive(request: _Ask, site: TheSite, code: Code, body: RawBody) -> Response[Done]:
    """Take CloudEvents 1.0; one that came before, known by `source` and `id`, is answered as the first time.

    `type` is an event of the playbook, `data` its values. Extensions say what a decision needs: `verb`,
    `decidedby`, `basis`, `reason`, `effectiveat`, `until`, `expectplan`. Other attributes are left alone. Of
    several each has its own answer; one that cannot be read keeps all of them from being taken.
    """
    kind = request.content_type[0]
    if kind == cloudevents.BATCH:
        return _several(request, site, code, body)
    if kind == cloudevents.STRUCTURED:
        return answered(site, _take(request, site, code, cloudevents.read_structured(body)), done_of)
    if "ce-specversion" in request.headers and kind in ("application/json", ""):
        return answered(
            site, _take(request, site, code, cloudevents.read_binary(dict(request.headers), body)), done_of
        )
    raise UnsupportedMediaTypeException(_TAKEN)


def _several(request: _Ask, site: Site, code: str, body: bytes) -> Response[Any]:
    events = cloudevents.read_batch(body)
    with site.store.reading() as tx:
        queries.present(tx, code)
    return Response(
        [_one_of_several(request, site, code, event) for event in events], status_code=HTTP_200_OK
    )


def _one_of_several(request: _Ask, site: Site, code: str, event: CloudEvent) -> Handled:
    """Take one; what is wrong with it is wrong with it alone."""
    made = partial(Handled, source=event.source, id=event.id)
    try:
        outcome = _take(request, site, code, event)
    except IncidentError as error:
        problem = problem_of(error)
        return made(status=problem.status, problem=problem)
    recorded(site, outcome)
    refusal = refusal_of(outcome)
    if refusal is not None:
        problem = problem_of_refusal(refusal, outcome.entry.seq)
        return made(status=problem.status, problem=problem)
    return made(status=200 if outcome.repeated else 201, done=views.done(outcome.playbook, outcome))


def _take(request: _Ask, site: Site, code: str, event: CloudEvent) -> Outcome:
    origin = Origin(signed_in(request.user), event.source, event.id)
    with site.store.reading() as tx:
        asked = intake.received(
            tx, code, event.verb, event.said, origin, now=site.now(), happened_at=event.at
        )
    return handle(site.store, code, asked, now=site.now, chance=site.chance)


ROUTES: list[HTTPRouteHandler] = [receive]
