"""Handing over duty: both sides sign, and the record says who did.

Of each roster that stands the handover signed last stands beside the posture, as an item of the kind
`handover`: it says which handover that is, who gave duty away, and who took it. A handover of which this is
not said, or only half, is unsigned. Signing it is asked for once more `SIGNED` after it came.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from incident.domain.facts import AnyFact, ItemChanged, ItemEnded, ItemStarted, Plain
from incident.domain.memo import by_identity
from incident.domain.situation import Standing

HANDOVER: Final = "handover"
#: How long after a handover both sides should have signed it; the project's own, no plan says it.
SIGNED: Final = "30m"

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


@by_identity
def read(item: Plain) -> Handing:
    """Read what was signed. Raises `msgspec.ValidationError`."""
    return msgspec.convert(item, Handing)


def signed(standing: Standing, roster: str, at: str) -> Handing:
    """Say what is signed of the handover at an instant."""
    stood = standing.get((HANDOVER, roster))
    last = None if stood is None else read(stood.item)
    return last if last is not None and last.at == at else Handing(at=at)


def sign(standing: Standing, roster: str, at: str, side: Side, by: str) -> ItemStarted | ItemChanged:
    """Give the fact by which one side signs the handover at an instant."""
    before = standing.get((HANDOVER, roster))
    handing = signed(standing, roster, at)
    after = msgspec.to_builtins(replace(handing, **{side: by}))
    if before is None:
        return ItemStarted(kind=HANDOVER, key=roster, after=after)
    return ItemChanged(kind=HANDOVER, key=roster, before=before.item, after=after)


def ended(standing: Standing, facts: Sequence[AnyFact]) -> list[AnyFact]:
    """Give the facts by which what was signed stands no longer, for its roster does not."""
    return [
        ItemEnded(kind=HANDOVER, key=fact.key, before=standing[HANDOVER, fact.key].item)
        for fact in facts
        if isinstance(fact, ItemEnded) and fact.kind == "roster" and (HANDOVER, fact.key) in standing
    ]
