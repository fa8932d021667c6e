"""Journals recomputed from what is stored alone: leaf by leaf and root by root, of any schema there ever was.

For a copy that has to be looked at wherever it stands: a backup of an older schema, both sides of a move. It
asks for columns that every version has. What the entries say is the business of `service.verify`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, select

from incident.domain import tree
from incident.domain.errors import JournalError
from incident.domain.say import say
from incident.store.rows import raw
from incident.store.tables import entry, situation

#: Rows that are read at a time.
_ROWS = 1000


class Rooted(Struct, frozen=True):
    """A journal whose leaves and root hold."""

    jurisdiction: str
    entries: int
    #: In hex.
    root: str


def recompute(connection: Connection) -> Iterator[Rooted | JournalError]:
    """Recompute every journal, by code; of one that does not hold its first fault is given.

    An entry whose text was let go counts with the leaf that is kept for it.
    """
    kept: dict[Any, tuple[Any, bytes]] = {
        code: (version, raw(peaks))
        for code, version, peaks in connection.execute(
            select(situation.c.jurisdiction, situation.c.version, situation.c.peaks)
        )
    }
    columns = (entry.c.jurisdiction, entry.c.seq, entry.c.body, entry.c.leaf)
    statement = select(*columns).order_by(entry.c.jurisdiction, entry.c.seq)
    with connection.execute(statement, execution_options={"yield_per": _ROWS}) as rows:
        for code, entries in groupby(rows, key=lambda row: row[0]):
            yield _held(str(code), entries, kept.pop(code, None))
    for code in sorted(kept, key=str):
        yield _held(str(code), iter(()), kept[code])


def _held(code: str, entries: Iterator[Any], kept: tuple[Any, bytes] | None) -> Rooted | JournalError:
    """Hold what entries give against the size and the tree that are stored for them."""
    peaks: list[bytes] = []
    size = 0
    for _, seq, stored_body, stored_leaf in entries:
        body, leaf = raw(stored_body), raw(stored_leaf)
        if seq != size:
            return _fault(code, size, say("entry {seq}", seq=size), say("entry {seq}", seq=seq))
        computed = tree.leaf_hash(body) if body else leaf
        if computed != leaf:
            expected = say("an entry whose leaf hash is {hash}", hash=leaf.hex())
            return _fault(code, seq, expected, say("an entry whose leaf hash is {hash}", hash=computed.hex()))
        peaks = tree.append(size, peaks, leaf)
        size += 1
    if kept is None:
        return _fault(code, None, say("the situation that the journal gives"), say("none is stored"))
    if size != kept[0]:
        return _fault(code, None, say("{n} entries", n=kept[0]), say("{n} entries", n=size))
    if b"".join(peaks) != kept[1]:
        return _fault(code, None, kept[1].hex(), b"".join(peaks).hex())
    return Rooted(code, size, tree.root(peaks).hex())


def _fault(code: str, seq: int | None, expected: Any, found: Any) -> JournalError:
    return JournalError(jurisdiction=code, seq=seq, expected=expected, found=found)
