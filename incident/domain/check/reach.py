"""Rules of the way through the states: everything can be entered, and a person can end everything.

P102  a state that no path enters
P103  a trap: from a state, however it was entered, no path leads back to the initial one
P104  the way back exists, but not by decisions alone: some step of every way back is decided by nobody

A step `to: previous` leads where the state was entered from, as in `machine.target`; so these rules follow
pairs of a state and the one before it, and a state may be a trap from one side only. Conditions are left out
of account: a step that can never be taken is reported by `conditions.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from incident.domain import machine
from incident.domain.check.report import error, quoted
from incident.domain.playbook import PREVIOUS, Playbook, Transition
from incident.domain.problem import Problem
from incident.domain.say import Words, say

TITLES = {
    "P102": say("unreachable state"),
    "P103": say("no way back to the initial state"),
    "P104": say("no way back by a person's decision"),
}


class Place(NamedTuple):
    """A state, and the one it was entered from; none at the beginning."""

    state: str
    previous: str | None


#: Where each place leads, and whether somebody decides it.
Moves = Mapping[Place, set[tuple[Place, bool]]]


def find(playbook: Playbook) -> Iterator[Problem]:
    """Find states without a way in or a way out; needs an initial state."""
    if playbook.initial not in playbook.states:
        return
    moves = _moves(playbook)
    returning = _returning(playbook, moves, decided=False)
    returning_decided = _returning(playbook, moves, decided=True)
    places: dict[str, list[Place]] = {state: [] for state in playbook.states}
    for place in moves:
        places[place.state].append(place)
    for state, mine in places.items():
        stuck = [place for place in mine if place not in returning]
        undecided = [place for place in mine if place not in returning_decided]
        if not mine:
            yield _unreachable(state, playbook.initial)
        elif stuck:
            yield _trap(state, playbook.initial, _entered_from(stuck, mine))
        elif undecided:
            yield _undecided_return(state, playbook.initial)


def _moves(playbook: Playbook) -> Moves:
    """Follow all steps from the beginning."""
    steps: dict[str, list[Transition]] = {state: [] for state in playbook.states}
    for step in playbook.transitions.values():
        for origin in step.origins:
            if origin in steps:
                steps[origin].append(step)
    before = {
        state: set(machine.targets(playbook, back, state))
        for state, mine in steps.items()
        for back in mine
        if back.to == PREVIOUS
    }
    moves: dict[Place, set[tuple[Place, bool]]] = {}
    waiting = [Place(playbook.initial, None)]
    while waiting:
        place = waiting.pop()
        if place in moves:
            continue
        moves[place] = set()
        for step in steps[place.state]:
            target = step.to if step.to != PREVIOUS else place.previous
            known = target in before[place.state] if step.to == PREVIOUS else target in steps
            if target is not None and known and target != place.state:
                moves[place].add((Place(target, place.state), bool(step.decided_by)))
        waiting += [target for target, _ in moves[place]]
    return moves


def _returning(playbook: Playbook, moves: Moves, *, decided: bool) -> set[Place]:
    """Give the places from which the initial state can be entered; with `decided`, by decisions alone."""
    origins: dict[Place, set[Place]] = {place: set() for place in moves}
    for place, targets in moves.items():
        for target, is_decided in targets:
            if is_decided or not decided:
                origins[target].add(place)
    waiting = [place for place in moves if place.state == playbook.initial]
    reached = set(waiting)
    while waiting:
        new = origins[waiting.pop()] - reached
        reached |= new
        waiting += new
    return reached


def _entered_from(stuck: list[Place], mine: list[Place]) -> Words:
    """Name the states before, where only some of them make a trap."""
    if len(stuck) == len(mine):
        return None
    return quoted(sorted({place.previous for place in stuck if place.previous is not None}))


def _unreachable(state: str, initial: str) -> Problem:
    return error(
        "P102",
        ("states", state),
        expected=say("a path of transitions from `{initial}` to `{state}`", initial=initial, state=state),
        found=say("none"),
        do=say("add a transition to the state, or remove it with `null`"),
    )


def _trap(state: str, initial: str, entered_from: Words) -> Problem:
    return error(
        "P103",
        ("states", state),
        expected=say(
            "a path of transitions from `{state}` back to `{initial}`", initial=initial, state=state
        ),
        found=say("none: whatever stands in the state could never be ended")
        if entered_from is None
        else say("none when it was entered from {states}", states=entered_from),
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
