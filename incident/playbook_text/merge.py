"""`extends` and `on_top_of`: laying one tree over another, so that a playbook says only what differs.

* Maps merge by key, `null` removes, lists and scalars replace. Nothing else is clever.
* A clause covers only what the document says. Laid over an item without a clause, a patch with one
  marks the inherited fields as the project's (`project:`); laid over an item with a clause, a patch
  without one marks its own fields so; two clauses are both kept.
* `groups: all` in a state stands for every group, each with the clause that defines it.
"""

from __future__ import annotations

from typing import Any

from incident.domain.posture import KINDS
from incident.domain.problem import Problem
from incident.domain.say import say
from incident.playbook_text.nodes import Node, describe

#: Maps of a state that follow `on_top_of`.
POSTURE = tuple(attribute for attribute, _structure in KINDS.values())
#: In a state's `groups`: every group of the playbook.
ALL = "all"
_ABOUT_ITEM = ("source", "project", "note")


def overlay(lower: Node, patch: Node) -> Node:
    """Lay `patch` over `lower`; neither is changed. Nulls stay, for `prune` or a further layer."""
    if lower.value == ALL and isinstance(patch.value, dict):
        over = Node(patch.value, patch.mark, patch.keys)
        over.over_all = lower.mark
        return over
    if not (isinstance(lower.value, dict) and isinstance(patch.value, dict)):
        return patch
    merged: dict[str, Node] = dict(lower.value)
    for key, node in patch.value.items():
        merged[key] = overlay(lower.value[key], node) if key in lower.value else node
    result = Node(merged, patch.mark, lower.keys | patch.keys)
    result.over_all = patch.over_all or lower.over_all
    _settle_source(lower, patch, result)
    return result


def _settle_source(lower: Node, patch: Node, result: Node) -> None:
    """Keep clause and `project` of a merged item true."""
    below, above = _clause(lower), _clause(patch)
    inherited = [key for key in lower.value if key not in patch.value and key not in _ABOUT_ITEM]
    own = [key for key in patch.value if key not in _ABOUT_ITEM]
    supplied = [name for name in _project(lower) if not (above and name in own)]
    if above and not below:
        supplied += inherited
    elif below and not above:
        supplied += own
    elif below and above and inherited:
        clauses = "; ".join(dict.fromkeys([*below.split("; "), *above.split("; ")]))
        result.value["source"] = Node(clauses, patch.value["source"].mark)
    _set_project(result, [*supplied, *_project(patch)])


def _clause(node: Node) -> str | None:
    """Give an item's clause; a map may also have a key `source` of its own, as an event's fields do."""
    child = node.value.get("source")
    return child.value if child is not None and isinstance(child.value, str) else None


def _project(node: Node) -> list[str]:
    child = node.value.get("project")
    if child is None or not isinstance(child.value, list):
        return []
    return [name.value for name in child.value if isinstance(name.value, str)]


def _set_project(item: Node, names: list[str]) -> None:
    """Name the fields the project supplied, each once; not those that `null` removes."""
    there = [
        name for name in dict.fromkeys(names) if name not in item.value or _value(item, name) is not None
    ]
    mark = item.value["project"].mark if item.value.get("project") is not None else item.mark
    if there:
        item.value["project"] = Node([Node(name, mark) for name in there], mark)
    elif names or isinstance(_value(item, "project"), list):
        item.value.pop("project", None)


def _value(node: Node, key: str) -> Any:
    child = node.value.get(key)
    return child.value if child is not None else None


def prune(node: Node) -> Node:
    """Drop what was removed with `null`."""
    if isinstance(node.value, dict):
        kept = {key: prune(child) for key, child in node.value.items() if child.value is not None}
        return Node(kept, node.mark, node.keys)
    if isinstance(node.value, list):
        return Node([prune(child) for child in node.value], node.mark)
    return node


def stack_states(root: Node) -> list[Problem]:
    """Give each state the posture of the one it stands `on_top_of`; report circles and strangers."""
    states = root.value.get("states")
    if states is None or not isinstance(states.value, dict):
        return []
    for state in states.value.values():
        if isinstance(state.value, dict):
            _spell_out_groups(state, root)
    done: dict[str, Node] = {}
    problems: list[Problem] = []
    for name in states.value:
        for one, lower in reversed(_down_from(name, states.value, done, problems)):
            state = states.value[one]
            done[one] = state if lower is None else _lay_posture(done[lower], state)
    states.value.update(done)
    return problems


def _down_from(
    name: str, states: dict[str, Node], done: dict[str, Node], problems: list[Problem]
) -> list[tuple[str, str | None]]:
    """List a state and those under it that are not done, each with the one it stands on."""
    down: dict[str, str | None] = {}
    here: str | None = name
    while here is not None and here not in done:
        state = states[here]
        lower = _value(state, "on_top_of") if isinstance(state.value, dict) else None
        known = isinstance(lower, str) and lower in states
        if lower is not None and (not known or lower == here or lower in down):
            problems.append(_bad_stack(here, state, states, known=known))
            lower = None
        down[here] = lower
        here = lower
    return list(down.items())


def _lay_posture(lower: Node, state: Node) -> Node:
    laid = dict(state.value)
    if not isinstance(lower.value, dict):
        return state
    for kind in POSTURE:
        below, above = lower.value.get(kind), laid.get(kind)
        if below is None or below.value is None:
            continue
        laid[kind] = below if above is None else overlay(below, above)
    return Node(laid, state.mark, state.keys)


def _bad_stack(name: str, state: Node, states: dict[str, Node], *, known: bool) -> Problem:
    return Problem(
        rule="P110" if known else "P101",
        severity="error",
        mark=state.value["on_top_of"].mark,
        path=("states", name, "on_top_of"),
        expected=say("a state that does not stand on this one") if known else list(states),
        found=describe(state.value["on_top_of"]),
        do=say("break the circle") if known else say("name a declared state"),
    )


def _spell_out_groups(state: Node, root: Node) -> None:
    said = state.value.get("groups")
    if said is None or (said.value != ALL and said.over_all is None):
        return
    mark = said.over_all or said.mark
    groups = root.value.get("groups")
    members = groups.value if groups is not None and isinstance(groups.value, dict) else {}
    spelt: dict[str, Node] = {}
    for key, group in members.items():
        source = group.value.get("source") if isinstance(group.value, dict) else None
        spelt[key] = Node({"source": source} if source is not None else {}, mark)
    every = Node(spelt, mark)
    state.value["groups"] = every if said.value == ALL else overlay(every, said)
