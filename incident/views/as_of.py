"""A look at the past, and by what the answer is known."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from incident.domain import clock
from incident.domain.say import Words, say
from incident.service.past import Past
from incident.views.times import put_time


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


def known_by(past: Past) -> Words:
    """Say by what an answer about the past is known."""
    return say(
        "as of {at}, by entries 0 to {last}; rebuilt from the journal",
        at=put_time(past.at, past.playbook),
        last=past.cut.size - 1,
    )


def astray(past: Past) -> Words:
    """Say that entries lie on the other side of the instant by their own times; asked where some do."""
    command = f"incident history {past.playbook.playbook}"
    return say(
        "the clock was set meanwhile: {n} entries lie on the other side of this instant by their own times; "
        "look: {command}",
        n=past.cut.astray,
        command=command,
    )
