"""The fake asserts that its user honours the contract too."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from msgspec.structs import replace

from incident.domain import journal, tree
from incident.domain.effects import Notice
from incident.domain.facts import EventNoted
from incident.service.ports import Record
from incident.testing import MemoryStore
from incident.testing.samples import (
    OTHER_HASH,
    after,
    append,
    begin,
    filed,
    first,
    following,
    log_of,
    owed,
)
from tests.playbooks import CODE
from tests.service.story import activate, verified, whole_night
from tests.service.story import begin as adopt_baishi


@pytest.fixture
def memory() -> MemoryStore:
    return MemoryStore()


def test_look_is_of_no_use_after_its_block(memory: MemoryStore) -> None:
    with memory.reading() as looked, memory.writing("1") as wrote:
        pass
    for tx in (looked, wrote):
        with pytest.raises(AssertionError, match="inside its block"):
            tx.codes()


def test_nothing_is_written_after_commit(memory: MemoryStore) -> None:
    with memory.writing("1") as tx:
        tx.write([first("1")])
        tx.commit()
        with pytest.raises(AssertionError, match="inside its block"):
            tx.write([first("1")])
        with pytest.raises(AssertionError, match="inside its block"):
            tx.commit()


def test_commit_of_nothing_changes_nothing(memory: MemoryStore) -> None:
    with memory.writing("1") as tx:
        tx.commit()
    with memory.reading() as tx:
        assert tx.codes() == []


def test_thread_that_holds_a_lock_takes_no_second_one(memory: MemoryStore) -> None:
    with (
        memory.writing("1"),
        pytest.raises(AssertionError, match="one lock at a time"),
        memory.writing("2"),
    ):
        pass
    begin(memory, "2")


def test_nothing_is_written_to_what_is_not_locked(memory: MemoryStore) -> None:
    log = begin(memory, "1")
    begin(memory, "2")
    with memory.claiming(["2", "3"]) as tx:
        for act in (
            lambda: tx.write([following(log, event="e")]),
            lambda: tx.postpone("1", 0, until=None),
        ):
            with pytest.raises(AssertionError, match="which are locked"):
                act()


def test_what_another_holds_is_not_claimed_and_not_waited_for(memory: MemoryStore) -> None:
    begin(memory, "1")
    begin(memory, "2")

    def claim() -> list[str]:
        with memory.claiming(["1", "2"]) as tx:
            return list(tx.codes_held)

    with memory.writing("1"), ThreadPoolExecutor(1) as pool:
        assert pool.submit(claim).result(timeout=10) == ["2"]
    assert claim() == ["1", "2"]


def other_entry(record: Record) -> dict[str, Any]:
    entry = journal.decode(record.body)
    body = journal.encode(replace(entry, seq=entry.seq + 1))
    return {"body": body, "leaf": tree.leaf_hash(body)}


#: What is wrong with a record → its false parts.
FORGED: list[tuple[str, Any]] = [
    ("canonical", lambda record: {"body": record.body + b" "}),
    ("which are locked", lambda record: {"after": replace(record.after, jurisdiction="2")}),
    ("expected entry 1", other_entry),
    ("follow", lambda record: {"before": replace(record.before, since=0)}),
    ("facts of the entry", lambda record: {"facts": [EventNoted(event="other")]}),
    ("expected Situation", lambda record: {"after": replace(record.after, state="other")}),
    ("the leaf", lambda record: {"leaf": bytes(32)}),
    ("one leaf larger", lambda record: {"peaks": [bytes(32)]}),
    ("the event", lambda record: {"came": ("sample", "other")}),
    ("expected 2026", lambda record: {"at": record.at + 1}),
    ("disclosures of", lambda record: {"disclosures": {}}),
    ("not the one that was sealed", lambda record: {"disclosures": dict.fromkeys(record.disclosures, "x")}),
    ("facts of the entry", lambda record: {"effects": [Notice("command", [1])]}),
    ("the timers", lambda record: {"timers": []}),
    ("the closings", lambda record: {"closings": []}),
    ("hash of the attachment", lambda _record: {"attachments": [("0" * 64, b"x")]}),
    ("hash of the playbook", lambda record: {"playbook": (OTHER_HASH, b"{}")}),
]


@pytest.mark.parametrize(("said", "forge"), FORGED)
def test_record_that_is_not_true_is_not_taken(memory: MemoryStore, said: str, forge: Any) -> None:
    begin(memory, "1", owed())
    with memory.writing("1") as tx:
        closes = filed(*(one for one in tx.open_timers("1") if one.what == "deadline"))
        record = after(tx, "1", event="e", facts=[closes])
        with pytest.raises((AssertionError, ValueError), match=said):
            tx.write([replace(record, **forge(record))])
        tx.write([record])


def test_playbook_that_governs_has_to_be_there(memory: MemoryStore) -> None:
    with memory.writing("1") as tx, pytest.raises(AssertionError, match="the playbook that governs"):
        tx.write([replace(first("1"), playbook=None)])


def test_effects_are_kept_with_their_entry(memory: MemoryStore) -> None:
    adopt_baishi(memory)
    activate(memory)

    assert {seq for seq, _ in memory.outbox(CODE)} == {1}
    assert "superior" in [notice.to for _, notice in memory.outbox(CODE)]


def test_whole_night_verifies_in_memory(memory: MemoryStore) -> None:
    whole_night(memory)

    assert verified(memory).entries == 5


def test_what_is_read_cannot_change_what_is_stored(memory: MemoryStore) -> None:
    begin(memory, "1")
    with memory.reading() as tx:
        log_of(tx, "1").peaks.clear()
        tx.standing("1").clear()
        assert log_of(tx, "1").peaks
        assert tx.standing("1")
    append(memory, "1", event="e")


def test_look_that_is_read_slowly_sees_nothing_of_what_others_write_or_undo(memory: MemoryStore) -> None:
    begin(memory, "1")
    for n in range(3):
        append(memory, "1", event=f"e{n}")
    with memory.reading() as look:
        entries, disclosures = look.entries("1"), look.disclosures("1", since=1)
        next(entries), next(disclosures)
        with memory.writing("1") as undone:
            undone.write([after(undone, "1", event="undone")])
            assert look.answered("1", "sample", "undone") is None
            assert undone.answered("1", "sample", "undone") is not None
        append(memory, "1", event="later")
        assert [one.seq for one in entries] == [1, 2, 3]
        assert {seq for seq, _, _ in disclosures} == {1, 2, 3}
        assert look.answered("1", "sample", "later") is None
    with memory.reading() as look:
        assert [one.came for one in look.entries("1", since=4)] == [("sample", "later")]
