"""The playbook's steps as a `transitions` machine, used as a lookup table. The only importer of transitions.

The library accepts unknown names silently and imports dotted callback names out of text, so nothing
reaches it but keys that were checked, and it is given no callbacks. One flat machine a playbook, a
throw-away model a decision (measured: 0.45 s and 3 MB for 40,000, against 7.7 s for a machine each).

The trigger of a step is its key and its target (`lift_response>routine`), because a step `to: previous`
has a target for each state that can come before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import transitions

from incident.domain.memo import per_playbook
from incident.domain.playbook import PREVIOUS, Playbook, Transition


class _Model:
    """Holds a state for the length of one lookup."""

    state: str


@per_playbook
def _table(playbook: Playbook) -> transitions.Machine:
    """Build the machine of a checked playbook."""
    machine = transitions.Machine(
        model=None, states=list(playbook.states), initial=playbook.initial, auto_transitions=False
    )
    for key, step in playbook.transitions.items():
        for origin in step.origins:
            for target in targets(playbook, step, origin):
                machine.add_transition(f"{key}>{target}", origin, target)
    return machine


class Moment(NamedTuple):
    """A state, and the one in force before it, which `previous` means; none at the beginning."""

    state: str
    previous: str | None


@per_playbook
def moments(playbook: Playbook) -> Mapping[Moment, Mapping[Moment, bool]]:
    """Walk every path from the initial state: each moment that can be, and where it leads.

    The value says whether some step there needs a decision. Conditions are left out of account.
    """
    walked: dict[Moment, dict[Moment, bool]] = {}
    waiting = [Moment(playbook.initial, None)]
    while waiting:
        here = waiting.pop()
        if here in walked:
            continue
        walked[here] = {}
        for step in playbook.transitions.values():
            target = here.previous if step.to == PREVIOUS else step.to
            if here.state in step.origins and target in playbook.states and target != here.state:
                there = Moment(target, here.state)
                walked[here][there] = walked[here].get(there, False) or bool(step.decided_by)
        waiting += walked[here]
    return walked


def targets(playbook: Playbook, step: Transition, origin: str) -> list[str]:
    """Give the states a step can enter from `origin`; one, except for `to: previous`."""
    if step.to != PREVIOUS:
        return [step.to]
    before = {moment.previous for moment in moments(playbook) if moment.state == origin}
    return [state for state in playbook.states if state in before]


def steps_from(playbook: Playbook, state: str) -> list[str]:
    """List the keys of the steps that leave `state`, in the playbook's order."""
    possible = {trigger.partition(">")[0] for trigger in _table(playbook).get_triggers(state)}
    return [key for key in playbook.transitions if key in possible]


def steps_on(playbook: Playbook, state: str, event: str) -> list[str]:
    """List the keys of the steps that answer to `event` in `state`."""
    return [key for key in steps_from(playbook, state) if playbook.transitions[key].on == event]


def events_from(playbook: Playbook, state: str) -> list[str]:
    """List the events that are possible in `state`, in the playbook's order."""
    possible = {playbook.transitions[key].on for key in steps_from(playbook, state)}
    return [event for event in playbook.events if event in possible]


def target(playbook: Playbook, key: str, state: str, previous: str | None) -> str | None:
    """Take step `key` from `state`; gives the state it enters, or None where it cannot be taken.

    `previous` is the state before the present one, for a step that returns to it.
    """
    step = playbook.transitions[key]
    wanted = previous if step.to == PREVIOUS else step.to
    event = _table(playbook).events.get(f"{key}>{wanted}")
    if event is None or state not in event.transitions:
        return None
    model = _Model()
    model.state = state
    event.trigger(model)
    return model.state
