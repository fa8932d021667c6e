"""Where each value of a resolved playbook comes from: file and line, and clause or project."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from incident.domain.problem import Mark, Path
from incident.playbook_text.merge import POSTURE
from incident.playbook_text.nodes import Node


class Value(NamedTuple):
    """One value with its origin."""

    path: Path
    value: str | int | bool
    mark: Mark
    #: Clause of the paper plan; none when the project supplied the value.
    clause: str | None


def values(root: Node) -> Iterator[Value]:
    """Give every value of a tree in order.

    A value has the clause of the nearest item around it, unless it, or a map it stands in, is named in that
    item's `project:`. Notes are always the project's own words.
    """
    yield from _values(root, (), None)


def _is_standing(path: Path) -> bool:
    """Tell whether a path leads to a posture item, which stands by its own clause, not its state's."""
    return len(path) == 4 and path[0] == "states" and path[2] in POSTURE  # noqa: PLR2004


def _values(node: Node, path: Path, clause: str | None) -> Iterator[Value]:
    if isinstance(node.value, dict):
        own = node.value.get("source")
        if own is not None or _is_standing(path):
            clause = own.value if own is not None else None
        supplied = node.value.get("project")
        by_project = {"note"} | ({child.value for child in supplied.value} if supplied is not None else set())
        for key, child in node.value.items():
            if key != "project":
                yield from _values(child, (*path, key), None if key in by_project else clause)
    elif isinstance(node.value, list):
        for at, child in enumerate(node.value):
            yield from _values(child, (*path, at), clause)
    else:
        yield Value(path, node.value, node.mark, clause)
