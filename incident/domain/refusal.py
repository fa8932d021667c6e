"""Why a request is not granted: the rules 3 to 10 of `decision.py`, once its step is known."""

from __future__ import annotations

from typing import Literal, NamedTuple

from msgspec import Struct

from incident.domain import machine
from incident.domain.facts import RequestRefused
from incident.domain.playbook import PREVIOUS, Playbook, Transition
from incident.domain.request import Request
from incident.domain.situation import Situation

Rule = Literal[
    "not_possible",
    "no_match",
    "wrong_verb",
    "already",
    "two_persons",
    "one_person",
    "same_person",
    "missing",
    "authority",
    "time",
    "plan_changed",
]


class Refusal(Struct, frozen=True, kw_only=True):
    """Why a request was not granted."""

    #: Which rule refused.
    rule: Rule
    #: What was missing: `matter`, `decided_by`, `basis`, `why_alone`.
    missing: list[str] = []
    #: Who may decide; references of the playbook.
    who_may_decide: list[str] = []
    #: Events that are possible instead.
    possible: list[str] = []
    #: What is wrong with the times: `before_state`, `in_future`, `ends_early`, `no_end`.
    times: list[str] = []


class Offer(NamedTuple):
    """What the step of a request would do."""

    step: str
    target: str
    #: Hash of its plan.
    plan: str
    #: Who may decide it.
    deciders: list[str]
    effective_at: int


def refused(refusal: Refusal) -> RequestRefused:
    """Give the fact that records a refusal."""
    return RequestRefused(
        rule=refusal.rule,
        missing=refusal.missing,
        who_may_decide=refusal.who_may_decide,
        possible=refusal.possible,
        times=refusal.times,
    )


def objection(
    playbook: Playbook, situation: Situation, request: Request, offer: Offer, now: int
) -> Refusal | None:
    """Give why what the step would do is not granted; none when it is."""
    step, deciders = playbook.transitions[offer.step], offer.deciders
    ends = offer.target == playbook.initial or step.to == PREVIOUS
    if (request.verb == "activate" and ends) or (request.verb == "stand_down" and not ends):
        possible = machine.events_from(playbook, situation.state)
        return Refusal(rule="wrong_verb", possible=possible)
    if request.verb == "activate" and offer.target == situation.state:
        return Refusal(rule="already")
    alone = _alone(step, request)
    if alone is not None:
        return Refusal(rule=alone)
    missing = _missing(step, request, ends=ends)
    if missing:
        return Refusal(rule="missing", missing=missing, who_may_decide=deciders)
    if step.decided_by and request.authority not in deciders:
        return Refusal(rule="authority", who_may_decide=deciders)
    times = _wrong_times(playbook, situation, request, offer, now)
    if times:
        return Refusal(rule="time", times=times)
    if request.expect_plan is not None and request.expect_plan != offer.plan:
        return Refusal(rule="plan_changed")
    return None


def _alone(step: Transition, request: Request) -> Rule | None:
    """Name the rule against one person doing what needs two, or two what needs one."""
    if request.verb == "approve":
        return None if request.by_another else "same_person"
    if request.verb == "propose":
        return "one_person" if step.approval is None else None
    return None if step.approval is None or request.break_glass else "two_persons"


def _missing(step: Transition, request: Request, *, ends: bool) -> list[str]:
    """Name what art. 72 asks for and the request lacks; a report that needs no decision needs none.

    Whoever does alone what needs two says why.
    """
    alone = ["why_alone"] if step.approval and request.break_glass and not request.reason else []
    if not step.decided_by:
        return alone
    missing = []
    if not (ends or request.fields or request.reason):
        missing.append("matter")
    if request.authority is None:
        missing.append("decided_by")
    if not request.basis:
        missing.append("basis")
    return missing + alone


def _wrong_times(
    playbook: Playbook, situation: Situation, request: Request, offer: Offer, now: int
) -> list[str]:
    has_end = offer.target not in (playbook.initial, situation.state)
    wrong = {
        "before_state": offer.effective_at < situation.since,
        "in_future": request.effective_at is not None and offer.effective_at > now,
        "ends_early": request.until is not None and request.until <= offer.effective_at,
        "no_end": request.until is not None and not has_end,
    }
    return [name for name, is_wrong in wrong.items() if is_wrong]
