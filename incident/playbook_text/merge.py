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
from incident.playbook_text.nodes import Node

#: Maps of a state that follow `on_top_of`.
POSTURE = tuple(attribute for attribute, _structure in KINDS.values())
_ABOUT_ITEM = ("source", "project", "note")


def overlay(lower: Node, patch: Node) -> Node:
    """Lay `patch` over `lower`; neither is changed. Nulls stay, for `prune` or a further layer."""
    if not (isinstance(lower.value, dict) and isinstance(patch.value, dict)):
        return patch
    merged: dict[str, Node] = dict(lower.value)
    for key, node in patch.value.items():
        merged[key] = overlay(lower.value[key], node) if key in lower.value else node
    result = Node(merged, patch.mark, lower.keys | patch.keys)
    _settle_source(lower, patch, result)
    return result


def _settle_source(lower: Node, patch: Node, result: Node) -> None:
    """Keep clause and `project` of a merged item true."""
    below, above = _scalar(lower, "source"), _scalar(patch, "source")
    inherited = [key for key in lower.value if key not in patch.value and key not in _ABOUT_ITEM]
    own = [key for key in patch.value if key not in _ABOUT_ITEM]
    if above and not below:
        _add_project(result, inherited)
    elif below and not above:
        _add_project(result, own)
    elif below and above and inherited and below != above:
        result.value["source"] = Node(f"{below}; {above}", patch.value["source"].mark)


def _scalar(node: Node, key: str) -> Any:
    child = node.value.get(key)
    return child.value if child is not None else None


def _add_project(item: Node, fields: list[str]) -> None:
    if not fields:
        return
    known = item.value.get("project")
    names = list(known.value) if known is not None and isinstance(known.value, list) else []
    held = {node.value for node in names}
    names += [Node(name, item.mark) for name in fields if name not in held]
    item.value["project"] = Node(names, known.mark if known is not None else item.mark)


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
    done: dict[str, Node] = {}
    problems: list[Problem] = []
    for name in states.value:
        _stack(name, states.value, done, (), root, problems)
    states.value.update(done)
    return problems


def _stack(
    name: str,
    states: dict[str, Node],
    done: dict[str, Node],
    above: tuple[str, ...],
    root: Node,
    problems: list[Problem],
) -> Node:
    if name in done:
        return done[name]
    state = states[name]
    if not isinstance(state.value, dict):
        return state
    _spell_out_groups(state, root)
    lower_name = _scalar(state, "on_top_of")
    if lower_name is not None:
        known = isinstance(lower_name, str) and lower_name in states
        if not known or lower_name == name or lower_name in above:
            problems.append(_bad_stack(name, state, str(lower_name), states, known=known))
        else:
            lower = _stack(lower_name, states, done, (*above, name), root, problems)
            state = _lay_posture(lower, state)
    done[name] = state
    return state


def _lay_posture(lower: Node, state: Node) -> Node:
    laid = dict(state.value)
    for kind in POSTURE:
        below, above = lower.value.get(kind), laid.get(kind)
        if below is None or below.value is None:
            continue
        laid[kind] = below if above is None else overlay(below, above)
    return Node(laid, state.mark, state.keys)


def _bad_stack(name: str, state: Node, lower: str, states: dict[str, Node], *, known: bool) -> Problem:
    return Problem(
        rule="P110" if known else "P101",
        severity="error",
        mark=state.value["on_top_of"].mark,
        path=("states", name, "on_top_of"),
        expected=say("a state that does not stand on this one") if known else list(states),
        found=lower,
        do=say("break the circle") if known else say("name a declared state"),
    )


def _spell_out_groups(state: Node, root: Node) -> None:
    said = state.value.get("groups")
    if said is None or said.value != "all":
        return
    groups = root.value.get("groups")
    members = groups.value if groups is not None and isinstance(groups.value, dict) else {}
    spelt: dict[str, Node] = {}
    for key, group in members.items():
        source = group.value.get("source") if isinstance(group.value, dict) else None
        spelt[key] = Node({"source": source} if source is not None else {}, said.mark)
    state.value["groups"] = Node(spelt, said.mark)
