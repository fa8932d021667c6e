"""Where everything stands in the drawing: states in a row, steps as lines with a card of words on each.

Rules
-----
* The first step from a state to the next in the row is straight. Other steps forward run above the row, steps
  back below it, steps that stay above their state.
* Each runs in a lane. A step whose stretch meets another's lies further out, so what is inside is passed
  around; where two stretches start at one state, the ends are ordered so that they nest.
* A card stands in its own lane, and never where a line that runs further out comes down through that lane.
  The gap between two states is wider than every card, so there is always such a place. Hence no card covers
  another, and no line runs through a card that is not its own.

Sizes are in pixels, y grows downward, the middle of the row is y = 0. Not here: colours and letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from incident.domain.diagram.graph import Graph

#: Distance between two ends at one state, radius of a turn, free space beside and between cards.
PORT, TURN, STUB, BETWEEN = 22, 16, 40, 16


class Size(NamedTuple):
    """How large something is."""

    #: Width.
    w: float
    #: Height.
    h: float


class Box(NamedTuple):
    """Where something stands: its middle and its size."""

    #: Middle, from the left.
    x: float
    #: Middle, from the top.
    y: float
    #: Size.
    size: Size

    @property
    def left(self) -> float:
        """Give the left side."""
        return self.x - self.size.w / 2

    @property
    def right(self) -> float:
        """Give the right side."""
        return self.x + self.size.w / 2

    @property
    def top(self) -> float:
        """Give the upper side."""
        return self.y - self.size.h / 2

    @property
    def bottom(self) -> float:
        """Give the lower side."""
        return self.y + self.size.h / 2


class Line(NamedTuple):
    """A step's line."""

    #: Corners from where it leaves to where it enters: two if it is straight, else four.
    corners: list[tuple[float, float]]
    #: Where its words stand.
    card: Box


class Layout(NamedTuple):
    """Where all stands."""

    #: States, in the graph's order.
    boxes: list[Box]
    #: Steps, in the graph's order.
    lines: list[Line]


class _Run(NamedTuple):
    """A step that runs in a lane above or below the row."""

    #: Its number in the graph.
    number: int
    #: Number of the state at its left end; of the one at its right end.
    left: int
    right: int
    #: It goes from left to right.
    is_forward: bool
    #: Size of its card.
    card: Size

    @property
    def order(self) -> tuple[int, int]:
        """Sort short ones first: they lie further in."""
        return self.right - self.left, self.number


def place(drawn: Graph, states: Sequence[Size], cards: Sequence[Size]) -> Layout:
    """Place states and steps, given the size that each state's and each step's words need."""
    above, below, straight = _sort(drawn, cards)
    widths = [_width(number, size.w, above, below) for number, size in enumerate(states)]
    gap = max([card.w for card in cards], default=0) + 2 * STUB
    height = max(size.h for size in states)
    boxes, x = [], 0.0
    for width in widths:
        boxes.append(Box(x + width / 2, 0, Size(width, height)))
        x += width + gap
    lines = {
        number: _straight(boxes[left], boxes[left + 1], cards[number]) for left, number in straight.items()
    }
    row = max([height, *(cards[number].h for number in straight.values())]) / 2
    for runs, sign in ((above, -1), (below, 1)):
        lines |= _lanes(runs, boxes, row, sign)
    return Layout(boxes, [lines[number] for number in range(len(drawn.edges))])


def _sort(drawn: Graph, cards: Sequence[Size]) -> tuple[list[_Run], list[_Run], dict[int, int]]:
    """Decide which steps run above the row, which below it, and which straight, by the state they leave."""
    index = {node.key: number for number, node in enumerate(drawn.nodes)}
    above: list[_Run] = []
    below: list[_Run] = []
    straight: dict[int, int] = {}
    for number, edge in enumerate(drawn.edges):
        origin, target = index[edge.origin], index[edge.target]
        if target == origin + 1 and origin not in straight:
            straight[origin] = number
        elif target >= origin:
            above.append(_Run(number, origin, target, is_forward=True, card=cards[number]))
        else:
            below.append(_Run(number, target, origin, is_forward=False, card=cards[number]))
    above.sort(key=lambda run: run.order)
    below.sort(key=lambda run: run.order)
    return above, below, straight


def _straight(origin: Box, target: Box, card: Size) -> Line:
    start, end = origin.right, target.left
    return Line([(start, 0), (end, 0)], Box((start + end) / 2, 0, card))


# --- Ends ------------------------------------------------------------------------------------------------


def _ends(number: int, runs: list[_Run]) -> tuple[list[_Run], list[_Run], list[_Run]]:
    """Give the runs at a state from left to right: those from the left, its own, those to the right."""
    coming = [run for run in runs if run.right == number != run.left]
    own = [run for run in runs if run.left == run.right == number]
    going = [run for run in reversed(runs) if run.left == number != run.right]
    return coming, own, going


def _half(own: list[_Run]) -> float:
    """Give half the width that the outermost of a state's own runs takes."""
    return max((run.card.w for run in own), default=0) / 2 + PORT * len(own) * 0.75


def _width(number: int, least: float, above: list[_Run], below: list[_Run]) -> float:
    """Widen a state until all its ends find room."""
    for runs in (above, below):
        coming, own, going = _ends(number, runs)
        if own:
            least = max(least, 2 * (_half(own) + PORT * (max(len(coming), len(going)) + 1)))
        else:
            least = max(least, PORT * (len(coming) + len(going) + 2))
    return least


def _ports(runs: list[_Run], boxes: list[Box]) -> dict[int, tuple[float, float]]:
    """Give for each run where its left and its right end stand."""
    left: dict[int, float] = {}
    right: dict[int, float] = {}
    for number, box in enumerate(boxes):
        coming, own, going = _ends(number, runs)
        # with none of its own in between, all ends together stand in the middle
        shift = PORT * (len(coming) - len(going)) / 2
        first = -_half(own) - PORT if own else shift - PORT / 2
        last = _half(own) + PORT if own else shift + PORT / 2
        for nth, run in enumerate(reversed(coming)):
            right[run.number] = box.x + first - PORT * nth
        for nth, run in enumerate(going):
            left[run.number] = box.x + last + PORT * nth
        for nth, run in enumerate(reversed(own)):
            reach = _half(own) - PORT * 0.75 * nth
            left[run.number], right[run.number] = box.x - reach, box.x + reach
    return {run.number: (left[run.number], right[run.number]) for run in runs}


# --- Lanes -----------------------------------------------------------------------------------------------


def _lanes(runs: list[_Run], boxes: list[Box], row: float, sign: int) -> dict[int, Line]:
    ends = _ports(runs, boxes)
    lane = _numbers(runs, ends)
    y, lines = row, {}
    for level in range(max(lane.values(), default=-1) + 1):
        here = [run for run in runs if lane[run.number] == level]
        height = max(run.card.h for run in here)
        y += BETWEEN + height / 2
        outer = [x for number, pair in ends.items() if lane[number] > level for x in pair]
        for run in here:
            lines[run.number] = _line(run, ends[run.number], sign * y, boxes, outer)
        y += height / 2
    return lines


def _numbers(runs: list[_Run], ends: dict[int, tuple[float, float]]) -> dict[int, int]:
    """Number the lane of each run, from the row outward."""
    lane: dict[int, int] = {}
    for run in runs:
        start, end = ends[run.number]
        met = [lane[other] for other in lane if ends[other][0] < end and start < ends[other][1]]
        lane[run.number] = max(met, default=-1) + 1
    return lane


def _line(run: _Run, ends: tuple[float, float], y: float, boxes: list[Box], outer: list[float]) -> Line:
    side = boxes[run.left].top if y < 0 else boxes[run.left].bottom
    corners = [(ends[0], side), (ends[0], y), (ends[1], y), (ends[1], side)]
    if not run.is_forward:
        corners.reverse()
    if run.left == run.right:
        return Line(corners, Box(boxes[run.left].x, y, run.card))
    return Line(corners, Box(_free(run, ends, boxes, outer), y, run.card))


def _free(run: _Run, ends: tuple[float, float], boxes: list[Box], outer: list[float]) -> float:
    """Find the place for a card nearest to the middle of its line through which no other line comes."""
    room = run.card.w / 2 + TURN
    middle = (ends[0] + ends[1]) / 2
    gaps = [(boxes[n].right + boxes[n + 1].left) / 2 for n in range(run.left, run.right)]
    beside = [x + shift for x in outer for shift in (-room, room)]
    free = [
        x
        for x in (middle, *beside, *gaps)
        if ends[0] + room <= x <= ends[1] - room and all(abs(x - other) >= room for other in outer)
    ]
    return min(free, key=lambda x: abs(x - middle))
