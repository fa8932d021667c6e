"""A story for a rehearsal where none is written: the greatest step out of routine, a setback, way back."""

from __future__ import annotations

from datetime import datetime, timedelta

from incident.domain import clock, machine
from incident.domain.playbook import Condition, Field, Playbook, Range, Transition
from incident.domain.posture import switch
from incident.domain.request import Value, Verb
from incident.testing.rehearsal import Act

#: Hour of the night in which it begins, and of the morning in which it ends.
_NIGHT, _MORNING = (2, 40), (9, 0)


def story(playbook: Playbook, since: int, days: int) -> list[Act]:
    """Tell of an activation in the second night, the same event once more, and a stand-down near the end."""
    out = _way_out(playbook)
    if out is None:
        return []
    acts = [_act(playbook, out, "activate", _at(playbook, since, 1, _NIGHT))]
    leaving = [playbook.transitions[key] for key in machine.steps_from(playbook, out.to)]
    again = [step for step in leaving if (step.to, step.on) == (out.to, out.on)]
    back = [step for step in leaving if step.to == playbook.initial]
    acts += [_act(playbook, step, "signal", _at(playbook, since, 3, _MORNING)) for step in again[:1]]
    last = _at(playbook, since, max(2, days - 2), _MORNING)
    acts += [_act(playbook, step, "stand_down", last) for step in back[:1]]
    return acts


def _way_out(playbook: Playbook) -> Transition | None:
    """Give the step out of routine that changes most."""
    steps = [playbook.transitions[key] for key in machine.steps_from(playbook, playbook.initial)]
    known = [step for step in steps if step.to in playbook.states and step.to != playbook.initial]
    return max(known, key=lambda step: _weight(playbook, step), default=None)


def _weight(playbook: Playbook, step: Transition) -> int:
    return sum(change.op != "=" for change in switch(playbook, playbook.initial, step.to))


def _at(playbook: Playbook, since: int, day: int, time: tuple[int, int]) -> int:
    zone = playbook.jurisdiction.zone
    date = clock.local(since, zone).date() + timedelta(days=day)
    return clock.instant(datetime(date.year, date.month, date.day, *time), zone)  # noqa: DTZ001 - a wall time


def _act(playbook: Playbook, step: Transition, do: Verb, at: int) -> Act:
    fields = playbook.events[step.on].fields
    values = {name: _value(field, step.when.get(name)) for name, field in fields.items() if field.required}
    return Act(at=at, do=do, what=step.on, values=values)


def _value(field: Field, condition: Condition | None) -> Value:
    """Give a value that meets a condition, the least that the field may hold where there is none."""
    match condition:
        case str() | int():
            return condition
        case list():
            return condition[0]
        case Range():
            least = condition.at_least if condition.at_least is not None else condition.at_most
            return least if least is not None else 0
        case _ if field.type == "choice":
            return next(iter(field.choices))
        case _:
            return "rehearsal" if field.type == "text" else field.at_least or 0
