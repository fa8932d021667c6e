"""Does a plan make sense? All rules of a playbook, run at once over its resolved form.

Each family stands in one module and says in its docstring what it finds: steps, approvals, reach and
conditions (P1xx), references, ambiguity and standing (P2xx), clocks, timers, proposals and rosters (P3xx),
counts (P4xx), paper (P5xx). The rules are pure: they see the playbook alone, and name places by path. What is
wrong with the text of a file (P0xx) and with `on_top_of` (P110) is found before, by `incident.playbook_text`.
`docs/playbook-rules.md` explains each rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

from incident.domain.check import (
    ambiguity,
    approvals,
    clocks,
    conditions,
    counts,
    paper,
    proposals,
    reach,
    references,
    rosters,
    standing,
    steps,
    timers,
)
from incident.domain.check.report import Find, Titles
from incident.domain.playbook import Playbook
from incident.domain.problem import Path, Problem
from incident.domain.say import Say

__all__ = ["RULES", "check"]

_FAMILIES: tuple[ModuleType, ...] = (
    steps,
    approvals,
    reach,
    conditions,
    references,
    ambiguity,
    standing,
    clocks,
    timers,
    proposals,
    rosters,
    counts,
    paper,
)


#: How many errors one family of rules reports.
MOST_ERRORS = 500


def _titles() -> dict[str, Say]:
    found: dict[str, Say] = {}
    for family in _FAMILIES:
        titles: Titles = family.TITLES
        assert not found.keys() & titles.keys(), "each rule has one home"
        found |= titles
    return dict(sorted(found.items()))


#: Every rule of this package: its id and what it is called.
RULES: dict[str, Say] = _titles()


def check(playbook: Playbook) -> list[Problem]:
    """Find everything that is wrong with a playbook, or that its author should know."""
    found: list[Problem] = []
    for family in _FAMILIES:
        find: Find = family.find
        found += _first(find(playbook))
    return paper.with_conflicts(playbook, _once(playbook, found))


def _first(problems: Iterator[Problem]) -> Iterator[Problem]:
    """End after as many errors as anybody mends at once: a stranger's playbook may have millions."""
    errors = 0
    for one in problems:
        yield one
        errors += one.severity == "error"
        if errors == MOST_ERRORS:
            return


def _once(playbook: Playbook, found: list[Problem]) -> list[Problem]:
    """Leave out of a state what is already reported of the state below it: it was inherited from there."""
    said = {(one.rule, one.path, str(one.found)) for one in found}
    return [one for one in found if (one.rule, _below(playbook, one.path), str(one.found)) not in said]


def _below(playbook: Playbook, path: Path) -> Path | None:
    """Give the path of the same posture item in the state below."""
    match path:
        case ("states", name, kind, key, *rest):
            state = playbook.states.get(str(name))
            if state is not None and state.on_top_of is not None:
                return ("states", state.on_top_of, kind, key, *rest)
    return None
