"""A look at the past, and by what the answer is known."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from incident.domain import clock
from incident.service.past import Past


class AsOf(Struct, frozen=True, kw_only=True):
    """Of which instant an answer is."""

    at: str
    #: By how many entries it is known.
    entries: int
    #: How many entries lie on the wrong side of the instant by their own times.
    astray: int
    #: How many entries the snapshot covers with which rebuilding began; 0: there was none.
    snapshot: int


def as_of(past: Past | None) -> AsOf | UnsetType:
    """Give of which instant an answer is; unset for the present."""
    if past is None:
        return UNSET
    return AsOf(
        at=clock.stamp(past.at),
        entries=past.cut.size,
        astray=past.cut.astray,
        snapshot=past.snapshot,
    )
