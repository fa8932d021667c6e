"""A rehearsal as it is told: day by day, what is news, and how often all went as it should."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from incident.domain import clock, explain, names
from incident.domain.facts import ItemChanged, ItemEnded, ItemStarted, ReportFiled, TimerEnded
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.service.history import Line

#: Facts that are as they should be: counted a day, listed with `--all`.
_COUNTED: dict[str, Words] = {
    "ReportFiled": say("reports filed in time"),
    "Reminded": say("reminders"),
    "Called": say("meetings and checks called"),
}


class Day(NamedTuple):
    """One day of a rehearsal."""

    date: str
    #: What was news: the time of day, and what happened.
    told: list[tuple[str, Words]]
    #: What went as it should, how often.
    counted: list[Words]
    #: Whose duty it was.
    on_duty: list[Words]


def days(playbook: Playbook, lines: Iterable[Line], *, everything: bool) -> Iterator[Day]:
    """Tell what happened day by day, on the clock of the plan; every line of it, or what is news."""
    zone = playbook.jurisdiction.zone
    for date, of_day in groupby(lines, key=lambda line: f"{clock.local(line.at, zone):%Y-%m-%d}"):
        told, quiet, on_duty = list[tuple[str, Words]](), Counter[str](), dict[str, Words]()
        for line in of_day:
            if everything or is_news(line):
                told.append((f"{clock.local(line.at, zone):%H:%M}", explain.fact(playbook, line.fact)))
            else:
                quiet[line.kind] += 1
            if line.kind == "HandoverCame" and isinstance(line.fact, TimerEnded):
                on_duty[line.fact.key] = names.name_of(playbook, line.fact.of)
        counted: list[Words] = [
            say("{what} {n}", what=what, n=quiet[kind]) for kind, what in _COUNTED.items() if quiet[kind]
        ]
        yield Day(date, told, counted, [*on_duty.values()])


def is_news(line: Line) -> bool:
    """Tell whether a fact belongs into the short timeline: not what a switch does, nor what came in time."""
    match line.fact:
        case ItemStarted() | ItemChanged() | ItemEnded():
            return line.fact.kind == "directive"
        case ReportFiled():
            return not line.fact.closes or any(one.late for one in line.fact.closes)
        case TimerEnded(end="fired"):
            return line.kind not in {*_COUNTED, "HandoverCame", "ReportMet"}
        case _:
            return True
