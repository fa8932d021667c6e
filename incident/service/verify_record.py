"""Verifying a record: entries with their disclosures, playbooks and attachments, wherever they are kept.

The same code for the live database (`verify.py`) and for an evidence kit: `verify_record`. Entry after entry
is taken, checked at each level, and carried into what the record makes of its jurisdiction. The first fault
is raised as `JournalError`, with the entry and the level at which it was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice

from msgspec.structs import replace

from incident.domain import journal, tree
from incident.domain.journal import Entry
from incident.domain.say import Words, say
from incident.service import opened, snapshots, verify_dropped
from incident.service.opened import Recorded
from incident.service.ports import Stored
from incident.service.verify_decisions import Decisions
from incident.service.verify_past import Moved, Past, moved_by
from incident.service.verify_verdict import (
    OF_HASHES,
    OF_RECORD,
    Level,
    Verified,
    fault,
    gap,
    levels,
    wrong_leaf,
    wrong_nodes,
)

#: Where reading begins: a forged number below 0 is seen too.
LEAST = -(2**63)
#: Why a level is not looked at.
_HASHES_ONLY = say("only the hashes were checked")
_NOT_ALL = say("not all entries could be decided again; which, is counted")
_NOTHING_TO_HOLD_AGAINST = say("nothing to hold it against was given")


class Tree:
    """The compact range of the leaves taken, and the roots on its way that somebody asked for."""

    def __init__(self, roots_at: Iterable[int] = (), *, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        """Begin with the empty tree, or a compact range; `roots_at` are sizes."""
        self.size = size
        self.peaks = [*peaks]
        self.roots: dict[int, str] = {}
        #: Hashes of the subtrees that the last leaf completed, lowest first.
        self.completed = b""
        #: Entries from the first on of which the bytes were dropped: their leaves are all there is.
        self.dropped = 0
        self._wanted = sorted({*roots_at}, reverse=True)
        #: Size at which the next root is kept; below 0 when none is wanted any more.
        self.next = -1
        self.keep()

    def take(self, leaf: bytes) -> None:
        """Append a leaf: `tree.append` in place."""
        low, peaks, completed = self.size, self.peaks, b""
        while low & 1:
            leaf = tree.node_hash(peaks.pop(), leaf)
            completed += leaf
            low >>= 1
        peaks.append(leaf)
        self.completed = completed
        self.size += 1
        if self.size == self.next:
            self.keep()

    def keep(self) -> None:
        """Keep the root where it is asked for, and look which is asked for next."""
        while self._wanted and self._wanted[-1] <= self.size:
            size = self._wanted.pop()
            if size == self.size:
                self.roots[size] = self.root
        self.next = self._wanted[-1] if self._wanted else -1

    @property
    def root(self) -> str:
        """Give the root, in hex."""
        return tree.root(self.peaks).hex()


class RecordCheck(opened.Replay):
    """Takes entry after entry, checks each, and rebuilds what they say."""

    def __init__(self, source: Recorded, code: str, *, roots_at: Iterable[int] = ()) -> None:
        """Begin before the first entry, or after those whose bodies the journal says were dropped.

        Raises `JournalError` where bodies are missing otherwise.
        """
        super().__init__(code)
        self.source, self.code = source, code
        self.tree = Tree(roots_at)
        self.base = verify_dropped.base(source, code, since=LEAST)
        self.snapshots = snapshots.Told(code, None if self.base is None else self.base.retention)
        if self.base is not None:
            self.state = self.base.replay.state
            for stored in islice(source.entries(code), self.base.retention.until):
                self.tree.take(stored.leaf)
        self.disclosures = 0
        self.playbooks: set[str] = set()
        self.past = Past(source, code, self)
        self.decisions = Decisions(code, self.past)
        #: SHA-256 of the attachments that entries still disclose, and of how many it is erased.
        self.attachments: set[str] = set()
        self.erased_attachments = 0

    def pass_over(self, stored: Stored) -> None:
        """Take an entry without checking it: another process does."""
        if stored.seq != self.taken:
            raise gap(self.code, self.taken, stored.seq)
        entry = opened.read_entry(self.code, stored)
        self.take(entry)
        self.past.follow(entry, moved_by(self))

    @property
    def taken(self) -> int:
        """Give how many entries were taken."""
        return 0 if self.situation is None else self.situation.version

    def take_stored(
        self, stored: Stored, remaining: Mapping[str, str]
    ) -> tuple[Entry, dict[str, str], Moved]:
        """Take an entry as it is stored, with the disclosures that remain of it.

        Gives the entry, what it discloses, and what it made of promised times and of duty.
        """
        leaf = check_leaf(self.code, self.tree.size, stored)
        entry = self._read(stored)
        disclosed = opened.disclosed(entry, remaining) if remaining else {}
        self.disclosures += len(disclosed)
        if entry.verb == "file":
            self._check_attachments(entry, disclosed)
        if entry.playbook not in self.playbooks:
            self.past.playbook(self.code, entry.playbook, afresh=True)
            self.playbooks.add(entry.playbook)
        self.decisions.take(entry, disclosed)
        self.snapshots.take(entry, self)
        self.take(entry)
        moved = moved_by(self)
        self.past.follow(entry, moved)
        self.tree.take(leaf)
        if stored.nodes is not None and stored.nodes != self.tree.completed:
            raise wrong_nodes(self.code, stored.seq, self.tree.completed, stored.nodes)
        return entry, disclosed, moved

    @property
    def since(self) -> int:
        """Give where reading goes on."""
        return LEAST if self.base is None else self.base.retention.until

    def close(self) -> None:
        """Hold what the journal says of dropped bodies against those that are. Raises `JournalError`."""
        verify_dropped.check_said(self.code, self.standing, self.base)

    def _read(self, stored: Stored) -> Entry:
        entry = opened.read_entry(self.code, stored)
        if entry.v != journal.FORMAT or journal.encode(entry) != stored.body:
            expected = say("canonical bytes")
            raise fault(self.code, stored.seq, expected, say("bytes that read the same and differ"), "bytes")
        if entry.seq != stored.seq or entry.jurisdiction != self.code:
            expected_, found_ = f"{self.code} {stored.seq}", f"{entry.jurisdiction} {entry.seq}"
            raise fault(self.code, stored.seq, expected_, found_, "bytes")
        return entry

    def _check_attachments(self, entry: Entry, disclosed: Mapping[str, str]) -> None:
        """Look for the attachments whose hashes are still disclosed. One that was altered is `StoreError`."""
        sealed = {} if entry.came is None else entry.came.data
        for name in sealed:
            if not name.startswith("digest."):
                continue
            digest = disclosed.get(f"data.{name}")
            if digest is None:
                self.erased_attachments += 1
            elif self.source.attachment(self.code, digest) is None:
                expected = say("the attachment {hash}", hash=digest)
                raise fault(self.code, entry.seq, expected, say("nothing"), "disclosures")
            else:
                self.attachments.add(digest)


def check_leaf(code: str, size: int, stored: Stored) -> bytes:
    """Give the leaf of the entry that follows `size` entries. Raises `JournalError` for another."""
    if stored.seq != size:
        raise gap(code, size, stored.seq)
    leaf = tree.leaf_hash(stored.body)
    if leaf != stored.leaf:
        raise wrong_leaf(code, stored.seq, stored.leaf, leaf)
    return leaf


def hashes(source: Recorded, code: str, *, roots_at: Iterable[int] = ()) -> Tree:
    """Recompute leaves and root alone, as fast as that goes. Raises `JournalError`."""
    found = Tree(roots_at)
    size, peaks, following = 0, found.peaks, found.next
    leaf_hash, node_hash = tree.leaf_hash, tree.node_hash
    for seq, body, leaf, _at, _came, nodes in source.entries(code, since=LEAST):
        if seq != size:
            raise gap(code, size, seq)
        computed = leaf_hash(body)
        if computed != leaf:
            if body or found.dropped != size:
                raise wrong_leaf(code, seq, leaf, computed)
            found.dropped, computed = size + 1, leaf
        # `Tree.take` in place
        low, completed = size, b""
        while low & 1:
            computed = node_hash(peaks.pop(), computed)
            completed += computed
            low >>= 1
        peaks.append(computed)
        if nodes is not None and nodes != completed:
            raise wrong_nodes(code, seq, completed, nodes)
        size += 1
        if size == following:
            found.size = size
            found.keep()
            following = found.next
    found.size = size
    return found


def verify_record(
    source: Recorded,
    code: str,
    *,
    replay: bool = True,
    roots_at: Iterable[int] = (),
    expected: tuple[int, str] | None = None,
) -> Verified:
    """Verify a record that is not the live database: an evidence kit. Raises `JournalError`.

    `expected` is the number of entries and the root, in hex, that it should have; without, that level says
    that it was not held against anything. A playbook or an attachment that was altered is the reader's
    `StoreError`.
    """
    if replay:
        check = RecordCheck(source, code, roots_at=roots_at)
        for stored, remaining in opened.with_disclosures(source, code, since=check.since):
            check.take_stored(stored, remaining)
        check.close()
        found = verified(check)
    else:
        found = verified_hashes(code, hashes(source, code, roots_at=roots_at))
    if expected is not None:
        check_root(code, found.entries, found.root, *expected)
        return found
    return replace(found, levels=_without(found.levels, "root", _NOTHING_TO_HOLD_AGAINST))


def _without(found: Iterable[Level], name: str, why: Words) -> list[Level]:
    return [Level(name, held=False, why=why) if level.name == name else level for level in found]


def check_root(code: str, size: int, root: str, kept_size: int, kept: str) -> None:
    """Hold a recomputed tree against the one that is given. Raises `JournalError`."""
    if size != kept_size:
        raise fault(code, None, say("{n} entries", n=kept_size), say("{n} entries", n=size), "root")
    if root != kept:
        raise fault(code, None, kept, root, "root")


def verified(check: RecordCheck) -> Verified:
    """Give the verdict on a record of which every entry was taken that has its body."""
    base, decided = check.base, check.decisions.found()
    held = [name for name in OF_RECORD if name != "decisions" or not decided.unknown]
    return Verified(
        jurisdiction=check.code,
        entries=check.tree.size,
        root=check.tree.root,
        disclosures=check.disclosures,
        replayed=True,
        clock_went_back=check.clock_went_back,
        dropped=0 if base is None else base.retention.until,
        levels=verify_dropped.limited(levels(OF_RECORD, held, _NOT_ALL), base),
        decided=decided,
        roots=check.tree.roots,
    )


def verified_hashes(code: str, found: Tree, why: Words = _HASHES_ONLY) -> Verified:
    """Give the verdict on a record of which the hashes alone were looked at, and why no more."""
    return Verified(
        jurisdiction=code,
        entries=found.size,
        root=found.root,
        disclosures=None,
        replayed=False,
        levels=levels(OF_RECORD, OF_HASHES, why),
        dropped=found.dropped,
        roots=found.roots,
    )
