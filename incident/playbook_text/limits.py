"""How much a playbook may hold: rule P012, asked before anything that takes time.

A file of 1 MiB can name thousands of states, and each may inherit all that stands in another. The limits lie
far above every plan known (the longest has 64 entries in a list and 3,000 values) and keep all that is
computed from a playbook within seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from incident.domain.problem import Mark, Problem
from incident.domain.say import Say, say
from incident.playbook_text.nodes import Node, problem

#: Entries of a map or list; `*` stands for any key.
MOST = {
    ("states",): 100,
    ("transitions",): 400,
    ("transitions", "*", "from"): 100,
    ("events", "*", "fields"): 30,
}
#: Entries of any other map or list.
MOST_ENTRIES = 500
#: Fields and choices of one event.
MOST_CHOICES = 200
#: Values in all conditions together.
MOST_CONDITIONS = 2_000
#: Values in all, with those that a state has from the one below.
MOST_VALUES = 100_000


def too_many(root: Node) -> list[Problem]:
    """Find maps and lists that are too long; asked before states are laid on each other."""
    return [*_too_long(root), *_too_many_choices(root), *_too_many_conditions(root)]


def too_much(root: Node) -> list[Problem]:
    """Tell whether there is too much in all, after states were laid on each other; counts no further."""
    waiting = [root]
    counted = 0
    while waiting:
        entries = _entries(waiting.pop())
        waiting += entries
        counted += len(entries)
        if counted > MOST_VALUES:
            expected = say("at most {n} values, with those from lower states", n=MOST_VALUES)
            return [_problem(root.mark, expected, say("more"))]
    return []


def _problem(mark: Mark, expected: Say, found: Say) -> Problem:
    return problem("P012", mark, expected, found, say("leave out what no step and no duty needs"))


def _too_long(root: Node) -> Iterator[Problem]:
    waiting: list[tuple[tuple[str, ...], Node]] = [((), root)]
    while waiting:
        path, node = waiting.pop()
        entries = _entries(node)
        most = _most(path)
        if len(entries) > most:
            expected = say("at most {n} entries", n=most)
            yield _problem(node.mark, expected, say("{n} entries", n=len(entries)))
        keys = node.value if isinstance(node.value, dict) else ["*"] * len(entries)
        waiting += [((*path, key), child) for key, child in zip(keys, entries, strict=True)]


def _most(path: tuple[str, ...]) -> int:
    for pattern, most in MOST.items():
        if len(path) == len(pattern) and all(
            wanted in ("*", key) for key, wanted in zip(path, pattern, strict=True)
        ):
            return most
    return MOST_ENTRIES


def _too_many_choices(root: Node) -> Iterator[Problem]:
    for event in _entries(_child(root, "events")):
        fields = _entries(_child(event, "fields"))
        number = len(fields) + sum(len(_entries(_child(field, "choices"))) for field in fields)
        if number > MOST_CHOICES:
            expected = say("at most {n} fields and choices of an event", n=MOST_CHOICES)
            yield _problem(event.mark, expected, say("{n} entries", n=number))


def _too_many_conditions(root: Node) -> Iterator[Problem]:
    steps = _child(root, "transitions")
    conditions = [one for step in _entries(steps) for one in _entries(_child(step, "when"))]
    number = sum(max(1, len(_entries(one))) for one in conditions)
    if steps is not None and number > MOST_CONDITIONS:
        expected = say("at most {n} values in the conditions of all transitions", n=MOST_CONDITIONS)
        yield _problem(steps.mark, expected, say("{n} entries", n=number))


def _child(node: Node | None, key: str) -> Node | None:
    return node.value.get(key) if node is not None and isinstance(node.value, dict) else None


def _entries(node: Node | None) -> list[Node]:
    """List what stands directly in a map or list."""
    value: Any = None if node is None else node.value
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
