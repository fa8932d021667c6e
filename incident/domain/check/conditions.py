"""Rules of conditions: each can hold, and no event is taken by two steps.

P105  a dead step: its condition can never hold, or earlier steps take all of it
P106  two steps from one state on one event, and both conditions can hold
P108  a condition on a value that the event does not have
P109  a condition that no value of the field meets, or a field that no value can fill
P114  an integer that may be as long as a telephone number

Steps answer in the order of the playbook, so of two that overlap the later one is reported. P105 and P106
are decided exactly (`boxes.py`), on steps whose conditions are themselves in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from incident.domain.check import boxes
from incident.domain.check.report import error, nearest, quoted, warning
from incident.domain.playbook import Condition, Event, Field, Playbook, Range, Transition
from incident.domain.problem import Path, Problem
from incident.domain.say import Words, say

TITLES = {
    "P105": say("a transition that can never be taken"),
    "P106": say("two transitions for one event"),
    "P108": say("a condition on an unknown value"),
    "P109": say("a condition that no value meets"),
    "P114": say("an integer without an upper bound"),
}


#: How many earlier steps one is compared with that overlap it: more say nothing new.
_COMPARED = 20


def find(playbook: Playbook) -> Iterator[Problem]:
    """Find conditions that are wrong, dead or overlapping."""
    for name, event in playbook.events.items():
        for key, field in event.fields.items():
            yield from _field(("events", name, "fields", key), field)
    wrong: set[str] = set()
    for key, step in playbook.transitions.items():
        found = list(faults(playbook, step.on, step.when, ("transitions", key)))
        wrong |= {key} if found else set()
        yield from found
    effort = boxes.Effort()
    for name, event in playbook.events.items():
        if not any(_least_over_most(field) for field in event.fields.values()):
            steps = {k: t for k, t in playbook.transitions.items() if t.on == name and k not in wrong}
            yield from _answers(event, steps, effort)


def _least_over_most(field: Field | Range) -> bool:
    return field.at_least is not None and field.at_most is not None and field.at_least > field.at_most


def _bounds(of: Field | Range) -> Words:
    if of.at_least is not None and of.at_most is not None:
        return say("from {least} to {most}", least=of.at_least, most=of.at_most)
    if of.at_least is not None:
        return say("at least {least}", least=of.at_least)
    return say("at most {most}", most=of.at_most) if of.at_most is not None else say("any whole number")


def _field(path: Path, field: Field) -> Iterator[Problem]:
    if field.type == "choice" and not field.choices:
        yield error(
            "P109",
            path,
            expected=say("at least one choice"),
            found=say("none"),
            do=say("list the `choices:` of the field"),
        )
    elif field.type == "integer" and _least_over_most(field):
        yield error(
            "P109",
            (*path, "at_least"),
            expected=say("`at_least` up to `at_most`"),
            found=_bounds(field),
            do=say("exchange or correct the bounds"),
        )
    elif field.type == "integer" and field.at_most is None:
        yield warning(
            "P114",
            path,
            expected=say("`at_most:`, the greatest number that makes sense"),
            found=say("none, so a telephone number could stand in the journal, readable and for ever"),
            do=say("add `at_most:` to the field"),
        )
    bounded = field.at_least is not None or field.at_most is not None
    if (field.choices and field.type != "choice") or (bounded and field.type != "integer"):
        yield error(
            "P109",
            (*path, "type"),
            expected=say("`choices` only with `type: choice`, bounds only with `type: integer`"),
            found=f"`type: {field.type}`",
            do=say("correct the type, or remove what does not belong to it"),
        )


def faults(playbook: Playbook, on: str, when: Mapping[str, Condition], of: Path) -> Iterator[Problem]:
    """Find faults in a condition on event `on`; `of` is the path of what has the condition.

    An unknown event has been reported elsewhere.
    """
    event = playbook.events.get(on)
    for name, condition in when.items() if event is not None else ():
        assert event is not None
        path = (*of, "when", name)
        field = event.fields.get(name)
        if field is None:
            yield error(
                "P108",
                path,
                expected=quoted(event.fields) or say("no condition: the event has no values"),
                found=f"`{name}`",
                do=nearest(name, event.fields, say("declare the value in `fields:` of the event")),
            )
        else:
            yield from _value(path, field, condition)


def _value(path: Path, field: Field, condition: Condition) -> Iterator[Problem]:
    match field.type, condition:
        case "integer", Range():
            yield from _range(path, field, condition)
        case "integer", int():
            yield from _range(path, field, Range(condition, condition))
        case "choice" | "text", str() | list():
            listed = [condition] if isinstance(condition, str) else condition
            strange = [word for word in listed if field.type == "choice" and word not in field.choices]
            for word in strange:
                yield error(
                    "P109",
                    (*path, listed.index(word)) if isinstance(condition, list) else path,
                    expected=quoted(field.choices),
                    found=f"`{word}`",
                    do=nearest(word, field.choices, say("use one of the choices, or declare this one")),
                )
        case _:
            yield error(
                "P109",
                path,
                expected=_fitting(field),
                found=_shown(condition),
                do=say("write the condition as the type of the value demands"),
            )


def _range(path: Path, field: Field, condition: Range) -> Iterator[Problem]:
    lows = [bound for bound in (field.at_least, condition.at_least) if bound is not None]
    highs = [bound for bound in (field.at_most, condition.at_most) if bound is not None]
    unbounded = condition.at_least is None and condition.at_most is None
    if unbounded or (lows and highs and max(lows) > min(highs)):
        yield error(
            "P109",
            path,
            expected=_fitting(field),
            found=_shown(condition),
            do=say("correct the bounds so that some value of the field lies between them"),
        )


def _fitting(field: Field) -> Words:
    if field.type == "integer":
        return say("a number or bounds, {range}", range=_bounds(field))
    return quoted(field.choices) if field.type == "choice" else say("text, or a list of texts")


def _shown(condition: Condition) -> Words:
    match condition:
        case Range(at_least=None, at_most=None):
            return say("no bound")
        case Range():
            return _bounds(condition)
        case list():
            return quoted(condition)
        case _:
            return f"`{condition}`"


def _answers(event: Event, steps: dict[str, Transition], effort: boxes.Effort) -> Iterator[Problem]:
    """Find dead and overlapping steps among those that answer to one event."""
    axes = boxes.axes(event, [step.when for step in steps.values()])
    before: dict[str, tuple[boxes.Box, frozenset[str]]] = {}
    for key, step in steps.items():
        mine = boxes.box(axes, step.when)
        if boxes.is_empty(mine):
            yield _never(key)
            continue
        origins = frozenset(step.origins)
        overlapping = (
            (other, box, theirs)
            for other, (box, theirs) in before.items()
            if not origins.isdisjoint(theirs) and boxes.share(mine, box)
        )
        earlier = list(islice(overlapping, _COMPARED))
        before[key] = mine, origins
        shared: dict[str, list[str]] = {}
        for at, state in enumerate(step.origins):
            here = {other: box for other, box, theirs in earlier if state in theirs}
            if here and boxes.is_inside(mine, here.values(), effort):
                yield _shadowed(("transitions", key, "from", at), state, list(here))
            else:
                for other in here:
                    shared.setdefault(other, []).append(state)
        if shared:
            yield _both(key, shared)


def _never(key: str) -> Problem:
    return error(
        "P105",
        ("transitions", key, "when"),
        expected=say("a condition that some event meets"),
        found=say("no event can meet it"),
        do=say("list the values it is meant for, or remove the transition"),
    )


def _shadowed(path: Path, state: str, earlier: list[str]) -> Problem:
    return error(
        "P105",
        path,
        expected=say("events in `{state}` that no earlier transition takes", state=state),
        found=say("all of them are taken by {steps}", steps=quoted(earlier)),
        do=say("narrow the condition of the earlier ones, or leave the state out here"),
    )


def _both(key: str, shared: dict[str, list[str]]) -> Problem:
    states = {state: None for of_one in shared.values() for state in of_one}
    return error(
        "P106",
        ("transitions", key, "when"),
        expected=say("at most one transition for each event in {states}", states=quoted(states)),
        found=say("{steps} can take the same event", steps=quoted(shared)),
        do=say("make the conditions exclude each other"),
    )
