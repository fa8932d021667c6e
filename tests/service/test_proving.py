"""Proofs made of what is stored, and checked without it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

import pytest

from incident.domain import tree
from incident.domain.errors import FormatError, JournalError, ProofError, RequestError
from incident.domain.growth import Growth, format_growth, parse_growth
from incident.domain.journal import decode
from incident.domain.note import PublicKey
from incident.domain.proof import format_proof
from incident.service import proving
from incident.service.notary import sign
from incident.signing.ed25519 import verify
from incident.store.sql import SqlStore
from incident.testing import MemoryStore
from incident.testing.given import FakeClock
from tests.mangling import changed
from tests.playbooks import CODE
from tests.service.signing import OTHER_SEED, head, notary, signer
from tests.service.story import begin, tell, whole_night

KEYS = [signer().key]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def grow(store: Any, clock: FakeClock, n: int) -> None:
    for at in range(n):
        tell(store, "ordered", id=f"{clock()} {at}", authority="task_force", now=clock)


def heads(store: Any, clock: FakeClock, *sizes: int) -> list[bytes]:
    """Write a journal and sign it at each of these sizes."""
    begin(store, now=clock)
    found, size = [], 1
    for wanted in sizes:
        clock.after(minutes=1)
        grow(store, clock, wanted - size)
        size = wanted
        signed = sign(store, CODE, notary(clock))
        assert signed is not None
        found.append(signed.note.encode())
    return found


def test_every_entry_is_proven_and_its_proof_checks_without_the_database(
    memory: MemoryStore, clock: FakeClock
) -> None:
    heads(memory, clock, 1, 13)
    with memory.reading() as tx:
        bodies = [one.body for one in tx.entries(CODE)]
        for seq, body in enumerate(bodies):
            raw = format_proof(proving.prove_entry(tx, CODE, seq))
            proven = proving.check_entry(raw, KEYS, verify)
            assert (proven.seq, proven.body) == (seq, body)
            assert decode(proven.body).seq == seq
            assert (proven.signature.checkpoint.size, proven.signature.keys) == (13, [str(KEYS[0])])
            assert proving.check_entry(raw, [], verify).signature.keys == []


def test_no_byte_of_a_proof_can_be_another(memory: MemoryStore, clock: FakeClock) -> None:
    heads(memory, clock, 5)
    with memory.reading() as tx:
        raw = format_proof(proving.prove_entry(tx, CODE, 3))
    proven = proving.check_entry(raw, KEYS, verify)
    for other in changed(raw, [0, 48]):
        assert says(other) in (None, proven)


def says(raw: bytes, keys: Sequence[PublicKey] = KEYS) -> proving.Proven | None:
    try:
        return proving.check_entry(raw, keys, verify)
    except (FormatError, ProofError):
        return None


def test_growth_is_proven_from_every_older_checkpoint(memory: MemoryStore, clock: FakeClock) -> None:
    sizes = (1, 2, 3, 6, 8, 13)
    notes = heads(memory, clock, *sizes)
    with memory.reading() as tx:
        for size, note in zip(sizes, notes, strict=True):
            older = head(note.decode())
            raw = format_growth(proving.prove_growth(tx, CODE, size))
            grown = proving.check_growth(raw, older, KEYS, verify)
            assert (grown.old, grown.signature.checkpoint.size) == (size, 13)
            for other in changed(raw, [0, 48, 255]):
                with pytest.raises((FormatError, ProofError)):
                    proving.check_growth(other, older, KEYS, verify)
            with pytest.raises(ProofError):
                proving.check_growth(raw, older._replace(root=bytes(32)), KEYS, verify)
            with pytest.raises(ProofError, match="entries of"):
                proving.check_growth(raw, older._replace(origin="incident/1/x"), KEYS, verify)


def test_a_proof_signed_by_another_proves_nothing(memory: MemoryStore, clock: FakeClock) -> None:
    heads(memory, clock, 3)
    with memory.reading() as tx:
        raw = format_proof(proving.prove_entry(tx, CODE, 1))

    with pytest.raises(FormatError):
        proving.check_entry(raw, [signer(OTHER_SEED).key], verify)


def test_what_is_not_signed_yet_is_not_proven(memory: MemoryStore, clock: FakeClock) -> None:
    begin(memory, now=clock)
    with memory.reading() as tx, pytest.raises(RequestError, match="none yet"):
        proving.prove_entry(tx, CODE, 0)
    sign(memory, CODE, notary(clock))
    grow(memory, clock, 1)
    with memory.reading() as tx:
        with pytest.raises(RequestError, match="2 entries or more; 1 entries"):
            proving.prove_entry(tx, CODE, 1)
        with pytest.raises(RequestError, match="3 entries or more"):
            proving.prove_growth(tx, CODE, 3)
        with pytest.raises(RequestError, match="none of that number"):
            proving.prove_entry(tx, CODE, -1)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET body = replace(body, 'a', 'b') WHERE seq = 3",
        "UPDATE entry SET leaf = zeroblob(32) WHERE seq = 2",
        "UPDATE entry SET nodes = zeroblob(32) WHERE seq = 1",
        "UPDATE entry SET nodes = NULL WHERE seq = 1",
    ],
)
def test_altered_rows_prove_nothing(sqlite_store: SqlStore, clock: FakeClock, statement: str) -> None:
    whole_night(sqlite_store, clock)
    sign(sqlite_store, CODE, notary(clock))
    with sqlite_store._engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER entry_no_update")
        connection.exec_driver_sql(statement)

    with sqlite_store.reading() as tx, pytest.raises(JournalError):
        proving.prove_entry(tx, CODE, 3)


def test_growth_of_altered_rows_is_not_proven(sqlite_store: SqlStore, clock: FakeClock) -> None:
    whole_night(sqlite_store, clock)
    sign(sqlite_store, CODE, notary(clock))
    with sqlite_store._engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER entry_no_update")
        connection.exec_driver_sql("UPDATE entry SET leaf = zeroblob(32) WHERE seq = 2")

    with sqlite_store.reading() as tx, pytest.raises(JournalError):
        proving.prove_growth(tx, CODE, 3)


def test_a_proof_reads_as_many_rows_as_it_holds_hashes(memory: MemoryStore, clock: FakeClock) -> None:
    heads(memory, clock, 100)
    with memory.reading() as tx, patch.object(tx, "subtrees", wraps=tx.subtrees) as read:
        for seq in range(100):
            proving.prove_entry(tx, CODE, seq)
    assert max(len(call.args[1]) for call in read.call_args_list) <= 2 * (100).bit_length()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff",
        b"old 1\n",
        b"old 01\n\nx\n",
        b"old -1\n\nx\n",
        b"old 1\nQQ==\n\nx\n",
        b"old 1\n\n\nx\n",
        b"old 1\n\nx",
        b"new 1\n\nx\n",
        b"old 1\n" + b"A" * 43 + b"=\n" * 64 + b"\nx\n",
    ],
)
def test_what_is_no_proof_of_growth_is_not_read(raw: bytes) -> None:
    with pytest.raises(FormatError):
        parse_growth(raw)


def test_a_proof_of_growth_has_one_text() -> None:
    growth = Growth(old=5, hashes=(bytes(32), tree.leaf_hash(b"")), checkpoint="x\ny\n\nz\n")
    raw = format_growth(growth)
    assert parse_growth(raw) == growth
    assert format_growth(parse_growth(raw)) == raw
    with pytest.raises(FormatError):
        parse_growth(format_growth(Growth(old=5, hashes=(bytes(32),) * 64, checkpoint="x\n")))


def test_a_proof_without_its_entry_is_none(memory: MemoryStore, clock: FakeClock) -> None:
    heads(memory, clock, 2)
    with memory.reading() as tx:
        raw = format_proof(proving.prove_entry(tx, CODE, 1))
    lines = raw.split(b"\n")
    with pytest.raises(FormatError, match="extra"):
        proving.check_entry(b"\n".join([lines[0], *lines[2:]]), KEYS, verify)
