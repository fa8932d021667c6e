"""What a condition takes of all events that can come, exactly: the algebra under `conditions.py`.

A field has infinitely many values, but the conditions on it can tell only finitely many apart. An *axis*
holds one representative for each set of values that no condition tells apart: each choice, the least integer
of each stretch between two bounds, each text that is named and one that is not, and `None` for a value left
out. A *box* holds, for each axis, the representatives that a condition takes; an event is a point. So two
conditions can both hold exactly when their boxes share a point, and a condition is dead exactly when its box
is empty or lies inside the union of others. Values and conditions compare as when an event is decided
(`condition.meets`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from incident.domain.condition import meets
from incident.domain.playbook import Condition, Event, Field, Range

#: A representative value; `None` stands for a value left out.
Point = str | int | None
#: Representatives of one field.
Axis = frozenset[Point]
#: For each axis, what is taken of it.
Box = tuple[frozenset[Point], ...]

#: How many pieces may be cut for one playbook.
MOST_CUTS = 5_000


class Effort:
    """What deciding unions may still cost: it is exponential at worst, and a playbook may be a stranger's."""

    def __init__(self, cuts: int = MOST_CUTS) -> None:
        """Begin with so many cuts."""
        self.left = cuts

    def spend(self, cuts: int) -> bool:
        """Take cuts; tells whether there were as many."""
        self.left -= cuts
        return self.left >= 0


def axes(event: Event, conditions: Sequence[Mapping[str, Condition]]) -> dict[str, Axis]:
    """Give an axis for each field of `event`, fine enough for all `conditions`."""
    return {
        name: frozenset(_axis(field, [when[name] for when in conditions if name in when]))
        for name, field in event.fields.items()
    }


def box(of: Mapping[str, Axis], when: Mapping[str, Condition]) -> Box:
    """Give what a condition takes; a field it does not name may hold anything, or nothing."""
    return tuple(
        frozenset(point for point in axis if meets(when[name], point)) if name in when else axis
        for name, axis in of.items()
    )


def is_empty(one: Box) -> bool:
    """Tell whether no event is in the box."""
    return not all(one)


def share(one: Box, other: Box) -> bool:
    """Tell whether some event is in both."""
    return not any(mine.isdisjoint(theirs) for mine, theirs in zip(one, other, strict=True))


def is_inside(one: Box, others: Iterable[Box], effort: Effort) -> bool | None:
    """Tell whether every event of `one` is in some other; `None` when the effort left is too little."""
    rest = [] if is_empty(one) else [one]
    for other in others:
        pieces: list[Box] = []
        for whole in rest:
            if not effort.spend(1):
                return None
            cut = _without(whole, other)
            effort.spend(len(cut))
            pieces += cut
        rest = pieces
    return not rest


def _without(whole: Box, other: Box) -> list[Box]:
    """Cut `other` out of `whole`; the pieces share nothing."""
    if not share(whole, other):
        return [whole]
    pieces = []
    for at, (mine, theirs) in enumerate(zip(whole, other, strict=True)):
        if mine - theirs:
            pieces.append((*whole[:at], mine - theirs, *whole[at + 1 :]))
        whole = (*whole[:at], mine & theirs, *whole[at + 1 :])
    return pieces


def _axis(field: Field, conditions: list[Condition]) -> tuple[Point, ...]:
    left_out: tuple[Point, ...] = () if field.required else (None,)
    match field.type:
        case "choice":
            return (*field.choices, *left_out)
        case "integer":
            return (*_stretches(field, conditions), *left_out)
        case "text":
            named = sorted({value for one in conditions for value in _listed(one) if isinstance(value, str)})
            return (*named, "".join(named) + "…", *left_out)


def _stretches(field: Field, conditions: list[Condition]) -> list[int]:
    """Give the least integer of each stretch that the bounds of field and conditions leave."""
    starts: set[int] = set()
    for one in conditions:
        if isinstance(one, Range):
            starts |= {one.at_least} if one.at_least is not None else set()
            starts |= {one.at_most + 1} if one.at_most is not None else set()
        else:
            starts |= {
                start for value in _listed(one) if isinstance(value, int) for start in (value, value + 1)
            }
    least = field.at_least
    if least is None:
        known = starts if field.at_most is None else {*starts, field.at_most}
        least = min(known, default=0) - 1
    inside = {start for start in starts | {least} if start >= least}
    return sorted(start for start in inside if field.at_most is None or start <= field.at_most)


def _listed(condition: Condition) -> list[str | int]:
    match condition:
        case list():
            return [*condition]
        case Range():
            return []
        case _:
            return [condition]
