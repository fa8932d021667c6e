"""One entry of the journal whole: in words, as facts, its bytes, and what it still discloses."""

from __future__ import annotations

from msgspec import Struct

from incident.domain import journal
from incident.service import opened
from incident.service.history import Wanted
from incident.service.history import history as lines_of
from incident.service.ports import Reading, Stored
from incident.service.signed import Read
from incident.views import entry as words
from incident.views import history
from incident.views.entry import EntrySaid
from incident.views.history import HistoryFact


class Disclosure(Struct, frozen=True, kw_only=True):
    """What an entry holds sealed under a name."""

    name: str
    #: As it stands in the entry.
    digest: str
    #: Null once it is erased.
    value: str | None
    disclosure: str | None


class EntryWhole(Struct, frozen=True, kw_only=True):
    """An entry, with all that is left of it."""

    seq: int
    #: SHA-256 of its bytes after RFC 6962, in hex.
    leaf: str
    #: Its bytes, as text; null where retention dropped them.
    body: str | None
    #: In words; null where its bytes were dropped.
    said: EntrySaid | None
    facts: list[HistoryFact]
    disclosures: list[Disclosure]


def whole(tx: Reading, code: str, seq: int, read: Read) -> EntryWhole | None:
    """Give an entry; none where there is none of that number. Raises `JournalError`."""
    stored = next(tx.entries(code, since=seq), None)
    if stored is None or stored.seq != seq:
        return None
    if not stored.body:
        return EntryWhole(seq=seq, leaf=stored.leaf.hex(), body=None, said=None, facts=[], disclosures=[])
    lines = [*lines_of(tx, code, Wanted(entries=(seq, seq + 1)), read=read)]
    _same, remaining = next(opened.with_disclosures(tx, code, since=seq))
    return EntryWhole(
        seq=seq,
        leaf=stored.leaf.hex(),
        body=stored.body.decode(),
        said=words.entry(lines),
        facts=[history.fact(line) for line in lines],
        disclosures=disclosures(stored, remaining),
    )


def disclosures(stored: Stored, remaining: dict[str, str]) -> list[Disclosure]:
    """Give everything that an entry holds sealed; what is shown opens what was sealed, or it was not read."""
    if not stored.body:
        return []
    read = journal.decode(stored.body)
    values = opened.disclosed(read, remaining)
    return [
        Disclosure(name=name, digest=sealed.sd, value=values.get(name), disclosure=remaining.get(name))
        for name, sealed in sorted(journal.sealed_parts(read).items())
    ]
