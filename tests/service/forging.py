"""Whoever has the program's own code and every right: writes other entries, all hashes and tables in step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from msgspec.structs import replace

from incident.domain import journal
from incident.domain.effects import notices
from incident.domain.errors import JournalError
from incident.domain.fact import Fact
from incident.domain.facts import AnyFact, PlaybookAdopted, StateEntered
from incident.domain.journal import Entry
from incident.service.ports import Log, Record, Store
from incident.service.record import frame_of, to_record
from incident.service.verify import verify
from incident.service.verify_record import verify_record
from incident.testing import MemoryStore
from incident.testing.samples import log_of
from tests.playbooks import CODE

#: Makes another entry of one.
Forge = Callable[[Entry], Entry]
#: Does something in a store.
Doing = Callable[[Store], object]


class Forger:
    """A store whose entries are forged before they are written; what follows from them follows from that."""

    def __init__(self, store: Store, forge: Forge) -> None:
        self._store, self._forge = store, forge

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def writing(self, code: str) -> Iterator[Any]:
        with self._store.writing(code) as tx:
            yield _Forging(tx, self._forge)

    @contextmanager
    def claiming(self, codes: Sequence[str]) -> Iterator[Any]:
        with self._store.claiming(codes) as tx:
            yield _Forging(tx, self._forge)


class _Forging:
    def __init__(self, tx: Any, forge: Forge) -> None:
        self._tx, self._forge = tx, forge

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    def write(self, records: Sequence[Record]) -> None:
        for record in records:
            self._tx.write([self._forged(record)])

    def _forged(self, record: Record) -> Record:
        code = record.after.jurisdiction
        entry = self._forge(journal.decode(record.body))
        frame = frame_of(self._tx, code)._replace(duties=self._tx.newest_duties(code))
        sealed = journal.sealed_parts(entry)
        is_adoption = any(isinstance(fact, PlaybookAdopted) for fact in entry.facts)
        return to_record(
            None if record.before is None else Log(record.before, log_of(self._tx, code).peaks),
            entry,
            frame,
            disclosures={name: text for name, text in record.disclosures.items() if name in sealed},
            effects=[] if is_adoption else notices(entry.facts),
            playbook=record.playbook,
            attachments=record.attachments,
            people=record.people,
        )


def forged(store: MemoryStore, doing: Doing, forge: Forge) -> Any:
    """Let something be done whose entry is forged."""
    forger: Any = Forger(store, forge)  # a store in all that is asked of it
    return doing(forger)


def found(store: MemoryStore, code: str = CODE) -> tuple[str | None, int | None]:
    """Give level and entry at which verifying the live database stops; a kit's record stops there too."""
    with store.reading() as tx, pytest.raises(JournalError) as live:
        verify(tx, code)
    with store.reading() as tx, pytest.raises(JournalError) as kit:
        verify_record(tx, code)
    assert (live.value.level, live.value.seq) == (kit.value.level, kit.value.seq)
    assert all(live.value.parts())
    return live.value.level, live.value.seq


def with_facts(change: Callable[[Any], Any]) -> Forge:
    """Make other facts of those of an entry; none of one that is left out."""
    return lambda entry: replace(entry, facts=[one for one in map(change, entry.facts) if one is not None])


def changing(kind: type[Fact], **fields: Any) -> Forge:
    return with_facts(lambda fact: replace(fact, **fields) if isinstance(fact, kind) else fact)


def leaving_out(kind: str) -> Forge:
    return with_facts(lambda fact: None if getattr(fact, "kind", None) == kind else fact)


def decided_by(body: str) -> Forge:
    """Let another body have decided: in the entry, and in the state that it entered."""

    def forge(entry: Entry) -> Entry:
        return replace(changing(StateEntered, authority=body)(entry), authority=body)

    return forge


def said(**data: Any) -> Forge:
    """Let the event have had other values."""

    def forge(entry: Entry) -> Entry:
        assert entry.came is not None
        return replace(entry, came=replace(entry.came, data={**entry.came.data, **data}))

    return forge


def instead(*facts: AnyFact, **fields: Any) -> Forge:
    return lambda entry: replace(entry, facts=[*facts], **fields)
