"""Whoever has the program's own code and every right: writes other entries, all hashes and tables in step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from incident.domain import journal
from incident.domain.effects import notices
from incident.domain.facts import PlaybookAdopted
from incident.domain.journal import Entry
from incident.service.ports import Log, Record, Store
from incident.service.record import frame_of, to_record
from incident.testing.samples import log_of

#: Makes another entry of one.
Forge = Callable[[Entry], Entry]


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
