"""Decisions: what an event would do, and doing it. The same transaction as for a person at a page."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Request, Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from msgspec import Meta, Struct

from incident.domain.decision import decide, outline
from incident.domain.errors import Moved
from incident.domain.facts import RequestRefused
from incident.domain.identity import SignedIn
from incident.domain.request import Verb
from incident.service import intake, queries
from incident.service.handle import Outcome, handle
from incident.service.intake import Said
from incident.views import plan as views
from incident.views.plan import Done, Plan
from incident.web.api.conditions import (
    IfMatch,
    Key,
    PreconditionFailedException,
    etag,
    origin_of,
    version_of,
)
from incident.web.errors import RefusedException
from incident.web.site import TheSite

_Ask = Request[SignedIn, Any, Any]
_TAGS: Final = ["decisions"]
Words = Annotated[str, Meta(min_length=1, max_length=2000)]


class Asked(Struct, kw_only=True, forbid_unknown_fields=True):
    """What is asked for: an event, and what a decision needs to be said."""

    #: Event of the playbook, by key or name.
    event: Words
    #: The button: it bounds where the step may lead.
    verb: Verb = "signal"
    #: Values of the event, by name.
    fields: dict[str, Annotated[str, Meta(max_length=2000)] | int] = {}
    #: Body or seat that decided, by key or name.
    decided_by: Words | None = None
    #: Instrument and clause that allow it.
    basis: Words | None = None
    #: What the matter is.
    reason: Words | None = None
    #: From when it holds, and until when: a time, in the zone of the jurisdiction unless it has an offset.
    effective_at: Words | None = None
    until: Words | None = None
    #: Hash of the plan that was shown: only that may follow.
    expect_plan: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")] | None = None

    def said(self) -> Said:
        """Give it as it was said."""
        return Said(
            event=self.event,
            fields=self.fields,
            decided_by=self.decided_by,
            basis=self.basis,
            reason=self.reason,
            effective_at=self.effective_at,
            until=self.until,
            expect_plan=self.expect_plan,
        )


@post("/jurisdictions/{code:str}/plans", permission="act", sync_to_thread=True, status_code=200, tags=_TAGS)
def plan(request: _Ask, site: TheSite, code: FromPath[str], data: JSONBody[Asked]) -> Plan:
    """Say what an event would do now; nothing is recorded."""
    now = site.now()
    with site.store.reading() as tx:
        situation, playbook = queries.present(tx, code)
    asked = intake.request_of(
        playbook, situation, data.verb, data.said(), origin_of(request, None), now=now, partly=True
    )
    decision = decide(playbook, situation, asked, now)
    made = decision.plan or outline(playbook, situation, asked.event, asked.fields)
    if made is None:
        assert decision.refusal is not None, "a granted request has a plan"
        raise RefusedException(views.refusal(playbook, decision.refusal))
    return views.plan(playbook, made, incident=situation.incident, refused=decision.refusal)


@post("/jurisdictions/{code:str}/decisions", permission="act", sync_to_thread=True, tags=_TAGS)
def do(
    request: _Ask,
    site: TheSite,
    code: FromPath[str],
    data: JSONBody[Asked],
    key: Key = None,
    if_match: IfMatch = None,
) -> Response[Done]:
    """Decide an event and record what follows; a refusal is recorded too."""
    with site.store.reading() as tx:
        situation, playbook = queries.present(tx, code)
    asked = intake.request_of(
        playbook, situation, data.verb, data.said(), origin_of(request, key), now=site.now()
    )
    try:
        outcome = handle(
            site.store, code, asked, now=site.now, chance=site.chance, version=version_of(if_match)
        )
    except Moved as error:
        raise PreconditionFailedException(str(error)) from error
    site.live.ring()
    return answered(outcome)


def answered(outcome: Outcome) -> Response[Done]:
    """Answer with what was recorded. Raises `RefusedException` for a refusal, which is on record."""
    refusal = refusal_of(outcome)
    if refusal is not None:
        raise RefusedException(refusal, seq=outcome.entry.seq)
    return Response(
        views.done(outcome.playbook, outcome),
        status_code=HTTP_200_OK if outcome.repeated else HTTP_201_CREATED,
        headers={"etag": etag(outcome.situation.version)},
    )


def refusal_of(outcome: Outcome) -> views.Refusal | None:
    """Give why a request was refused; none where it was granted."""
    found = next((fact for fact in outcome.entry.facts if isinstance(fact, RequestRefused)), None)
    return None if found is None else views.refusal(outcome.playbook, found)


ROUTES: list[HTTPRouteHandler] = [plan, do]
