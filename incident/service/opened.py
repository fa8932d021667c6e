"""Entries with what they still disclose: two ordered streams read side by side, neither held whole."""

from __future__ import annotations

from collections.abc import Iterator

from incident.domain import journal
from incident.domain.journal import Entry
from incident.service.ports import Reading, Stored


def with_disclosures(tx: Reading, code: str, *, since: int = 0) -> Iterator[tuple[Stored, dict[str, str]]]:
    """Give each entry with the disclosures that remain of it, by name."""
    rest = tx.disclosures(code, since=since)
    following = next(rest, None)
    for stored in tx.entries(code, since=since):
        remaining: dict[str, str] = {}
        while following is not None and following[0] <= stored.seq:
            seq, name, disclosure = following
            if seq == stored.seq:
                remaining[name] = disclosure
            following = next(rest, None)
        yield stored, remaining


def read(entry: Entry, remaining: dict[str, str]) -> dict[str, str]:
    """Open what an entry holds sealed and is not erased. Raises `ValueError` on a false disclosure."""
    return {
        name: journal.unseal(sealed, remaining[name])[1]
        for name, sealed in journal.sealed_parts(entry).items()
        if name in remaining
    }
