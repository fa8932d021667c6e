"""Decisions: what an event would do, and doing it. The same transaction as for a person at a page."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Request, Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody
from msgspec import Meta, Struct

from incident.domain.decision import decide, outline
from incident.domain.identity import SignedIn
from incident.domain.request import Verb
from incident.service import intake, queries
from incident.service.handle import Outcome, handle
from incident.service.intake import Said
from incident.views import plan as views
from incident.views.plan import Done, Plan
from incident.web.api.answers import answered
from incident.web.api.conditions import Code, IfMatch, Key, origin_of
from incident.web.api.described import acts
from incident.web.errors import RefusedException
from incident.web.site import TheSite

_Ask = Request[SignedIn, Any, Any]
_TAG: Final = "decisions"
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

    #: One person alone does what needs two; `reason` has to say why. Loud, and reviewed afterwards.
    break_glass: bool = False

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


@post("/jurisdictions/{code:str}/plans", permission="act", status_code=200, **acts(_TAG))
def plan(request: _Ask, site: TheSite, code: Code, data: JSONBody[Asked]) -> Plan:
    """Say what an event would do now, line by line; nothing is recorded.

    The answer says who may decide, whether two persons are needed, why it would be refused as it is asked
    for, and holds the hash of the plan: given as `expect_plan`, only that may follow.
    """
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


@post("/jurisdictions/{code:str}/decisions", permission="act", **acts(_TAG, Done))
def decide_event(
    request: _Ask,
    site: TheSite,
    code: Code,
    data: JSONBody[Asked],
    key: Key = None,
    if_match: IfMatch = None,
) -> Response[Done]:
    """Decide an event and record what follows; a refusal is recorded too.

    A step that needs two persons is refused here: propose it, or say `break_glass` and a reason.
    """
    origin = origin_of(request, key, if_match)
    with site.store.reading() as tx:
        asked = intake.received(
            tx, code, data.verb, data.said(), origin, now=site.now(), break_glass=data.break_glass
        )
    outcome = handle(site.store, code, asked, now=site.now, chance=site.chance, version=origin.version)
    return answered(site, outcome, done_of)


def done_of(outcome: Outcome) -> Done:
    """Give what was decided and recorded."""
    return views.done(outcome.playbook, outcome)


ROUTES: list[HTTPRouteHandler] = [plan, decide_event]
