"""Moving the planned end of what is in force. The end reminds and never reverts; moving it is a decision.

The body that decided what is in force moves its end (应对法 72). Refused, and recorded as such: where nothing
is in force that ends, without body or basis, by another body, to a time that has passed.
"""

from __future__ import annotations

from incident.domain import clock, names
from incident.domain.facts import AnyFact, PlannedEndMoved, RequestRefused
from incident.domain.journal import Entry
from incident.domain.playbook import Playbook
from incident.domain.request import find_authority
from incident.domain.situation import Situation
from incident.service.act import Act, View, act
from incident.service.handle import Outcome
from incident.service.ports import Chance, Clock, Store
from incident.service.who import Origin


def extend(
    store: Store,
    code: str,
    until: int,
    *,
    decided_by: str | None,
    basis: str | None,
    reason: str | None,
    origin: Origin,
    now: Clock,
    chance: Chance,
) -> Outcome:
    """Move the planned end to `until`. Raises `RequestError` for a body that is not known."""

    def find(view: View) -> list[AnyFact]:
        authority = authority_of(view.playbook, decided_by, view.situation.authority)
        has_basis = bool((basis or "").strip())
        return [moved(view.playbook, view.situation, until, authority, view.at, has_basis=has_basis)]

    def is_same(_playbook: Playbook, entry: Entry) -> bool:
        ends = [fact.planned_end for fact in entry.facts if isinstance(fact, PlannedEndMoved)]
        return ends in ([], [clock.stamp(until)])  # one that was refused stays refused

    doing = Act(
        verb="extend",
        origin=origin,
        decided_by=(decided_by or "").strip() or None,
        basis=(basis or "").strip() or None,
        reason=(reason or "").strip() or None,
        until=until,
        is_same=is_same,
    )
    return act(store, code, doing, find, now=now, chance=chance)


def moved(
    playbook: Playbook, situation: Situation, until: int, authority: str | None, at: int, *, has_basis: bool
) -> PlannedEndMoved | RequestRefused:
    """Give the fact of moving the planned end, or of why that may not be; `authority` is a key, or none."""
    holder = situation.authority
    if situation.state == playbook.initial:
        return RequestRefused(rule="time", times=["no_end"])
    said = {"decided_by": authority is not None, "basis": has_basis}
    missing = [name for name, is_said in said.items() if not is_said]
    who = [] if holder is None else [holder]
    if missing:
        return RequestRefused(rule="missing", missing=missing, who_may_decide=who)
    if holder is not None and authority != holder:
        return RequestRefused(rule="authority", who_may_decide=who)
    if until <= at:
        return RequestRefused(rule="time", times=["passed"])
    return PlannedEndMoved(planned_end=clock.stamp(until), authority=authority)


def authority_of(playbook: Playbook, words: str | None, holder: str | None) -> str | None:
    """Give the body meant; of several that answer to the words, the one that decided what is in force."""
    if not (words or "").strip():
        return None
    assert words is not None, "there are words"
    meant = [one.key for one in names.find(playbook, words, names.DECIDERS)]
    return holder if holder in meant else find_authority(playbook, words)
