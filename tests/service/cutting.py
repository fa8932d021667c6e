"""A record whose first bodies were dropped: decided again from their snapshot on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from incident.service import opened, snapshots
from incident.service.opened import Replay, read_entry
from incident.service.ports import Stored
from incident.service.verify_decisions import Decisions
from incident.service.verify_past import Moved, Past
from incident.service.verify_verdict import Decided


class Cut:
    """Reads as a record does whose first `size` entries have no bodies."""

    def __init__(self, tx: Any, size: int) -> None:
        self._tx, self._size = tx, size

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    def entries(self, code: str, *, since: int = 0) -> Iterator[Stored]:
        for stored in self._tx.entries(code, since=since):
            yield stored._replace(body=b"") if stored.seq < self._size else stored


def snapshot(tx: Any, code: str, size: int) -> Replay:
    """Give the state after `size` entries as its snapshot has it."""
    replay = Replay(code)
    for stored in tx.entries(code):
        if stored.seq < size:
            replay.take(read_entry(code, stored))
    return snapshots.resumed(code, snapshots.body_of(replay), replay.span)


def decided_from(tx: Any, code: str, size: int) -> Decided:
    """Decide the entries again that come after `size`. Raises `JournalError`."""
    cut: Any = Cut(tx, size)
    replay = snapshot(tx, code, size)
    past = Past(cut, code, replay)
    decisions = Decisions(code, past)
    for stored, remaining in opened.with_disclosures(cut, code, since=size):
        entry = read_entry(code, stored)
        decisions.take(entry, opened.disclosed(entry, remaining))
        replay.take(entry)
        past.follow(entry, Moved(replay))
    return decisions.found()
