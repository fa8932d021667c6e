"""The script of a rehearsal: who does what and when, as a YAML file of its own.

    acts:
      - {at: day 2 02:40, activate: local_positive_reported, set: {origin: local, cases: 1}}
      - {at: day 2 15:20, file: duty, form: daily_report, zero: true}
      - {at: 2026-03-20 09:00, stand_down: response_lifted}

Day 1 is the day on which the rehearsal begins; hours are wall clock in the zone of the playbook.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Struct

from incident.domain import clock
from incident.domain.errors import PlaybookError, RequestError
from incident.domain.organisation import Words, shape
from incident.domain.problem import Mark, Problem
from incident.domain.say import say
from incident.playbook_text.nodes import UnreadableError, problem, read
from incident.playbook_text.typed import Walker

_DAY = re.compile(r"day ([1-9][0-9]{0,3}) ([0-2][0-9]:[0-5][0-9])")

#: When something is done.
When = Annotated[
    str, shape("`day 2 02:40` or `2026-03-02 02:40`", pattern=r"^(day [1-9][0-9]{0,3}|[0-9-]{10}) [0-9:]{5}$")
]


class Scripted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One act, as it is written: exactly one of `activate`, `stand_down`, `signal`, `file`."""

    at: When
    activate: Words | None = None
    stand_down: Words | None = None
    signal: Words | None = None
    #: Who files a report.
    file: Words | None = None
    #: Values of an event.
    set: dict[str, str | int] = {}
    #: Form of a report.
    form: Words | None = None
    zero: bool = False
    decided_by: Words | None = None

    def what(self) -> tuple[Literal["activate", "stand_down", "signal", "file"], str] | None:
        """Give what is done and to what; None where that is not said exactly once."""
        said = [(name, getattr(self, name)) for name in ("activate", "stand_down", "signal", "file")]
        given = [(name, value) for name, value in said if value is not None]
        return given[0] if len(given) == 1 else None  # type: ignore[return-value]  # names of `said`


class Script(Struct, frozen=True, forbid_unknown_fields=True):
    """A whole script."""

    acts: list[Scripted]


def read_script(name: str) -> Sequence[Scripted]:
    """Read a script. Raises `RequestError` when there is none, `PlaybookError` with all its faults."""
    path = Path(name)
    try:
        raw = path.read_bytes()
    except (OSError, ValueError) as error:
        raise RequestError(
            where=say("script {name}", name=name),
            expected=say("a YAML file that can be read"),
            found=str(error),
            do=say("correct --script"),
        ) from error
    try:
        root, problems = read(raw, str(path))
    except UnreadableError as error:
        raise PlaybookError(name, [error.problem]) from error
    walker = Walker()
    plain: Any = walker.walk(root, msgspec.inspect.type_info(Script))
    problems += walker.problems
    if not problems:
        acts = msgspec.convert(plain, Script).acts
        problems = [
            found for n, one in enumerate(acts) if (found := _unsaid(one, root.value["acts"].value[n].mark))
        ]
    if problems:
        raise PlaybookError(name, problems)
    return acts


def _unsaid(one: Scripted, mark: Mark) -> Problem | None:
    if one.what() is not None:
        return None
    expected = say("exactly one of `activate`, `stand_down`, `signal`, `file`")
    return problem("P008", mark, expected, say("none or several"), say("make it one act"))


def instant(words: str, zone: str, since: int) -> int:
    """Give the instant of `day 2 02:40` or of a date and time. Raises `ValueError`."""
    day = _DAY.fullmatch(words)
    if day is None:
        return clock.read_time(words, zone, since)
    date = clock.local(since, zone).date() + timedelta(days=int(day[1]) - 1)
    return clock.read_time(f"{date.isoformat()} {day[2]}", zone, since)
