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
        holder = view.situation.authority
        authority = _authority(view.playbook, decided_by, holder)
        if view.situation.state == view.playbook.initial:
            return [RequestRefused(rule="time", times=["no_end"])]
        said = {"decided_by": authority, "basis": (basis or "").strip()}
        missing = [name for name, value in said.items() if not value]
        who = [] if holder is None else [holder]
        if missing:
            return [RequestRefused(rule="missing", missing=missing, who_may_decide=who)]
        if holder is not None and authority != holder:
            return [RequestRefused(rule="authority", who_may_decide=who)]
        if until <= view.at:
            return [RequestRefused(rule="time", times=["passed"])]
        return [PlannedEndMoved(planned_end=clock.stamp(until), authority=authority)]

    def is_same(_playbook: Playbook, entry: Entry) -> bool:
        moved = [fact.planned_end for fact in entry.facts if isinstance(fact, PlannedEndMoved)]
        return moved in ([], [clock.stamp(until)])  # one that was refused stays refused

    doing = Act(
        verb="extend",
        origin=origin,
        decided_by=(decided_by or "").strip() or None,
        basis=(basis or "").strip() or None,
        reason=(reason or "").strip() or None,
        is_same=is_same,
    )
    return act(store, code, doing, find, now=now, chance=chance)


def _authority(playbook: Playbook, words: str | None, holder: str | None) -> str | None:
    """Give the body meant; of several that answer to the words, the one that decided what is in force."""
    if not (words or "").strip():
        return None
    assert words is not None, "there are words"
    meant = [one.key for one in names.find(playbook, words, names.DECIDERS)]
    return holder if holder in meant else find_authority(playbook, words)
