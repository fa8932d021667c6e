"""Activating, standing down, reporting any other event: choose, say, look at the plan, confirm, done.

    GET  act                      which events are possible now, by button
    GET  act/{event}              what the event needs to be said
    POST act/{event}/plan         what would follow, line by line, with every warning
    POST act/{event}              done, if that is still what follows; then the entry, by its number (done.py)

What was confirmed is what runs: the form carries the hash of the plan that was shown. The identity of the act
is given with the first form, so that pressing twice is one act.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from litestar import Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from msgspec.structs import replace

from incident.domain import explain, names
from incident.domain.decision import Decision, decide, outline
from incident.domain.errors import Conflict, IncidentError, RequestError
from incident.domain.facts import StateEntered
from incident.domain.identity import SignedIn
from incident.domain.journal import Entry
from incident.domain.playbook import Playbook
from incident.domain.request import Request as Event
from incident.domain.request import Verb
from incident.domain.say import Words, say
from incident.domain.situation import Situation
from incident.service import intake, proposals, queries
from incident.service.handle import Outcome, Seen, handle
from incident.service.intake import Said
from incident.service.opened import read_entry
from incident.views import plan as views
from incident.web.errors import problem_if
from incident.web.forms import Form, TheForm, go
from incident.web.pages.acting import SOURCE, done_with, must_be_named, new_id, origin_of
from incident.web.pages.place import place_of
from incident.web.site import Site, TheSite
from incident.web.text import page

_Ask = Request[SignedIn, Any, Any]
_VERBS: Final[dict[Verb, Words]] = {
    "activate": say("Activate, or raise the response"),
    "stand_down": say("Stand down"),
    "signal": say("Report what happened"),
}
#: Fields of the form beside the values of the event, which are called `value-…`.
_SAID: Final = ("decided_by", "basis", "reason", "effective_at", "until")
_VALUE: Final = "value-"
#: How a step is taken that needs two persons: proposed to another, or by one alone.
_PROPOSE: Final = "propose"
_ALONE: Final = "alone"
#: The button by which one goes back to what was said.
_CHANGE: Final = "change"


class Choice(NamedTuple):
    """One event that is possible now."""

    address: str
    name: Words
    #: Where it leads; none where that depends on its values.
    target: Words


@get("/j/{code:str}/act", permission="act", sync_to_thread=True)
def choose(request: _Ask, site: TheSite, code: FromPath[str]) -> Response[str]:
    """Show which events are possible now."""
    with site.store.reading() as tx:
        place, situation, playbook = place_of(request, tx, code, "/act")
    choices = {
        verb: [
            _choice(playbook, situation, code, verb, event)
            for event in intake.fitting_events(playbook, situation, verb)
        ]
        for verb in _VERBS
    }
    return page(request, "act_choose.html", place=place, verbs=_VERBS, choices=choices)


def _choice(playbook: Playbook, situation: Situation, code: str, verb: Verb, event: str) -> Choice:
    plan = outline(playbook, situation, event, {})
    target = None if plan is None else explain.state_name(playbook, plan.target)
    return Choice(f"/j/{code}/act/{event}?verb={verb}", playbook.events[event].name, target)


@get("/j/{code:str}/act/{event:str}", permission="act", sync_to_thread=True)
def ask(
    request: _Ask, site: TheSite, code: FromPath[str], event: FromPath[str], verb: FromQuery[str] = "signal"
) -> Response[str]:
    """Ask for what the event needs to be said."""
    form: Form = {"verb": _verb(verb)}
    return _form(request, site, code, event, form, None)


@post("/j/{code:str}/act/{event:str}/plan", permission="act", sync_to_thread=True, status_code=200)
def show_plan(
    request: _Ask, site: TheSite, code: FromPath[str], event: FromPath[str], form: TheForm
) -> Response[str]:
    """Show what would follow, or once more the form with what was said; nothing is recorded."""
    if _CHANGE in form:
        kept = {name: words for name, words in form.items() if name not in (_CHANGE, "way")}
        return _form(request, site, code, event, kept, None)
    try:
        return _plan(request, site, code, event, form, None)
    except RequestError as error:
        return _form(request, site, code, event, form, error)


@post("/j/{code:str}/act/{event:str}", permission="act", sync_to_thread=True)
def do(
    request: _Ask, site: TheSite, code: FromPath[str], event: FromPath[str], form: TheForm
) -> Response[Any]:
    """Do what was shown, once the name of the jurisdiction is typed; then show what was recorded.

    A step that needs two persons is proposed, unless whoever presses does it alone and says why.
    """
    with site.store.reading() as tx:
        situation, playbook = queries.present(tx, code)
        before = tx.answered(code, SOURCE, form.get("id", ""))
    if before is not None:
        return _again(request, site, code, event, form, read_entry(code, before))
    try:
        must_be_named(playbook, form.get("confirm", ""))
        asked = _event_of(request, site, playbook, situation, event, form, approved=form.get("plan"))
        outcome = _carry_out(site, code, asked)
    except (RequestError, Conflict) as error:
        return _plan(request, site, code, event, form, error)
    return done_with(site, outcome)


def _carry_out(site: Site, code: str, asked: Event) -> Outcome:
    carry_out = proposals.propose if asked.verb == "propose" else handle
    seen = Seen(asked.expect_plan, granted=True)
    return carry_out(site.store, code, asked, now=site.now, chance=site.chance, seen=seen)


def _again(
    request: _Ask, site: Site, code: str, event: str, form: Form, before: Entry
) -> Response[Any] | Redirect:
    """Show what was recorded the first time it was pressed; who says something else by now is told so."""
    with site.store.reading() as tx:
        situation, playbook = queries.present(tx, code)
    try:
        asked = _event_of(request, site, playbook, situation, event, form)
        # who is meant by a name is a matter of the state, which is another one by now
        _carry_out(site, code, replace(asked, authority=before.authority))
    except Conflict as error:
        return _plan(request, site, code, event, {**form, "id": new_id()}, error)
    except RequestError:  # what it names is gone, with the plan that knew it
        pass
    return go(f"/j/{code}/done/{before.seq}")


def _form(
    request: _Ask, site: Site, code: str, event: str, form: Form, error: IncidentError | None
) -> Response[str]:
    form = {"verb": "signal", "id": new_id(), **form}
    with site.store.reading() as tx:
        place, situation, playbook = place_of(request, tx, code, "/act")
    declared = playbook.events.get(event)
    if declared is None:
        raise NotFoundException
    plan = outline(playbook, situation, event, {})
    return page(
        request,
        "act_form.html",
        status=200 if error is None else 422,
        place=place,
        event=event,
        declared=declared,
        form=form,
        value=_VALUE,
        has_end=plan is None or plan.target not in (playbook.initial, situation.state),
        deciders=[] if plan is None else _named(playbook, plan.who_may_decide),
        bases=[one.title for one in playbook.document.basis.values()],
        problem=problem_if(error),
    )


def _named(playbook: Playbook, refs: tuple[str, ...]) -> list[tuple[str, Words]]:
    return [(ref, names.name_of(playbook, ref)) for ref in refs]


def _plan(
    request: _Ask, site: Site, code: str, event: str, form: Form, error: IncidentError | None
) -> Response[str]:
    with site.store.reading() as tx:
        place, situation, playbook = place_of(request, tx, code, "/act")
    asked = _event_of(request, site, playbook, situation, event, form)
    if form.get("way") != _ALONE and _needs_two(playbook, situation, asked):
        form = {**form, "way": _PROPOSE}
        asked = replace(asked, verb="propose")
    decision = decide(playbook, situation, asked, site.now())
    return page(
        request,
        "act_plan.html",
        place=place,
        event=event,
        declared=playbook.events[event],
        form={name: words for name, words in form.items() if name not in ("_csrf", "plan", "confirm")},
        problem=problem_if(error),
        **_shown(playbook, decision),
    )


def _needs_two(playbook: Playbook, situation: Situation, asked: Event) -> bool:
    plan = outline(playbook, situation, asked.event, asked.fields)
    return plan is not None and playbook.transitions[plan.step].approval is not None


def _shown(playbook: Playbook, decision: Decision) -> dict[str, Any]:
    """Give what a decision would do, for the page."""
    plan, refusal = decision.plan, decision.refusal
    entered = next((fact for fact in decision.facts if isinstance(fact, StateEntered)), None)
    return {
        "plan": plan,
        "lines": [] if plan is None else views.lines(playbook, plan.changes, plan.collisions),
        "origin": None if plan is None else explain.state_name(playbook, plan.origin),
        "target": None if plan is None else explain.state_name(playbook, plan.target),
        "entered": entered,
        "refusal": None if refusal is None else explain.refusal(playbook, refusal),
        "deciders": [] if plan is None else _named(playbook, plan.who_may_decide),
    }


def _event_of(
    request: _Ask,
    site: Site,
    playbook: Playbook,
    situation: Situation,
    event: str,
    form: Form,
    *,
    approved: str | None = None,
) -> Event:
    """Read the form. Raises `RequestError`."""
    values = {name.removeprefix(_VALUE): words for name, words in form.items() if name.startswith(_VALUE)}
    said = Said(
        event=event,
        fields={name: words for name, words in values.items() if words.strip()},
        expect_plan=approved or None,
        **{name: form.get(name, "").strip() or None for name in _SAID},
    )
    way = form.get("way", "")
    return intake.request_of(
        playbook,
        situation,
        "propose" if way == _PROPOSE else _verb(form.get("verb", "")),
        said,
        origin_of(request, form),
        now=site.now(),
        break_glass=way == _ALONE,
        called=_called,
    )


def _called(name: str) -> Words:
    return {
        "effective_at": say("in force from"),
        "until": say("planned end"),
        "expect_plan": say("plan"),
    }.get(name, name)


def _verb(words: str) -> Verb:
    return next((verb for verb in _VERBS if verb == words), "signal")


ROUTES: list[HTTPRouteHandler] = [choose, ask, show_plan, do]
