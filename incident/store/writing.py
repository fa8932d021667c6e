"""Writing to the store: one transaction that holds the locks of some jurisdictions.

What many records write is gathered and goes out in a few statements, whether they are one or five hundred.
Under the lock nobody can have been first: rows that are in the way, or missing, are damage of the record.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import msgspec
from msgspec.structs import astuple
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from incident.domain.duty import Duty
from incident.domain.errors import Conflict, StoreError
from incident.domain.facts import ItemChanged, ItemEnded, ItemStarted, Plain
from incident.domain.say import Words, say
from incident.domain.situation import Situation, Standing, Stood
from incident.domain.timer import Timer, item_of
from incident.service.notices import Settled, Undelivered
from incident.service.ports import NOTHING, Due, Log, Record, Signed
from incident.store import bulk, rows, statements
from incident.store.faults import known_to_be_kept, translated, undone_alone
from incident.store.reading import Kept, SqlReading, free_by

_encode = msgspec.json.Encoder(order="sorted").encode
#: Where in a timer stands what its end sets.
_END = len(statements.TIMER_FIELDS) - len(bulk.ENDING)

_Rows = list[tuple[Any, ...]]


class SqlWriting(SqlReading):
    """One transaction that holds the locks of some jurisdictions."""

    def __init__(
        self, connection: Connection, streams: ExitStack, kept: Kept, place: str, *, held: dict[str, Any]
    ) -> None:
        """Write through `connection`; `held` are the locked codes, each with its situation's row or none."""
        super().__init__(connection, streams, kept, place)
        self._held = held
        self._logs: dict[str, Log | None] = {}
        #: Whether an entry was written: on PostgreSQL others are told of it.
        self._has_news = False
        #: The jurisdictions that are locked.
        self.codes_held: Sequence[str] = sorted(held)

    def log(self, code: str) -> Log | None:
        """Give the log as it was when the lock was taken, or as the last record left it."""
        if code not in self._held:
            return super().log(code)
        if code not in self._logs:
            row = self._held[code]
            self._logs[code] = None if row is None else rows.log(row)
        return self._logs[code]

    def due(self, at: int) -> list[Due]:
        """Give what is to be carried out by `at` in the jurisdictions that are locked.

        Three questions, however many jurisdictions: timers, their items, what was filed.
        """
        timers = self._due_timers(at)
        if not timers:
            return []
        standing = self._items(timers)
        filed = self._filed(timers, at)
        return [
            Due(log, found, standing.get(code, {}), filed.get(code, {}))
            for code, found in timers.items()
            if (log := self._logs[code]) is not None
        ]

    def _due_timers(self, at: int) -> dict[str, list[Timer]]:
        found: dict[str, list[Timer]] = {}
        for code, epoch, *values in self._ask(bulk.DUE, self.codes_held, at):
            log = self.log(code)
            # a row of another epoch is not of the state in force
            if log is not None and log.situation.epoch == epoch:
                found.setdefault(code, []).append(rows.timer(code, values))
        return dict(sorted(found.items()))

    def _items(self, timers: dict[str, list[Timer]]) -> dict[str, Standing]:
        wanted = {
            (code, *item)
            for code, found in timers.items()
            for timer in found
            if (item := item_of(timer)) is not None
        }
        by_code = defaultdict[str, Standing](dict)
        for code, kind, key, item, since in self._ask(bulk.ITEMS, sorted(wanted)):
            by_code[code][kind, key] = Stood(rows.item(item), since)
        return by_code

    def _filed(self, timers: dict[str, list[Timer]], at: int) -> dict[str, dict[tuple[str, str, int], int]]:
        """Find the filings of every occurrence that is due or reminded of: of a series behind, several."""
        wanted: dict[tuple[str, str, str], int] = {}
        until = at
        for code, found in timers.items():
            for timer in found:
                if timer.what in ("deadline", "reminder"):
                    series = (code, timer.key, timer.of)
                    wanted[series] = min(timer.about, wanted.get(series, timer.about))
                    until = max(until, timer.about)
        filed = defaultdict[str, dict[tuple[str, str, int], int]](dict)
        since = [(*series, due) for series, due in wanted.items()]
        for code, key, of, due, seq in self._ask(bulk.FILED, since, until):
            filed[code][key, of, due] = seq
        return filed

    def write(self, records: Sequence[Record]) -> None:
        """Write entries and all that follows from them."""
        for some in _waves(records):
            for record in some:
                self._check_seen(record)
            self._write_situations(some)
            with self._undamaged(some):
                self._write_entries(some)
                self._write_standing(some)
                self._write_timers(some)
                self._write_duties(some)
                self._take_away(some)
            self._has_news = True
            for record in some:
                self._logs[record.after.jurisdiction] = Log(record.after, list(record.peaks))

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Undo what is written in the block when that fails, and nothing else."""
        logs = dict(self._logs)
        try:
            with translated(self._place), undone_alone(self._connection, self._place):
                yield
        except BaseException:
            self._logs = logs
            raise

    def _check_seen(self, record: Record) -> None:
        """Compare the version that was seen with the one that is locked."""
        code = record.after.jurisdiction
        log = self.log(code)
        seen = None if record.before is None else record.before.version
        there = None if log is None else log.situation.version
        if seen != there:
            raise Conflict(
                where=code,
                expected=say("version {n}", n=seen),
                found=say("version {n}", n=there),
                do=say("look: incident status"),
            )

    def _write_situations(self, records: Sequence[Record]) -> None:
        first = [
            (*astuple(record.after), b"".join(record.peaks)) for record in records if record.before is None
        ]
        self._write(bulk.NEW_SITUATION, first)
        further = [(record, record.before) for record in records if record.before is not None]
        if further and self._advance(further) != len(further):
            raise Conflict(
                where=_place(records),
                expected=say("the version that was seen"),
                found=say("another one"),
                do=say("look: incident status"),
            )

    def _advance(self, further: Sequence[tuple[Record, Situation]]) -> int:
        """Write, of situations that were there, the fields that moved: mostly the version alone."""
        before = zip(*(astuple(seen) for _, seen in further), strict=True)
        after = zip(*(astuple(record.after) for record, _ in further), strict=True)
        columns = zip(statements.SITUATION_FIELDS, before, after, strict=True)
        moved = {field: now for field, seen, now in columns if seen != now}
        peaks = [b"".join(record.peaks) for record, _ in further]
        keys = [(seen.jurisdiction, seen.version) for _, seen in further]
        values = zip(*moved.values(), peaks, *zip(*keys, strict=True), strict=True)
        return self._write(bulk.advance((*moved, "peaks")), list(values))

    @contextmanager
    def _undamaged(self, records: Sequence[Record]) -> Iterator[None]:
        """Say of rows that are in the way, or missing, that they are no part of the journal."""
        try:
            yield
        except IntegrityError as error:
            expected = say("room for the next entry, as the journal says")
            raise _damage(records, expected, str(error.orig).splitlines()[0]) from error

    def _write_entries(self, records: Sequence[Record]) -> None:
        """Write entries with what stands beside them, from playbooks to attachments."""
        entries, disclosures, notices, closings, attachments = _Rows(), _Rows(), _Rows(), _Rows(), _Rows()
        for record in records:
            code, seq = record.after.jurisdiction, record.after.version - 1
            source, event_id = record.came or (None, None)
            entries.append(
                (code, seq, record.at, source, event_id, record.body, record.leaf, record.nodes or None)
            )
            for name, text in record.disclosures.items():
                disclosures.append((code, seq, name, text))
            for n, notice in enumerate(record.effects):
                notices.append((code, seq, n, notice.to, _encode(notice.facts), None, record.at, None, 0))
            for one in record.closings:
                closings.append((code, one.key, one.of, one.due, one.seq, one.at, one.late, one.zero))
            for digest, body in record.attachments:
                attachments.append((code, digest, body))
            if record.playbook is not None:
                self._keep_playbook(code, *record.playbook)
            if record.snapshot is not None:
                self._write(bulk.NEW_SNAPSHOT, [(code, seq, record.snapshot)])
        self._write(bulk.NEW_ENTRY, entries)
        self._write(bulk.NEW_DISCLOSURE, disclosures)
        self._write(bulk.NEW_NOTICE, notices)
        self._write(bulk.NEW_CLOSING, closings)
        self._write(bulk.NEW_ATTACHMENT, attachments)

    def _keep_playbook(self, code: str, name: str, body: bytes) -> None:
        if self._one(statements.PLAYBOOK, {"code": code, "hash": name}) is None:
            self._write(bulk.NEW_PLAYBOOK, [(code, name, body)])

    def _write_standing(self, records: Sequence[Record]) -> None:
        started, changed, ended = _Rows(), _Rows(), _Rows()
        for record in records:
            code, seq = record.after.jurisdiction, record.after.version - 1
            for fact in record.facts:
                match fact:
                    case ItemStarted():
                        started.append((code, fact.kind, fact.key, seq, _item(fact.after)))
                    case ItemChanged():
                        changed.append((_item(fact.after), seq, code, fact.kind, fact.key))
                    case ItemEnded():
                        ended.append((code, fact.kind, fact.key))
                    case _:
                        pass
        self._write(bulk.NEW_STANDING, started)
        moved = self._write(bulk.CHANGE, changed) + self._write(bulk.END, ended)
        if moved != len(changed) + len(ended):
            raise _damage(records, say("what stands as the journal says"), say("another"))

    def _write_timers(self, records: Sequence[Record]) -> None:
        """Write timers that came, move those that were there, and take the rest along into a new epoch."""
        new, ended, moved, epochs = _Rows(), _Rows(), _Rows(), _Rows()
        for record in records:
            after = record.after
            code, seq = after.jurisdiction, after.version - 1
            for timer in record.timers:
                values = astuple(timer)
                if timer.seq == seq:
                    next_at = timer.wake if timer.end is None else None
                    new.append((code, *values, after.epoch, next_at, 0))
                elif timer.end is None:
                    moved.append((timer.opened, code, timer.seq, timer.n))
                else:
                    ended.append((timer.opened, *values[_END:], code, timer.seq, timer.n))
            if record.before is not None and record.before.epoch != after.epoch:
                epochs.append((after.epoch, code))
        there = self._write(bulk.END_TIMER, ended) + self._write(bulk.MOVE_TIMER, moved)
        if there != len(ended) + len(moved):
            raise _damage(records, say("open timers as the journal says"), say("others"))
        self._write(bulk.MOVE_EPOCH, epochs)
        self._write(bulk.NEW_TIMER, new)

    def _write_duties(self, records: Sequence[Record]) -> None:
        """Write pieces of duty that came, end those that were there, and what is known of people."""
        new, ended, people = _Rows(), _Rows(), _Rows()
        for record in records:
            code, seq = record.after.jurisdiction, record.after.version - 1
            for one in record.duties:
                if one.seq == seq:
                    new.append(_duty_row(code, one))
                else:
                    ended.append((one.ended, one.is_void, code, one.seq, one.n))
            for person in record.people:
                ways = _encode(person.channels)
                people.append((code, person.holder, person.name, ways, person.is_erased))
        if self._write(bulk.END_DUTY, ended) != len(ended):
            raise _damage(records, say("the newest shift as the journal says"), say("another"))
        self._write(bulk.NEW_DUTY, new)
        self._write(bulk.PERSON, people)

    def _take_away(self, records: Sequence[Record]) -> None:
        """Take away what is there no more."""
        for record in records:
            gone, code = record.gone, record.after.jurisdiction
            if gone is NOTHING:
                continue
            self._write(bulk.DROP_DISCLOSURE, [(code, *one) for one in gone.disclosures])
            self._write(bulk.DROP_ATTACHMENT, [(code, digest) for digest in gone.attachments])
            if gone.bodies:
                last = gone.bodies - 1
                self._write(bulk.DROP_DISCLOSURES, [(code, last)])
                self._write(bulk.DROP_SNAPSHOTS, [(code, gone.bodies)])
                self._write(bulk.DROP_BODIES, [(b"", code, last)])
            if gone.snapshot is not None:
                self._write(bulk.NEW_SNAPSHOT, [(code, gone.bodies, gone.snapshot)])

    def _ask(
        self, statement: dict[str, str], wanted: Sequence[Any], *values: int
    ) -> Sequence[tuple[Any, ...]]:
        return bulk.ask(self._connection, statement, wanted, *values) if wanted else []

    def _write(self, statement: str, values: _Rows) -> int:
        return bulk.write(self._connection, statement, values)

    def keep_checkpoint(self, code: str, signed: Signed) -> None:
        """Keep a checkpoint; one that is kept of the same size stays."""
        newest = self.newest_checkpoint(code, until=signed.size)
        if newest is None or newest.size != signed.size:
            self._write(bulk.NEW_CHECKPOINT, [(code, *signed)])

    def postpone(self, code: str, at: int, *, until: int | None, only: Timer | None = None) -> int:
        """Let what is due by `at` be tried again at `until`, or never; gives the tries."""
        which = {"code": code, "at": at}
        if only is None:
            tries = self._one(statements.TRIES, which)
        else:
            tries = self._one(statements.TRIES_OF_ONE, {**which, "seq": only.seq, "n": only.n})
        again = 0 if until is None else 1
        values: tuple[Any, ...] = (until, again, code, at)
        if only is None:
            self._write(bulk.POSTPONE, [values])
        else:
            self._write(bulk.POSTPONE_ONE, [(*values, only.seq, only.n)])
        return 0 if tries is None else int(tries) + again

    def take_up(self, code: str) -> None:
        """Let all that was set aside be tried again."""
        self._write(bulk.TAKE_UP, [(code,)])

    def lease(self, limit: int, *, at: int, until: int) -> list[Undelivered]:
        """Take notices that may be taken at `at`, oldest entry first."""
        found = self._notices(statements.FREE_LOCKED, free_by(limit, at))
        self._write(bulk.LEASE, [(until, one.code, one.seq, one.n) for one in found])
        return found

    def delivered(self, notices: Sequence[Undelivered], at: int, *, lease: int) -> None:
        """Note that notices were delivered, of those that the lease still holds."""
        self._write(bulk.DELIVERED, [(at, one.code, one.seq, one.n, lease) for one in notices])

    def put_back(self, again: Sequence[tuple[Undelivered, int]], *, lease: int) -> None:
        """Let notices be taken again from an instant on, of those that the lease still holds."""
        self._write(bulk.PUT_BACK, [(at, one.tries, one.code, one.seq, one.n, lease) for one, at in again])

    def settle(self, letters: Sequence[Settled]) -> None:
        """Note that letters are over."""
        self._write(bulk.NEW_LETTER, [tuple(one) for one in letters])

    def send_again(self, code: str, *, since: int) -> int:
        """Let lost letters be sent again; gives how many."""
        found = self._connection.execute(statements.FORGET, {"code": code, "since": since}).all()
        self._write(bulk.AGAIN, sorted({(code, row.seq, row.n) for row in found}))
        return len(found)

    def commit(self) -> None:
        """Make it durable and visible. Raises `StoreError`, which says so when that is not known."""
        if self._has_news and self._connection.dialect.name == "postgresql":
            self._connection.exec_driver_sql(bulk.NOTIFY)
        with known_to_be_kept(self._place):
            self._connection.commit()


def _waves(records: Sequence[Record]) -> Iterator[list[Record]]:
    """Part records so that no jurisdiction comes twice in one part: what it writes follows in order."""
    wave: list[Record] = []
    codes: set[str] = set()
    for record in records:
        code = record.after.jurisdiction
        if code in codes:
            yield wave
            wave, codes = [], set()
        wave.append(record)
        codes.add(code)
    if wave:
        yield wave


def _place(records: Sequence[Record]) -> Words:
    """Name the jurisdiction that a fault is in; of many the database does not say which."""
    codes = [record.after.jurisdiction for record in records]
    return codes[0] if len(codes) == 1 else say("one of {n} jurisdictions", n=len(codes))


def _damage(records: Sequence[Record], expected: Words, found: Words) -> StoreError:
    return StoreError(
        where=_place(records), expected=expected, found=found, do=say("run: incident journal verify")
    )


def _duty_row(code: str, one: Duty) -> tuple[Any, ...]:
    *values, ended, is_void = astuple(one)
    counted = (getattr(one.piece, name) for name in statements.COUNTED)
    return (code, *values[:-1], _encode(one.piece), ended, is_void, *counted)


def _item(item: Plain) -> bytes:
    return _encode(item)
