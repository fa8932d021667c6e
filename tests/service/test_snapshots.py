"""Snapshots: what is kept is what the journal makes, and nobody believes them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from incident.domain.clock import stamp
from incident.domain.errors import JournalError
from incident.domain.facts_record import SnapshotTaken
from incident.service import snapshots
from incident.service.opened import Replay, read_entry
from incident.service.past import as_of
from incident.service.ports import Reading, Store
from incident.service.snapshots import Told, body_of, digest_of, replayed, resumed
from incident.service.taking import take_snapshots
from incident.service.verify import verify
from incident.store.sql import SqlStore
from incident.testing import MemoryStore
from incident.testing.samples import append, begin, owed
from tests.service.walk import Walk

NOON = 2_000_000_000


def long(store: Store, entries: int = 11, every: int = 5) -> list[int]:
    """Write a journal with its snapshots; gives their sizes."""
    begin(store, "1", owed())
    for n in range(entries):
        append(store, "1", event=str(n))
        take_snapshots(store, now=lambda: NOON, every=every)
    with store.reading() as tx:
        return tx.snapshot_sizes("1")


def told(tx: Reading, code: str, **changed: Any) -> None:
    """Hold what a journal says of snapshots against it; `changed` is what one of them says otherwise."""
    replay, found = Replay(code), Told(code)
    for stored in tx.entries(code):
        entry = read_entry(code, stored)
        if stored.seq == 10 and changed:
            (fact,) = entry.facts
            assert isinstance(fact, SnapshotTaken)
            entry = replace(entry, facts=[replace(fact, **changed)])
        found.take(entry, replay)
        replay.take(entry)
    found.compare(tx)


@pytest.mark.parametrize("store_name", ["memory", "sqlite_store"])
def test_snapshot_is_taken_of_all_entries_before_its_own(
    store_name: str, request: pytest.FixtureRequest
) -> None:
    store: Store = request.getfixturevalue(store_name)
    assert long(store) == [5, 10]
    with store.reading() as tx:
        entries = [read_entry("1", stored) for stored in tx.entries("1")]
        assert [[fact] for fact in snapshots.facts(tx, "1")] == [entries[5].facts, entries[10].facts]
        replay = Replay("1")
        for entry in entries[:10]:
            replay.take(entry)
        body = tx.snapshot("1", 10)
        assert body == body_of(replay)
        assert entries[10].facts == [
            SnapshotTaken(
                size=10, digest=digest_of(body), after=5, earliest=entries[6].at, latest=entries[5].at
            )
        ], "the clock that takes them is ahead here"
        told(tx, "1")


def test_bytes_of_a_snapshot_are_for_ever(memory: MemoryStore) -> None:
    """Else what was recorded of them would not verify any more: a new form is a new format."""
    long(memory)
    with memory.reading() as tx:
        assert [fact.digest for fact in snapshots.facts(tx, "1")] == [
            "91b45cb34aaeae247712745a7edb220f8569f56f439f17c55efdbf064fc27064",
            "a7bd44309ae86056cb2aec734a30afacbe48c31a54907664d1b72d3133fb7da7",
        ]


def test_journal_that_did_not_grow_is_left_alone(memory: MemoryStore) -> None:
    long(memory, entries=3)
    assert take_snapshots(memory, now=lambda: NOON, every=5).taken == []
    assert take_snapshots(memory, now=lambda: NOON, every=4).taken == ["1"]
    assert take_snapshots(memory, now=lambda: NOON, every=4).taken == []


def test_worker_that_is_to_stop_takes_none(memory: MemoryStore) -> None:
    long(memory)
    done = take_snapshots(memory, now=lambda: NOON, every=1, is_stopping=lambda: True)
    assert done == ([], [])


def test_whoever_holds_the_journal_is_not_waited_for(memory: MemoryStore) -> None:
    begin(memory, "1")
    taken: list[list[str]] = []

    class Busy:
        """A store whose journal somebody else holds whenever it is to be claimed."""

        reading = memory.reading

        def claiming(self, _codes: list[str]) -> Any:
            return memory.claiming([])

    busy: Any = Busy()
    taken.append(take_snapshots(busy, now=lambda: NOON, every=1).taken)
    taken.append(take_snapshots(memory, now=lambda: NOON, every=1).taken)
    assert taken == [[], ["1"]]


def test_entries_that_came_meanwhile_are_in_it(memory: MemoryStore) -> None:
    begin(memory, "1")

    class Growing:
        """A store to whose journal somebody adds before it is claimed."""

        reading = memory.reading

        def claiming(self, codes: list[str]) -> Any:
            append(memory, "1", event="meanwhile")
            return memory.claiming(codes)

    growing: Any = Growing()
    assert take_snapshots(growing, now=lambda: NOON, every=1).taken == ["1"]
    with memory.reading() as tx:
        assert tx.snapshot_sizes("1") == [2]
        told(tx, "1")


def test_second_snapshot_of_the_same_is_not_taken(memory: MemoryStore) -> None:
    """Two workers replayed the same; who comes second sees that the first took one."""
    begin(memory, "1")

    class Twice:
        reading = memory.reading

        def claiming(self, codes: list[str]) -> Any:
            take_snapshots(memory, now=lambda: NOON, every=1)
            return memory.claiming(codes)

    twice: Any = Twice()
    assert take_snapshots(twice, now=lambda: NOON, every=1).taken == []
    with memory.reading() as tx:
        assert tx.snapshot_sizes("1") == [1]


def test_journal_that_does_not_hold_keeps_no_other_from_its_snapshot(sqlite_store: SqlStore) -> None:
    for code in ("1", "2"):
        begin(sqlite_store, code)
    with sqlite_store._engine.connect() as connection:
        connection.exec_driver_sql("DROP TRIGGER entry_no_update")
        connection.exec_driver_sql("UPDATE entry SET body = x'00' WHERE jurisdiction = '1'")
    done = take_snapshots(sqlite_store, now=lambda: NOON, every=1)
    assert (done.taken, [code for code, _ in done.failures]) == (["2"], ["1"])
    assert take_snapshots(sqlite_store, now=lambda: NOON, every=1, but={"1"}).failures == []


@settings(max_examples=4, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.integers(0, 2**32 - 1))
def test_replay_that_is_resumed_goes_on_as_the_whole_one(seed: int) -> None:
    walk = Walk(seed)
    walk._hold_laws = lambda *, is_verified: None  # type: ignore[method-assign]
    walk.go(8)
    code = walk.office.code
    with walk.office.store.reading() as tx:
        entries = [read_entry(code, stored) for stored in tx.entries(code)]
    whole = Replay(code)
    resumable: list[tuple[bytes, Replay]] = []
    for n, entry in enumerate(entries):
        whole.take(entry)
        body = body_of(whole)
        for before, replay in resumable:
            replay.take(entry)
            assert body_of(replay) == body, f"resumed at {before[:40]!r}"
            # a shift without a piece is as good as none
            newest = {roster: pieces for roster, pieces in whole.duties.newest.items() if pieces}
            assert {roster: pieces for roster, pieces in replay.duties.newest.items() if pieces} == newest
            assert replay.agenda.open == whole.agenda.open
            assert (replay.situation, replay.standing) == (whole.situation, whole.standing)
        if n % 5 == 0:
            assert body_of(resumed(code, body)) == body
            resumable = [*resumable[-3:], (body, resumed(code, body))]


# -- nobody believes them


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE snapshot SET body = replace(body, 'command', 'nobody!')",
        "UPDATE snapshot SET body = x''",
        "UPDATE snapshot SET size = size + 1",
        "UPDATE snapshot SET body = (SELECT body FROM snapshot ORDER BY size LIMIT 1)",
        "DELETE FROM snapshot",
        "DELETE FROM snapshot WHERE size = 10",
        "INSERT INTO snapshot VALUES ('1', 7, x'00')",
        "INSERT INTO snapshot VALUES ('1', 700, x'00')",
    ],
)
def test_rows_that_were_touched_change_no_answer_and_are_found(
    sqlite_store: SqlStore, statement: str
) -> None:
    long(sqlite_store)
    with sqlite_store.reading() as tx:
        whole = replayed(tx, "1")
        told(tx, "1")
    with sqlite_store._engine.connect() as connection:
        connection.exec_driver_sql(statement)
    with sqlite_store.reading() as tx:
        past = as_of(tx, "1", NOON)
        assert (past.situation, past.standing) == (whole.situation, whole.standing)
        assert body_of(past.replay) == body_of(whole)
        with pytest.raises(JournalError):
            told(tx, "1")
        with pytest.raises(JournalError) as caught:
            verify(tx, "1")
    assert caught.value.level == "stored"


@pytest.mark.parametrize(
    "changed",
    [
        {"size": 9},
        {"digest": "00" * 32},
        {"after": 0},
        {"earliest": stamp(NOON - 1)},
        {"latest": stamp(NOON + 1)},
    ],
)
def test_entry_that_says_otherwise_than_the_entries_before_it_is_found(
    memory: MemoryStore, changed: dict[str, Any]
) -> None:
    long(memory)
    with memory.reading() as tx, pytest.raises(JournalError) as caught:
        told(tx, "1", **changed)
    assert caught.value.seq == 10


def test_format_that_is_not_known_here_is_not_judged(memory: MemoryStore) -> None:
    long(memory)
    with memory.reading() as tx, pytest.raises(JournalError) as caught:
        told(tx, "1", v=2, digest="ab")
    # the entry may be true; the row is not the one that it names
    assert "the snapshot of the first 10 entries" in str(caught.value)
