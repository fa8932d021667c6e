"""Signing: when, what, and never a journal that is not the one signed before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection

from incident.domain import tree
from incident.domain.checkpoint import name_of_origin
from incident.domain.errors import JournalError
from incident.domain.facts_record import HeartbeatRecorded
from incident.domain.journal import decode
from incident.domain.note import open_note
from incident.service.notary import Notary, Often, beat, publish, sign, sign_due
from incident.signing import ed25519
from incident.store.sql import SqlStore
from incident.testing import MemoryStore
from incident.testing.given import FakeClock
from tests.playbooks import CODE
from tests.service.signing import OTHER_SEED, Shelf, head, notary, signer
from tests.service.story import activate, begin, tell, verified, version, whole_night

OFTEN = Often(entries=3, seconds=3600)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def due(store: Any, signing: Notary) -> list[str]:
    done = sign_due(store, signing, OFTEN, node="n1")
    assert done.failures == []
    return done.signed


def kept(store: Any) -> list[int]:
    with store.reading() as tx:
        return [one.size for one in tx.checkpoints(CODE)]


def leaves(store: Any) -> list[bytes]:
    with store.reading() as tx:
        return [tree.leaf_hash(one.body) for one in tx.entries(CODE)]


def root(found: list[bytes]) -> bytes:
    peaks: list[bytes] = []
    for size, leaf in enumerate(found):
        peaks = tree.append(size, peaks, leaf)
    return tree.root(peaks)


def test_what_is_signed_is_the_tree_of_the_entries_as_they_are(store: SqlStore, clock: FakeClock) -> None:
    whole_night(store, clock)

    signed = sign(store, CODE, notary(clock))

    assert signed is not None
    opened = open_note(signed.note.encode(), [signer().key], ed25519.verify)
    assert opened.keys == (signer().key,)
    found = head(signed.note)
    entries = leaves(store)
    assert (found.size, found.root, found.at) == (5, root(entries), clock())
    assert found.origin == name_of_origin(CODE, entries[0])
    assert sign(store, CODE, notary(clock)) == signed
    assert kept(store) == [5]


def test_a_journal_is_signed_at_each_change_of_state_and_after_so_many_entries(
    memory: MemoryStore, clock: FakeClock
) -> None:
    signing = notary(clock)
    begin(memory, now=clock)
    assert due(memory, signing) == [CODE]
    assert due(memory, signing) == []
    tell(memory, "ordered", id="refused", authority="task_force", now=clock)
    assert due(memory, signing) == []  # a refusal changes no state

    activate(memory, id="on", now=clock)
    assert due(memory, signing) == [CODE]
    for n in range(3):
        assert due(memory, signing) == []
        tell(memory, "positive", id=f"noted {n}", fields={"origin": "local", "cases": 1}, now=clock)
    assert due(memory, signing) == [CODE]

    assert kept(memory) == [1, 3, 6]


def test_silence_is_recorded_and_signed(memory: MemoryStore, clock: FakeClock) -> None:
    signing = notary(clock)
    begin(memory, now=clock)
    assert due(memory, signing) == [CODE]

    clock.after(minutes=59)
    assert due(memory, signing) == []
    clock.after(minutes=1)
    assert due(memory, signing) == [CODE]

    assert kept(memory) == [1, 2]
    with memory.reading() as tx:
        entry = decode([*tx.entries(CODE)][1].body)
    assert (entry.facts, entry.actor, entry.node) == ([HeartbeatRecorded()], "system", "n1")
    assert verified(memory).entries == 2


def test_where_something_was_recorded_no_heart_has_to_beat(memory: MemoryStore, clock: FakeClock) -> None:
    signing = notary(clock)
    begin(memory, now=clock)
    due(memory, signing)
    tell(memory, "ordered", id="refused", authority="task_force", now=clock)
    clock.after(hours=1)

    assert due(memory, signing) == [CODE]

    assert (version(memory), kept(memory)) == (2, [1, 2])
    assert beat(memory, "330999", signing, seconds=0, node=None) is False


def test_of_several_nodes_one_beats(memory: MemoryStore, clock: FakeClock) -> None:
    signing = notary(clock)
    begin(memory, now=clock)
    due(memory, signing)
    clock.after(hours=1)
    assert due(memory, signing) == [CODE]

    # another node had listed it too, before the first one signed
    assert beat(memory, CODE, signing, seconds=OFTEN.seconds, node="n2") is False
    assert (version(memory), kept(memory)) == (2, [1, 2])


def test_a_clock_that_was_ahead_once_keeps_nothing_from_being_signed(
    memory: MemoryStore, clock: FakeClock
) -> None:
    signing = notary(clock)
    begin(memory, now=clock)
    clock.after(days=400)
    due(memory, signing)
    clock.after(days=-400)

    assert due(memory, signing) == [CODE]
    assert due(memory, signing) == []
    assert kept(memory) == [1, 2]


def test_all_that_was_signed_comes_to_be_outside_even_after_an_outage(
    memory: MemoryStore, clock: FakeClock
) -> None:
    first, second = Shelf(), Shelf()
    signing = notary(clock, first, second)
    begin(memory, now=clock)
    due(memory, signing)
    second.is_away = True
    activate(memory, id="on", now=clock)
    done = sign_due(memory, signing, OFTEN, node=None)
    assert [(code, str(error)) for code, error in done.failures] == [(CODE, "not mounted")]

    second.is_away = False
    tell(memory, "lifted", id="lifted", verb="stand_down", now=clock)
    due(memory, signing)

    # while one was away nothing was signed without looking at it; then all
    assert kept(memory) == first.sizes() == second.sizes() == [1, 3]
    publish(memory, CODE, notary(clock, first))
    assert first.sizes() == [1, 3]


Attack = Callable[[Connection], object]


def sql(statement: str) -> Attack:
    return lambda connection: connection.exec_driver_sql(statement)


def attack(store: SqlStore, done: Attack) -> None:
    """Change the database as somebody who may write it can."""
    with store._engine.begin() as connection:
        for guard in ("entry_no_update", "entry_no_delete", "checkpoint_no_delete"):
            connection.exec_driver_sql(f"DROP TRIGGER {guard}")
        done(connection)


def anew(connection: Connection) -> None:
    """Change the first entry and compute all hashes again."""
    found = connection.exec_driver_sql("SELECT seq, body FROM entry ORDER BY seq").all()
    peaks: list[bytes] = []
    for seq, body in found:
        changed = body.replace(b'"program":"', b'"program":"x') if seq == 0 else body
        leaf = tree.leaf_hash(changed)
        nodes = tree.completed(seq, peaks, leaf)
        peaks = tree.grown(peaks, leaf, nodes)
        connection.exec_driver_sql(
            "UPDATE entry SET body = ?, leaf = ?, nodes = ? WHERE seq = ?",
            (changed, leaf, b"".join(nodes) or None, seq),
        )
    connection.exec_driver_sql("UPDATE situation SET peaks = ?", (b"".join(peaks),))


@pytest.mark.parametrize(
    ("done", "seq"),
    [
        (sql("UPDATE entry SET body = replace(body, 'a', 'b') WHERE seq = 4"), 4),
        (sql("UPDATE entry SET leaf = zeroblob(32) WHERE seq = 4"), 4),
        (sql("UPDATE situation SET peaks = zeroblob(64)"), None),
        (sql("UPDATE situation SET version = 4"), None),
        (sql("DELETE FROM entry WHERE seq = 3"), 4),
        (anew, None),
    ],
)
def test_a_journal_that_was_altered_since_is_not_signed(
    sqlite_store: SqlStore, clock: FakeClock, done: Attack, seq: int | None
) -> None:
    whole = notary(clock)
    begin(sqlite_store, now=clock)
    activate(sqlite_store, id="on", now=clock)
    sign(sqlite_store, CODE, whole)
    for n in range(3):
        tell(sqlite_store, "positive", id=str(n), fields={"origin": "local", "cases": 1}, now=clock)

    attack(sqlite_store, done)

    with pytest.raises(JournalError) as caught:
        sign(sqlite_store, CODE, whole)
    assert caught.value.seq == seq
    assert kept(sqlite_store) == [2]


def test_a_journal_made_anew_together_with_its_checkpoints_is_not_signed_against_the_outlet(
    sqlite_store: SqlStore, clock: FakeClock
) -> None:
    shelf = Shelf()
    whole_night(sqlite_store, clock)
    sign(sqlite_store, CODE, notary(clock, shelf))
    publish(sqlite_store, CODE, notary(clock, shelf))

    def both(connection: Connection) -> None:
        anew(connection)
        connection.exec_driver_sql("DELETE FROM checkpoint")

    attack(sqlite_store, both)

    with pytest.raises(JournalError, match="another journal"):
        sign(sqlite_store, CODE, notary(clock, shelf))
    # without an outlet nobody can know: the new one is signed, and what is outside convicts it
    assert sign(sqlite_store, CODE, notary(clock)) is not None


def test_a_checkpoint_that_no_trusted_key_signed_counts_for_nothing(
    memory: MemoryStore, clock: FakeClock
) -> None:
    whole_night(memory, clock)
    first = sign(memory, CODE, notary(clock))
    tell(memory, "ordered", id="later", authority="task_force", now=clock)

    second = sign(memory, CODE, notary(clock, seed=OTHER_SEED, trusted=[signer().key]))

    assert first is not None
    assert second is not None
    assert head(second.note).size == 6
    tell(memory, "ordered", id="later still", authority="task_force", now=clock)
    third = sign(memory, CODE, notary(clock))  # the second is by nobody it knows: all is read again
    assert third is not None
    assert head(third.note).root == root(leaves(memory))


def test_one_journal_that_cannot_be_signed_keeps_no_other_from_it(
    sqlite_store: SqlStore, clock: FakeClock
) -> None:
    from incident.testing.samples import begin as other

    whole_night(sqlite_store, clock)
    other(sqlite_store, "1")
    attack(sqlite_store, sql(f"UPDATE entry SET leaf = zeroblob(32) WHERE jurisdiction = '{CODE}'"))

    done = sign_due(sqlite_store, notary(clock), OFTEN, node=None)

    assert done.signed == ["1"]
    assert [code for code, _ in done.failures] == [CODE]


def test_whoever_is_to_stop_signs_no_further(memory: MemoryStore, clock: FakeClock) -> None:
    begin(memory, now=clock)

    assert sign_due(memory, notary(clock), OFTEN, node=None, is_stopping=lambda: True).signed == []


def test_a_journal_that_somebody_holds_is_signed_another_time(memory: MemoryStore, clock: FakeClock) -> None:
    import threading

    begin(memory, now=clock)
    found: list[object] = []
    with memory.writing(CODE):
        thread = threading.Thread(target=lambda: found.append(sign(memory, CODE, notary(clock))))
        thread.start()
        thread.join(30)
    assert found == [None]
    assert sign(memory, CODE, notary(clock)) is not None
    assert sign(memory, "330999", notary(clock)) is None


def test_a_newest_note_outside_that_nobody_trusted_signed_is_an_alarm(
    memory: MemoryStore, clock: FakeClock
) -> None:
    """Nothing was held against it: whoever signs would continue what others do not know."""
    shelf = Shelf()
    whole_night(memory, clock)
    other = sign(memory, CODE, notary(clock, seed=OTHER_SEED))
    assert other is not None
    shelf.put(CODE, head(other.note), other.note)
    tell(memory, "ordered", id="later", authority="task_force", now=clock)

    with pytest.raises(JournalError, match="only such as nobody vouches for"):
        sign(memory, CODE, notary(clock, shelf))
    shelf.notes.clear()
    assert sign(memory, CODE, notary(clock, shelf)) is not None, "it was the note alone"
