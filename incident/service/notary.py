"""Signing journals: what makes a record that nobody can change afterwards, not even who keeps it.

    which journals are to be signed → nothing new for long? a heartbeat → read again what is new → sign
    → keep, and put it where the house cannot reach

A journal is signed when it entered another state, when it grew by so many entries, and after so many seconds.
Where nothing was recorded in that time an entry says so first: silence, too, is evidence. What is signed is
computed from the bytes of the entries, never taken from what stands beside them, and continues the newest
checkpoint that this key signed and each that is known outside; else nothing is signed, and that is an alarm.

The private key is not in the database, and nothing here holds it: `Signer` signs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

from incident import __version__
from incident.domain import clock, journal, tree
from incident.domain.checkpoint import Checkpoint, format_checkpoint
from incident.domain.errors import FormatError, JournalError, StoreAway
from incident.domain.facts import HeartbeatRecorded
from incident.domain.journal import Entry
from incident.domain.note import PublicKey, Signer, Verify, sign_note
from incident.domain.say import say
from incident.service import outside
from incident.service.heads import pass_up
from incident.service.outside import Kept, Outlet
from incident.service.ports import LEEWAY, Chance, Clock, Log, Reading, Signed, Store, Writing
from incident.service.record import Frame, to_record

#: Entries after which a journal is signed, and seconds.
ENTRIES = 100
SECONDS = 3600


class Often(NamedTuple):
    """How often journals are signed, besides at each change of state."""

    entries: int = ENTRIES
    seconds: int = SECONDS


class Notary(NamedTuple):
    """Who signs, whom it trusts, and where it puts what was signed."""

    signer: Signer
    verify: Verify
    #: Keys that signed before; its own is one of them.
    trusted: Sequence[PublicKey]
    outlets: Sequence[Outlet]
    now: Clock
    chance: Chance

    def read(self, note: str) -> Checkpoint:
        """Read a signed checkpoint. Raises `FormatError` for one that no trusted key signed."""
        return outside.read_note(note, [*self.trusted, self.signer.key], self.verify)


class Notarised(NamedTuple):
    """What one round did."""

    #: Codes of the journals that were signed.
    signed: list[str]
    #: Code, and why it was not signed or not put outside.
    failures: list[tuple[str, Exception]]


def sign_due(
    store: Store,
    notary: Notary,
    often: Often,
    *,
    node: str | None,
    is_stopping: Callable[[], bool] = lambda: False,
) -> Notarised:
    """Sign all journals that are to be signed now. Raises `StoreAway` when the database cannot be used."""
    done = Notarised([], [])
    with store.reading() as look:
        codes = look.unsigned(at=notary.now(), entries=often.entries, seconds=often.seconds)
    for code in codes:
        if is_stopping():
            break
        try:
            beat(store, code, seconds=often.seconds, now=notary.now, node=node)
            signed = sign(store, code, notary)
            done.signed.append(code)
            publish(store, code, notary.outlets)
            if signed is not None:
                head = outside.read_note(signed.note, [], _unverified)
                pass_up(store, code, signed, head, now=notary.now, chance=notary.chance)
        except StoreAway:
            raise
        except Exception as error:  # noqa: BLE001 - one journal must not keep the others from being signed
            done.failures.append((code, error))
    return done


def beat(store: Store, code: str, *, seconds: int, now: Clock, node: str | None) -> bool:
    """Record that nothing else was recorded since the newest checkpoint, where that is so and it is old."""
    with store.claiming([code]) as tx:
        log, newest = tx.log(code), tx.newest_checkpoint(code)
        if log is None or code not in tx.codes_held or newest is None or newest.size != log.situation.version:
            return False
        if newest.at - LEEWAY <= now() < newest.at + seconds:
            return False  # another node was first
        tx.write([to_record(log, _heartbeat(log, now(), node), Frame([], {}))])
        tx.commit()
    return True


def _heartbeat(log: Log, at: int, node: str | None) -> Entry:
    situation = log.situation
    return Entry(
        v=journal.FORMAT,
        program=__version__,
        jurisdiction=situation.jurisdiction,
        seq=situation.version,
        at=clock.stamp(at),
        playbook=situation.playbook,
        actor="system",
        node=node,
        incident=situation.incident,
        facts=[HeartbeatRecorded()],
    )


def sign(store: Store, code: str, notary: Notary) -> Signed | None:
    """Sign a journal as it is now; gives its newest checkpoint, None when somebody else holds the journal.

    Raises `JournalError` for one that is not as it was signed before, or whose rows contradict each other.
    """
    # outside first: what is looked at here afterwards is at least as new
    known = [one.note for outlet in notary.outlets for one in outlet.newest(code)]
    with store.reading() as tx:
        size, peaks = _computed(tx, code, *_base(tx, code, notary, known))
    with store.claiming([code]) as tx:
        return _signed(tx, code, notary, size, peaks) if code in tx.codes_held else None


def _signed(tx: Writing, code: str, notary: Notary, size: int, peaks: list[bytes]) -> Signed | None:
    """Take in what came since it was read, sign, and keep it."""
    log, newest = tx.log(code), tx.newest_checkpoint(code)
    if log is None:
        return None
    situation = log.situation
    if newest is not None and newest.size == situation.version:
        return newest
    size, peaks = _computed(tx, code, size, peaks)
    if (size, peaks) != (situation.version, log.peaks):
        raise JournalError(
            jurisdiction=code,
            seq=None,
            expected=say("{n} entries, root {root}", n=situation.version, root=tree.root(log.peaks).hex()),
            found=say("{n} entries, root {root}", n=size, root=tree.root(peaks).hex()),
        )
    at = notary.now()
    origin = next(outside.origins(tx, code, situation)).name
    text = format_checkpoint(Checkpoint(origin, size, tree.root(peaks), at))
    signed = Signed(size, at, situation.epoch, sign_note(text, notary.signer).decode())
    tx.keep_checkpoint(code, signed)
    tx.commit()
    return signed


def _base(tx: Reading, code: str, notary: Notary, known: Sequence[str]) -> tuple[int, list[bytes]]:
    """Give the tree signed last, which need not be read again; every known checkpoint has to hold."""
    log = tx.log(code)
    if log is None:
        return 0, []
    newest = tx.newest_checkpoint(code)
    kept = [] if newest is None else [newest.note]
    base = 0
    for note in (*kept, *known):
        try:
            given = notary.read(note)
        except FormatError:
            continue  # signed by nobody whom we trust: it is as if it were not there
        held = outside.hold(tx, code, log.situation, given)
        if held.verdict == "holds":
            base = max(base, given.size)
        elif held.verdict != "lost":
            raise JournalError(
                jurisdiction=code, seq=None, expected=outside.covers(given), found=outside.FOUND[held.verdict]
            )
    return base, tx.subtrees(code, tree.peaks_at(base))


def _computed(tx: Reading, code: str, size: int, peaks: list[bytes]) -> tuple[int, list[bytes]]:
    """Compute the tree from the bytes of the entries from number `size` on."""
    for stored in tx.entries(code, since=size):
        # of a body that was dropped the leaf is all there is; the root holds it
        leaf = tree.leaf_hash(stored.body) if stored.body else stored.leaf
        if (stored.seq, stored.leaf) != (size, leaf):
            raise JournalError(
                jurisdiction=code,
                seq=stored.seq,
                expected=say("entry {seq}, leaf {hash}", seq=size, hash=leaf.hex()),
                found=say("entry {seq}, leaf {hash}", seq=stored.seq, hash=stored.leaf.hex()),
            )
        peaks = tree.append(size, peaks, leaf)
        size += 1
    return size, peaks


def publish(store: Store, code: str, outlets: Sequence[Outlet]) -> None:
    """Put outside what is not there yet, oldest first. Raises `OSError`."""
    for outlet in outlets:
        there = _heads(outlet.newest(code))
        with store.reading() as tx:
            newest = tx.newest_checkpoint(code)
            present = None if newest is None else outside.read_note(newest.note, [], _unverified).origin
            # an origin of which nothing is there yet begins anywhere
            kept = tx.checkpoints(code, since=there.get(present or "", 0))
        for signed in kept:
            checkpoint = outside.read_note(signed.note, [], _unverified)
            if checkpoint.size > there.get(checkpoint.origin, -1):
                outlet.put(code, checkpoint, signed.note)


def _heads(kept: Sequence[Kept]) -> dict[str, int]:
    """Give how many entries of each origin are covered outside; what is no note counts for nothing."""
    found: dict[str, int] = {}
    for one in kept:
        with suppress(FormatError):
            head = outside.read_note(one.note, [], _unverified)
            found[head.origin] = max(head.size, found.get(head.origin, 0))
    return found


def _unverified(_key: bytes, _message: bytes, _signature: bytes) -> bool:
    return False
