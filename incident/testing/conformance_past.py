"""What any store must do for looks at the past: snapshots, when entries were recorded, what had ended."""

# ruff: noqa: PLR2004 - the numbers of a case are the case

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from incident.domain.errors import StoreError
from incident.service.ports import Signed, Store
from incident.testing.expecting import refused
from incident.testing.samples import AT, DUE, append, begin, came, following, log_of, owed


def _keep(store: Store, code: str, body: bytes) -> int:
    """Let the next entry of a jurisdiction bring a snapshot; gives its number."""
    with store.writing(code) as tx:
        log = log_of(tx, code)
        tx.write([replace(following(log, event=f"kept {log.situation.version}"), snapshot=body)])
        tx.commit()
    return log.situation.version


def snapshot_is_kept_with_its_entry(store: Store) -> None:
    """By the number of the entry, which is how many entries it covers; of each jurisdiction apart."""
    begin(store, "1")
    begin(store, "2")
    append(store, "1", event="e")
    with store.reading() as tx:
        for code in ("1", "9"):
            assert tx.snapshots(code) == []
            assert tx.snapshot_sizes(code) == []
        assert tx.snapshot("1", 2) is tx.snapshot("9", 2) is None
    assert _keep(store, "1", b"\x00one") == 2
    append(store, "1", event="f")
    assert _keep(store, "1", b"two") == 4
    with store.reading() as tx:
        assert tx.snapshot_sizes("1") == [2, 4]
        assert tx.snapshots("1") == [one for one in tx.entries("1") if one.seq in (2, 4)]
        assert [tx.snapshot("1", size) for size in (1, 2, 3, 4)] == [None, b"\x00one", None, b"two"]
        assert tx.snapshot_sizes("2") == []


def snapshot_that_is_not_committed_is_gone(store: Store) -> None:
    """Whether the whole is undone or an attempt, and one follows in its place."""
    begin(store, "1")
    with store.writing("1") as tx:
        tx.write([replace(following(log_of(tx, "1"), event="e"), snapshot=b"gone")])
    with store.writing("1") as tx:
        with refused(StoreError), tx.attempt():
            tx.write([replace(following(log_of(tx, "1"), event="e"), snapshot=b"gone")])
            tx.write([following(log_of(tx, "1"), event="e")])
        assert tx.snapshot_sizes("1") == []
        tx.write([replace(following(log_of(tx, "1"), event="e"), snapshot=b"there")])
        tx.commit()
    with store.reading() as tx:
        assert tx.snapshot("1", 1) == b"there"


def journal_outgrows_its_snapshot(store: Store) -> None:
    """From so many entries on since the last one, or since the first entry."""
    for code in ("2", "1", "3"):
        begin(store, code)
    for code in ("2", "1"):
        append(store, code, event="e")
    with store.reading() as tx:
        assert tx.outgrown(3) == []
        assert tx.outgrown(2) == ["1", "2"]
        assert tx.outgrown(1) == ["1", "2", "3"]
    _keep(store, "1", b"one")
    with store.reading() as tx:
        assert tx.outgrown(1) == ["1", "2", "3"]
        assert tx.outgrown(2) == ["2"]


def instants_are_told_without_entries(store: Store) -> None:
    """In the order of entries, from a number to before another."""
    begin(store, "1")
    for n in range(4):
        append(store, "1", event=str(n))
    with store.reading() as tx:
        whole = [(one.seq, one.at) for one in tx.entries("1")]
        assert whole[0] == (0, AT)
        assert list(tx.recorded("1", since=0, until=5)) == whole
        assert list(tx.recorded("1", since=1, until=3)) == whole[1:3]
        assert list(tx.recorded("1", since=3, until=99)) == whole[3:]
        assert list(tx.recorded("1", since=3, until=3)) == list(tx.recorded("9", since=0, until=9)) == []


def checkpoints_are_listed_one_by_one(store: Store) -> None:
    """By size, from a size on."""
    begin(store, "1")
    append(store, "1", event="e")
    made = [Signed(size, AT + size, 0, "note") for size in (1, 2)]
    with store.writing("1") as tx:
        for one in reversed(made):
            tx.keep_checkpoint("1", one)
        tx.commit()
    with store.reading() as tx:
        assert list(tx.signed("1")) == tx.checkpoints("1") == made
        assert list(tx.signed("1", since=2)) == tx.checkpoints("1", since=2) == made[1:]
        assert list(tx.signed("9")) == []


def what_had_ended_is_told_of_any_entry(store: Store) -> None:
    """What an entry below a number ended, and is promised in a time; what is open then is none of it."""
    begin(store, "1", owed(remind=None))
    with store.reading() as tx:
        (first,) = tx.open_timers("1")
    append(store, "1", facts=[came(first, result="missed")])
    with store.reading() as tx:
        (second,) = [one for one in tx.open_timers("1") if one.what == "deadline"]
    append(store, "1", facts=[came(second, result="missed")])
    with store.reading() as tx:
        ended = {one.due: one for _, one in tx.ended_timers("1")}

        def past(before: int, since: int = 0, until: int = 2**40) -> list[object]:
            return [*tx.past_timers("1", since=since, until=until, before=before)]

        assert past(1) == []
        assert past(2) == [ended[first.due]]
        assert past(3) == [ended[first.due], ended[second.due]]
        assert past(3, since=DUE + 1) == [ended[second.due]]
        assert past(3, until=second.due) == [ended[first.due]]
        assert tx.past_timers("9", since=0, until=2**40, before=9) == []


PAST_CHECKS: Final[tuple[Callable[[Store], None], ...]] = (
    snapshot_is_kept_with_its_entry,
    snapshot_that_is_not_committed_is_gone,
    journal_outgrows_its_snapshot,
    instants_are_told_without_entries,
    checkpoints_are_listed_one_by_one,
    what_had_ended_is_told_of_any_entry,
)
