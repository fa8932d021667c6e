"""Two persons: what waits for another one's approval, the very plan that will run, and what was done alone.

Nobody approves what they proposed, whoever may press here (`domain/persons.py`); whoever proposed it may take
it back. The journal decides, under its lock: a page that is open shows what was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, PathParameter

from incident.domain import explain
from incident.domain.errors import Conflict, IncidentError, RequestError
from incident.domain.facts import StateEntered
from incident.domain.identity import SignedIn
from incident.domain.persons import is_same_person, is_surely_same_person
from incident.service import proposals as service
from incident.service import queries
from incident.service.handle import Outcome
from incident.service.ports import LAST
from incident.service.who import signed_in
from incident.views import plan as plans
from incident.views import two_persons as views
from incident.web.doors import Doors, TheDoors
from incident.web.errors import problem_if
from incident.web.forms import Form, TheForm
from incident.web.pages.acting import done_with, may_here, must_be_named, new_id, origin_of, said
from incident.web.pages.place import place_of
from incident.web.pages.trust import changed_ways
from incident.web.site import Site, TheSite
from incident.web.text import page

_Ask = Request[SignedIn, Any, Any]
#: Number of an entry.
Seq = Annotated[int, PathParameter(ge=0, le=LAST)]
_AT: Final = "/j/{code:str}/proposals"
#: What was found of which entry, while nobody has typed anything.
_NOTHING: Final[Mapping[int, str]] = MappingProxyType({})


@get(_AT, permission="look", sync_to_thread=True)
def waiting(request: _Ask, site: TheSite, code: FromPath[str]) -> Response[str]:
    """Show what waits for another person: proposals, and what one did alone."""
    return _waiting(request, site, code, None)


@get(_AT + "/{seq:int}", permission="look", sync_to_thread=True)
def offered(request: _Ask, site: TheSite, doors: TheDoors, code: FromPath[str], seq: Seq) -> Response[str]:
    """Show exactly what approving a proposal would do now."""
    return _offered(request, site, doors, code, seq, {}, None)


@post(_AT + "/{seq:int}/approve", permission="decide", sync_to_thread=True)
def approve(
    request: _Ask, site: TheSite, doors: TheDoors, code: FromPath[str], seq: Seq, form: TheForm
) -> Response[Any]:
    """Take the step that another person proposed."""
    try:
        with site.store.reading() as tx:
            _situation, playbook = queries.present(tx, code)
        must_be_named(playbook, form.get("confirm", ""))
        outcome = service.approve(
            site.store, code, seq, origin=origin_of(request, form), now=site.now, chance=site.chance
        )
    except (RequestError, Conflict) as error:
        return _offered(request, site, doors, code, seq, form, error)
    return done_with(site, outcome)


@post(_AT + "/{seq:int}/reject", permission="decide", sync_to_thread=True)
def reject(
    request: _Ask, site: TheSite, doors: TheDoors, code: FromPath[str], seq: Seq, form: TheForm
) -> Response[Any]:
    """End a proposal without taking its step."""
    return _end(request, site, doors, code, seq, form, service.reject)


@post(_AT + "/{seq:int}/withdraw", permission="act", sync_to_thread=True)
def withdraw(
    request: _Ask, site: TheSite, doors: TheDoors, code: FromPath[str], seq: Seq, form: TheForm
) -> Response[Any]:
    """Take back what one proposed oneself."""
    return _end(request, site, doors, code, seq, form, service.withdraw)


def _end(
    request: _Ask,
    site: Site,
    doors: Doors,
    code: str,
    seq: int,
    form: Form,
    end: Callable[..., Outcome],
) -> Response[Any]:
    reason, origin = said(form, "reason") or "", origin_of(request, form)
    try:
        outcome = end(site.store, code, seq, reason, origin=origin, now=site.now, chance=site.chance)
    except (RequestError, Conflict) as error:
        return _offered(request, site, doors, code, seq, form, error)
    return done_with(site, outcome)


@post("/j/{code:str}/reviews/{seq:int}", permission="decide", sync_to_thread=True)
def review(request: _Ask, site: TheSite, code: FromPath[str], seq: Seq, form: TheForm) -> Response[Any]:
    """Say what one finds of a step that another person took alone."""
    try:
        outcome = service.review(
            site.store,
            code,
            seq,
            said(form, "finding") or "",
            origin=origin_of(request, form),
            now=site.now,
            chance=site.chance,
        )
    except (RequestError, Conflict) as error:
        return _waiting(request, site, code, error, {seq: form.get("finding", "")})
    return done_with(site, outcome)


def _waiting(
    request: _Ask, site: Site, code: str, error: IncidentError | None, found: Mapping[int, str] = _NOTHING
) -> Response[str]:
    with site.store.reading() as tx:
        place, _situation, playbook = place_of(request, tx, code, "/proposals")
        proposed = [views.proposed(playbook, one) for one in service.open_proposals(tx, code)]
        alone = [views.unreviewed(playbook, one) for one in service.unreviewed(tx, code)]
        may_decide = may_here(request, tx, code, "decide")
    return page(
        request,
        "proposals.html",
        place=place,
        steps={key: step.name for key, step in playbook.transitions.items()},
        proposed=proposed,
        alone=alone,
        may_decide=may_decide,
        found=found,
        new_id=new_id,
        problem=problem_if(error),
    )


def _offered(
    request: _Ask,
    site: Site,
    doors: Doors,
    code: str,
    seq: int,
    form: Form,
    error: IncidentError | None,
) -> Response[str]:
    with site.store.reading() as tx:
        place, _situation, _playbook = place_of(request, tx, code, "/proposals")
        found = service.plan_of(tx, code, seq, now=site.now)
        may_decide, may_act = may_here(request, tx, code, "decide"), may_here(request, tx, code, "act")
    playbook, decision = found.playbook, found.decision
    plan, refusal = decision.plan, decision.refusal
    who = signed_in(request.user)
    is_own = is_same_person(who, found.proposal.said)
    is_theirs = is_surely_same_person(who, found.proposal.said)
    return page(
        request,
        "proposal.html",
        place=place,
        form={"id": new_id(), **form},
        proposed=views.proposed(playbook, found.proposal),
        asked=found.request,
        step=playbook.transitions[found.proposal.item.step].name,
        plan=plan,
        origin=None if plan is None else explain.state_name(playbook, plan.origin),
        target=None if plan is None else explain.state_name(playbook, plan.target),
        entered=next((fact for fact in decision.facts if isinstance(fact, StateEntered)), None),
        lines=[] if plan is None else plans.lines(playbook, plan.changes, plan.collisions),
        refusal=None if refusal is None else explain.refusal(playbook, refusal),
        may_decide=may_decide and not is_own,
        may_reject=may_decide and not is_theirs,
        may_withdraw=may_act and is_theirs,
        is_own=is_own,
        changed=changed_ways(doors, (found.proposal.said.by, who.by), place.zone),
        problem=problem_if(error),
    )


ROUTES: list[HTTPRouteHandler] = [waiting, offered, approve, reject, withdraw, review]
