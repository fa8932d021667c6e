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
from heapq import nsmallest
from operator import attrgetter

import msgspec
from msgspec.structs import replace

from incident.domain.duty import Duty
from incident.domain.effects import Notice
from incident.domain.errors import StoreError
from incident.domain.keeping import Served
from incident.domain.people import Person
from incident.domain.playbook import Playbook, encode
from incident.domain.say import say
from incident.domain.situation import Standing
from incident.domain.timer import Closing, Timer
from incident.service.ports import LAST, Due, Log, Record, Signed, Stored
from incident.testing.evidence import EvidenceRead
from incident.testing.record import check_record
from incident.testing.shelf import (
    Shelf,
    conflict,
    due,
    no_room,
    rows,
    seen_of,
    served,
    stood_after,
    urgency,
    with_open,
    with_record,
)
from incident.testing.told import NoticesRead, NoticesWritten, Outbox, Recorded, View


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


class MemoryReading(NoticesRead, EvidenceRead):
    """One look; it sees what was committed when it began."""

    def __init__(self, shelves: dict[str, Shelf], told: View) -> None:
        """Look at `shelves`, and at what became of their notices."""
        self._shelves: dict[str, Shelf] | None = shelves
        self._told = told

    def close(self) -> None:
        """End the look; it is of no use afterwards."""
        self._shelves = None

    def _all(self) -> dict[str, Shelf]:
        assert self._shelves is not None, "expected a look inside its block, got one after its end or commit"
        return self._shelves

    def codes(self) -> list[tuple[str, str]]:
        """List (code, playbook name) of every jurisdiction."""
        return sorted((code, shelf.log.situation.name) for code, shelf in self._all().items())

    def named(self, name: str) -> str | None:
        """Give the code of the jurisdiction whose playbook has this name."""
        return next((code for code, of in self.codes() if of == name), None)

    def journals(self) -> list[str]:
        """List the codes under which anything of a journal is stored."""
        return sorted(self._all())

    def damage(self) -> None:
        """Find nothing: there are no pages."""

    def log(self, code: str) -> Log | None:
        """Give a situation and its journal's compact range."""
        shelf = self._all().get(code)
        return None if shelf is None else Log(shelf.log.situation, list(shelf.log.peaks))

    def playbook(self, code: str, digest: str, *, afresh: bool = False) -> Playbook:  # noqa: ARG002 - nothing grows stale
        """Give a playbook of a jurisdiction."""
        shelf = self._all().get(code)
        seq, playbook = (0, None) if shelf is None else shelf.book.playbooks.get(digest, (0, None))
        if shelf is None or playbook is None or seq >= shelf.version:
            raise StoreError(
                where=say("{place}, playbook of {code}", place="memory", code=code),
                expected=say("the playbook {hash}", hash=digest),
                found=say("nothing"),
            )
        return playbook

    def playbook_bytes(self, code: str, digest: str) -> bytes:
        """Give the bytes of a playbook."""
        return encode(self.playbook(code, digest))

    def standing(self, code: str) -> Standing:
        """Give what stands."""
        shelf = self._all().get(code)
        return {} if shelf is None else dict(shelf.standing)

    def entries(self, code: str, *, since: int = 0) -> Iterator[Stored]:
        """Give the entries from number `since` on."""
        shelf = self._all().get(code)
        return iter(()) if shelf is None else shelf.entries(since)

    def subtrees(self, code: str, places: Sequence[tuple[int, int]]) -> list[bytes]:
        """Give the hashes of complete subtrees, by (level, number)."""
        shelf = self._all()[code]
        return [shelf.subtree(*place) for place in places]

    def checkpoints(self, code: str, *, since: int = 0) -> list[Signed]:
        """Give the signed checkpoints of `since` entries or more, by size."""
        shelf = self._all().get(code)
        return [] if shelf is None else [one for one in shelf.checkpoints if one.size >= since]

    def newest_checkpoint(self, code: str, *, until: int = LAST) -> Signed | None:
        """Give the newest signed checkpoint of at most `until` entries."""
        return max((one for one in self.checkpoints(code) if one.size <= until), default=None)

    def unsigned(self, *, at: int, entries: int, seconds: int, most: int) -> list[str]:
        """List `most` jurisdictions whose journal is to be signed at an instant, the most urgent first."""
        found = {
            code: urgency(shelf, at, entries=entries, seconds=seconds) for code, shelf in self._all().items()
        }
        return sorted((code for code in found if found[code]), key=lambda code: (found[code], code))[:most]

    def disclosures(self, code: str, *, since: int = 0) -> Iterator[tuple[int, str, str]]:
        """Give (entry, name, disclosure) from entry `since` on."""
        shelf = self._all().get(code)
        return iter(()) if shelf is None else shelf.disclosed(since)

    def notices(self, code: str, *, since: int = 0) -> Iterator[tuple[int, int, str, bytes, int]]:
        """Give (entry, number, receiver, facts as JSON, when recorded) from entry `since` on."""
        shelf = self._all().get(code)
        found = iter(()) if shelf is None else rows(shelf.book.notices, shelf.notices, since)
        return ((seq, n, notice.to, msgspec.json.encode(notice.facts), at) for seq, n, at, notice in found)

    def open_timers(self, code: str) -> list[Timer]:
        """Give all open timers, by entry and number."""
        shelf = self._all().get(code)
        return [] if shelf is None else [one.timer for _, one in sorted(shelf.open.items())]

    def timers(self, code: str, *, since: int, until: int) -> list[Timer]:
        """Give the timers promised from `since` to before `until`, open or ended, by instant."""
        ended = [timer for _, timer in self.ended_timers(code)]
        found = [one for one in ended + self.open_timers(code) if since <= one.due < until]
        return sorted(found, key=attrgetter("due", "seq", "n"))

    def ended_timers(self, code: str, *, since: int = 0) -> Iterator[tuple[int, Timer]]:
        """Give (ending entry, timer) from entry `since` on."""
        shelf = self._all().get(code)
        return iter(()) if shelf is None else rows(shelf.book.ended, shelf.ended, since)

    def closings(self, code: str, *, since: int = 0) -> Iterator[tuple[int, Closing]]:
        """Give (entry, closing) from entry `since` on."""
        shelf = self._all().get(code)
        return iter(()) if shelf is None else rows(shelf.book.closings, shelf.closings, since)

    def attachment(self, code: str, digest: str) -> bytes | None:
        """Give the bytes of an attachment."""
        shelf = self._all().get(code)
        return None if shelf is None else shelf.attachment(digest)

    def newest_duties(self, code: str) -> list[Duty]:
        """Give the pieces of the newest shift of each roster, by entry and number."""
        shelf = self._all().get(code)
        return [] if shelf is None else [one for _, one in sorted(shelf.newest.items())]

    def duties(self, code: str, *, since: int, until: int, is_struck: bool = False) -> list[Duty]:
        """Give the pieces of duty that count, or do no more, and lie between two instants, by beginning."""
        known = [one for _, one in self.ended_duties(code)] + self.newest_duties(code)
        there = [one for one in known if one.is_void == is_struck and one.since < one.until]
        found = [one for one in there if one.until > since and one.since < until]
        return sorted(found, key=attrgetter("since", "seq", "n"))

    def ended_duties(self, code: str, *, since: int = 0) -> Iterator[tuple[int, Duty]]:
        """Give (ending entry, piece) from entry `since` on."""
        shelf = self._all().get(code)
        return iter(()) if shelf is None else rows(shelf.book.duties, shelf.duties, since)

    def served(self, code: str, *, year: int) -> list[Served]:
        """Give what everybody served in shifts that are not the newest."""
        return served((one for _, one in self.ended_duties(code)), year)

    def people(self, code: str) -> list[Person]:
        """Give whom the directory names, by holder."""
        shelf = self._all().get(code)
        return [] if shelf is None else [one for _, one in sorted(shelf.people.items())]

    def next_wake(self) -> int | None:
        """Give the earliest instant at which an open timer is to be carried out."""
        return min((shelf.wake for shelf in self._all().values() if shelf.wake is not None), default=None)

    def due_codes(self, at: int, limit: int) -> list[str]:
        """List at most `limit` jurisdictions in which something is due by `at`, oldest first."""
        wakes = ((shelf.wake, code) for code, shelf in self._all().items() if shelf.wake is not None)
        return [code for _, code in nsmallest(limit, (one for one in wakes if one[0] <= at))]

    def set_aside(self) -> list[tuple[str, Timer]]:
        """List (code, timer) of all that are tried no more."""
        return [
            (code, one.timer)
            for code, shelf in sorted(self._all().items())
            for _, one in sorted(shelf.open.items())
            if one.next_at is None
        ]

    def _recorded(self) -> Iterator[Recorded]:
        for code, shelf in self._all().items():
            for seq, n, since, notice in rows(shelf.book.notices, shelf.notices, 0):
                yield Recorded(since, code, seq, n, notice)

    def answered(self, code: str, source: str, event_id: str) -> Stored | None:
        """Give the entry that answered an event before."""
        shelf = self._all().get(code)
        return None if shelf is None else shelf.answered(source, event_id)


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
