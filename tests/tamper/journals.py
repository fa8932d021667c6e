"""A whole journal made anew by somebody with every right and the program's own code.

Entries are altered, left out, added, put in another order; all that follows from them is recomputed:
numbers, hashes, the tree, the situation, what stands, what is promised, who is on duty, notices, snapshots,
people. What the program itself refuses to make is not made. What is made may hold in itself; what it cannot
have is the signature under a root that left the house.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any, Final, NamedTuple

from msgspec.structs import replace
from sqlalchemy.exc import IntegrityError

from incident.domain import clock, journal, playbook
from incident.domain.effects import notices
from incident.domain.errors import IncidentError
from incident.domain.facts import PlaybookAdopted
from incident.domain.facts_record import SnapshotTaken
from incident.domain.journal import Entry
from incident.service.brought import Brought
from incident.service.opened import UNFOUNDED, read_entry
from incident.service.ports import Reading, Record
from incident.service.record import Frame, frame_of, to_record
from incident.service.snapshots import replayed
from incident.service.taking import record_of
from incident.store.faults import translated
from incident.store.reading import SqlReading
from incident.store.sql import SqlStore
from incident.store.tables import metadata
from incident.store.writing import SqlWriting
from tests.service.test_verify import unguarded
from tests.tamper.looking import OUTSIDE, Seen, look
from tests.tamper.town import CODE

#: It was recorded after the newest checkpoint that left the house.
NOT_COVERED: Final = "recorded after the newest checkpoint: nothing outside knows of it yet"
#: The program's own code does not make what follows from it.
NOT_MADE: Final = "not made"


class Forged(NamedTuple):
    """An entry that says something else."""

    seq: int
    #: Where in it: names and numbers, as a path.
    where: str
    entry: Entry


class Journal:
    """A journal to be made anew, and what was signed of it."""

    def __init__(self, tx: Reading, found: Brought, scratch: SqlStore) -> None:
        """Take all of it; `found` is held against what is made in `scratch`, on SQLite, and undone there."""
        self.found, self._store = found, unguarded(scratch)
        self.entries = [read_entry(CODE, stored) for stored in tx.entries(CODE)]
        self._disclosures: dict[str, tuple[str, str]] = {}
        for entry, texts in zip(self.entries, _disclosures(tx, len(self.entries)), strict=True):
            sealed = journal.sealed_parts(entry)
            self._disclosures |= {sealed[name].sd: (name, text) for name, text in texts.items()}
        self._playbooks = {
            digest: playbook.encode(tx.playbook(CODE, digest)) for digest in tx.playbooks(CODE)
        }
        self._attachments = [(digest, tx.attachment(CODE, digest) or b"") for digest in tx.attachments(CODE)]
        self._people = tx.people(CODE)

    @property
    def covered(self) -> int:
        """How many entries the newest checkpoint covers."""
        return max(one.size for one in self.found.given)

    def with_entry(self, entry: Entry) -> list[Entry]:
        """Give the entries with another one in the place of one."""
        return [entry if one.seq == entry.seq else one for one in self.entries]

    def look(self, entries: Sequence[Entry]) -> Seen | None:
        """Make a journal of entries, numbered anew, and look at it; none where that is not made."""
        place, kept = self._store.place, type(self._store._playbooks)
        with translated(place), self._store._engine.connect() as connection, ExitStack() as streams:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            for table in metadata.tables:
                if table != "alembic_version":
                    connection.exec_driver_sql(f'DELETE FROM "{table}"')
            tx = SqlWriting(connection, streams, kept(), place, held={CODE: None})
            try:
                for seq, entry in enumerate(entries):
                    is_last = seq == len(entries) - 1
                    tx.write([self._record(tx, replace(entry, seq=seq), is_last=is_last)])
            except (IncidentError, IntegrityError, *UNFOUNDED):
                return None
            seen = look(SqlReading(connection, streams, kept(), place), self.found)
            connection.rollback()
        return seen

    def _record(self, tx: Reading, entry: Entry, *, is_last: bool) -> Record:
        log = tx.log(CODE)
        people = self._people if is_last else []
        if log is not None and self._is_snapshot(entry):
            made = record_of(log, replayed(tx, CODE), clock.read_stamp(entry.at), entry.node)
            return replace(made, people=people)
        frame = Frame([], {}) if log is None else frame_of(tx, CODE)._replace(duties=tx.newest_duties(CODE))
        is_adoption = any(isinstance(fact, PlaybookAdopted) for fact in entry.facts)
        kept = (self._disclosures.get(sealed.sd) for sealed in journal.sealed_parts(entry).values())
        return to_record(
            log,
            entry,
            frame,
            disclosures=dict(one for one in kept if one is not None),
            effects=[] if is_adoption else notices(entry.facts),
            playbook=(entry.playbook, self._playbooks[entry.playbook]) if is_adoption else None,
            attachments=self._attachments if entry.verb == "file" else (),
            people=people,
        )

    def _is_snapshot(self, entry: Entry) -> bool:
        """Tell whether an entry is that of a snapshot as it was; one that is forged stays so."""
        is_one = any(isinstance(fact, SnapshotTaken) for fact in entry.facts)
        return is_one and any(replace(entry, seq=one.seq) == one for one in self.entries)

    def ended(self, forged: Forged) -> str:
        """Say what comes of a forged entry. Raises `AssertionError` for one that is not found."""
        seen = self.look(self.with_entry(forged.entry))
        if seen is None:
            return NOT_MADE
        if seen.level is None:
            assert forged.seq >= self.covered, f"entry {forged.seq}, {forged.where}: not found"
            return NOT_COVERED
        if seen.level == OUTSIDE:
            assert forged.seq < self.covered
        return seen.level


def _disclosures(tx: Reading, size: int) -> list[dict[str, str]]:
    found: list[dict[str, str]] = [{} for _ in range(size)]
    for seq, name, text in tx.disclosures(CODE):
        found[seq][name] = text
    return found


def forgeries(entries: Sequence[Entry]) -> Iterator[Forged]:
    """Give each entry with each of its values made another of its kind, or left out; as far as it is read."""
    for entry in entries:
        plain = json.loads(journal.encode(entry))
        for path in [*_paths(plain)]:
            for change in (_changed, _left_out):
                other = json.loads(json.dumps(plain))
                if path == ("seq",) or not change(other, path):
                    continue
                try:
                    forged = journal.decode(journal.canonical(other))
                except ValueError:
                    continue  # what is no entry at all is found by its bytes
                if forged != entry:
                    yield Forged(entry.seq, "/".join(map(str, path)) + f" {change.__name__}", forged)


def _paths(plain: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = plain.items() if isinstance(plain, dict) else enumerate(plain) if isinstance(plain, list) else ()
    if path:
        yield path
    for name, value in inside:
        yield from _paths(value, (*path, name))


def _changed(plain: Any, path: tuple[Any, ...]) -> bool:
    place = _place(plain, path)
    value = place[path[-1]]
    if isinstance(value, bool):
        place[path[-1]] = not value
    elif isinstance(value, int):
        place[path[-1]] = value + 1
    elif isinstance(value, str) and value:
        place[path[-1]] = _other(value)
    else:
        return False
    return True


def _other(text: str) -> str:
    """Give another text of the same form: another digit in the last place that has one, else another end."""
    at = next((n for n in reversed(range(len(text))) if text[n].isdigit()), None)
    if at is None:
        return text[:-1] + ("a" if text[-1] != "a" else "b")
    return f"{text[:at]}{(int(text[at]) + 1) % 10}{text[at + 1 :]}"


def _left_out(plain: Any, path: tuple[Any, ...]) -> bool:
    del _place(plain, path)[path[-1]]
    return True


def _place(plain: Any, path: tuple[Any, ...]) -> Any:
    for name in path[:-1]:
        plain = plain[name]
    return plain


#: What is done to the order and number of entries → how.
ORDERS: Final[dict[str, Callable[[Sequence[Entry], int], list[Entry]]]] = {
    "left out": lambda entries, at: [*entries[:at], *entries[at + 1 :]],
    "doubled": lambda entries, at: [*entries[: at + 1], *entries[at:]],
    "put before the one before": lambda entries, at: [
        *entries[: at - 1],
        entries[at],
        entries[at - 1],
        *entries[at + 1 :],
    ],
    "cut off here": lambda entries, at: [*entries[:at]],
}
