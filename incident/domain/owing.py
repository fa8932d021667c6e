"""Who owes an obligation, and what of an item says when it is due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from incident.domain.facts import Plain
from incident.domain.memo import by_identity
from incident.domain.playbook import EACH_GROUP, Obligation
from incident.domain.situation import Standing

#: Fields of an obligation that say when it is due.
_TIMING = ("kind", "every", "at", "times_a_day", "within", "of", "on", "after", "grace", "remind")
#: Fields of a roster that say when it is handed over, and by whom.
_HANDING_OVER = ("of", "pattern", "handover", "shifts")


@by_identity
def obligation(item: Plain) -> Obligation:
    """Read an obligation that stands. Raises `msgspec.ValidationError`."""
    return msgspec.convert(item, Obligation)


def timing(kind: str, item: Plain) -> object:
    """Give what of an item says when something is due; two that differ in it have other times."""
    if kind == "roster":
        return [item.get(name) for name in _HANDING_OVER]
    if kind != "obligation":
        return {
            name: value
            for name, value in item.items()
            if name not in ("source", "project", "note", "name", "place")
        }
    return [item.get(name) for name in _TIMING]


def on_receipt(standing: Standing) -> Iterator[tuple[str, Obligation]]:
    """Give, by key, the obligations that count from the receipt of something."""
    # most that stands is neither: it is not put in order first
    found = [(key, stood) for (kind, key), stood in standing.items() if kind == "obligation"]
    for key, stood in sorted(found):
        if stood.item.get("of") == "receipt":
            yield key, obligation(stood.item)


def senders(owed: Obligation, standing: Mapping[tuple[str, str], object]) -> list[str]:
    """List who owes; `each_group` is every group that stands, in an order that replaying finds again."""
    groups = sorted(key for kind, key in standing if kind == "group")
    named = [one for ref in owed.senders for one in (groups if ref == EACH_GROUP else [ref])]
    return list(dict.fromkeys(named))
