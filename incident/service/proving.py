"""Proofs: that an entry stands in a signed journal, that a journal only grew. Made here, checked anywhere.

A proof reads O(log n) rows, and is checked before it is given out: rows that were altered prove nothing. To
check one needs the file alone and, for who signed, a public key; no database.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from incident.domain import tree
from incident.domain.checkpoint import Checkpoint, parse_checkpoint
from incident.domain.errors import FormatError, JournalError, ProofError, RequestError, Unknown
from incident.domain.growth import Growth, parse_growth
from incident.domain.note import PublicKey, Verify, open_note
from incident.domain.proof import Proof, parse
from incident.domain.say import say
from incident.service.ports import Reading
from incident.service.signed import Read, rows, unopened


class Signature(NamedTuple):
    """A checkpoint and who signed it; nobody when that was not looked at."""

    checkpoint: Checkpoint
    keys: Sequence[str]


class Proven(NamedTuple):
    """What a proof of an entry proves."""

    seq: int
    #: Bytes of the entry.
    body: bytes
    signature: Signature


class Grown(NamedTuple):
    """What a proof of growth proves: that `old` entries are the first of the newer checkpoint's."""

    old: int
    signature: Signature


def prove_entry(tx: Reading, code: str, seq: int, read: Read = unopened) -> Proof:
    """Prove that an entry stands in the newest checkpoint that counts; without a body, that its leaf does.

    Raises `RequestError` where none covers it, and `JournalError` where the rows do not prove it.
    """
    head, note = _signed(tx, code, seq + 1, read)
    stored = next(tx.entries(code, since=seq), None)
    if seq < 0 or stored is None or stored.seq != seq:
        raise Unknown(
            where=say("journal of {jurisdiction}, entry {seq}", jurisdiction=code, seq=seq),
            expected=say("the number of an entry"),
            found=say("none of that number"),
            do=say("look: incident history"),
        )
    hashes = tree.prove_inclusion(head.size, seq, lambda places: tx.subtrees(code, places))
    proof = Proof(index=seq, hashes=tuple(hashes), checkpoint=note, extra=stored.body)
    leaf = tree.leaf_hash(stored.body) if stored.body else stored.leaf
    try:
        tree.check_inclusion(head.size, seq, leaf=leaf, proof=hashes, root=head.root)
    except ProofError as error:
        raise _altered(code, seq, error) from error
    return proof


def prove_growth(tx: Reading, code: str, old: int, read: Read = unopened) -> Growth:
    """Prove that the newest checkpoint that counts begins with the first `old` entries, as they are here.

    Raises as `prove_entry` does.
    """
    head, note = _signed(tx, code, old, read)
    hashes = tree.prove_consistency(old, head.size, lambda places: tx.subtrees(code, places))
    before = tree.root_at(old, lambda places: tx.subtrees(code, places))
    try:
        tree.check_consistency(old, head.size, old_root=before, new_root=head.root, proof=hashes)
    except ProofError as error:
        raise _altered(code, None, error) from error
    return Growth(old=old, hashes=tuple(hashes), checkpoint=note)


def _signed(tx: Reading, code: str, size: int, read: Read) -> tuple[Checkpoint, str]:
    found = next(rows(tx, code, read), None)
    if found is None or found[0].size < size:
        raise RequestError(
            where=say("journal of {jurisdiction}", jurisdiction=code),
            expected=say("a signed checkpoint of {n} entries or more", n=size),
            found=say("none yet") if found is None else say("{n} entries", n=found[0].size),
            do=say("sign it: incident journal checkpoint {code}", code=code),
        )
    return found[0], found[1].note


def _altered(code: str, seq: int | None, error: ProofError) -> JournalError:
    return JournalError(jurisdiction=code, seq=seq, expected=error.expected, found=error.found)


def check_entry(raw: bytes, keys: Sequence[PublicKey], verify: Verify, *, body: bytes = b"") -> Proven:
    """Check a proof of an entry; with `keys` one of them has to have signed.

    `body` is for a proof of an entry whose body was dropped before: its bytes, from whoever kept them.
    Raises `FormatError` and `ProofError`.
    """
    proof = parse(raw)
    body = proof.extra or body
    if not body:
        raise FormatError(expected=say("`extra`, with the entry's bytes"), found=say("nothing"))
    signature = _opened(proof.checkpoint, keys, verify)
    head = signature.checkpoint
    leaf = tree.leaf_hash(body)
    tree.check_inclusion(head.size, proof.index, leaf=leaf, proof=proof.hashes, root=head.root)
    return Proven(proof.index, body, signature)


def check_growth(raw: bytes, older: Checkpoint, keys: Sequence[PublicKey], verify: Verify) -> Grown:
    """Check that a newer checkpoint only adds to an older one, which the checker has from elsewhere.

    Raises `FormatError` and `ProofError`.
    """
    growth = parse_growth(raw)
    signature = _opened(growth.checkpoint, keys, verify)
    head = signature.checkpoint
    if (older.origin, older.size) != (head.origin, growth.old):
        raise ProofError(
            expected=say("a proof from {n} entries of {origin}", n=older.size, origin=older.origin),
            found=say("one from {n} entries of {origin}", n=growth.old, origin=head.origin),
        )
    tree.check_consistency(
        growth.old, head.size, old_root=older.root, new_root=head.root, proof=growth.hashes
    )
    return Grown(growth.old, signature)


def _opened(note: str, keys: Sequence[PublicKey], verify: Verify) -> Signature:
    if not keys:
        return Signature(unopened(note), [])
    opened = open_note(note.encode(), keys, verify)
    return Signature(parse_checkpoint(opened.text), [str(key) for key in opened.keys])
