"""A store in memory, for tests. It honours the contract of `ports.Store`, and asserts that its user does.

Asserted, because a real database would not notice or would answer wrongly: a look used after its block, a
thread that takes a second lock (SQLite has but one), two records in one transaction, and a record that does
not follow from what is stored (`record.py`). What a real database refuses is refused: `Conflict` or
`StoreError`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby

import msgspec
from msgspec import Struct

from incident.domain.effects import Notice
from incident.domain.errors import Conflict, StoreError
from incident.domain.playbook import Playbook, decode
from incident.domain.say import Words, say
from incident.domain.situation import Standing, stand
from incident.service.ports import Log, Record, Stored
from incident.testing.record import check_record


class _Shelf(Struct, frozen=True, kw_only=True):
    """All that is stored of one jurisdiction; replaced as a whole, never changed."""

    log: Log
    entries: tuple[Stored, ...] = ()
    disclosures: tuple[tuple[int, str, str], ...] = ()
    standing: Standing = {}
    playbooks: dict[str, Playbook] = {}
    outbox: tuple[tuple[int, Notice], ...] = ()


class MemoryStore:
    """An empty store that forgets everything with the process."""

    def __init__(self) -> None:
        """Begin with nothing adopted."""
        self._shelves: dict[str, _Shelf] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._holders: set[int] = set()
        self._guard = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[MemoryReading]:
        """Look at what is committed now."""
        tx = MemoryReading(self._shelves)
        try:
            yield tx
        finally:
            tx.close()

    @contextmanager
    def writing(self, code: str) -> Iterator[MemoryWriting]:
        """Lock one jurisdiction; leaving without `commit` undoes everything."""
        me = threading.get_ident()
        assert me not in self._holders, "expected one lock at a time, got a second in the same thread"
        with self._guard:
            lock = self._locks.setdefault(code, threading.Lock())
        with lock:
            self._holders.add(me)
            tx = MemoryWriting(self, code, self._shelves)
            try:
                yield tx
            finally:
                tx.close()
                self._holders.remove(me)

    def outbox(self, code: str) -> list[tuple[int, Notice]]:
        """List the effects to carry out, each with the entry it follows from."""
        return list(self._shelves[code].outbox)

    def publish(self, code: str, shelf: _Shelf) -> None:
        """Make what was written visible; called by `commit`."""
        with self._guard:
            for other, held in self._shelves.items():
                if other != code and held.log.situation.name == shelf.log.situation.name:
                    raise _conflict(code, say("a name that no other jurisdiction answers to"))
            self._shelves = {**self._shelves, code: shelf}


class MemoryReading:
    """One look; it sees what was committed when it began."""

    def __init__(self, shelves: dict[str, _Shelf]) -> None:
        """Look at `shelves`."""
        self._shelves: dict[str, _Shelf] | None = shelves

    def close(self) -> None:
        """End the look; it is of no use afterwards."""
        self._shelves = None

    def _all(self) -> dict[str, _Shelf]:
        assert self._shelves is not None, "expected a look inside its block, got one after its end or commit"
        return self._shelves

    def codes(self) -> list[tuple[str, str]]:
        """List (code, playbook name) of every jurisdiction."""
        return sorted((code, shelf.log.situation.name) for code, shelf in self._all().items())

    def journals(self) -> list[str]:
        """List the codes under which anything of a journal is stored."""
        return sorted(self._all())

    def log(self, code: str) -> Log | None:
        """Give a situation and its journal's compact range."""
        shelf = self._all().get(code)
        return None if shelf is None else Log(shelf.log.situation, list(shelf.log.peaks))

    def playbook(self, code: str, digest: str, *, afresh: bool = False) -> Playbook:  # noqa: ARG002 - nothing grows stale
        """Give a playbook of a jurisdiction."""
        shelf = self._all().get(code)
        if shelf is None or digest not in shelf.playbooks:
            raise StoreError(
                where=say("{place}, playbook of {code}", place="memory", code=code),
                expected=say("the playbook {hash}", hash=digest),
                found=say("nothing"),
            )
        return shelf.playbooks[digest]

    def standing(self, code: str) -> Standing:
        """Give what stands."""
        shelf = self._all().get(code)
        return {} if shelf is None else dict(shelf.standing)

    def entries(self, code: str, *, since: int = 0) -> Iterator[Stored]:
        """Give the entries from number `since` on."""
        shelf = self._all().get(code)
        return iter([one for one in shelf.entries if one.seq >= since] if shelf else [])

    def disclosures(self, code: str, *, since: int = 0) -> Iterator[tuple[int, str, str]]:
        """Give (entry, name, disclosure) from entry `since` on."""
        shelf = self._all().get(code)
        return iter([one for one in shelf.disclosures if one[0] >= since] if shelf else [])

    def notices(self, code: str, *, since: int = 0) -> Iterator[tuple[int, int, str, bytes]]:
        """Give (entry, number, receiver, facts as JSON) from entry `since` on."""
        shelf = self._all().get(code)
        for seq, of_entry in groupby(shelf.outbox if shelf else (), key=lambda one: one[0]):
            for n, (_, notice) in enumerate(of_entry):
                if seq >= since:
                    yield seq, n, notice.to, msgspec.json.encode(notice.facts)

    def answered(self, code: str, source: str, event_id: str) -> Stored | None:
        """Give the entry that answered an event before."""
        return next((one for one in self.entries(code) if one.came == (source, event_id)), None)


class MemoryWriting(MemoryReading):
    """A look that holds the lock of one jurisdiction."""

    def __init__(self, store: MemoryStore, code: str, shelves: dict[str, _Shelf]) -> None:
        """Look at `shelves`, to write that of `code`."""
        super().__init__(shelves)
        self._store = store
        self._code = code
        self._written: _Shelf | None = None

    def write(self, record: Record) -> None:
        """Write an entry and all that follows from it. Raises `Conflict` when somebody was first."""
        code, held = self._code, self._all().get(self._code)
        assert self._written is None, "expected one record a transaction, got a second"
        seen = None if record.before is None else record.before.version
        there = None if held is None else held.log.situation.version
        if seen != there:
            raise _conflict(code, say("version {n}", n=seen), say("version {n}", n=there))
        if record.came is not None and self.answered(code, *record.came) is not None:
            raise StoreError(
                where=code,
                expected=say("room for the next entry, as the journal says"),
                found=say("an event that was answered"),
                do=say("run: incident journal verify"),
            )
        check_record(code, None if held is None else held.log, record)
        self._written = _with(held or _Shelf(log=Log(record.after, [])), record)

    def commit(self) -> None:
        """Make it visible and end the look."""
        self._all()
        if self._written is not None:
            self._store.publish(self._code, self._written)
        self.close()


def _with(held: _Shelf, record: Record) -> _Shelf:
    """Give what is stored with one record more."""
    seq = record.after.version - 1
    standing = dict(held.standing)
    stand(standing, seq, record.facts)
    playbooks = dict(held.playbooks)
    if record.playbook is not None:
        digest, body = record.playbook
        playbooks.setdefault(digest, decode(body))
    assert record.after.playbook in playbooks, "expected the playbook that governs, got its hash alone"
    return _Shelf(
        log=Log(record.after, list(record.peaks)),
        entries=(*held.entries, Stored(seq, record.body, record.leaf, record.at, record.came)),
        disclosures=(
            *held.disclosures,
            *((seq, name, text) for name, text in sorted(record.disclosures.items())),
        ),
        standing=standing,
        playbooks=playbooks,
        outbox=(*held.outbox, *((seq, notice) for notice in record.effects)),
    )


def _conflict(code: str, expected: Words, found: Words = None) -> Conflict:
    return Conflict(
        where=code,
        expected=expected,
        found=found or say("somebody else wrote the same just before"),
        do=say("look: incident status"),
    )
