"""A state diagram for a terminal: each state in a box, below it the steps that lead out of it.

No line is wider than 100 columns, a sign of East Asia counted as two. Only signs that GBK knows are used to
draw, so that a Chinese Windows console can show them.
"""

from __future__ import annotations

from incident.domain.diagram.graph import Edge, Graph, Node, graph
from incident.domain.diagram.typeset import columns, pad, wrap
from incident.domain.playbook import Playbook
from incident.domain.say import Translate

_WIDTH = 100
_LEAST_BOX = 40
#: Corners and sides of a box; doubled for the initial state.
_SINGLE = ("┌", "─", "┐", "│", "└", "┘")
_DOUBLE = ("╔", "═", "╗", "║", "╚", "╝")


def text(playbook: Playbook, lang: str, translate: Translate) -> str:
    """Draw a playbook's states for a terminal; it ends with a newline."""
    drawn = graph(playbook, lang, translate)
    lines = [*wrap(drawn.title, _WIDTH, columns), ""]
    for node in drawn.nodes:
        steps = [edge for edge in drawn.edges if edge.origin == node.key]
        lines += _box(node, drawn.legend[2])
        for number, edge in enumerate(steps, start=1):
            lines += _step(drawn, edge, is_last=number == len(steps))
        lines.append("")
    paper, own, _ = drawn.legend
    for sample, meaning in (("──→", paper), ("┄┄→", own)):
        lines += _hanging(f"{sample}  ", "     ", meaning)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _box(node: Node, initial: str) -> list[str]:
    heading = f"{node.name}  ({node.key})"
    details = [*([initial] if node.is_initial else []), *([node.level] if node.level else []), *node.standing]
    inside = [*wrap(heading, _WIDTH - 4, columns), *wrap(" · ".join(details), _WIDTH - 4, columns)]
    width = max(_LEAST_BOX, *(columns(line) for line in inside))
    left, bar, right, side, low_left, low_right = _DOUBLE if node.is_initial else _SINGLE
    return [
        left + bar * (width + 2) + right,
        *(f"{side} {pad(line, width)} {side}" for line in inside),
        low_left + bar * (width + 2) + low_right,
    ]


def _step(drawn: Graph, edge: Edge, *, is_last: bool) -> list[str]:
    target = next(node.name for node in drawn.nodes if node.key == edge.target)
    arrow = "┄┄→" if edge.is_own else "──→"
    branch, stem = ("└", " ") if is_last else ("├", "│")
    rest = f"  {stem}      "
    return [
        "  │",
        *_hanging(f"  {branch}{arrow}  ", rest, f"{target}  ({edge.target})  {edge.origin_mark}"),
        *_hanging(rest, f"{rest}  ", f"{edge.event} · {edge.name} ({edge.step})"),
        *(line for part in [*edge.conditions, edge.decision, *edge.remarks] for line in _part(rest, part)),
    ]


def _part(rest: str, words: str) -> list[str]:
    return _hanging(f"{rest}· ", f"{rest}  ", words)


def _hanging(first: str, rest: str, words: str) -> list[str]:
    """Wrap words behind `first`, further lines behind `rest`; the two are equally wide or `rest` is wider."""
    lines = wrap(words, _WIDTH - columns(rest), columns)
    return [first + lines[0], *(rest + line for line in lines[1:])]
