"""What of a record must stay, and how far it was given up: items that stand beside the posture.

A `hold` keeps what it covers from being erased, redacted or dropped until it is released. The one item of
kind `retention` says up to which entry the bodies were dropped, and the hash of the snapshot from which
whoever verifies goes on. Neither names anybody: why, on what basis and by whom is sealed in their entries.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from incident.domain.facts import AnyFact, ItemChanged, ItemStarted, Plain
from incident.domain.situation import Standing

HOLD: Final = "hold"
RETENTION: Final = "retention"
#: Kinds of items that are about the record itself and belong to no playbook.
KINDS: Final = (HOLD, RETENTION)
#: Key of the one item of kind `retention`.
BODIES: Final = "bodies"


class Hold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a hold covers: one of these."""

    #: Every entry there is and will be, and everybody in the directory.
    all: bool = False
    #: First and last of entries that follow one another.
    entries: list[tuple[int, int]] = []
    #: Who a holder is: name, addresses, and the entries that disclose the name.
    holder: str | None = None


class Retention(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How far bodies were dropped."""

    #: Number of the first entry that has its body still.
    until: int
    #: SHA-256, in hex, of the snapshot of what the entries below it make.
    snapshot: str
    #: How many entries a checkpoint outside covered; none: there was none, and that was said to be known.
    covered: int | None = None
    #: As a snapshot says it: the entry with which the run before it began, the earliest and the latest time.
    after: int
    earliest: str
    latest: str


class Doomed(NamedTuple):
    """What is about to go."""

    #: Numbers of entries, each range of some that follow one another.
    entries: Sequence[range]
    #: Signs of those whose names would go, or who would be erased.
    holders: Collection[str] = ()


def plain(item: Hold | Retention) -> Plain:
    """Give an item as a fact has it: as it is read back, so without tuples."""
    found: Plain = msgspec.json.decode(msgspec.json.encode(item))
    return found


def holds(standing: Standing) -> dict[int, Hold]:
    """Give the holds that stand, by the number of their entry."""
    found = {int(key): stood.item for (kind, key), stood in standing.items() if kind == HOLD}
    return {seq: read_hold(item) for seq, item in sorted(found.items())}


def read_hold(item: Plain) -> Hold:
    """Read a hold, as a fact has it. Raises `msgspec.ValidationError`."""
    return msgspec.convert(item, Hold)


def retention(standing: Standing) -> Retention | None:
    """Give how far bodies were dropped; none when all are there."""
    stood = standing.get((RETENTION, BODIES))
    return None if stood is None else read_retention(stood.item)


def read_retention(item: Plain) -> Retention:
    """Read how far bodies were dropped, as a fact has it. Raises `msgspec.ValidationError`."""
    return msgspec.convert(item, Retention)


def dropped(facts: Iterable[AnyFact]) -> Retention | None:
    """Give how far facts say last that bodies were dropped. Raises `msgspec.ValidationError`."""
    found = None
    for fact in facts:
        if isinstance(fact, ItemStarted | ItemChanged) and fact.kind == RETENTION:
            found = read_retention(fact.after)
    return found


def held(standing: Standing, doomed: Doomed) -> dict[int, Hold]:
    """Give the holds that keep something of what is about to go."""
    return {seq: one for seq, one in holds(standing).items() if covers(one, doomed)}


def covers(hold: Hold, doomed: Doomed) -> bool:
    """Tell whether a hold keeps something of what is about to go."""
    if hold.all or (hold.holder is not None and hold.holder in doomed.holders):
        return True
    return any(
        first < some.stop and some.start <= last for first, last in hold.entries for some in doomed.entries
    )
