r"""A state diagram for Graphviz.

Everything stands in double quotes. Inside them Graphviz gives meaning to `\` (escapes such as `\N`), to `"`
and, in labels, to HTML character references; these three signs are escaped.
"""

from __future__ import annotations

from incident.domain.diagram.graph import Edge, Node, graph
from incident.domain.diagram.typeset import columns, wrap
from incident.domain.playbook import Playbook
from incident.domain.say import Translate

#: Widest line of words beside a step, in columns.
_WIDEST = 36
_HEAD = """\
  rankdir=TB; labelloc=t; nodesep=0.6; ranksep=0.9; fontsize=16;
  fontname="Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif";
  node [shape=box, style="rounded,filled", fillcolor="#f4f7fb", color="#2f5f98", fontsize=12,
        margin="0.2,0.12", fontname="Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif"];
  edge [color="#46566b", fontcolor="#26313f", fontsize=11,
        fontname="Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif"];"""


def dot(playbook: Playbook, lang: str, translate: Translate) -> str:
    """Draw a playbook's states as Graphviz source; it ends with a newline."""
    drawn = graph(playbook, lang, translate)
    lines = [f"digraph {_quoted(drawn.key)} {{", _HEAD, f"  label={_quoted(drawn.title)};"]
    lines += [_node(node) for node in drawn.nodes]
    for node in drawn.nodes:
        if node.is_initial:
            # no key begins with an underscore, so the dot cannot be taken for a state
            lines.append('  "_initial" [shape=point, width=0.16, fillcolor="#46566b", label=""];')
            lines.append(f'  "_initial" -> {_quoted(node.key)};')
    lines += [_edge(edge) for edge in drawn.edges]
    return "\n".join([*lines, "}"]) + "\n"


def _node(node: Node) -> str:
    level = [node.level] if node.level else []
    label = [*wrap(node.name, _WIDEST, columns), node.key, *level, *node.standing]
    border = ", peripheries=2" if node.is_initial else ""
    return f"  {_quoted(node.key)} [label={_quoted(*label)}{border}];"


def _edge(edge: Edge) -> str:
    style = "dashed" if edge.is_own else "solid"
    # spaces keep the words off the line, which Graphviz draws close beside them
    label = [
        f"  {part}  " for line in [*edge.lines, edge.origin_mark] for part in wrap(line, _WIDEST, columns)
    ]
    return f"  {_quoted(edge.origin)} -> {_quoted(edge.target)} [label={_quoted(*label)}, style={style}];"


def _quoted(*lines: str) -> str:
    escaped = (line.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;") for line in lines)
    return '"' + "\\n".join(escaped) + '"'
