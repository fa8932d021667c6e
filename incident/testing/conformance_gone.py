"""What any store must do for what is taken away: gone at once or not at all, and nothing else is touched."""

# ruff: noqa: PLR2004 - the numbers of a case are the case

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from incident.domain.errors import StoreError
from incident.service.ports import Gone, Reading, Store
from incident.testing.expecting import refused
from incident.testing.samples import append, begin, following, log_of

_FILE: Final = b"\x00a file"
_DIGEST: Final = hashlib.sha256(_FILE).hexdigest()


def _names(tx: Reading, code: str) -> list[tuple[int, str]]:
    return [(seq, name) for seq, name, _text in tx.disclosures(code)]


def _take(store: Store, code: str, gone: Gone, *, event: str) -> None:
    with store.writing(code) as tx:
        tx.write([replace(following(log_of(tx, code), event=event), gone=gone)])
        tx.commit()


def _attach(store: Store, code: str, *, event: str) -> None:
    with store.writing(code) as tx:
        tx.write([replace(following(log_of(tx, code), event=event), attachments=[(_DIGEST, _FILE)])])
        tx.commit()


def disclosure_is_taken_away_alone(store: Store) -> None:
    """By entry and name, of one jurisdiction; what is not there is no fault."""
    for code in ("1", "2"):
        begin(store, code)
        append(store, code, event="e")
    with store.reading() as tx:
        there = _names(tx, "1")
        whole = list(tx.entries("1"))
    assert (1, "by") in there
    _take(store, "1", Gone(disclosures=[(1, "by"), (1, "nothing"), (77, "by")]), event="f")
    with store.reading() as tx:
        assert [one for one in _names(tx, "1") if one[0] < 2] == [one for one in there if one != (1, "by")]
        assert [one for one in _names(tx, "2") if one[0] < 2] == there
        assert list(tx.entries("1"))[:2] == whole


def attachment_is_taken_away_and_may_come_again(store: Store) -> None:
    """The same bytes may be filed again; of another jurisdiction they stay."""
    for code in ("1", "2"):
        begin(store, code)
        _attach(store, code, event="e")
    _take(store, "1", Gone(attachments=[_DIGEST]), event="f")
    with store.reading() as tx:
        assert tx.attachment("1", _DIGEST) is None
        assert tx.attachment("2", _DIGEST) == _FILE
    _attach(store, "1", event="g")
    with store.reading() as tx:
        assert tx.attachment("1", _DIGEST) == _FILE


def bodies_are_dropped_and_hashes_stay(store: Store) -> None:
    """With their disclosures, up to an entry; a second time from there on, and the snapshot is another."""
    for code in ("1", "2"):
        begin(store, code)
        for n in range(4):
            append(store, code, event=str(n))
    with store.reading() as tx:
        before = list(tx.entries("1"))
        roots = tx.subtrees("1", [(0, 1), (1, 0), (2, 0)])
        log = tx.log("1")
    assert log is not None
    _take(store, "1", Gone(bodies=3, snapshot=b"\x00three"), event="f")
    with store.reading() as tx:
        after = list(tx.entries("1"))
        assert after[:3] == [one._replace(body=b"") for one in before[:3]]
        assert after[3:5] == before[3:5]
        assert after[5].body
        assert tx.subtrees("1", [(0, 1), (1, 0), (2, 0)]) == roots
        assert {seq for seq, _name in _names(tx, "1")} == {3, 4, 5}
        assert tx.answered("1", *before[1].came or ("", "")) == after[1]
        assert tx.snapshot("1", 3) == b"\x00three"
        assert all(one.body for one in tx.entries("2"))
        assert tx.snapshot("2", 3) is None
    _take(store, "1", Gone(bodies=5, snapshot=b"five"), event="g")
    with store.reading() as tx:
        assert [bool(one.body) for one in tx.entries("1")] == [False] * 5 + [True] * 2
        assert (tx.snapshot("1", 3), tx.snapshot("1", 5)) == (None, b"five")


def what_is_not_committed_is_not_gone(store: Store) -> None:
    """Whether the whole is undone or an attempt."""
    begin(store, "1")
    _attach(store, "1", event="e")
    with store.reading() as tx:
        there, entries = _names(tx, "1"), list(tx.entries("1"))
    gone = Gone(disclosures=[(0, "by")], attachments=[_DIGEST], bodies=1, snapshot=b"one")
    with store.writing("1") as tx:
        tx.write([replace(following(log_of(tx, "1"), event="f"), gone=gone)])
        assert next(tx.entries("1")).body == b""
    with store.writing("1") as tx:
        with refused(StoreError), tx.attempt():
            tx.write([replace(following(log_of(tx, "1"), event="f"), gone=gone)])
            tx.write([following(log_of(tx, "1"), event="f")])
        tx.commit()
    with store.reading() as tx:
        assert (_names(tx, "1"), list(tx.entries("1"))) == (there, entries)
        assert tx.attachment("1", _DIGEST) == _FILE
        assert tx.snapshot("1", 1) is None


#: All of them, in the order in which they are told.
GONE_CHECKS: Final[tuple[Callable[[Store], None], ...]] = (
    disclosure_is_taken_away_alone,
    attachment_is_taken_away_and_may_come_again,
    bodies_are_dropped_and_hashes_stay,
    what_is_not_committed_is_not_gone,
)
