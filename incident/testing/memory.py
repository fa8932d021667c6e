"""A store in memory, for tests. It honours the contract of `ports.Store`, and asserts that its user does.

Asserted, because a real database would not notice or would answer wrongly: a look used after its block, a
thread that takes a second lock (SQLite has but one), a write to what is not locked, and a record that does
not follow from what is stored (`record.py`). What a real database refuses is refused: `Conflict` or
`StoreError`.

What only grows is kept in lists that all looks share; a look knows how much of them it may see (`shelf.py`).
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

from msgspec.structs import replace

from incident.domain.effects import Notice
from incident.domain.errors import StoreError
from incident.domain.say import say
from incident.domain.timer import Timer
from incident.service.ports import Due, Record, Signed
from incident.testing.memory_reading import MemoryReading
from incident.testing.record import check_record
from incident.testing.shelf import (
    Shelf,
    conflict,
    due,
    no_room,
    rows,
    seen_of,
    stood_after,
    with_open,
    with_record,
)
from incident.testing.told import NoticesWritten, Outbox, View


class MemoryStore:
    """An empty store that forgets everything with the process."""

    def __init__(self) -> None:
        """Begin with nothing adopted."""
        self._shelves: dict[str, Shelf] = {}
        self._names: dict[str, str] = {}
        self._locks: dict[str, threading.Lock] = {}
        self._holders: set[int] = set()
        self._guard = threading.Lock()
        #: What became of the notices.
        self.told = Outbox()

    @contextmanager
    def reading(self) -> Iterator[MemoryReading]:
        """Look at what is committed now."""
        tx = MemoryReading(self._shelves, View(self.told))
        try:
            yield tx
        finally:
            tx.close()

    def version(self, code: str) -> int | None:
        """Give how many entries a journal has; None of one that is not adopted."""
        shelf = self._shelves.get(code)
        return None if shelf is None else shelf.log.situation.version

    @contextmanager
    def writing(self, code: str) -> Iterator[MemoryWriting]:
        """Lock one jurisdiction; leaving without `commit` undoes everything."""
        self._check_free()
        lock = self._lock(code)
        with lock, self._holding([code]) as tx:
            yield tx

    @contextmanager
    def claiming(self, codes: Sequence[str]) -> Iterator[MemoryWriting]:
        """Lock those of some adopted jurisdictions that nobody else holds; waits for nobody."""
        self._check_free()
        there = sorted({*codes} & self._shelves.keys())
        taken = [code for code in there if self._lock(code).acquire(blocking=False)]
        try:
            with self._holding(taken) as tx:
                yield tx
        finally:
            for code in taken:
                self._lock(code).release()

    def left_out(self, codes: Collection[str]) -> dict[str, StoreError]:  # noqa: ARG002 - see `ports.py`
        """Leave out none: nothing is outside of what is forgotten."""
        return {}

    def _check_free(self) -> None:
        is_free = threading.get_ident() not in self._holders
        assert is_free, "expected one lock at a time, got a second in the same thread"

    def _lock(self, code: str) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(code, threading.Lock())

    @contextmanager
    def _holding(self, codes: Sequence[str]) -> Iterator[MemoryWriting]:
        me = threading.get_ident()
        self._holders.add(me)
        tx = MemoryWriting(self, codes, self._shelves)
        try:
            yield tx
        finally:
            tx.close()
            self._holders.remove(me)

    def outbox(self, code: str) -> list[tuple[int, Notice]]:
        """List the effects to carry out, each with the entry it follows from."""
        shelf = self._shelves[code]
        return [(seq, notice) for seq, _n, _at, notice in rows(shelf.book.notices, shelf.notices, 0)]

    def publish(self, written: dict[str, Shelf]) -> None:
        """Make what was written visible; called by `commit`."""
        with self._guard:
            names = dict(self._names)
            for code in written.keys() & self._shelves.keys():
                del names[self._shelves[code].log.situation.name]
            for code, shelf in written.items():
                if names.setdefault(shelf.log.situation.name, code) != code:
                    raise conflict(code, say("a name that no other jurisdiction answers to"))
            self._names, self._shelves = names, {**self._shelves, **written}


class MemoryWriting(NoticesWritten, MemoryReading):
    """A look that holds the locks of some jurisdictions."""

    def __init__(self, store: MemoryStore, codes: Sequence[str], shelves: dict[str, Shelf]) -> None:
        """Look at `shelves`, to write those of `codes`."""
        super().__init__(shelves, View(store.told))
        self._store = store
        self._before = shelves
        self._written: dict[str, Shelf] = {}
        #: The jurisdictions that are locked.
        self.codes_held: Sequence[str] = list(codes)

    def due(self, at: int) -> list[Due]:
        """Give what is to be carried out by `at` in the jurisdictions that are locked, by code."""
        held = [(code, self._all().get(code)) for code in sorted(self.codes_held)]
        return [
            due(shelf, at)
            for _, shelf in held
            if shelf is not None and shelf.wake is not None and shelf.wake <= at
        ]

    def write(self, records: Sequence[Record]) -> None:
        """Write entries and all that follows from them. Raises `Conflict` when somebody was first."""
        for record in records:
            self._write(record.after.jurisdiction, record)

    def _write(self, code: str, record: Record) -> None:
        held = self._held(code)
        seen = None if record.before is None else record.before.version
        there = None if held is None else held.version
        if seen != there:
            raise conflict(code, say("version {n}", n=seen), say("version {n}", n=there))
        if record.came is not None and held is not None and held.answered(*record.came) is not None:
            raise no_room(code, say("an event that was answered"))
        for one in record.closings:
            if held is not None and one.due in held.book.filed.get((one.key, one.of), {}):
                raise no_room(code, say("an occurrence that was closed"))
        standing = stood_after(held, record)
        log, open_now, newest = seen_of(held)
        check_record(code, log, open_now, standing, record, newest=newest)
        is_kept = held is not None and record.after.playbook in held.book.playbooks
        is_there = is_kept or (record.playbook is not None and record.playbook[0] == record.after.playbook)
        assert is_there, "expected the playbook that governs, got its hash alone"
        self._put(code, with_record(held, record, standing))

    def _held(self, code: str) -> Shelf | None:
        shelves = self._all()
        assert code in self.codes_held, f"expected one of {self.codes_held}, which are locked, got {code}"
        return shelves.get(code)

    def _put(self, code: str, shelf: Shelf) -> None:
        if not self._written:
            self._shelves = dict(self._all())
        self._written[code] = self._all()[code] = shelf

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Undo what is written in the block when that fails, and nothing else."""
        shelves, written = dict(self._all()), dict(self._written)
        try:
            yield
        except BaseException:
            for code in self._written.keys() & shelves.keys():
                shelves[code].cut()
            self._shelves, self._written = shelves, written
            raise

    def keep_checkpoint(self, code: str, signed: Signed) -> None:
        """Keep a checkpoint; one that is kept of the same size stays."""
        shelf = self._held(code)
        assert shelf is not None, f"expected a journal, got a checkpoint of {code} without one"
        if all(one.size != signed.size for one in shelf.checkpoints):
            self._put(code, replace(shelf, checkpoints=(*sorted([*shelf.checkpoints, signed]),)))

    def postpone(self, code: str, at: int, *, until: int | None, only: Timer | None = None) -> int:
        """Let what is due by `at` be tried again at `until`, or never; gives the tries."""
        shelf = self._held(code)
        found = {} if shelf is None else shelf.open
        again = 0 if until is None else 1
        moved = {
            place: one._replace(next_at=until, tries=one.tries + again)
            for place, one in found.items()
            if one.next_at is not None and one.next_at <= at and (only is None or place == (only.seq, only.n))
        }
        if shelf is not None and moved:
            self._put(code, with_open(shelf, {**found, **moved}))
        return max((one.tries for one in moved.values()), default=0)

    def take_up(self, code: str) -> None:
        """Let all that was set aside be tried again."""
        shelf = self._held(code)
        found = {} if shelf is None else shelf.open
        aside = {place: one for place, one in found.items() if one.next_at is None}
        again = {place: one._replace(next_at=one.timer.wake, tries=0) for place, one in aside.items()}
        if shelf is not None and again:
            self._put(code, with_open(shelf, {**found, **again}))

    def commit(self) -> None:
        """Make it visible and end the look."""
        self._all()
        self._store.publish(self._written)
        self._told.keep()
        self._written = {}
        self.close()

    def close(self) -> None:
        """End the look; what was not committed is gone."""
        for code in self._written.keys() & self._before.keys():
            self._before[code].cut()
        self._written = {}
        self._told.end()
        super().close()
