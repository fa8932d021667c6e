"""What any store must do with the tree's inner hashes and with signed checkpoints (`conformance.py`)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from incident.domain import tree
from incident.domain.errors import JournalError
from incident.domain.facts_record import JournalRecovered
from incident.service.ports import Reading, Signed, Store
from incident.testing import samples
from incident.testing.expecting import refused
from incident.testing.samples import append, begin

#: Entries of the journals below: no power of two, and high enough for three levels.
_ENTRIES: Final = 11


def _grow(store: Store, code: str = "1") -> list[bytes]:
    """Write a journal; gives its leaves."""
    begin(store, code)
    for n in range(1, _ENTRIES):
        append(store, code, event=f"e{n}")
    with store.reading() as tx:
        return [one.leaf for one in tx.entries(code)]


def every_complete_subtree_is_found(store: Store) -> None:
    """At every level and number, the hash that its leaves give; each prefix has its root."""
    leaves = _grow(store)
    with store.reading() as tx:
        for level in range(4):
            for n in range(_ENTRIES >> level):
                below = leaves[n << level : (n + 1) << level]
                assert tx.subtrees("1", [(level, n)]) == [_root(below)]
        for size in range(_ENTRIES + 1):
            assert _root_at(tx, size) == _root(leaves[:size])


def subtree_that_is_not_complete_is_refused(store: Store) -> None:
    """What no entry completes yet has no hash."""
    _grow(store)
    with store.reading() as tx:
        for place in ((0, _ENTRIES), (1, 5), (3, 1), (4, 0)):
            with refused(JournalError, AssertionError):
                tx.subtrees("1", [place])


def _root(leaves: list[bytes]) -> bytes:
    peaks: list[bytes] = []
    for size, leaf in enumerate(leaves):
        peaks = tree.append(size, peaks, leaf)
    return tree.root(peaks)


def _root_at(tx: Reading, size: int) -> bytes:
    return tree.root_at(size, lambda places: tx.subtrees("1", places))


def checkpoints_are_kept_once_for_each_size(store: Store) -> None:
    """By size; the newest of all, and of those up to a size; one of the same size stays as it was."""
    _grow(store)
    first, last = Signed(2, samples.AT, 0, "二\n"), Signed(11, samples.AT + 9, 0, "十一\n")
    with store.writing("1") as tx:
        for one in (last, first, first._replace(note="another")):
            tx.keep_checkpoint("1", one)
        assert tx.newest_checkpoint("1") == last
        tx.commit()
    with store.reading() as tx:
        assert tx.checkpoints("1") == [first, last]
        assert tx.checkpoints("1", since=3) == [last]
        assert tx.newest_checkpoint("1") == last
        assert tx.newest_checkpoint("1", until=10) == first
        assert tx.newest_checkpoint("1", until=1) is None
        assert tx.checkpoints("2") == []


def checkpoint_that_is_not_committed_is_gone(store: Store) -> None:
    """As all that is written."""
    _grow(store)
    with store.writing("1") as tx:
        tx.keep_checkpoint("1", Signed(2, samples.AT, 0, "x\n"))
    with store.reading() as tx:
        assert tx.checkpoints("1") == []


def journals_to_be_signed_are_listed(store: Store) -> None:
    """Without a checkpoint; in another epoch; so many entries later; so many seconds later."""
    for code in ("1", "2", "3", "4", "5"):
        begin(store, code)
    for code, signed in {
        "2": Signed(1, samples.AT, 7, "another epoch\n"),
        "3": Signed(0, samples.AT, 0, "an entry less\n"),
        "4": Signed(1, samples.AT - 60, 0, "long ago\n"),
        "5": Signed(1, samples.AT, 0, "just now\n"),
    }.items():
        with store.writing(code) as tx:
            tx.keep_checkpoint(code, signed)
            tx.commit()
    with store.reading() as tx:
        listed = partial(tx.unsigned, most=9)
        assert listed(at=samples.AT, entries=1, seconds=60) == ["1", "2", "4", "3"]
        assert listed(at=samples.AT, entries=2, seconds=61) == ["1", "2"]
        assert listed(at=samples.AT + 60, entries=2, seconds=60) == ["1", "2", "4", "3", "5"]
        assert tx.unsigned(at=samples.AT, entries=1, seconds=60, most=3) == ["1", "2", "4"]
    with store.writing("5") as tx:
        tx.keep_checkpoint("5", Signed(10**12, samples.AT + 9, 0, "of entries that are not here\n"))
        tx.commit()
    with store.reading() as tx:
        assert tx.unsigned(at=samples.AT + 60, entries=9, seconds=60, most=9)[-1] == "5"


def journals_that_went_on_after_a_loss_are_listed(store: Store) -> None:
    """Those alone, by code."""
    for code in ("1", "2", "3"):
        begin(store, code)
    lost = JournalRecovered(opened=0, origin="incident/3/0", size=9, root="00" * 32, note="a note\n")
    for code in ("3", "1"):
        append(store, code, facts=[lost])
    with store.reading() as tx:
        assert tx.recovered() == ["1", "3"]


EVIDENCE_CHECKS: Final[list[Callable[[Store], None]]] = [
    every_complete_subtree_is_found,
    subtree_that_is_not_complete_is_refused,
    checkpoints_are_kept_once_for_each_size,
    checkpoint_that_is_not_committed_is_gone,
    journals_to_be_signed_are_listed,
    journals_that_went_on_after_a_loss_are_listed,
]
