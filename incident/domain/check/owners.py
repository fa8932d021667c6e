"""Whom a reference leads to in the end: an office or seat belongs to its body or group. Reports nothing."""

from __future__ import annotations

from incident.domain import names
from incident.domain.playbook import EACH_GROUP, Playbook, State

#: Kind (`body`, `group`, `unit`) and key.
Owner = tuple[str, str]


def owners(playbook: Playbook, ref: str) -> set[Owner]:
    """Give what a reference leads to; several when ambiguous, none for a stranger or a reserved word."""
    found: set[Owner] = set()
    for one in names.find(playbook, ref):
        first = one.key.partition(".")[0]
        if one.kind == "unit":
            found.add(("unit", one.key))
        elif one.kind in ("body", "office") or (one.kind == "seat" and first not in playbook.groups):
            found.add(("body", first))
        elif one.kind in ("group", "seat"):
            found.add(("group", first))
    return found


def all_owners(playbook: Playbook, state: State, refs: list[str]) -> set[Owner]:
    """Give what several references lead to; `each_group` leads to every group of the state."""
    found: set[Owner] = set()
    for ref in refs:
        found |= {("group", key) for key in state.groups} if ref == EACH_GROUP else owners(playbook, ref)
    return found
