"""Recomputing a journal from its stored bytes, and the situation from its facts.

Levels, each on its own: `leaves` (numbers without gap, each leaf hash recomputed), `root` (the compact range
recomputed), `entries` (each entry's bytes are canonical and say what it is stored as and found by; the
playbook it names has that hash), `disclosures` (each that remains opens what was sealed), `effects`
(the outbox holds what follows from the facts; when it was done is free), `replay` (situation and standing
posture rebuilt from the facts equal the stored ones, and so do timers, closings and duty) and `people` (the
directory is what the record says of it, `verify_people.py`). The first fault is raised as `JournalError` with
the exact entry.
"""

from __future__ import annotations

from itertools import chain, islice, pairwise, zip_longest
from typing import TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from incident.domain import effects, journal, tree
from incident.domain.duty import Duty
from incident.domain.errors import JournalError
from incident.domain.facts import PlaybookAdopted
from incident.domain.journal import Entry
from incident.domain.say import Words, say
from incident.domain.situation import Situation
from incident.domain.timer import Closing, Timer, id_of
from incident.service import opened
from incident.service.handle import adopted
from incident.service.opened import Beside
from incident.service.ports import Log, Reading, Stored
from incident.service.verify_people import Told

#: Where reading begins: a forged number below 0 is seen too.
_LEAST = -(2**63)
#: Where it ends.
_MOST = 2**63 - 1
#: A row of the outbox: entry, number, receiver, facts as JSON.
_Notice = tuple[int, int, str, bytes]
_Row = TypeVar("_Row", Timer, Duty)


class Verified(Struct, frozen=True, kw_only=True):
    """A journal that holds."""

    jurisdiction: str
    entries: int
    #: Root of the tree, in hex.
    root: str
    #: Disclosures that remain and open what was sealed; none when only hashes were checked.
    disclosures: int | None
    #: The replayed situation equals the stored one; false when only hashes were checked.
    replayed: bool
    #: How often an entry was recorded earlier than the one before it: somebody set the clock back. No fault
    #: of the record; none when only hashes were checked.
    clock_went_back: int | None = None


def verify(tx: Reading, code: str, *, replay: bool = True) -> Verified:
    """Recompute the journal of a jurisdiction. Raises `JournalError` at the first fault.

    A playbook, or a standing item, that cannot be read back is the store's `StoreError`.
    """
    log = tx.log(code)
    if log is None and code in tx.journals():
        raise _fault(code, None, say("the situation that the journal gives"), say("none is stored"))
    log = adopted(tx, code)
    if not replay:
        size, peaks = _hashes(tx, code)
        return _close(code, log, size, peaks, disclosures=None)
    rebuilt = _Rebuilt(tx, code)
    for stored, beside in opened.whole(tx, code, since=_LEAST):
        rebuilt.take_stored(stored, beside)
    verified = _close(code, log, rebuilt.size, rebuilt.peaks, disclosures=rebuilt.disclosures)
    rebuilt.compare(log.situation)
    return replace(verified, clock_went_back=rebuilt.clock_went_back)


def _hashes(tx: Reading, code: str) -> tuple[int, list[bytes]]:
    """Recompute leaves and root alone, as fast as that goes."""
    peaks: list[bytes] = []
    size = 0
    leaf_hash, node_hash = tree.leaf_hash, tree.node_hash
    for seq, body, leaf, _at, _came in tx.entries(code, since=_LEAST):
        if seq != size:
            raise _gap(code, size, seq)
        computed = leaf_hash(body)
        if computed != leaf:
            raise _other_leaf(code, seq, leaf, computed)
        # `tree.append` in place
        low = size
        while low & 1:
            computed = node_hash(peaks.pop(), computed)
            low >>= 1
        peaks.append(computed)
        size += 1
    return size, peaks


def _close(code: str, log: Log, size: int, peaks: list[bytes], *, disclosures: int | None) -> Verified:
    """Hold the recomputed tree against the stored one."""
    if size != log.situation.version:
        raise _fault(code, None, say("{n} entries", n=log.situation.version), say("{n} entries", n=size))
    root = tree.root(peaks)
    if peaks != log.peaks:
        raise _fault(code, None, tree.root(log.peaks).hex(), root.hex())
    return Verified(
        jurisdiction=code,
        entries=size,
        root=root.hex(),
        disclosures=disclosures,
        replayed=disclosures is not None,
    )


def _gap(code: str, expected: int, found: int) -> JournalError:
    return _fault(code, expected, say("entry {seq}", seq=expected), say("entry {seq}", seq=found))


def _other_leaf(code: str, seq: int, kept: bytes, computed: bytes) -> JournalError:
    expected = say("an entry whose leaf hash is {hash}", hash=kept.hex())
    return _fault(code, seq, expected, say("an entry whose leaf hash is {hash}", hash=computed.hex()))


def _fault(code: str, seq: int | None, expected: Words, found: Words) -> JournalError:
    return JournalError(jurisdiction=code, seq=seq, expected=expected, found=found)


class _Rebuilt(opened.Replay):
    """Takes entry after entry, checks each, and rebuilds what they say."""

    def __init__(self, tx: Reading, code: str) -> None:
        super().__init__(code)
        self.tx = tx
        self.code = code
        self.size = 0
        self.peaks: list[bytes] = []
        #: When the first entry was recorded.
        self.began = 0
        self.disclosures = 0
        self.playbooks: set[str] = set()
        self.told = Told()

    def take_stored(self, stored: Stored, beside: Beside) -> None:
        if stored.seq != self.size:
            raise _gap(self.code, self.size, stored.seq)
        leaf = tree.leaf_hash(stored.body)
        if leaf != stored.leaf:
            raise _other_leaf(self.code, stored.seq, stored.leaf, leaf)
        entry = self._read(stored)
        self._check_playbook(entry)
        disclosed = opened.disclosed(entry, beside.disclosures)
        self.disclosures += len(disclosed)
        self.told.take(entry, disclosed)
        self.take(entry)
        if self.size == 0:
            self.began = self.at
        self._check_found_by(entry, stored)
        self._check_effects(entry, beside.notices)
        self._check_times(entry, beside)
        self._check_duties(entry, beside)
        self.peaks = tree.append(stored.seq, self.peaks, leaf)
        self.size += 1

    def _read(self, stored: Stored) -> Entry:
        entry = opened.read_entry(self.code, stored)
        if entry.v != journal.FORMAT or journal.encode(entry) != stored.body:
            raise _fault(
                self.code, stored.seq, say("canonical bytes"), say("bytes that read the same and differ")
            )
        if (entry.jurisdiction, entry.seq) != (self.code, stored.seq):
            raise _fault(
                self.code, stored.seq, f"{self.code} {stored.seq}", f"{entry.jurisdiction} {entry.seq}"
            )
        return entry

    def _check_found_by(self, entry: Entry, stored: Stored) -> None:
        """Hold what stands beside an entry against what it says itself."""
        came = None if entry.came is None else (entry.came.source, entry.came.id)
        said = (self.at, came)
        if said != (stored.at, stored.came):
            raise _fault(self.code, stored.seq, repr(said), repr((stored.at, stored.came)))

    def _check_effects(self, entry: Entry, kept: list[_Notice]) -> None:
        """Hold the outbox against what follows from the facts; an adoption tells nobody."""
        try:
            is_adoption = any(isinstance(fact, PlaybookAdopted) for fact in entry.facts)
            due = [] if is_adoption else effects.notices(entry.facts)
        except (KeyError, TypeError) as error:  # an item without what an item of its kind has
            raise _fault(
                self.code, entry.seq, say("facts that follow from those before"), repr(error)
            ) from error
        expected = [
            (entry.seq, n, notice.to, msgspec.json.encode(notice.facts)) for n, notice in enumerate(due)
        ]
        if kept != expected:
            raise _fault(
                self.code,
                entry.seq,
                say("the notices that follow from the facts: {notices}", notices=_shown(expected)),
                _shown(kept),
            )

    def _check_times(self, entry: Entry, beside: Beside) -> None:
        """Hold the timers that an entry ended, and the occurrences it closed, against the stored ones."""
        ended = [timer for timer in self.agenda.settled() if timer.end is not None]
        closings, self.agenda.closings = self.agenda.closings, []
        rebuilt = sorted(ended, key=_place)
        self._compare_times(entry.seq, rebuilt, beside.ended)
        if sorted(closings, key=_series) != beside.closings:
            raise _fault(self.code, entry.seq, repr(closings), repr(beside.closings))

    def _check_duties(self, entry: Entry, beside: Beside) -> None:
        """Hold the pieces of duty that an entry ended against the stored ones."""
        ended = [duty for duty in self.duties.settled() if duty.ended is not None]
        self._compare_times(entry.seq, sorted(ended, key=_place), beside.duties)

    def _compare_times(self, seq: int | None, rebuilt: list[_Row], kept: list[_Row]) -> None:
        for expected, found in zip_longest(rebuilt, kept):
            if expected != found:
                raise _fault(self.code, seq, repr(expected), repr(found))

    def _check_playbook(self, entry: Entry) -> None:
        if entry.playbook not in self.playbooks:
            self.tx.playbook(self.code, entry.playbook, afresh=True)
            self.playbooks.add(entry.playbook)

    def compare(self, stored: Situation) -> None:
        """Hold the rebuilt situation and posture against the stored ones."""
        for name in Situation.__struct_fields__:
            rebuilt, kept = getattr(self.situation, name, None), getattr(stored, name)
            if rebuilt != kept:
                expected = say("`{name}` as the journal gives it: {value}", name=name, value=str(rebuilt))
                raise _fault(self.code, None, expected, str(kept))
        standing = self.tx.standing(self.code)
        for key in sorted({*standing, *self.standing}):
            if standing.get(key) != self.standing.get(key):
                raise _fault(
                    self.code,
                    None,
                    say("{item} as the journal gives it", item=" ".join(key)),
                    repr(standing.get(key)),
                )
        open_now = sorted(self.agenda.open.values(), key=_place)
        self._compare_times(None, open_now, self.tx.open_timers(self.code))
        newest = [one for pieces in self.duties.newest.values() for one in pieces]
        self._compare_times(None, sorted(newest, key=_place), self.tx.newest_duties(self.code))
        self._check_strays()
        self.told.check(self.code, self.tx.people(self.code))

    def _check_strays(self) -> None:
        """Look for what is stored beside no entry: below the first, above the last, in no state at all."""
        for since in (_LEAST, self.size):
            disclosure = next(self.tx.disclosures(self.code, since=since), None)
            if disclosure is not None:
                seq, name, _ = disclosure
                self._check_number(seq, say("a disclosure of `{name}`", name=name))
            notice = next(self.tx.notices(self.code, since=since), None)
            if notice is not None:
                seq, _, receiver, _ = notice
                self._check_number(seq, say("a notice to {receiver}", receiver=str(receiver)))
            for number, row in chain(
                islice(self.tx.ended_timers(self.code, since=since), 1),
                islice(self.tx.closings(self.code, since=since), 1),
                islice(self.tx.ended_duties(self.code, since=since), 1),
            ):
                self._check_number(number, repr(row))
        self._check_epochs()

    def _check_epochs(self) -> None:
        """Look for open timers that belong to another state: no look at the present one shows them."""
        month = 30 * 86400
        # some weeks at a time, not all that ever was
        bounds = [_LEAST, *range(self.began, self.at + month, month), _MOST]
        for since, until in pairwise(bounds):
            for timer in self.tx.timers(self.code, since=since, until=until):
                if timer.ended is None and self.agenda.open.get(id_of(timer)) != timer:
                    self._compare_times(None, [], [timer])

    def _check_number(self, seq: object, found: Words) -> None:
        if not isinstance(seq, int):
            raise _fault(self.code, None, say("a number of an entry"), repr(seq))
        if not 0 <= seq < self.size:
            raise _fault(self.code, seq, say("no entry of this number"), found)


def _place(one: Timer | Duty) -> tuple[int, int]:
    return one.seq, one.n


def _series(one: Closing) -> tuple[str, str, int]:
    return one.key, one.of, one.due


def _shown(notices: list[_Notice]) -> Words:
    shown: list[Words] = [
        f"{n} {receiver} {facts.decode(errors='replace')}" for _, n, receiver, facts in notices
    ]
    return shown or say("nothing")
