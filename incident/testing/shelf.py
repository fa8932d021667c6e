"""How the store in memory keeps one jurisdiction: a look costs nothing, an entry what it writes.

A `Book` holds what only grows, shared by all looks; a `Shelf` is what one look sees: how much of the book,
and what moves besides. Whoever holds the lock writes at the end of the book, beyond what any shelf shows, and
cuts that off again when it is not committed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from incident.domain.duty import Duty
from incident.domain.effects import Notice
from incident.domain.errors import Conflict, StoreError
from incident.domain.facts import ItemChanged, ItemEnded, ItemStarted
from incident.domain.keeping import Served
from incident.domain.people import Person
from incident.domain.playbook import Playbook, decode
from incident.domain.say import Words, say
from incident.domain.situation import Standing, stand
from incident.domain.tally import Tally, counted
from incident.domain.timer import Closing, Timer, item_of
from incident.service.ports import LEEWAY, Due, Log, Record, Signed, Stored

_Row = TypeVar("_Row", bound=Sequence[Any])


class Open(NamedTuple):
    """An open timer, when it is carried out or tried again (none: set aside), and how often that failed."""

    timer: Timer
    next_at: int | None
    tries: int = 0


class Book(Struct):
    """What only grows; rows begin with the number of their entry, in order."""

    entries: list[Stored] = []
    #: Subtrees that each entry completes.
    nodes: list[bytes] = []
    disclosures: list[tuple[int, str, str]] = []
    #: With the number in the entry, and when that was recorded.
    notices: list[tuple[int, int, int, Notice]] = []
    ended: list[tuple[int, Timer]] = []
    closings: list[tuple[int, Closing]] = []
    duties: list[tuple[int, Duty]] = []
    #: Entry that answered an event, that closed an occurrence: by (key, sender), then due time.
    events: dict[tuple[str, str], int] = {}
    filed: dict[tuple[str, str], dict[int, int]] = {}
    playbooks: dict[str, tuple[int, Playbook]] = {}
    attachments: dict[str, tuple[int, bytes]] = {}
    #: Snapshots by the number of their entries.
    snapshots: dict[int, bytes] = {}


class Shelf(Struct, frozen=True, kw_only=True):
    """All that a look sees of one jurisdiction; replaced as a whole, never changed."""

    book: Book
    log: Log
    standing: Standing = {}
    open: dict[tuple[int, int], Open] = {}
    #: When the first of the open ones is carried out.
    wake: int | None = None
    #: How much of the book is seen, besides as many entries as the version says.
    disclosures: int = 0
    notices: int = 0
    ended: int = 0
    closings: int = 0
    duties: int = 0
    #: Pieces of the newest shifts, by entry and number.
    newest: dict[tuple[int, int], Duty] = {}
    people: dict[str, Person] = {}
    #: Disclosures, by entry and name, and attachments that were taken away; entries without a body.
    undisclosed: frozenset[tuple[int, str]] = frozenset()
    unattached: frozenset[str] = frozenset()
    dropped: int = 0
    #: Snapshot of those, where one was kept.
    base: bytes | None = None
    #: By size.
    checkpoints: tuple[Signed, ...] = ()

    @property
    def version(self) -> int:
        """How many entries there are."""
        return self.log.situation.version

    def entries(self, since: int) -> Iterator[Stored]:
        """Give the entries from number `since` on."""
        return map(self.entry, range(max(since, 0), self.version))

    def entry(self, seq: int) -> Stored:
        """Give an entry; without its body where that was dropped."""
        stored = self.book.entries[seq]
        return stored if seq >= self.dropped else stored._replace(body=b"")

    def disclosed(self, since: int) -> Iterator[tuple[int, str, str]]:
        """Give (entry, name, disclosure) of all that are there still, from entry `since` on."""
        found = rows(self.book.disclosures, self.disclosures, max(since, self.dropped))
        return (one for one in found if one[:2] not in self.undisclosed)

    def subtree(self, level: int, n: int) -> bytes:
        """Give the hash of a complete subtree; its entry is there."""
        seq = ((n + 1) << level) - 1
        assert seq < self.version, f"expected a subtree of {self.version} entries, got one that ends at {seq}"
        return (
            self.book.entries[seq].leaf if level == 0 else self.book.nodes[seq][32 * level - 32 : 32 * level]
        )

    def answered(self, source: str, event_id: str) -> Stored | None:
        """Give the entry that answered an event."""
        seq = self.book.events.get((source, event_id), self.version)
        return self.entry(seq) if seq < self.version else None

    def attachment(self, digest: str) -> bytes | None:
        """Give the bytes of an attachment."""
        seq, body = self.book.attachments.get(digest, (self.version, b""))
        return body if seq < self.version and digest not in self.unattached else None

    def cut(self) -> None:
        """Take from the book what this shelf does not show."""
        book = self.book
        for one in book.entries[self.version :]:
            if one.came is not None:
                book.events.pop(one.came, None)
        for _, closing in book.closings[self.closings :]:
            book.filed[closing.key, closing.of].pop(closing.due, None)
        for kept in (book.playbooks, book.attachments):
            for digest in [name for name, (seq, _) in kept.items() if seq >= self.version]:
                del kept[digest]
        for seq in [seq for seq in book.snapshots if seq >= self.version]:
            del book.snapshots[seq]
        del book.entries[self.version :], book.nodes[self.version :], book.disclosures[self.disclosures :]
        del book.notices[self.notices :], book.ended[self.ended :], book.closings[self.closings :]
        del book.duties[self.duties :]


def urgency(shelf: Shelf, at: int, *, entries: int, seconds: int) -> tuple[int, int] | None:
    """Say how urgent it is to sign a journal at an instant, the most urgent least; None when it is not."""
    situation = shelf.log.situation
    newest = max((one for one in shelf.checkpoints if one.size <= situation.version), default=None)
    if newest is None or newest.epoch != situation.epoch:
        return 0, 0 if newest is None else newest.at
    is_due = situation.version - newest.size >= entries or not at - seconds < newest.at <= at + LEEWAY
    return (1, newest.at) if is_due else None


def rows(found: list[_Row], most: int, since: int) -> Iterator[_Row]:
    """Give the first `most` rows of a list, from entry `since` on."""
    begin = bisect_left(found, since, hi=most, key=lambda row: row[0])
    return map(found.__getitem__, range(begin, most))


def stood_after(shelf: Shelf | None, record: Record) -> Standing:
    """Give what stands once a record is written; the same where it changes nothing that stands."""
    before = {} if shelf is None else shelf.standing
    if not any(isinstance(fact, ItemStarted | ItemChanged | ItemEnded) for fact in record.facts):
        return before
    standing = dict(before)
    stand(standing, record.after.version - 1, record.facts)
    return standing


def with_record(shelf: Shelf | None, record: Record, standing: Standing) -> Shelf:
    """Write a record at the end of the book and give the shelf that shows it."""
    seq = record.after.version - 1
    log = Log(record.after, list(record.peaks))
    held = Shelf(book=Book(), log=log) if shelf is None else shelf
    book = held.book
    book.nodes.append(record.nodes)
    book.entries.append(Stored(seq, record.body, record.leaf, record.at, record.came, record.nodes))
    if record.came is not None:
        book.events[record.came] = seq
    book.disclosures += [(seq, name, text) for name, text in sorted(record.disclosures.items())]
    book.notices += [(seq, n, record.at, notice) for n, notice in enumerate(record.effects)]
    for one in sorted(record.closings, key=lambda one: (one.key, one.of, one.due)):
        book.closings.append((seq, one))
        book.filed.setdefault((one.key, one.of), {})[one.due] = seq
    for digest, body in record.attachments:
        book.attachments.setdefault(digest, (seq, body))
    if record.snapshot is not None:
        book.snapshots[seq] = record.snapshot
    if record.playbook is not None:
        name, body = record.playbook
        book.playbooks.setdefault(name, (seq, decode(body)))
    shown = replace(
        held,
        log=log,
        standing=standing,
        disclosures=len(book.disclosures),
        notices=len(book.notices),
        closings=len(book.closings),
    )
    shown = _with_people(_with_duties(shown, seq, record.duties), record)
    shown = _without(shown, record)
    return _with_timers(shown, seq, record.timers) if record.timers else shown


def _with_duties(shelf: Shelf, seq: int, duties: Sequence[Duty]) -> Shelf:
    newest = dict(shelf.newest)
    for one in sorted(duties, key=lambda one: (one.seq, one.n)):
        if one.ended is None:
            newest[one.seq, one.n] = one
        else:
            newest.pop((one.seq, one.n), None)
            shelf.book.duties.append((seq, one))
    return replace(shelf, newest=newest, duties=len(shelf.book.duties))


def _with_people(shelf: Shelf, record: Record) -> Shelf:
    people = shelf.people | {one.holder: one for one in record.people}
    return replace(shelf, people=people)


def _without(shelf: Shelf, record: Record) -> Shelf:
    """Take away what is there no more."""
    gone = record.gone
    again = {digest for digest, _body in record.attachments}
    return replace(
        shelf,
        undisclosed=shelf.undisclosed | {*gone.disclosures},
        unattached=(shelf.unattached - again) | {*gone.attachments},
        dropped=gone.bodies or shelf.dropped,
        base=gone.snapshot if gone.bodies else shelf.base,
    )


def _with_timers(shelf: Shelf, seq: int, timers: Sequence[Timer]) -> Shelf:
    moved = dict(shelf.open)
    for timer in sorted(timers, key=lambda one: (one.seq, one.n)):
        place = (timer.seq, timer.n)
        if timer.end is not None:
            moved.pop(place, None)
            shelf.book.ended.append((seq, timer))
        elif place in moved:
            moved[place] = moved[place]._replace(timer=timer)
        else:
            moved[place] = Open(timer, timer.wake)
    return replace(with_open(shelf, moved), ended=len(shelf.book.ended))


def with_open(shelf: Shelf, moved: dict[tuple[int, int], Open]) -> Shelf:
    """Give a shelf with other open timers."""
    wakes = [one.next_at for one in moved.values() if one.next_at is not None]
    return replace(shelf, open=moved, wake=min(wakes, default=None))


def served(ended: Iterable[Duty], year: int) -> list[Served]:
    """Add up what everybody served in pieces that ended."""
    found: dict[tuple[str, str, str], Served] = {}
    for one in ended:
        piece = one.piece
        counts = not one.is_void and one.since < one.until and one.until > year - 400 * 86400
        if not counts or piece.holder is None:
            continue
        key = (one.roster, piece.post, piece.holder)
        before = found.get(key, Served(*key, Tally(), 0))
        more = counted(piece, one.until - one.since) if one.shift >= year else Tally()
        total = before.tally.plus(more)
        found[key] = before._replace(tally=total, last=max(before.last, one.until))
    return [*found.values()]


def seen_of(shelf: Shelf | None) -> tuple[Log | None, list[Timer], list[Duty]]:
    """Give what a record has to follow: the log, the open timers, the newest shifts."""
    if shelf is None:
        return None, [], []
    return shelf.log, [one.timer for one in shelf.open.values()], [*shelf.newest.values()]


def due(shelf: Shelf, at: int) -> Due:
    """Give what is to be carried out by an instant."""
    timers = [
        one.timer for _, one in sorted(shelf.open.items()) if one.next_at is not None and one.next_at <= at
    ]
    items = [item for timer in timers if (item := item_of(timer)) is not None]
    asked = [timer for timer in timers if timer.what in ("deadline", "reminder")]
    until = max([at, *(timer.about for timer in asked)])
    filed = {
        (timer.key, timer.of, due): seq
        for timer in asked
        for due, seq in shelf.book.filed.get((timer.key, timer.of), {}).items()
        if timer.about <= due <= until and seq < shelf.version
    }
    standing = {item: shelf.standing[item] for item in items if item in shelf.standing}
    return Due(Log(shelf.log.situation, list(shelf.log.peaks)), timers, standing, filed)


def no_room(code: str, found: Words) -> StoreError:
    """Refuse a row where another is."""
    return StoreError(
        where=code,
        expected=say("room for the next entry, as the journal says"),
        found=found,
        do=say("run: incident journal verify"),
    )


def conflict(code: str, expected: Words, found: Words = None) -> Conflict:
    """Refuse what somebody was first to write."""
    return Conflict(
        where=code,
        expected=expected,
        found=found or say("somebody else wrote the same just before"),
        do=say("look: incident status"),
    )
