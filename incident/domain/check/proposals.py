"""Rules of clocks that propose a step down, and of steps to be confirmed: what they wait for can come.

P309  a step-down clock that can propose nothing, or watches what is not there
P310  a provisional step without an end of its term
P311  an event that is waited for where it cannot come

An event comes only where some step of the state answers to it: all others are refused as not possible. A
step that stays in its state and needs no decision lets an event in that is only to be noted. What is named
and does not exist at all is reported by `references.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from msgspec.structs import replace

from incident.domain import machine
from incident.domain.check import conditions
from incident.domain.check.report import error, nearest, quoted
from incident.domain.check.timers import promises_times
from incident.domain.playbook import PREVIOUS, Playbook, State, StepDown, Transition
from incident.domain.problem import Path, Problem
from incident.domain.say import say
from incident.domain.schedule import is_filing

TITLES = {
    "P309": say("a step-down clock that cannot work"),
    "P310": say("a provisional step that cannot be confirmed"),
    "P311": say("an event that cannot come"),
}

#: Events, by the state in which they can come.
_Coming = Mapping[str, AbstractSet[str]]


def find(playbook: Playbook) -> Iterator[Problem]:
    """Find clocks and provisional steps that wait in vain."""
    answered, entering = _answered(playbook), _entering(playbook)
    for name, state in playbook.states.items():
        leaving = [
            key for key, step in playbook.transitions.items() if name in step.origins and step.to != name
        ]
        for key, clock in state.clocks.items():
            path = ("states", name, "clocks", key)
            yield from _proposes(path, clock, name, leaving)
            yield from _feed(path, clock, state)
            yield from _when(playbook, path, clock)
            for field, events in (("reset_by", clock.reset_by), ("gates", clock.gates)):
                yield from _cannot_come(playbook, (*path, field), events, name, answered[name])
        for key, owed in state.obligations.items():
            place = ("states", name, "obligations", key, "on")
            # the event that enters the state starts it too
            yield from _cannot_come(playbook, place, owed.on, name, answered[name] | entering[name])
    for key, step in playbook.transitions.items():
        yield from _provisional(playbook, key, step, answered)


def _answered(playbook: Playbook) -> _Coming:
    """Give the events that some step of each state answers to; conditions are left out of account."""
    events: dict[str, set[str]] = {state: set() for state in playbook.states}
    for step in playbook.transitions.values():
        for origin in events.keys() & step.origins:
            events[origin].add(step.on)
    return events


def _entering(playbook: Playbook) -> _Coming:
    """Give the events by which each state can be entered."""
    events: dict[str, set[str]] = {state: set() for state in playbook.states}
    back: dict[str, set[str]] = {state: set() for state in playbook.states}
    for step in playbook.transitions.values():
        if step.to in events:
            events[step.to].add(step.on)
        for origin in back.keys() & step.origins if step.to == PREVIOUS else ():
            back[origin].add(step.on)
    for moment in machine.moments(playbook):
        if moment.previous is not None:
            events[moment.previous] |= back[moment.state]
    return events


def _proposes(path: Path, clock: StepDown, name: str, leaving: list[str]) -> Iterator[Problem]:
    if clock.proposes not in leaving:
        yield error(
            "P309",
            (*path, "proposes"),
            expected=quoted(leaving) or say("a transition that leaves `{state}`", state=name),
            found=f"`{clock.proposes}`",
            do=nearest(clock.proposes, leaving, say("propose a transition that leaves the state")),
        )


def _feed(path: Path, clock: StepDown, state: State) -> Iterator[Problem]:
    if clock.feed is None:
        return
    owed = state.obligations.get(clock.feed)
    if owed is None or not is_filing(owed) or not promises_times(owed):
        known = [key for key, one in state.obligations.items() if is_filing(one) and promises_times(one)]
        yield error(
            "P309",
            (*path, "feed"),
            expected=quoted(known) or say("a report of the state that is due at computed times"),
            found=f"`{clock.feed}`",
            do=say("name the report that tells of cases, or remove it with `null`"),
        )


def _when(playbook: Playbook, path: Path, clock: StepDown) -> Iterator[Problem]:
    """Find conditions that an event which resets the clock cannot meet; they are as those of a step."""
    for event in dict.fromkeys(clock.reset_by):
        for one in conditions.faults(playbook, event, clock.when, path):
            yield replace(one, rule="P309")


def _cannot_come(
    playbook: Playbook, path: Path, events: list[str], state: str, coming: AbstractSet[str]
) -> Iterator[Problem]:
    for at, event in enumerate(events):
        if event in playbook.events and event not in coming:
            yield _in_vain((*path, at), event, state, coming)


def _in_vain(path: Path, event: str, state: str, coming: AbstractSet[str]) -> Problem:
    return error(
        "P311",
        path,
        expected=quoted(coming) or say("an event that `{state}` takes", state=state),
        found=say("`{event}`, which is refused there", event=event),
        do=say(
            "add a transition from `{state}` on it; one that stays there and needs no decision only notes it",
            state=state,
        ),
    )


def _provisional(playbook: Playbook, key: str, step: Transition, answered: _Coming) -> Iterator[Problem]:
    path, confirming = ("transitions", key), step.confirmed_by
    for said, lacking in (("confirm_within", "confirmed_by"), ("confirmed_by", "confirm_within")):
        if getattr(step, said) is not None and getattr(step, lacking) is None:
            yield error(
                "P310",
                (*path, said),
                expected=say("`{field}` with it", field=lacking),
                found=say("`{field}` alone", field=said),
                do=say("say both: within what time, and by which event"),
            )
    if step.confirm_within is None and confirming is None:
        return
    entered = _entered(playbook, step)
    if step.confirm_within is not None and playbook.initial in entered:
        yield error(
            "P310",
            (*path, "confirm_within"),
            expected=say("a step into a response"),
            found=say("a step to the initial state, `{state}`", state=playbook.initial),
            do=say("leave it out: nothing stands there that could be refused"),
        )
    for state in entered:
        known = confirming in playbook.events and state in answered and state != playbook.initial
        if confirming is not None and known and confirming not in answered[state]:
            yield _in_vain((*path, "confirmed_by"), confirming, state, answered[state])


def _entered(playbook: Playbook, step: Transition) -> list[str]:
    """List the states that a step can enter."""
    found = (target for origin in step.origins for target in machine.targets(playbook, step, origin))
    return list(dict.fromkeys(found))
