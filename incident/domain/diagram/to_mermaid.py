"""A state diagram for Mermaid (`stateDiagram-v2`), which GitHub and GitLab draw inside Markdown.

Mermaid has no quoting. It has character references (`#34;`), which it takes out before it reads the
diagram, so every ASCII sign outside a short list is written as one. A node is named after its state with
`s_` before it, because `end`, `note` and `state` are words of Mermaid's. It knows no dashed edge: that a
step is the project's own stands in brackets in its label.
"""

from __future__ import annotations

import string

from incident.domain.diagram.graph import Edge, Node, graph
from incident.domain.playbook import Playbook
from incident.domain.say import Translate

#: Signs that mean nothing to Mermaid, wherever they stand.
_PLAIN = frozenset(string.ascii_letters + string.digits + " ,.()")
_BREAK = "<br/>"


def mermaid(playbook: Playbook, lang: str, translate: Translate) -> str:
    """Draw a playbook's states as Mermaid source; it ends with a newline."""
    drawn = graph(playbook, lang, translate)
    lines = ["stateDiagram-v2", f"    accTitle: {_escaped(drawn.title)}", "    direction TB"]
    for node in drawn.nodes:
        lines += _node(node)
    for node in drawn.nodes:
        if node.is_initial:
            lines.append(f"    [*] --> {_name(node.key)}")
    lines += [_edge(edge) for edge in drawn.edges]
    return "\n".join(lines) + "\n"


def _node(node: Node) -> list[str]:
    details = [node.key, *([node.level] if node.level else []), *node.standing]
    return [
        f'    state "{_escaped(node.name)}" as {_name(node.key)}',
        *(f"    {_name(node.key)} : {_escaped(line)}" for line in details),
    ]


def _edge(edge: Edge) -> str:
    label = _BREAK.join(_escaped(line) for line in [*edge.lines, edge.origin_mark])
    return f"    {_name(edge.origin)} --> {_name(edge.target)} : {label}"


def _name(key: str) -> str:
    return f"s_{key}"


def _escaped(words: str) -> str:
    return "".join(sign if sign in _PLAIN or not sign.isascii() else f"#{ord(sign)};" for sign in words)
