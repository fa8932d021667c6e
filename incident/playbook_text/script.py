"""The script of a rehearsal: who does what and when, as a YAML file of its own.

    acts:
      - {at: day 2 02:40, activate: local_positive_reported, set: {origin: local, cases: 1}}
      - {at: day 2 15:20, file: duty, form: daily_report, zero: true}
      - {at: 2026-03-20 09:00, stand_down: response_lifted}

Day 1 is the day on which the rehearsal begins; hours are wall clock in the zone of the playbook.
`docs/playbook-authors.md` describes all of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import Struct

from incident.domain import clock, inputs
from incident.domain.errors import RequestError
from incident.domain.organisation import Words, shape
from incident.domain.problem import Mark, Problem
from incident.domain.say import Words as Sentence
from incident.domain.say import say
from incident.playbook_text.nodes import MAX_BYTES, Node, UnreadableError, describe, read
from incident.playbook_text.typed import Walker
from incident.service.files import read_file

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


class Placed(NamedTuple):
    """An act and where it stands."""

    act: Scripted
    mark: Mark


class ScriptError(RequestError):
    """A script is wrong; carries all that is wrong with it, and is itself the last of these."""

    def __init__(self, errors: Sequence[RequestError]) -> None:
        """Keep every error, at least one."""
        where, expected, found, do = errors[-1].parts()
        super().__init__(where=where, expected=expected, found=found, do=do)
        self.before = list(errors[:-1])


def wrong(mark: Mark, *, expected: Sentence, found: Sentence, do: Sentence) -> RequestError:
    """Make the error of a place in a script."""
    return RequestError(where=say("script {name}", name=str(mark)), expected=expected, found=found, do=do)


def read_script(name: str) -> list[Placed]:
    """Read a script. Raises `RequestError` when there is none, `ScriptError` with all its faults."""
    path = Path(name)
    where, do = say("script {name}", name=name), say("correct {script}", script=inputs.SCRIPT)
    raw = read_file(path, MAX_BYTES, expected=say("a YAML file that can be read"), do=do, where=where).raw
    return script_in(raw, str(path))


def script_in(raw: bytes, name: str) -> list[Placed]:
    """Read a script that is called so. Raises `ScriptError` with all its faults."""
    try:
        root, problems = read(raw, name)
    except UnreadableError as error:
        raise ScriptError([_said(error.problem)]) from error
    if not isinstance(root.value, dict) or "acts" not in root.value:
        raise ScriptError([*map(_said, problems), _no_list(root)])
    walker = Walker()
    plain: Any = walker.walk(root, msgspec.inspect.type_info(Script))
    problems += walker.problems
    if problems:
        raise ScriptError([*map(_said, problems)])
    marks = [node.mark for node in root.value["acts"].value]
    placed = [*map(Placed, msgspec.convert(plain, Script).acts, marks)]
    mixed = [found for one in placed if (found := _mixed(one.act, one.mark)) is not None]
    if mixed:
        raise ScriptError(mixed)
    return placed


def _said(one: Problem) -> RequestError:
    assert one.mark is not None, "a fault of a text has its place"
    return wrong(one.mark, expected=one.expected, found=one.found, do=one.do)


def _no_list(root: Node) -> RequestError:
    there = [f"`{key}`" for key in root.value] if isinstance(root.value, dict) else describe(root)
    return wrong(
        root.mark,
        expected=say("`acts:` and below it the list of what is done"),
        found=there or say("nothing"),
        do=say("begin the script with `acts:`"),
    )


def _mixed(act: Scripted, mark: Mark) -> RequestError | None:
    """Find an act that is none or several, and one with what does not belong to its kind."""
    said, remove = act.what(), say("remove it")
    if said is None:
        expected = say("exactly one of `activate`, `stand_down`, `signal`, `file`")
        return wrong(mark, expected=expected, found=say("none or several"), do=say("make it one act"))
    if said[0] == "file" and (act.set or act.decided_by is not None):
        expected = say("with `file` nothing but `form` and `zero`")
        return wrong(mark, expected=expected, found=say("`set` or `decided_by`"), do=remove)
    if said[0] != "file" and (act.form is not None or act.zero):
        expected = say("with `{key}` nothing but `set` and `decided_by`", key=said[0])
        return wrong(mark, expected=expected, found=say("`form` or `zero`"), do=remove)
    return None


def instant(words: str, zone: str, since: int) -> int:
    """Give the instant of `day 2 02:40` or of a date and time. Raises `ValueError`, `OverflowError`."""
    day = _DAY.fullmatch(words)
    if day is None:
        return clock.read_time(words, zone, since)
    date = clock.local(since, zone).date() + timedelta(days=int(day[1]) - 1)
    return clock.read_time(f"{date.isoformat()} {day[2]}", zone, since)
