"""Bodies are missing exactly where the journal says so, and what is missing is proven by its leaf."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection

from incident.domain.errors import FormatError, JournalError, ProofError
from incident.domain.proof import format_proof
from incident.service import proving
from incident.service.notary import sign
from incident.service.ports import Reading
from incident.service.verify import verify
from incident.signing.ed25519 import verify as verify_signature
from incident.store.sql import SqlStore
from tests.service.attacks import Attack, put, run
from tests.service.attic import Attic, all_of, attic, held, kept_in, old
from tests.service.signing import notary, signer
from tests.service.test_verify import under, unguarded

__all__ = ["attic", "old"]

KEYS = [signer().key]


def test_an_entry_without_a_body_is_proven_by_its_leaf(attic: Attic) -> None:
    """Whoever kept its bytes can show them; signing goes on before and after."""
    bodies = {stored.seq: stored.body for stored in all_of(attic)}
    attic.drop(4)
    assert sign(attic.store, attic.code, notary(attic.clock)) is not None
    with attic.store.reading() as tx:
        raw = {seq: format_proof(proving.prove_entry(tx, attic.code, seq)) for seq in (2, 5)}
    with pytest.raises(FormatError):
        proving.check_entry(raw[2], KEYS, verify_signature)
    with pytest.raises(ProofError):
        proving.check_entry(raw[2], KEYS, verify_signature, body=bodies[3])
    shown = proving.check_entry(raw[2], KEYS, verify_signature, body=bodies[2])
    assert (shown.seq, shown.body) == (2, bodies[2])
    assert proving.check_entry(raw[5], KEYS, verify_signature).body == bodies[5]


#: What somebody with every right does after entries below 4 were dropped, and at which level that is found.
ATTACKS: dict[str, tuple[Attack, str]] = {
    "another body dropped": (run("UPDATE entry SET body = '' WHERE seq = 4"), "bytes"),
    "a later body dropped": (run("UPDATE entry SET body = '' WHERE seq = 5"), "leaves"),
    "a body put back": (run("UPDATE entry SET body = 'x' WHERE seq = 3"), "bytes"),
    "the first body put back": (run("UPDATE entry SET body = 'x' WHERE seq = 0"), "leaves"),
    "a leaf exchanged": (lambda on: put(on, "entry", "leaf", bytes(32), "seq = 2"), "root"),
    "a leaf of no length": (lambda on: put(on, "entry", "leaf", b"", "seq = 2"), "root"),
    "the snapshot removed": (run("DELETE FROM snapshot"), "replay"),
    "the snapshot altered": (lambda on: put(on, "snapshot", "body", b"{}"), "replay"),
    "the snapshot altered and whole": (lambda on: exchange(on, b'"back":0', b'"back":1'), "replay"),
    "a disclosure put back": (
        run("INSERT INTO disclosure VALUES ('330681111', 2, 'data.said', 'abc')"),
        "disclosures",
    ),
    "what stands altered": (run("DELETE FROM standing WHERE kind = 'retention'"), "stored"),
}


def test_bodies_are_missing_exactly_where_the_journal_says_so(old: Attic) -> None:
    old.drop(4)
    store: Any = unguarded(old.store)  # type: ignore[arg-type]
    levels = {}
    for name, (attack, _level) in ATTACKS.items():
        for tx in under(store, as_bytes(attack), old.code):
            levels[name] = found(tx, old.code, name)
    assert levels == {name: level for name, (_attack, level) in ATTACKS.items()}
    assert "stored" in held(old)


def exchange(connection: Connection, old: bytes, new: bytes) -> None:
    body = bytes(connection.exec_driver_sql("SELECT body FROM snapshot").scalar_one())
    assert old in body
    put(connection, "snapshot", "body", body.replace(old, new))


def as_bytes(attack: Attack) -> Attack:
    """Let a statement mean bytes where it writes a body as text."""

    def done(connection: Connection) -> None:
        attack(connection)
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(
                "UPDATE entry SET body = CAST(body AS BLOB) WHERE typeof(body) = 'text'"
            )

    return done


def found(tx: Reading, code: str, name: str) -> str:
    try:
        verify(tx, code)
    except JournalError as error:
        return error.level or ""
    return f"{name}: nothing is found"


def test_bodies_that_the_journal_says_were_dropped_are_not_there(sqlite_store: SqlStore) -> None:
    """A backup from before, with the newer rows put in: what should be gone is there, and that is told."""
    old = kept_in(sqlite_store)
    bodies = {stored.seq: stored.body for stored in all_of(old)}
    old.drop(4)
    store: Any = unguarded(old.store)  # type: ignore[arg-type]

    def restore(connection: Connection) -> None:
        for seq in range(4):
            put(connection, "entry", "body", bodies[seq], f"seq = {seq}")

    for tx in under(store, restore, old.code):
        with pytest.raises(JournalError, match="first 4 entries missing"):
            verify(tx, old.code)
