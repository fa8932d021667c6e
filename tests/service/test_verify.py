"""An attacker with every right on the database, and what the journal says about it a year later."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from incident.domain import tree
from incident.domain.errors import JournalError, RequestError, StoreError
from incident.service.account import account
from incident.service.guard import Guard
from incident.service.notary import publish, sign
from incident.service.ports import Reading, Stored
from incident.service.verify import verify
from incident.store.guards import GUARDED, NAMES
from incident.store.reading import SqlReading
from incident.store.sql import SqlStore
from incident.testing import MemoryStore
from incident.testing.given import FakeClock
from tests.playbooks import CODE, HOUR, NIGHT
from tests.service.attacks import COLUMNS, HASHES, MEANING, TIMES, UNREADABLE, Attack, run
from tests.service.signing import Shelf, notary
from tests.service.story import LOCAL, begin, bodies, morning, tell, verified, version, whole_night


@pytest.fixture
def night(store: SqlStore) -> SqlStore:
    """A whole night on a database whose guards the attacker took away."""
    whole_night(store)
    return unguarded(store)


@pytest.fixture
def qingshi(store: SqlStore) -> tuple[SqlStore, str]:
    """A morning in which reports fall due, without guards, and the code of the town."""
    code = morning(store)
    return unguarded(store), code


def unguarded(store: SqlStore) -> SqlStore:
    with store._engine.connect() as connection:
        for guard in sorted(NAMES["sqlite"]) if connection.dialect.name == "sqlite" else ():
            connection.exec_driver_sql(f"DROP TRIGGER {guard}")
        for table in GUARDED if connection.dialect.name == "postgresql" else ():
            connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        connection.commit()
    return store


def under(store: SqlStore, attack: Attack, code: str = CODE) -> Iterator[Reading]:
    """Look at the database while the attack is done, and undo it."""
    with store.writing(code) as tx:
        attack(tx._connection)
        yield _read_anew(tx)


def _read_anew(tx: Any) -> Reading:
    """Give a look that took no lock: what was read under the lock is not known to it."""
    return SqlReading(tx._connection, tx._streams, tx._playbooks, tx._place)


def find(store: SqlStore, attack: Attack, *, code: str = CODE, replay: bool = True) -> int | None:
    """Give the entry that verifying names under an attack."""
    for tx in under(store, attack, code):
        with pytest.raises(JournalError) as caught:
            verify(tx, code, replay=replay)
        assert code in str(caught.value)
        assert all(caught.value.parts())
    return caught.value.seq


def test_every_attack_on_the_hashes_is_found_with_its_entry(night: SqlStore) -> None:
    found = {name: find(night, attack, replay=False) for name, (attack, _) in HASHES.items()}

    assert found == {name: seq for name, (_, seq) in HASHES.items()}
    assert verified(night).entries == 5


def test_every_attack_on_the_meaning_is_found_with_its_entry(night: SqlStore) -> None:
    """And so is each on the hashes; some then name an entry that hashes alone cannot name."""
    attacks = {**HASHES, **MEANING}
    found = {name: find(night, attack) for name, (attack, _) in attacks.items()}

    assert found == {name: seq for name, (_, seq) in attacks.items()}
    assert verified(night).entries == 5


def test_every_attack_on_promised_times_is_found_with_its_entry(qingshi: tuple[SqlStore, str]) -> None:
    store, code = qingshi
    found = {name: find(store, attack, code=code) for name, (attack, _) in TIMES.items()}

    assert found == {name: seq for name, (_, seq) in TIMES.items()}
    assert verified(store, code).entries == 6


@pytest.mark.parametrize("operational", ["next_at = NULL", "next_at = 0", "tries = 4"])
def test_when_a_timer_is_tried_is_free_and_what_is_overdue_is_in_the_account(
    qingshi: tuple[SqlStore, str], operational: str
) -> None:
    store, code = qingshi
    later = NIGHT + 5 * HOUR + 600
    for tx in under(store, run(f"UPDATE timer SET {operational} WHERE ended IS NULL"), code):
        assert verify(tx, code).entries == 6
        found = account(tx, code, since=NIGHT, until=later, at=later)
        kind = "set_aside" if operational == "next_at = NULL" else "overdue"
        assert {(one.kind, one.what) for one in found.faults} == {(kind, "escalation")}


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_of_the_situation_is_held_against_the_journal(night: SqlStore, column: str) -> None:
    assert find(night, run(f"UPDATE situation SET {column} = {COLUMNS[column]}")) is None


def test_columns_are_all_the_situation_has() -> None:
    from incident.store.tables import situation

    assert set(situation.columns.keys()) - {"jurisdiction", "peaks"} == set(COLUMNS)


def test_journal_under_another_code_is_not_the_one_it_was(night: SqlStore) -> None:
    for tx in under(night, run("UPDATE situation SET jurisdiction = '330999102'")):
        with pytest.raises(JournalError, match="none is stored"):
            verify(tx, CODE)
        with pytest.raises(JournalError, match="5 entries; 0 entries"):
            verify(tx, "330999102")


def test_what_cannot_be_read_back_is_found_though_it_was_read_before(night: SqlStore) -> None:
    for name, attack in UNREADABLE.items():
        for tx in under(night, attack):
            with pytest.raises(StoreError) as caught:
                verify(tx, CODE)
            assert CODE in str(caught.value), name
    assert verified(night).entries == 5


def test_words_put_in_by_the_sqlite_shell_are_found(sqlite_store: SqlStore) -> None:
    """There `replace` makes text of what were bytes."""
    whole_night(sqlite_store)
    attacks = {
        "UPDATE entry SET body = replace(body, 'local', 'lokal') WHERE seq = 2": 2,
        "UPDATE entry SET body = 7 WHERE seq = 2": 2,
        "UPDATE entry SET leaf = 'x' WHERE seq = 3": 3,
        "UPDATE situation SET peaks = 'x'": None,
        "UPDATE situation SET version = 'many'": None,
        "UPDATE disclosure SET seq = 'x' WHERE seq = 2 AND name = 'reason'": None,
        "INSERT INTO outbox VALUES ('{code}', 'x', 0, 'command', '[]', NULL, 0, NULL, 0)": None,
    }
    for guard in NAMES["sqlite"]:
        with sqlite_store._engine.connect() as connection:
            connection.exec_driver_sql(f"DROP TRIGGER {guard}")

    found = {statement: find(sqlite_store, run(statement)) for statement in attacks}

    assert found == attacks


class Mangled:
    """A look at a journal in which one entry is another."""

    def __init__(self, tx: Reading, forged: Stored) -> None:
        self._tx, self._forged = tx, forged

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    def entries(self, code: str, *, since: int = 0) -> Iterator[Stored]:
        for stored in self._tx.entries(code, since=since):
            yield self._forged if stored.seq == self._forged.seq else stored


def flipped(body: bytes, positions: Sequence[int]) -> Iterator[bytes]:
    """Give the body with one bit of one byte turned, for each position."""
    for at in positions:
        yield body[:at] + bytes([body[at] ^ (1 << at % 8)]) + body[at + 1 :]


def test_every_byte_of_every_entry_counts(memory: MemoryStore) -> None:
    whole_night(memory)
    with memory.reading() as tx:
        for stored in tx.entries(CODE):
            for body in flipped(stored.body, range(len(stored.body))):
                mangled: Any = Mangled(tx, stored._replace(body=body))
                with pytest.raises(JournalError) as caught:
                    verify(mangled, CODE, replay=False)
                assert caught.value.seq == stored.seq


def test_every_byte_counts_though_its_leaf_was_recomputed(memory: MemoryStore) -> None:
    whole_night(memory)
    with memory.reading() as tx:
        for stored in tx.entries(CODE):
            for body in flipped(stored.body, range(len(stored.body))):
                forged = stored._replace(body=body, leaf=tree.leaf_hash(body))
                mangled: Any = Mangled(tx, forged)
                with pytest.raises((JournalError, StoreError)):
                    verify(mangled, CODE)


def test_every_byte_of_a_leaf_counts(memory: MemoryStore) -> None:
    whole_night(memory)
    with memory.reading() as tx:
        for stored in tx.entries(CODE):
            for leaf in flipped(stored.leaf, range(32)):
                mangled: Any = Mangled(tx, stored._replace(leaf=leaf))
                with pytest.raises(JournalError) as caught:
                    verify(mangled, CODE)
                assert caught.value.seq == stored.seq


def test_journal_that_holds_says_what_was_checked(memory: MemoryStore) -> None:
    whole_night(memory)
    whole = verified(memory)
    with memory.reading() as tx:
        hashes = verify(tx, CODE, replay=False)
        leaves = [hashlib.sha256(b"\0" + body).digest() for body in bodies(tx)]

    assert (whole.jurisdiction, whole.entries, whole.disclosures, whole.replayed) == (CODE, 5, 19, True)
    assert hashes == replace(
        whole,
        disclosures=None,
        missing=None,
        replayed=False,
        clock_went_back=None,
        decided=None,
        levels=hashes.levels,
    )
    # RFC 6962: five leaves are a tree of four and one
    pair = [hashlib.sha256(b"\1" + leaves[at] + leaves[at + 1]).digest() for at in (0, 2)]
    four = hashlib.sha256(b"\1" + pair[0] + pair[1]).digest()
    assert whole.root == hashlib.sha256(b"\1" + four + leaves[4]).hexdigest()


def test_journal_rewritten_as_a_whole_has_another_root(memory: MemoryStore) -> None:
    """Against one who recomputes everything stands only a root that left the house."""
    whole_night(memory)
    other = MemoryStore()
    whole_night(other, now=lambda: 1_772_304_001)

    assert verified(other).entries == verified(memory).entries
    assert verified(other).root != verified(memory).root


def test_when_a_notice_was_delivered_and_how_is_free(night: SqlStore) -> None:
    for tx in under(night, run("UPDATE outbox SET done_at = 7, next_at = 8, tries = 9")):
        assert verify(tx, CODE).entries == 5


TRACES = ("entry", "standing", "disclosure", "outbox", "playbook", "timer", "duty")


@pytest.mark.parametrize("trace", TRACES)
def test_journal_deleted_but_for_one_trace_is_missed(night: SqlStore, trace: str) -> None:
    tables = {"situation", *TRACES}
    for tx in under(night, run(*(f"DELETE FROM {table}" for table in sorted(tables - {trace})))):
        assert tx.journals() == [CODE]
        with pytest.raises(JournalError, match="none is stored"):
            verify(tx, CODE)


@pytest.mark.parametrize(
    "left",
    [
        f"INSERT INTO checkpoint (jurisdiction, size, at, epoch, note) VALUES ('{CODE}', 5, 7, 0, 'note')",
        f"INSERT INTO letter (jurisdiction, seq, n, holder, at) VALUES ('{CODE}', 2, 0, 'p1', 7)",
    ],
)
def test_journal_of_which_a_checkpoint_or_a_letter_alone_is_left_is_missed(
    night: SqlStore, left: str
) -> None:
    for tx in under(night, run(*(f"DELETE FROM {table}" for table in ("situation", *TRACES)), left)):
        assert tx.journals() == [CODE]
        with pytest.raises(JournalError, match="none is stored"):
            verify(tx, CODE)


def test_journal_deleted_everywhere_is_found_only_against_a_note_outside(night: SqlStore) -> None:
    shelf, clock = Shelf(), FakeClock()
    assert sign(night, CODE, notary(clock, shelf)) is not None
    publish(night, CODE, notary(clock, shelf))
    look = Guard([shelf], notary(clock).read, "here", print).look(CODE)
    with night.reading() as whole:
        look(whole)
    for tx in under(night, run(*(f"DELETE FROM {table}" for table in ("situation", "checkpoint", *TRACES)))):
        assert tx.journals() == []
        with pytest.raises(StoreError, match="0 entries here"):
            look(tx)


def test_clock_that_was_set_back_is_counted_and_no_fault(memory: MemoryStore) -> None:
    begin(memory)
    assert verified(memory).clock_went_back == 0
    for at in (NIGHT - 60, NIGHT - 60, NIGHT - 90, NIGHT):
        tell(memory, "positive", id=str((at, version(memory))), fields=LOCAL, now=partial(int, at))

    assert verified(memory).clock_went_back == 2


def test_jurisdiction_that_is_not_there_has_no_journal(memory: MemoryStore) -> None:
    with memory.reading() as tx, pytest.raises(RequestError):
        verify(tx, CODE)
