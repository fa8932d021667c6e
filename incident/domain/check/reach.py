"""Rules of the way through the states: everything can be entered, and a person can end everything.

P102  a state that no path enters
P103  a trap: from a state, however it was entered, no path leads back to the initial one
P104  the way back exists, but not by decisions alone: some step of every way back is decided by nobody

A step `to: previous` leads where the state was entered from, as in `machine.target`; so these rules follow
pairs of a state and the one before it, and a state may be a trap from one side only. Conditions are left out
of account: a step that can never be taken is reported by `conditions.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from incident.domain import machine
from incident.domain.check.report import error, quoted
from incident.domain.machine import Moment
from incident.domain.playbook import Playbook
from incident.domain.problem import Problem
from incident.domain.say import Words, say

TITLES = {
    "P102": say("unreachable state"),
    "P103": say("no way back to the initial state"),
    "P104": say("no way back by a person's decision"),
}


#: The moments that can be, by their state.
Moments = Mapping[str, Sequence[Moment]]


def find(playbook: Playbook) -> Iterator[Problem]:
    """Find states without a way in or a way out; needs an initial state."""
    if playbook.initial not in playbook.states:
        return
    by_state: dict[str, list[Moment]] = {state: [] for state in playbook.states}
    for moment in machine.moments(playbook):
        by_state[moment.state].append(moment)
    returning = _returning(playbook, by_state, decided=False)
    returning_decided = _returning(playbook, by_state, decided=True)
    for state, mine in by_state.items():
        stuck = [moment for moment in mine if moment not in returning]
        undecided = [moment for moment in mine if moment not in returning_decided]
        if not mine:
            yield _unreachable(state, playbook.initial)
        elif stuck:
            yield _trap(state, playbook.initial, _entered_from(stuck, mine))
        elif undecided:
            yield _undecided_return(state, playbook.initial)


def _returning(playbook: Playbook, by_state: Moments, *, decided: bool) -> set[Moment]:
    """Give the moments from which the initial state can be entered; with `decided`, by decisions alone."""
    reached: set[Moment] = set()
    waiting = list(by_state[playbook.initial])
    while waiting:
        here = waiting.pop()
        if here in reached:
            continue
        reached.add(here)
        waiting += _before(playbook, by_state, here, decided=decided)
    return reached


def _before(playbook: Playbook, by_state: Moments, here: Moment, *, decided: bool) -> Iterator[Moment]:
    """Give the moments from which a step leads to this one."""
    if here.previous is None:
        return
    taken = (True,) if decided else (True, False)
    leaving = machine.ways(playbook, here.previous)
    if leaving.named.get(here.state) in taken:
        yield from by_state[here.previous]
    elif leaving.back in taken:
        yield from (moment for moment in by_state[here.previous] if moment.previous == here.state)


def _entered_from(stuck: list[Moment], mine: list[Moment]) -> Words:
    """Name the states before, where only some of them make a trap."""
    if len(stuck) == len(mine):
        return None
    return quoted(sorted({moment.previous for moment in stuck if moment.previous is not None}))


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
