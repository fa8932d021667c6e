"""A state diagram as SVG: self-contained, with light and dark colours, and in words for who cannot see it.

The layout is our own (`layout.py`), with no library; this file gives it letters, colours and lines. Class
names all stand under `incident-diagram`, so the drawing can stand inside a page, and `data-state`,
`data-step`, `data-from`, `data-to` name what a shape stands for. Colours are plain rules, no variables, so
that simple converters draw it too.
"""

from __future__ import annotations

from html import escape
from typing import NamedTuple

from incident.domain.diagram.graph import Edge, Graph, Node, graph
from incident.domain.diagram.layout import STUB, TURN, Box, Layout, Line, Size, place
from incident.domain.diagram.svg_style import STYLE
from incident.domain.diagram.typeset import ems, wrap
from incident.domain.playbook import Playbook
from incident.domain.say import Translate, render, say

_MARGIN, _HEAD, _FOOT = 32, 52, 44
#: Widest line of words beside a step and inside a state, and into how many lines one thing may break.
_CARD, _STATE, _MOST = 196, 220, 4
#: Longest title, in sizes of its font.
_TITLE = 44


class _Words(NamedTuple):
    """One line of letters."""

    #: What it says.
    words: str
    #: Its class in the style sheet.
    kind: str


class _Here(NamedTuple):
    """Where a jurisdiction is."""

    #: Key of its state.
    state: str
    #: How that is said.
    words: str


_HERE = say("we are here")
#: Size and height of a line, by class.
_LETTERS = {
    "name": (17, 25),
    "key": (12, 18),
    "count": (12.5, 19),
    "tag": (12, 20),
    "place": (13.5, 22),
    "event": (13.5, 19),
    "detail": (12, 17),
    "clause": (11.5, 17),
}


def svg(playbook: Playbook, lang: str, translate: Translate) -> str:
    """Draw a playbook's states as an SVG document; it ends with a newline."""
    return _drawn(graph(playbook, lang, translate), STYLE, None)


def inline(playbook: Playbook, lang: str, translate: Translate, here: str | None = None) -> str:
    """Draw it for a page that brings the colours of the classes itself; the state that is `here` says so.

    Its box is of class `here`, the steps that leave it are of class `next`.
    """
    drawn = graph(playbook, lang, translate)
    return _drawn(drawn, "", None if here is None else _Here(here, render(_HERE, lang, translate)))


def _drawn(drawn: Graph, style: str, here: _Here | None) -> str:
    states = [_of_state(node, drawn.legend[2], here) for node in drawn.nodes]
    cards = [_of_step(edge) for edge in drawn.edges]
    layout = place(drawn, [_size(words, 20, 14) for words in states], [_size(words, 8, 4) for words in cards])
    legend = _legend(drawn)
    title = wrap(drawn.title, _TITLE, ems, 1)[0]
    left, top, right, bottom = _extent(layout)
    inside = max(right - left, legend[1], ems(title) * 19)
    height = bottom - top + _HEAD + _FOOT + 2 * _MARGIN
    shift = _MARGIN + (inside - (right - left)) / 2 - left
    return "\n".join(
        [
            *_opening(drawn, inside + 2 * _MARGIN, height, style, here),
            f'<text class="title" x="{_MARGIN}" y="{_MARGIN + 16}">{escape(title)}</text>',
            f'<g transform="translate({_n(shift)} {_n(_MARGIN + _HEAD - top)})">',
            *(_line(edge, line, here) for edge, line in zip(drawn.edges, layout.lines, strict=True)),
            *(_state(*one, here) for one in zip(drawn.nodes, layout.boxes, states, strict=True)),
            *(_card(*one) for one in zip(drawn.edges, layout.lines, cards, strict=True)),
            "</g>",
            f'<g class="legend" transform="translate({_MARGIN} {_n(height - _MARGIN)})">',
            legend[0],
            "</g>",
            "</svg>\n",
        ]
    )


def _opening(drawn: Graph, width: float, height: float, style: str, here: _Here | None) -> list[str]:
    lang = "zh-Hans" if drawn.lang == "zh" else "en"
    size = f'width="{_n(width)}" height="{_n(height)}" viewBox="0 0 {_n(width)} {_n(height)}"'
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="incident-diagram" lang="{lang}" role="img" {size}>',
        f"<title>{escape(drawn.title)}</title>",
        f"<desc>{escape(_description(drawn, here))}</desc>",
        *([f"<style>{style}</style>"] if style else []),
        '<rect class="paper" width="100%" height="100%"/>',
    ]


def _description(drawn: Graph, here: _Here | None) -> str:
    """Say the whole diagram in sentences, first where we are."""
    name = {node.key: node.name for node in drawn.nodes}
    stop = "。" if drawn.lang == "zh" else ". "
    states = [", ".join([node.name, *node.standing]) for node in drawn.nodes]
    steps = [f"{name[edge.origin]} → {name[edge.target]}: {_sentence(edge)}" for edge in drawn.edges]
    first = [] if here is None else [f"{here.words}: {name.get(here.state, here.state)}"]
    return stop.join([*first, *states, *steps]).strip()


def _sentence(edge: Edge) -> str:
    return "; ".join([*edge.lines, edge.origin_mark])


# --- Words and their sizes -------------------------------------------------------------------------------


def _of_state(node: Node, initial: str, here: _Here | None) -> list[_Words]:
    lines = [("name", node.name), ("key", node.key), ("tag", node.level)]
    lines += [("place", f"● {here.words}")] if here is not None and here.state == node.key else []
    lines += [("tag", initial)] if node.is_initial else []
    return _broken(lines + [("count", line) for line in node.standing], _STATE)


def _of_step(edge: Edge) -> list[_Words]:
    details = [("detail", line) for line in [*edge.conditions, edge.decision]]
    marks = [] if edge.is_own else [("clause", edge.origin_mark)]
    return _broken([("event", edge.event), *details, *marks], _CARD)


def _broken(lines: list[tuple[str, str]], limit: float) -> list[_Words]:
    return [
        _Words(part, kind)
        for kind, words in lines
        if words
        for part in wrap(words, limit / _LETTERS[kind][0], ems, _MOST)
    ]


def _size(lines: list[_Words], beside: float, above: float) -> Size:
    width = max(ems(line.words) * _LETTERS[line.kind][0] for line in lines)
    return Size(round(width) + 2 * beside, sum(_LETTERS[line.kind][1] for line in lines) + 2 * above)


def _extent(layout: Layout) -> tuple[float, float, float, float]:
    """Give the sides of the drawing: left, top, right, bottom."""
    all_ = [*layout.boxes, *(line.card for line in layout.lines)]
    corners = [corner for line in layout.lines for corner in line.corners]
    return (
        min([box.left - STUB for box in layout.boxes] + [x for x, _ in corners]),
        min(box.top for box in all_),
        max([box.right for box in all_] + [x for x, _ in corners]),
        max(box.bottom for box in all_),
    )


# --- Shapes ----------------------------------------------------------------------------------------------


def _letters(lines: list[_Words], box: Box) -> str:
    """Write lines under each other, in the middle of a box."""
    y = box.y - sum(_LETTERS[line.kind][1] for line in lines) / 2
    parts = []
    for line in lines:
        size, height = _LETTERS[line.kind]
        # the middle of letters lies about a third of their size above the line they stand on
        baseline = y + height / 2 + size * 0.35
        parts.append(
            f'<text class="{line.kind}" x="{_n(box.x)}" y="{_n(baseline)}">{escape(line.words)}</text>'
        )
        y += height
    return "".join(parts)


def _rect(kind: str, box: Box, inset: float, radius: float) -> str:
    w, h = box.size.w - 2 * inset, box.size.h - 2 * inset
    return (
        f'<rect class="{kind}" x="{_n(box.left + inset)}" y="{_n(box.top + inset)}"'
        f' width="{_n(w)}" height="{_n(h)}" rx="{_n(radius)}"/>'
    )


def _state(node: Node, box: Box, words: list[_Words], here: _Here | None) -> str:
    parts = [_rect("box", box, 0, 12)]
    if node.is_initial:
        x, y = box.left, box.top + 26
        parts += [
            _rect("ring", box, 4, 9),
            f'<path class="line" d="M{_n(x - 28)} {_n(y)}H{_n(x - 8)}"/>{_head(x, y, 1, 0)}',
            f'<circle class="dot" cx="{_n(x - 30)}" cy="{_n(y)}" r="6"/>',
        ]
    kind = "state initial" if node.is_initial else "state"
    kind += " here" if here is not None and here.state == node.key else ""
    shapes = "".join(parts) + _letters(words, box)
    return f'<g class="{kind}" data-state="{escape(node.key)}">{shapes}</g>'


def _card(edge: Edge, line: Line, words: list[_Words]) -> str:
    hover = "; ".join([edge.name, *edge.lines, *edge.remarks, edge.origin_mark])
    letters = _letters(words, line.card)
    return f'<g class="card"><title>{escape(hover)}</title>{_rect("paper", line.card, 0, 6)}{letters}</g>'


def _line(edge: Edge, line: Line, here: _Here | None) -> str:
    (before_x, before_y), (x, y) = line.corners[-2:]
    across, down = _direction(before_x, x), _direction(before_y, y)
    path = _path([*line.corners[:-1], (x - 8 * across, y - 8 * down)])
    kind = "step own" if edge.is_own else "step"
    kind += " next" if here is not None and here.state == edge.origin else ""
    of = f'data-step="{escape(edge.step)}" data-from="{escape(edge.origin)}" data-to="{escape(edge.target)}"'
    return f'<g class="{kind}" {of}><path class="line" d="{path}"/>{_head(x, y, across, down)}</g>'


def _path(corners: list[tuple[float, float]]) -> str:
    """Draw through corners, rounding each turn."""
    path = f"M{_n(corners[0][0])} {_n(corners[0][1])}"
    for (x0, y0), (x, y), (x1, y1) in zip(corners, corners[1:], corners[2:], strict=False):
        in_x, in_y = x - TURN * _direction(x0, x), y - TURN * _direction(y0, y)
        out_x, out_y = x + TURN * _direction(x, x1), y + TURN * _direction(y, y1)
        path += f"L{_n(in_x)} {_n(in_y)}Q{_n(x)} {_n(y)} {_n(out_x)} {_n(out_y)}"
    return f"{path}L{_n(corners[-1][0])} {_n(corners[-1][1])}"


def _head(x: float, y: float, across: int, down: int) -> str:
    """Draw an arrow's head whose point stands at (x, y)."""
    back_x, back_y = x - 10 * across, y - 10 * down
    side_x, side_y = 5 * down, 5 * across
    return (
        f'<path class="head" d="M{_n(x)} {_n(y)}L{_n(back_x + side_x)} {_n(back_y + side_y)}'
        f'L{_n(back_x - side_x)} {_n(back_y - side_y)}Z"/>'
    )


def _direction(start: float, end: float) -> int:
    return (end > start) - (end < start)


def _legend(drawn: Graph) -> tuple[str, float]:
    """Draw what the two kinds of line mean; gives the shapes and their width."""
    parts, x = [], 0.0
    for kind, meaning in (("step", drawn.legend[0]), ("step own", drawn.legend[1])):
        line = f'<path class="line" d="M{_n(x)} -4H{_n(x + 34)}"/>{_head(x + 42, -4, 1, 0)}'
        parts.append(f'<g class="{kind}">{line}</g><text x="{_n(x + 52)}" y="0">{escape(meaning)}</text>')
        x += 52 + ems(meaning) * 12 + 28
    return "".join(parts), x


def _n(number: float) -> str:
    """Write a number with one decimal at the most."""
    return f"{round(number, 1) + 0:g}"
