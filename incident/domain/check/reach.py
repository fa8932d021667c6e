"""Rules of the way through the states: everything can be entered, and a person can end everything.

P102  a state that no path enters
P103  a trap: no path leads from a reachable state back to the initial one
P104  the way back exists, but not by decisions alone: some step of every way back is decided by nobody

`to: previous` leads to every state from which the present one can be entered by a step that names it.
Conditions are left out of account: a step that can never be taken is reported by `conditions.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from incident.domain import machine
from incident.domain.check.report import error
from incident.domain.playbook import Playbook
from incident.domain.problem import Problem
from incident.domain.say import say

TITLES = {
    "P102": say("unreachable state"),
    "P103": say("no way back to the initial state"),
    "P104": say("no way back by a person's decision"),
}

#: States a state leads to.
Edges = Mapping[str, set[str]]


def find(playbook: Playbook) -> Iterator[Problem]:
    """Find states without a way in or a way out; needs an initial state."""
    if playbook.initial not in playbook.states:
        return
    edges, decided = _edges(playbook, decided=False), _edges(playbook, decided=True)
    reachable = _from(playbook.initial, edges)
    returning = _from(playbook.initial, _turned(edges))
    returning_decided = _from(playbook.initial, _turned(decided))
    for state in playbook.states:
        if state not in reachable:
            yield _unreachable(state, playbook.initial)
        elif state not in returning:
            yield _trap(state, playbook.initial)
        elif state not in returning_decided:
            yield _undecided_return(state, playbook.initial)


def _edges(playbook: Playbook, *, decided: bool) -> Edges:
    """Give where each state leads; with `decided`, only by steps that somebody decides."""
    edges: dict[str, set[str]] = {state: set() for state in playbook.states}
    for step in playbook.transitions.values():
        if decided and not step.decided_by:
            continue
        for origin in step.origins:
            if origin in edges:
                edges[origin].update(edges.keys() & machine.targets(playbook, step, origin))
    return edges


def _turned(edges: Edges) -> Edges:
    return {state: {origin for origin, targets in edges.items() if state in targets} for state in edges}


def _from(start: str, edges: Edges) -> set[str]:
    reached, waiting = {start}, [start]
    while waiting:
        new = edges[waiting.pop()] - reached
        reached |= new
        waiting += new
    return reached


def _unreachable(state: str, initial: str) -> Problem:
    return error(
        "P102",
        ("states", state),
        expected=say("a path of transitions from `{initial}` to `{state}`", initial=initial, state=state),
        found=say("none"),
        do=say("add a transition to the state, or remove it with `null`"),
    )


def _trap(state: str, initial: str) -> Problem:
    return error(
        "P103",
        ("states", state),
        expected=say(
            "a path of transitions from `{state}` back to `{initial}`", initial=initial, state=state
        ),
        found=say("none: whatever stands in the state could never be ended"),
        do=say("add a transition that ends the state, decided by a body"),
    )


def _undecided_return(state: str, initial: str) -> Problem:
    return error(
        "P104",
        ("states", state),
        expected=say(
            "a path from `{state}` back to `{initial}` that people decide, step by step",
            initial=initial,
            state=state,
        ),
        found=say("only paths with a step that nobody decides"),
        do=say("name in `decided_by:` who may decide the steps back"),
    )
