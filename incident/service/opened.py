"""Entries read back: with what they still disclose, and what they make of a situation.

What cannot be read, or does not follow, is no answer but a fault of the record: `JournalError`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from operator import attrgetter
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

from msgspec.structs import replace

from incident.domain import clock, holding, journal
from incident.domain.agenda import Agenda
from incident.domain.duty import Duties, Duty
from incident.domain.errors import JournalError, Refused, StoreError
from incident.domain.facts import LogNoted, RequestRefused
from incident.domain.facts_record import HeartbeatRecorded, SnapshotTaken
from incident.domain.holding import Retention
from incident.domain.journal import Entry
from incident.domain.playbook import Playbook
from incident.domain.say import say
from incident.domain.situation import Situation, Standing, evolve, stand
from incident.domain.timer import Closing, Timer
from incident.service.ports import LAST, Reading, Stored

#: What comes of reckoning with facts that were altered: no such zone, no such time, another kind of value.
UNFOUNDED = (ValueError, LookupError, TypeError, ArithmeticError, OSError)
_SNAPSHOT: Final = frozenset({SnapshotTaken})
#: How the hash of an attachment is called where it is sealed; its number follows.
DIGEST: Final = "data.digest."
#: Facts by which nothing comes, goes or is promised. (An event that a step answers may start a clock, unless
#: it is refused.)
_STILL: Final = frozenset({RequestRefused, HeartbeatRecorded, LogNoted})
#: What every entry of retention holds; most hold it not.
_MARK = b'"kind":"retention"'
_PLACE: Final = attrgetter("seq", "n")
#: A row beginning with the number of its entry.
_Row = TypeVar("_Row", bound=tuple[Any, ...])


class Recorded(Protocol):
    """Where a record is read from: the live database (a `Reading`), or an evidence kit."""

    def entries(self, code: str, *, since: int = 0) -> Iterator[Stored]:
        """Give the entries from number `since` on, in order, without holding them all."""

    def disclosures(self, code: str, *, since: int = 0) -> Iterator[tuple[int, str, str]]:
        """Give (entry, name, disclosure) of all that remain, in the order of entries, from `since` on."""

    def playbook(self, code: str, digest: str, *, afresh: bool = False) -> Playbook:
        """Give a playbook. Raises `StoreError` when it is missing, or its bytes have not this hash."""

    def attachment(self, code: str, digest: str) -> bytes | None:
        """Give the bytes of an attachment; none when it is not there. Raises `StoreError` when altered."""

    def snapshot(self, code: str, size: int) -> bytes | None:
        """Give the bytes of the snapshot of the first `size` entries; none when it is not there."""


class _Rows(Generic[_Row]):
    """Rows that belong to entries, in the same order, read along with them; none is held that has gone by."""

    __slots__ = ("_following", "_rows", "seq")

    def __init__(self, rows: Iterator[_Row]) -> None:
        self._rows = rows
        self._following = next(rows, None)
        #: Entry of the row that follows; `LAST` where none does.
        self.seq = _number(self._following)

    def take(self, seq: int) -> list[_Row]:
        """Give the rows of entry `seq`; those before it are passed over."""
        found: list[_Row] = []
        at, row, rows = self.seq, self._following, self._rows
        while at <= seq and row is not None:
            if at == seq:
                found.append(row)
            row = next(rows, None)
            at = LAST if row is None or type(row[0]) is not int else row[0]
        self.seq, self._following = at, row
        return found


def _number(row: tuple[Any, ...] | None) -> int:
    # SQLite lets a number be text, which it orders after all numbers
    return LAST if row is None or type(row[0]) is not int else row[0]


def with_disclosures(tx: Recorded, code: str, *, since: int = 0) -> Iterator[tuple[Stored, dict[str, str]]]:
    """Give each entry with the disclosures that remain of it, by name.

    Two ordered streams are read side by side, neither held whole.
    """
    disclosures = _Rows(tx.disclosures(code, since=since))
    for stored in tx.entries(code, since=since):
        seq = stored.seq
        if disclosures.seq > seq:
            yield stored, {}
        else:
            yield stored, {name: text for _, name, text in disclosures.take(seq)}


class Beside(NamedTuple):
    """What is stored beside an entry."""

    disclosures: dict[str, str]
    #: (entry, number, receiver, facts as JSON, when recorded) of its effects.
    notices: list[tuple[int, int, str, bytes, int]]
    #: Timers that it ended.
    ended: list[Timer]
    #: Occurrences that it closed.
    closings: list[Closing]
    #: Pieces of duty that it ended.
    duties: list[Duty]


def whole(tx: Reading, code: str, *, since: int) -> Iterator[tuple[Stored, Beside]]:
    """Give each entry with all that is stored beside it; ordered streams are read side by side."""
    notices = _Rows(tx.notices(code, since=since))
    ended = _Rows(tx.ended_timers(code, since=since))
    closings = _Rows(tx.closings(code, since=since))
    duties = _Rows(tx.ended_duties(code, since=since))
    for stored, remaining in with_disclosures(tx, code, since=since):
        seq = stored.seq
        yield (
            stored,
            Beside(
                remaining,
                notices.take(seq) if notices.seq <= seq else [],
                [timer for _, timer in ended.take(seq)] if ended.seq <= seq else [],
                [closing for _, closing in closings.take(seq)] if closings.seq <= seq else [],
                [duty for _, duty in duties.take(seq)] if duties.seq <= seq else [],
            ),
        )


def read_entry(code: str, stored: Stored) -> Entry:
    """Read a stored entry. Raises `JournalError` when its bytes are not an entry's, `Refused` without any."""
    if not stored.body:
        raise dropped(stored.seq)
    try:
        return journal.decode(stored.body)
    except ValueError as error:
        raise JournalError(
            jurisdiction=code,
            seq=stored.seq,
            expected=say("an entry of format {v}", v=journal.FORMAT),
            found=str(error),
            level="bytes",
        ) from error


def dropped(seq: int) -> Refused:
    """Say that nothing is left of an entry but its hash; whether the journal says so, verifying tells."""
    return Refused(
        rule="dropped",
        where=say("entry {seq}", seq=seq),
        expected=say("an entry that has its body still"),
        found=say("nothing but its hash: the body was dropped"),
        do=say("look in the history: {kind}", kind="BodiesDropped"),
    )


def first_body(tx: Reading, code: str) -> int:
    """Give the number of the first entry that has its body still."""
    kept = retained(tx, code)
    return 0 if kept is None else kept.until


def retained(tx: Reading, code: str) -> Retention | None:
    """Give how far bodies were dropped; by the journal, where the rows of what stands cannot be read."""
    first = next(tx.entries(code), None)
    if first is None or first.body:
        return None
    try:
        return holding.retention(tx.standing(code))
    except (StoreError, ValueError):
        return said_last(tx, code)


def said_last(source: Recorded, code: str, *, since: int = 0) -> Retention | None:
    """Give what the entries from a number on say last of dropped bodies. Raises `JournalError`."""
    found = None
    for stored in source.entries(code, since=since):
        if _MARK in stored.body:
            found = holding.dropped(read_entry(code, stored).facts) or found
    return found


def digest_in(disclosure: str) -> str:
    """Give the value that a disclosure holds; nothing for one that cannot be read, which verifying finds."""
    try:
        return journal.disclosed(disclosure)[1]
    except ValueError:
        return ""


def disclosed(entry: Entry, remaining: Mapping[str, str]) -> dict[str, str]:
    """Open what an entry holds sealed and is not erased. Raises `JournalError` on a false disclosure."""
    values: dict[str, str] = {}
    name = ""
    try:
        for name, disclosure in remaining.items():
            sealed = journal.sealed_part(entry, name)
            if sealed is None:
                raise ValueError("nothing is sealed under this name")
            sealed_name, values[name] = journal.unseal(sealed, disclosure)
            if sealed_name != name:
                raise ValueError(f"it was sealed as `{sealed_name}`")
    except ValueError as error:
        raise JournalError(
            jurisdiction=entry.jurisdiction,
            seq=entry.seq,
            expected=say("the disclosure of `{name}` that was sealed", name=name),
            found=str(error),
            level="disclosures",
        ) from error
    return values


class Span(NamedTuple):
    """A run of entries, and when the earliest and the latest of them were recorded."""

    since: int
    earliest: int
    latest: int

    def longer(self, at: int) -> Span:
        """Give the run with one more entry, recorded at an instant."""
        since, earliest, latest = self
        return Span(since, min(earliest, at), max(latest, at))


def _is_still(entry: Entry) -> bool:
    """Tell whether an entry makes the journal one entry longer, and nothing else another."""
    facts = entry.facts
    if entry.step is not None and (not facts or type(facts[0]) is not RequestRefused):
        return False
    return _STILL.issuperset(map(type, facts))


class Replay:
    """Rebuilds what a journal makes of its jurisdiction, entry by entry."""

    def __init__(self, code: str) -> None:
        """Begin before the first entry."""
        self._code = code
        #: Situation after the entries taken; none before the first.
        self.situation: Situation | None = None
        #: What stands after them.
        self.standing: Standing = {}
        #: What is promised after them.
        self.agenda = Agenda()
        #: Who is on duty after them.
        self.duties = Duties()
        #: When the last of them was recorded.
        self.at = 0
        #: How often one was recorded before the one that precedes it: the clock had been set back.
        self.clock_went_back = 0
        #: The entries from the last on that says a snapshot was taken; all, where none does.
        self.span: Span | None = None

    def take(self, entry: Entry) -> None:
        """Carry one entry in. Raises `JournalError` when it does not follow from those before."""
        try:
            at = clock.read_stamp(entry.at)
            self.clock_went_back += at < self.at
            self.at = at
            before = self.situation
            if before is not None and _is_still(entry):
                # most of a long journal: it is one entry longer, and nothing else is another
                self.situation = replace(before, version=before.version + 1)
            else:
                self.situation = evolve(before, self._code, at, entry.facts)
                stand(self.standing, entry.seq, entry.facts)
                self.agenda.follow(entry, before, self.situation, self.standing)
                self.duties.follow(entry)
            if self.span is None or not _SNAPSHOT.isdisjoint(map(type, entry.facts)):
                self.span = Span(entry.seq, at, at)
            else:
                self.span = self.span.longer(at)
        except UNFOUNDED as error:
            raise JournalError(
                jurisdiction=self._code,
                seq=entry.seq,
                expected=say("facts that follow from those before"),
                found=str(error) or repr(error),
                level="replay",
            ) from error

    def open_timers(self) -> list[Timer]:
        """Give the timers that are open, as the store does: by entry and number."""
        return sorted(self.agenda.open.values(), key=_PLACE)

    def newest_duties(self) -> list[Duty]:
        """Give the pieces of the newest shift of each roster, as the store does: by entry and number."""
        return sorted(chain.from_iterable(self.duties.newest.values()), key=_PLACE)

    @property
    def state(self) -> list[Any]:
        """All that it made of the entries taken; another replay that is given it goes on from there."""
        return [getattr(self, name) for name in _STATE]

    @state.setter
    def state(self, values: list[Any]) -> None:
        for name, value in zip(_STATE, values, strict=True):
            setattr(self, name, value)

    def forget(self) -> None:
        """Forget what came to its end; who only wants to know what is then holds no more than that."""
        self.agenda.touched.clear()
        self.agenda.closings.clear()
        self.duties.touched.clear()


#: What it keeps of the entries taken: all but whose journal it is.
_STATE: Final = tuple(name for name in vars(Replay("")) if name != "_code")
