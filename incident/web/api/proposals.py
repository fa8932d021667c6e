"""Two persons: what waits for another's approval, with the plan that will run, and what was done alone.

Nobody approves what they proposed, whichever token they come with (`domain/persons.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody
from msgspec import Struct

from incident.domain.identity import SignedIn
from incident.service import intake, queries
from incident.service import proposals as service
from incident.service.handle import Outcome
from incident.service.who import Origin
from incident.views import two_persons as views
from incident.views.plan import Done
from incident.views.two_persons import Ended, Offered, Proposed, Unreviewed
from incident.web.api.acts import Asked, Words, done_of
from incident.web.api.answers import answered, unchanged, versioned
from incident.web.api.conditions import Code, IfMatch, IfNoneMatch, Key, Seq, origin_of
from incident.web.api.described import acts, reads
from incident.web.api.directives import Reason
from incident.web.site import Site, TheSite

_Ask = Request[SignedIn, Any, Any]
_TAG: Final = "two persons"
_AT: Final = "/jurisdictions/{code:str}/proposals"


class Finding(Struct, kw_only=True, forbid_unknown_fields=True):
    """What a review found."""

    finding: Words


@get(_AT, permission="look", **reads(_TAG, versioned=True))
def waiting(site: TheSite, code: Code, if_none_match: IfNoneMatch = None) -> Response[list[Proposed]]:
    """List the steps that wait for another person's approval, the oldest first."""
    with site.store.reading() as tx:
        situation, playbook = queries.present(tx, code)
        there = [views.proposed(playbook, one) for one in service.open_proposals(tx, code)]
    return unchanged(situation.version, if_none_match) or versioned(there, situation.version)


@post(_AT, permission="act", **acts(_TAG, Done))
def propose(
    request: _Ask,
    site: TheSite,
    code: Code,
    data: JSONBody[Asked],
    key: Key = None,
    if_match: IfMatch = None,
) -> Response[Done]:
    """Propose a step that needs two persons, with all that a decision needs; nothing changes yet.

    `proposal` in the answer is its number. A step that one person decides is refused, and recorded so.
    """
    origin = origin_of(request, key, if_match)
    with site.store.reading() as tx:
        asked = intake.received(tx, code, "propose", data.said(), origin, now=site.now())
    outcome = service.propose(
        site.store, code, asked, now=site.now, chance=site.chance, version=origin.version
    )
    return answered(site, outcome, done_of)


@get(_AT + "/{seq:int}", permission="look", **reads(_TAG))
def offered(site: TheSite, code: Code, seq: Seq) -> Response[Offered]:
    """Give one proposal with the plan that approving it would run, or why that would be refused now."""
    with site.store.reading() as tx:
        found = service.plan_of(tx, code, seq, now=site.now)
    return versioned(views.offered(found), found.situation.version)


@post(_AT + "/{seq:int}/approval", permission="decide", **acts(_TAG, Done))
def approve(
    request: _Ask, site: TheSite, code: Code, seq: Seq, key: Key = None, if_match: IfMatch = None
) -> Response[Done]:
    """Take the step that another person proposed, if it is still the plan that was proposed."""
    origin = origin_of(request, key, if_match)
    outcome = service.approve(site.store, code, seq, origin=origin, now=site.now, chance=site.chance)
    return answered(site, outcome, done_of)


@post(_AT + "/{seq:int}/rejection", permission="decide", **acts(_TAG, Ended))
def reject(
    request: _Ask,
    site: TheSite,
    code: Code,
    seq: Seq,
    data: JSONBody[Reason],
    key: Key = None,
    if_match: IfMatch = None,
) -> Response[Ended]:
    """End a proposal without taking its step."""
    return _end(site, code, seq, data.reason, origin_of(request, key, if_match), service.reject)


@post(_AT + "/{seq:int}/withdrawal", permission="act", **acts(_TAG, Ended))
def withdraw(
    request: _Ask,
    site: TheSite,
    code: Code,
    seq: Seq,
    data: JSONBody[Reason],
    key: Key = None,
    if_match: IfMatch = None,
) -> Response[Ended]:
    """Take back what one proposed oneself."""
    return _end(site, code, seq, data.reason, origin_of(request, key, if_match), service.withdraw)


def _end(
    site: Site, code: str, seq: int, reason: str, origin: Origin, end: Callable[..., Outcome]
) -> Response[Ended]:
    outcome = end(site.store, code, seq, reason, origin=origin, now=site.now, chance=site.chance)
    return answered(site, outcome, views.ended)


@get("/jurisdictions/{code:str}/reviews", permission="look", **reads(_TAG, versioned=True))
def unreviewed(site: TheSite, code: Code, if_none_match: IfNoneMatch = None) -> Response[list[Unreviewed]]:
    """List what one person did alone where two are needed, and nobody has reviewed."""
    with site.store.reading() as tx:
        situation, playbook = queries.present(tx, code)
        there = [views.unreviewed(playbook, one) for one in service.unreviewed(tx, code)]
    return unchanged(situation.version, if_none_match) or versioned(there, situation.version)


@post("/jurisdictions/{code:str}/reviews/{seq:int}", permission="decide", **acts(_TAG, Ended))
def review(
    request: _Ask,
    site: TheSite,
    code: Code,
    seq: Seq,
    data: JSONBody[Finding],
    key: Key = None,
    if_match: IfMatch = None,
) -> Response[Ended]:
    """Say what one finds of a step that another person took alone in entry `seq`; it is open no more."""
    origin = origin_of(request, key, if_match)
    outcome = service.review(
        site.store, code, seq, data.finding, origin=origin, now=site.now, chance=site.chance
    )
    return answered(site, outcome, views.ended)


ROUTES: list[HTTPRouteHandler] = [
    waiting,
    propose,
    offered,
    approve,
    reject,
    withdraw,
    unreviewed,
    review,
]
