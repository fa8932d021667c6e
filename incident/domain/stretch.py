"""Stretches of time, each from an instant to before another: joined, and without what others take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

Stretch = tuple[int, int]


def joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Give the time that is in any of some stretches, as stretches apart from one another, in order."""
    found: list[Stretch] = []
    for since, until in sorted(stretches):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(until, found[-1][1]))
        elif since < until:
            found.append((since, until))
    return found


def without(stretch: Stretch, taken: Sequence[Stretch]) -> Iterator[Stretch]:
    """Give what is left of a stretch once others, as `joined` gives them, are taken from it."""
    at, end = stretch
    for since, until in taken:
        if since >= end:
            break
        if at < since:
            yield at, since
        at = max(at, until)
    if at < end:
        yield at, end
