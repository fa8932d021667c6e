"""Verifying a long journal in parts, side by side, and no less strictly than from first to last.

    here        entries are replayed, none is checked; where a part begins, where that stands is handed out
    elsewhere   each part begins where it was told, checks all of its entries at every level, and says where
                it came to
    here        the last part is checked likewise; where each came to must be where the next began

There is one part for each process, this one included, and each is shorter than the one before: it begins
later, by the time that replaying takes, and all come to their end at once.

What is handed out is believed by nobody. The first part begins with nothing, and each other where the one
before it came to by its own checks, or that is a fault: so it is with what entries make of a jurisdiction,
and with the tree, of which a part reads what is kept beside the entries before it. So where all of them hold
it holds for one who had checked every entry after the other.

What one process is to see of what another writes meanwhile is not settled. Entries are only ever added, and
a part ends with one that had been recorded when it was handed out; but something may be redacted meanwhile,
and the entry that says so lies behind. So what is wrong is for whoever reads all of it in one transaction to
say, which entry and at which level (`verify.py`); that a part does not hold is heard at the end.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from itertools import islice, pairwise
from typing import Any, NamedTuple

import msgspec

from incident.domain.agenda import Agenda
from incident.domain.duty import Duties
from incident.domain.journal import Entry
from incident.domain.say import say
from incident.domain.tree import peaks_at
from incident.service import opened
from incident.service.ports import Reading, Stored
from incident.service.verify_missing import MissingCheck
from incident.service.verify_people import NEWS, Told
from incident.service.verify_record import LEAST, RecordCheck, Tree
from incident.service.verify_stored import StoredCheck
from incident.service.verify_verdict import Decided, fault, gap

#: Entries that a part has at least: for fewer no other process is started.
LEAST_LENGTH = 2**14
#: What replaying an entry takes of what checking it does.
_REPLAYING = 0.25


class Part(NamedTuple):
    """A run of entries to be verified."""

    code: str
    since: int
    until: int
    #: Sizes at which the root is wanted.
    roots_at: tuple[int, ...]
    #: What the entries before it make of the jurisdiction; of use to this program alone.
    state: bytes


class Done(NamedTuple):
    """A part that holds."""

    #: Compact range of the entries before it, as it is kept beside them, and that with its own.
    before: list[bytes]
    tree: Tree
    disclosures: int
    decided: Decided
    #: Digests of the snapshots that its entries speak of, by size.
    snapshots: dict[int, str]
    #: Its entries about the directory, with what they disclose.
    news: list[tuple[Entry, dict[str, str]]]
    #: What `RecordCheck` and `BesideCheck` say of these.
    playbooks: set[str]
    attachments: set[str]
    erased_attachments: int
    epochs: dict[int, int]
    missing: MissingCheck
    #: Digest of what it came to.
    state: bytes


class Elsewhere(NamedTuple):
    """Other processes that verify parts."""

    #: Lets one of them call `verify_part`.
    start: Callable[[Part], Future[Done]]
    #: Where the parts of so many entries begin, and the last ends; where there is one all is done here.
    bounds: Callable[[int], list[int]]


def bounds(jobs: int, size: int) -> list[int]:
    """Give where each of `jobs` parts of `size` entries begins, and the last ends; of few there are fewer.

    Part n begins at s(n), is checked from r s(n) on, and all end at one time T: r s(n) + s(n + 1) - s(n) = T,
    with r what replaying takes of what checking does. So s(n) is as 1 - (1 - r)^n.
    """
    begun = [1 - (1 - _REPLAYING) ** n for n in range(jobs + 1)]
    lasting = (n for n in range(jobs, 1, -1) if size * (1 - begun[n - 1] / begun[n]) >= LEAST_LENGTH)
    parts = next(lasting, 1)
    return [round(size * one / begun[parts]) for one in begun[: parts + 1]]


def state_of(check: RecordCheck) -> bytes:
    """Give what a check has made of the entries taken, for `resume`."""
    return pickle.dumps(_values(check))


def _values(check: RecordCheck) -> list[Any]:
    return [*check.state, check.past.kept]


def resume(check: RecordCheck, state: bytes) -> None:
    """Let a check that has taken nothing go on from there. `state_of(check) == state` in meaning."""
    *check.state, check.past.kept = pickle.loads(state)  # noqa: S301 - written by whoever started this process


def _digest(check: RecordCheck) -> bytes:
    """Give a digest of all that was made of the entries taken."""
    return hashlib.sha256(msgspec.json.encode(_plain(_values(check)))).digest()


def _plain(value: object) -> object:
    """Give what JSON can hold, in the order in which it came about."""
    match value:
        case Agenda():
            return list(value.open.values())
        case Duties():
            return list(value.newest.items())
        case dict():
            return list(value.items())
        case list():
            return [_plain(one) for one in value]
        case _:
            return value


# -- elsewhere


class _News(Told):
    """Keeps what is said of the directory for whoever puts all parts together."""

    def __init__(self) -> None:
        super().__init__()
        self.news: list[tuple[Entry, dict[str, str]]] = []

    def take(self, entry: Entry, disclosed: Any) -> None:
        if not NEWS.isdisjoint(map(type, entry.facts)):
            self.news.append((entry, disclosed))


def verify_part(tx: Reading, part: Part) -> Done:
    """Verify the entries of a part. Raises `JournalError` at the first fault, among others."""
    return _verified(tx, part)[1]


def _verified(tx: Reading, part: Part) -> tuple[RecordCheck, Done]:
    check = RecordCheck(tx, part.code)
    before = tx.subtrees(part.code, peaks_at(part.since))
    check.tree = Tree(part.roots_at, size=part.since, peaks=before)
    resume(check, part.state)
    beside_them, told, missing = StoredCheck(tx, check), _News(), MissingCheck()
    beside_them.told = told
    for stored, beside in opened.whole(tx, part.code, since=part.since or LEAST):
        if stored.seq >= part.until:
            break
        entry, disclosed, moved = check.take_stored(stored, beside.disclosures)
        beside_them.take(entry, disclosed, moved, stored, beside)
        missing.take(entry, disclosed)
    return check, Done(
        before,
        check.tree,
        check.disclosures,
        check.decisions.found(),
        check.snapshots.digests,
        told.news,
        check.playbooks,
        check.attachments,
        check.erased_attachments,
        beside_them.beside.epochs,
        missing,
        _digest(check),
    )


# -- here


def verify_parts(
    tx: Reading,
    whole: StoredCheck,
    missing: MissingCheck,
    elsewhere: Elsewhere,
    *,
    size: int,
    roots_at: Iterable[int],
) -> None:
    """Let `whole`, what it checks beside, and `missing` take a journal that should have `size` entries.

    Raises `JournalError` at a fault, among others.
    """
    check, roots = whole.check, tuple(roots_at)
    *others, last = pairwise(elsewhere.bounds(size))
    entries = tx.entries(check.code, since=LEAST)
    begun: list[Future[Done]] = []
    reached: list[bytes] = []
    try:
        for since, until in others:
            begun.append(elsewhere.start(Part(check.code, since, until, roots, state_of(check))))
            _replay(whole, islice(entries, until - since), until)
            reached.append(_digest(check))
        looked, here = _verified(tx, Part(check.code, *last, roots, state_of(check)))
        for one, state in zip(begun, reached, strict=True):
            _join(whole, missing, one.result(), state)
        _join(whole, missing, here, here.state)
    finally:
        for one in begun:
            one.cancel()
    check.state, check.past.kept = looked.state, looked.past.kept


def _replay(whole: StoredCheck, entries: Iterable[Stored], until: int) -> None:
    check = whole.check
    for stored in entries:
        if stored.seq == 0:
            whole.began = stored.at
        check.pass_over(stored)
    if check.taken < until:
        raise gap(check.code, check.taken, until)


def _join(whole: StoredCheck, missing: MissingCheck, done: Done, state: bytes) -> None:
    """Put a part beside those before it, of which replaying came to `state`.

    Raises `JournalError` where they do not fit.
    """
    check = whole.check
    if (done.before, done.state) != (check.tree.peaks, state):
        expected = say("what was made of the entries from here on when they were read first")
        raise fault(check.code, check.tree.size, expected, say("something else"), "replay")
    done.tree.roots |= check.tree.roots
    check.tree = done.tree
    check.disclosures += done.disclosures
    check.decisions.join(done.decided)
    check.snapshots.digests |= done.snapshots
    check.playbooks |= done.playbooks
    check.attachments |= done.attachments
    check.erased_attachments += done.erased_attachments
    whole.beside.epochs |= done.epochs
    missing.join(done.missing)
    for entry, disclosed in done.news:
        whole.told.take(entry, disclosed)
