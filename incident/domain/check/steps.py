"""Rules of single steps: the names they use, and who decides them.

P101  a step leaves or enters a state that is not declared
P107  a step answers to an event that is not declared, or something waits for one (found by `references.py`)
P111  the initial state is not declared
P112  an event that no step answers to
P113  a step that changes the state, and nobody may decide it

Not here: where the steps lead together (`reach.py`), whether they exclude each other (`conditions.py`), who
the deciders are (`references.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

from incident.domain import names
from incident.domain.check.report import error, nearest, quoted, warning
from incident.domain.playbook import ACTIVATOR, PREVIOUS, Playbook, Transition
from incident.domain.problem import Path, Problem
from incident.domain.say import say

TITLES = {
    "P101": say("unknown state"),
    "P107": say("unknown event"),
    "P111": say("no initial state"),
    "P112": say("an event without a transition"),
    "P113": say("a change of state that nobody decides"),
}


def find(playbook: Playbook) -> Iterator[Problem]:
    """Find what is wrong with single steps."""
    yield from _initial(playbook)
    for key, step in playbook.transitions.items():
        yield from _states_of(playbook, key, step)
        yield from _event_of(playbook, key, step)
        yield from _undecided(playbook, key, step)
    yield from _unanswered(playbook)


def _initial(playbook: Playbook) -> Iterator[Problem]:
    if playbook.initial not in playbook.states:
        yield error(
            "P111",
            ("initial",),
            expected=say("a declared state: {states}", states=quoted(playbook.states)),
            found=f"`{playbook.initial}`",
            do=nearest(playbook.initial, playbook.states, say("declare it, or name another as `initial:`")),
        )


def _states_of(playbook: Playbook, key: str, step: Transition) -> Iterator[Problem]:
    named: list[tuple[Path, str]] = [(("from", at), state) for at, state in enumerate(step.origins)]
    if step.to != PREVIOUS:
        named.append((("to",), step.to))
    for place, state in named:
        if state not in playbook.states:
            yield error(
                "P101",
                ("transitions", key, *place),
                expected=say("a declared state: {states}", states=quoted(playbook.states)),
                found=f"`{state}`",
                do=nearest(state, playbook.states, say("declare the state, or name another")),
            )


def _event_of(playbook: Playbook, key: str, step: Transition) -> Iterator[Problem]:
    if step.on not in playbook.events:
        yield error(
            "P107",
            ("transitions", key, "on"),
            expected=say("a declared event: {events}", events=quoted(playbook.events)),
            found=f"`{step.on}`",
            do=nearest(step.on, playbook.events, say("declare the event, or name another")),
        )


def _undecided(playbook: Playbook, key: str, step: Transition) -> Iterator[Problem]:
    by_activator = step.decided_by and all(_is_activator(playbook, ref) for ref in step.decided_by)
    if playbook.initial in step.origins and by_activator:
        yield error(
            "P113",
            ("transitions", key, "decided_by"),
            expected=say("a body that may decide a change of state"),
            found=say("only `{role}`, and nobody has decided the initial state", role=ACTIVATOR),
            do=say("name the deciding body, or leave the initial state out of `from:`"),
        )
    if not step.decided_by and any(origin != step.to for origin in step.origins):
        yield error(
            "P113",
            ("transitions", key, "decided_by"),
            expected=say("a body that may decide a change of state"),
            found=say("nobody"),
            do=say("name the deciding body in `decided_by:`; only a step that stays in its state needs none"),
        )


def _is_activator(playbook: Playbook, ref: str) -> bool:
    return [one.key for one in names.find(playbook, ref)] == [ACTIVATOR]


def _unanswered(playbook: Playbook) -> Iterator[Problem]:
    answered = {step.on for step in playbook.transitions.values()}
    for event in playbook.events:
        if event not in answered:
            yield warning(
                "P112",
                ("events", event),
                expected=say("a transition on `{event}`", event=event),
                found=say("none; every such event will be refused"),
                do=say("add a transition, or remove the event with `null`"),
            )
