"""What of a record is shown to somebody: the entries that a filter opens, with what they still disclose.

The same stream comes from the live database and from a kit that was made of it, so whatever is written from
it (timeline, ledgers) can be written again from the kit and compared.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple, Protocol

from msgspec import Struct

from incident.domain import journal
from incident.domain.facts_record import DirectoryChanged
from incident.domain.journal import Entry
from incident.domain.kit import Filter
from incident.service import opened, verify_dropped
from incident.service.opened import Recorded, Replay
from incident.service.ports import Signed, Stored, name_of


class Record(Recorded, Protocol):
    """Where a record is read from, with its checkpoints: the live database (`Reading`), or a kit."""

    def checkpoints(self, code: str, *, since: int = 0) -> list[Signed]:
        """Give the signed checkpoints of `since` entries or more, by size."""


class Exhibit(NamedTuple):
    """An entry that is opened."""

    stored: Stored
    entry: Entry
    #: The disclosures that are shown, and what they say, by name.
    disclosures: dict[str, str]
    values: dict[str, str]
    #: Names under which something is sealed that is not shown: erased, or withheld.
    withheld: list[str]


class Shown(Struct, frozen=True, kw_only=True):
    """What somebody is shown of a record."""

    filter: Filter = Filter()
    #: Names of sealed values that are not shown, such as `os_user`.
    withhold: Collection[str] = ()


def exhibits(record: Record, code: str, shown: Shown, *, marked: bytes = b"") -> Iterator[Exhibit]:
    """Give the entries that are opened, in order; of those alone in whose bytes `marked` stands.

    Raises `JournalError` on one that cannot be read.
    """
    for stored, remaining in opened.with_disclosures(record, code):
        # where retention dropped the bytes, nothing is left to open
        if not stored.body or marked not in stored.body:
            continue
        entry = opened.read_entry(code, stored)
        if not shown.filter.matches(entry):
            continue
        kept = {name: remaining[name] for name in sorted(remaining) if name not in shown.withhold}
        values = opened.disclosed(entry, kept)
        withheld = sorted(set(journal.sealed_parts(entry)) - set(kept))
        yield Exhibit(stored, entry, kept, values, withheld)


def replaying(record: Record, code: str) -> Iterator[tuple[Stored, Entry, Replay]]:
    """Give each entry whose bytes are there with the replay that has taken it in.

    After entries that retention dropped it goes on from their snapshot. Raises `JournalError`.
    """
    base = verify_dropped.base(record, code, since=0)
    replay = Replay(code) if base is None else base.replay
    for stored in record.entries(code, since=0 if base is None else base.retention.until):
        entry = opened.read_entry(code, stored)
        replay.take(entry)
        yield stored, entry, replay


def sealed_names(record: Record, code: str) -> set[str]:
    """Give the names under which anything is sealed. Raises `JournalError` on an unreadable entry."""
    found: set[str] = set()
    for stored in record.entries(code):
        if stored.body:
            found |= {*journal.sealed_parts(opened.read_entry(code, stored))}
    return found


def digests(values: Mapping[str, str]) -> list[str]:
    """Give the SHA-256 of the attachments that an entry discloses, of what it does by name."""
    return [value for name, value in values.items() if name.startswith(opened.DIGEST)]


def names_in(record: Record, code: str, shown: Shown) -> Mapping[str, str]:
    """Give what holders are called, by sign, as far as that is shown; the newest name of each."""
    names: dict[str, str] = {}
    for one in exhibits(record, code, shown, marked=b'"DirectoryChanged"'):
        for fact in one.entry.facts:
            if isinstance(fact, DirectoryChanged):
                said = {holder: one.values.get(name_of(holder)) for holder in fact.ways}
                names |= {holder: name for holder, name in said.items() if name is not None}
    return names
