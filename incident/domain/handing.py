"""Handing over duty: both sides sign, and the record says who did.

Of each roster that stands, what was signed of the handovers of the last days (`KEPT`) stands beside the
posture, as an item of the kind `handover`: of each when it came, who gave duty away, and who took it. A
handover of which this is not said, or only half, is unsigned; it stays to be signed for as long, also when
others have come. Signing it is asked for once more `SIGNED` after it came. What is older is in the journal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from incident.domain import clock
from incident.domain.facts import AnyFact, ItemChanged, ItemEnded, ItemStarted, Plain
from incident.domain.memo import by_identity
from incident.domain.situation import Standing

HANDOVER: Final = "handover"
#: How long after a handover both sides should have signed it; the project's own, no plan says it.
SIGNED: Final = "30m"
#: For how long a handover can be signed and is shown as unsigned; the project's own too.
KEPT: Final = "7d"

#: Who gives duty away, and who takes it.
Side = Literal["gave", "took"]


class Handing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What was signed of one handover; who signed by opaque signs, or `@` and a seat."""

    #: When the shift began that was handed over to.
    at: str
    gave: str | None = None
    took: str | None = None

    @property
    def is_signed(self) -> bool:
        """Both sides have signed."""
        return self.gave is not None and self.took is not None


class Signatures(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was signed of the handovers of a roster, oldest first."""

    handovers: list[Handing]


@by_identity
def read(item: Plain) -> list[Handing]:
    """Read what was signed. Raises `msgspec.ValidationError`."""
    return msgspec.convert(item, Signatures).handovers


def signed(standing: Standing, roster: str, at: str) -> Handing:
    """Say what is signed of the handover at an instant."""
    stood = standing.get((HANDOVER, roster))
    there = [] if stood is None else read(stood.item)
    return next((one for one in there if one.at == at), Handing(at=at))


def sign(
    standing: Standing, roster: str, at: str, side: Side, by: str, *, now: str
) -> ItemStarted | ItemChanged:
    """Give the fact by which one side signs the handover at an instant; it lets go of what is too old."""
    before = standing.get((HANDOVER, roster))
    oldest = oldest_kept(clock.read_stamp(now))
    others = [] if before is None else [one for one in read(before.item) if one.at != at]
    kept = [one for one in others if clock.read_stamp(one.at) >= oldest]
    mine = replace(signed(standing, roster, at), **{side: by})
    after = msgspec.to_builtins(
        Signatures(handovers=sorted([*kept, mine], key=lambda one: clock.read_stamp(one.at)))
    )
    if before is None:
        return ItemStarted(kind=HANDOVER, key=roster, after=after)
    return ItemChanged(kind=HANDOVER, key=roster, before=before.item, after=after)


def oldest_kept(now: int) -> int:
    """Give the instant of the oldest handover that can be signed."""
    return now - clock.seconds(KEPT)


def news(fact: ItemStarted | ItemChanged) -> list[Handing]:
    """Give the handovers of which a fact says that they were signed."""
    before = read(fact.before) if isinstance(fact, ItemChanged) else []
    return [one for one in read(fact.after) if one not in before]


def ended(standing: Standing, facts: Sequence[AnyFact]) -> list[AnyFact]:
    """Give the facts by which what was signed stands no longer, for its roster does not."""
    return [
        ItemEnded(kind=HANDOVER, key=fact.key, before=standing[HANDOVER, fact.key].item)
        for fact in facts
        if isinstance(fact, ItemEnded) and fact.kind == "roster" and (HANDOVER, fact.key) in standing
    ]
