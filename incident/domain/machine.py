"""The playbook's steps as a `transitions` machine, used as a lookup table. The only importer of transitions.

The library accepts unknown names silently and imports dotted callback names out of text, so nothing
reaches it but keys that were checked, and it is given no callbacks. One flat machine a playbook, a
throw-away model a decision (measured: 0.45 s and 3 MB for 40,000, against 7.7 s for a machine each).

The trigger of a step is its key and its target (`lift_response>routine`). All steps `to: previous` share a
trigger for each state that can come before (`>routine`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

import transitions

from incident.domain.memo import by_identity
from incident.domain.playbook import PREVIOUS, Playbook, Transition

#: Stands for every step `to: previous` in a trigger; no step has this key.
_BACK = ""


class _Model:
    """Holds a state for the length of one lookup."""

    state: str


@by_identity
def _table(playbook: Playbook) -> transitions.Machine:
    """Build the machine of a checked playbook."""
    machine = transitions.Machine(
        model=None, states=list(playbook.states), initial=playbook.initial, auto_transitions=False
    )
    for key, step in playbook.transitions.items():
        if step.to != PREVIOUS:
            machine.add_transition(f"{key}>{step.to}", [*step.origins], step.to)
    for state, ways in _ways(playbook).items():
        for before in _entered_from(playbook).get(state, ()) if ways.back is not None else ():
            if before is not None:
                machine.add_transition(f"{_BACK}>{before}", state, before)
    return machine


class Moment(NamedTuple):
    """A state, and the one in force before it, which `previous` means; none at the beginning."""

    state: str
    previous: str | None


class Ways(NamedTuple):
    """Where the steps of a state lead, away from it; conditions are left out of account."""

    #: States that steps name; the value says whether some step there needs a decision.
    named: Mapping[str, bool]
    #: Whether some step `to: previous` needs a decision; None where the state has no such step.
    back: bool | None


@by_identity
def _ways(playbook: Playbook) -> Mapping[str, Ways]:
    """Give the ways out of each state: computed once a state, whatever was before it."""
    named: dict[str, dict[str, bool]] = {state: {} for state in playbook.states}
    back: dict[str, bool] = {}
    for step in playbook.transitions.values():
        decided = bool(step.decided_by)
        for origin in named.keys() & step.origins:
            if step.to == PREVIOUS:
                back[origin] = back.get(origin, False) or decided
            elif step.to in named and step.to != origin:
                named[origin][step.to] = named[origin].get(step.to, False) or decided
    return {state: Ways(named[state], back.get(state)) for state in playbook.states}


def ways(playbook: Playbook, state: str) -> Ways:
    """Give the ways out of a state."""
    return _ways(playbook)[state]


@by_identity
def moments(playbook: Playbook) -> Collection[Moment]:
    """Walk every path from the initial state: each moment that can be.

    Costs the square of the states and not its cube, for only `to: previous` asks what was before.
    """
    walked: dict[Moment, None] = {}
    seen: set[str] = set()
    waiting = [Moment(playbook.initial, None)] if playbook.initial in playbook.states else []
    while waiting:
        here = waiting.pop()
        if here in walked:
            continue
        walked[here] = None
        leaving = ways(playbook, here.state)
        if here.state not in seen:
            seen.add(here.state)
            waiting += [Moment(state, here.state) for state in leaving.named]
        if leaving.back is not None and here.previous is not None:
            waiting.append(Moment(here.previous, here.state))
    return walked.keys()


@by_identity
def _entered_from(playbook: Playbook) -> Mapping[str, Collection[str | None]]:
    """Give for each state that can be entered those that can be before it."""
    before: dict[str, set[str | None]] = {}
    for moment in moments(playbook):
        before.setdefault(moment.state, set()).add(moment.previous)
    return before


def targets(playbook: Playbook, step: Transition, origin: str) -> list[str]:
    """Give the states a step can enter from `origin`; one, except for `to: previous`."""
    if step.to != PREVIOUS:
        return [step.to]
    before = _entered_from(playbook).get(origin, ())
    return [state for state in playbook.states if state in before]


def steps_from(playbook: Playbook, state: str) -> list[str]:
    """List the keys of the steps that leave `state`, in the playbook's order."""
    possible = {trigger.partition(">")[0] for trigger in _table(playbook).get_triggers(state)}
    return [
        key
        for key, step in playbook.transitions.items()
        if key in possible or (step.to == PREVIOUS and state in step.origins and _BACK in possible)
    ]


@by_identity
def steps_on(playbook: Playbook, state: str, event: str) -> list[str]:
    """List the keys of the steps that answer to `event` in `state`."""
    return [key for key in steps_from(playbook, state) if playbook.transitions[key].on == event]


@by_identity
def events_from(playbook: Playbook, state: str) -> list[str]:
    """List the events that are possible in `state`, in the playbook's order."""
    possible = {playbook.transitions[key].on for key in steps_from(playbook, state)}
    return [event for event in playbook.events if event in possible]


@by_identity
def target(playbook: Playbook, key: str, state: str, previous: str | None) -> str | None:
    """Take step `key` from `state`; gives the state it enters, or None where it cannot be taken.

    `previous` is the state before the present one, for a step that returns to it.
    """
    step = playbook.transitions[key]
    trigger = f"{_BACK}>{previous}" if step.to == PREVIOUS else f"{key}>{step.to}"
    event = _table(playbook).events.get(trigger)
    if event is None or state not in event.transitions or state not in step.origins:
        return None
    model = _Model()
    model.state = state
    event.trigger(model)
    return model.state
