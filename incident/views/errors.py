"""What is in the way, and what is wrong with a playbook: where, expected, found, what to do."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from incident.domain import problem as domain
from incident.domain.errors import IncidentError, Refused
from incident.domain.say import Words, say
from incident.language import speak

#: Characters of one part of an error. A file of a stranger may hold a mebibyte where a name should stand.
MOST_SAID = 2_000


class Trouble(Struct, frozen=True, kw_only=True):
    """What is in the way, in words."""

    where: str
    expected: str
    found: str
    do: str


class Problem(Struct, frozen=True, kw_only=True):
    """Something in a playbook that is wrong, or that its author should know."""

    #: Rule id, such as P401.
    rule: str
    #: Errors stop adoption; warnings are shown and recorded.
    severity: Literal["error", "warning"]
    #: Where in which file, lines and columns from 1; null where it is in none.
    file: str | None
    line: int | None
    column: int | None
    #: Keys from the top of the playbook, joined with dots.
    path: str
    expected: str
    found: str
    do: str


class Failure(Struct, frozen=True, kw_only=True):
    """An answer that is an error."""

    error: Trouble
    #: There only where a playbook does not hold.
    problems: list[Problem] | UnsetType = UNSET


class Denial(Struct, frozen=True, kw_only=True):
    """Why a rule, or the lack of authority, forbids it."""

    rule: str
    reason: str
    #: References of the playbook.
    who_may_decide: list[str]
    missing: list[str]


class Denied(Struct, frozen=True, kw_only=True):
    """An answer that is a refusal, of what is no event."""

    refused: Denial


def failure(error: IncidentError) -> Failure | Denied:
    """Give an error as the answer that it is."""
    if isinstance(error, Refused):
        return Denied(
            refused=Denial(
                rule=error.rule,
                reason=trouble(error).found,
                who_may_decide=error.who_may_decide,
                missing=error.missing,
            )
        )
    return Failure(error=trouble(error), problems=problems(error))


def trouble(error: IncidentError) -> Trouble:
    """Give the four parts of an error, each as long as a person reads."""
    where, expected, found, do = map(brief, error.parts())
    return Trouble(where=where, expected=expected, found=found, do=do)


def problems(error: IncidentError) -> list[Problem] | UnsetType:
    """Give the problems that an error carries; unset where it carries none."""
    return [problem(one) for one in error.problems] or UNSET


def problem(one: domain.Problem) -> Problem:
    """Give a playbook's problem as data."""
    mark = one.mark
    return Problem(
        rule=one.rule,
        severity=one.severity,
        file=mark.file if mark else None,
        line=mark.line if mark else None,
        column=mark.column if mark else None,
        path=".".join(str(step) for step in one.path),
        expected=brief(one.expected),
        found=brief(one.found),
        do=brief(one.do),
    )


def brief(words: Words) -> str:
    """Put a part of an error into words, as many as a person reads."""
    said = speak(words)
    return said if len(said) <= MOST_SAID else f"{said[:MOST_SAID]}…"


def in_a_line(error: IncidentError) -> Words:
    """Give an error as one line."""
    where, expected, at_hand, do = error.parts()
    return say(
        "{where}: expected {expected}, found {found}; {do}",
        where=where,
        expected=expected,
        found=at_hand,
        do=do,
    )
