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

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import takewhile
from typing import NamedTuple
from zlib import crc32

from incident.domain import holding, tree
from incident.domain.checkpoint import Checkpoint, format_checkpoint
from incident.domain.errors import FormatError, JournalError, StoreAway
from incident.domain.facts_record import HeartbeatRecorded
from incident.domain.note import PublicKey, Signer, Verify, sign_note
from incident.domain.say import say
from incident.service import outside, signed
from incident.service.handle import adopted
from incident.service.heads import pass_up
from incident.service.outside import Held, Here, Kept, Known, Outlet
from incident.service.ports import LEEWAY, Chance, Clock, Reading, Signed, Store, Writing
from incident.service.record import Frame, by_itself, to_record

#: Entries after which a journal is signed, and seconds.
ENTRIES = 100
SECONDS = 3600
#: So many are listed in one go: one that enters another state waits for no more.
AT_A_TIME = 200


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
    #: Codes of those that somebody else held.
    held: list[str]


def sign_due(
    store: Store,
    notary: Notary,
    often: Often,
    *,
    node: str | None,
    behind: Collection[str] | None = None,
    is_stopping: Callable[[], bool] = lambda: False,
) -> Notarised:
    """Sign all journals that are to be signed now, then put outside what is not there yet.

    What was signed is put outside at once; `behind` are those of which that may have failed before, None says
    that it may be any. Raises `StoreAway` when the database cannot be used.
    """
    done, tried = Notarised([], [], []), set[str]()
    while not is_stopping() and (codes := _due(store, notary, often, tried, node)):
        for code in codes:
            if is_stopping():
                break
            tried.add(code)
            with _noted(done, code):
                _sign_one(store, code, notary, often, node, done)
    for code in _behind(store, behind, tried):
        if is_stopping():
            break
        with _noted(done, code):
            publish(store, code, notary)
    return done


@contextmanager
def _noted(done: Notarised, code: str) -> Iterator[None]:
    """Note what goes wrong with one journal: it must not keep the others from being signed."""
    try:
        yield
    except StoreAway:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is
        done.failures.append((code, error))


def _due(store: Store, notary: Notary, often: Often, tried: Collection[str], node: str | None) -> list[str]:
    """List some journals to be signed that were not tried yet, the most urgent ones.

    Each node goes through them in an order of its own, so that no two wait for each other at every one.
    """
    with store.reading() as look:
        found = look.unsigned(
            at=notary.now(),
            entries=often.entries,
            seconds=often.seconds,
            most=AT_A_TIME + len(tried),
        )
    codes = [code for code in found if code not in tried][:AT_A_TIME]
    return sorted(codes, key=lambda code: crc32(f"{node} {code}".encode()))


def _sign_one(
    store: Store, code: str, notary: Notary, often: Often, node: str | None, done: Notarised
) -> None:
    beat(store, code, notary, seconds=often.seconds, node=node)
    found = _sign(store, code, notary)
    if found is None:
        done.held.append(code)
        return
    row, checkpoint, is_new = found
    if is_new:
        done.signed.append(code)
    publish(store, code, notary)
    if is_new:
        pass_up(store, code, row, checkpoint, now=notary.now, chance=notary.chance)


def _behind(store: Store, behind: Collection[str] | None, tried: Collection[str]) -> list[str]:
    if behind is None:
        with store.reading() as look:
            behind = [code for code, _name in look.codes()]
    return sorted({*behind} - {*tried})


def beat(store: Store, code: str, notary: Notary, *, seconds: int, node: str | None) -> bool:
    """Record that nothing else was recorded since the newest checkpoint, where that is so and it is old."""
    with store.claiming([code]) as tx:
        log = tx.log(code)
        if log is None or code not in tx.codes_held:
            return False
        row = tx.newest_checkpoint(code, until=log.situation.version)
        if row is None or row.size != log.situation.version:
            return False
        newest, now = next(signed.rows(tx, code, notary.read), None), notary.now()
        if newest is not None and newest[1].at - LEEWAY <= now < newest[1].at + seconds:
            return False  # another node was first
        entry = by_itself(log, [HeartbeatRecorded()], at=now, node=node)
        tx.write([to_record(log, entry, Frame([], {}))])
        tx.commit()
    return True


def sign(store: Store, code: str, notary: Notary, *, vouched: int = 0) -> Signed | None:
    """Sign a journal as it is now; gives its newest checkpoint, None when somebody else holds the journal.

    Who signs after a loss of which nothing is proven vouches for the first `vouched` entries: that is a
    person's, and no worker does it (`recover.py`). Raises `JournalError` for one that is not as it was signed
    before, or whose rows contradict each other, and `StoreError` for one that must not be written to.
    """
    found = _sign(store, code, notary, vouched)
    return None if found is None else found.row


class _Newest(NamedTuple):
    """The newest checkpoint, and whether it was signed just now."""

    row: Signed
    checkpoint: Checkpoint
    is_new: bool


def _sign(store: Store, code: str, notary: Notary, vouched: int = 0) -> _Newest | None:
    # outside first: what is looked at here afterwards is at least as new
    known = [_known(code, outlet, one, notary) for outlet in notary.outlets for one in outlet.newest(code)]
    with store.reading() as tx:
        size, peaks = _computed(tx, code, *_base(tx, code, notary, known, vouched))
    with store.claiming([code]) as tx:
        if code in tx.codes_held:
            return _signed(tx, code, notary, size, peaks)
    for fault in store.left_out([code]).values():
        raise fault
    return None


def _signed(tx: Writing, code: str, notary: Notary, size: int, peaks: list[bytes]) -> _Newest | None:
    """Take in what came since it was read, sign, and keep it."""
    log = tx.log(code)
    if log is None:
        return None
    situation = log.situation
    newest = next(signed.rows(tx, code, notary.read), None)
    if newest is not None and newest[0].size == situation.version:
        return _Newest(newest[1], newest[0], is_new=False)
    _must_be_free(tx, code, situation.version)
    size, peaks = _computed(tx, code, size, peaks)
    if (size, peaks) != (situation.version, log.peaks):
        raise JournalError(
            jurisdiction=code,
            seq=None,
            expected=say("{n} entries, root {root}", n=situation.version, root=tree.root(log.peaks).hex()),
            found=say("{n} entries, root {root}", n=size, root=tree.root(peaks).hex()),
        )
    at = notary.now()
    origin = next(iter(outside.origins(tx, code, situation))).name
    checkpoint = Checkpoint(origin, size, tree.root(peaks), at)
    note = sign_note(format_checkpoint(checkpoint), notary.signer).decode()
    row = Signed(size, at, situation.epoch, note)
    tx.keep_checkpoint(code, row)
    tx.commit()
    return _Newest(row, checkpoint, is_new=True)


def _must_be_free(tx: Reading, code: str, size: int) -> None:
    """Refuse to sign where a checkpoint of as many entries stands that counts for nothing."""
    row = tx.newest_checkpoint(code, until=size)
    if row is not None and row.size == size:
        raise JournalError(
            jurisdiction=code,
            seq=None,
            expected=say("no checkpoint of {n} entries but what a trusted key signed", n=size),
            found=say("a row that counts for nothing"),
        )


def _known(code: str, outlet: Outlet, kept: Kept, notary: Notary) -> Known:
    """Read what is newest outside. Raises `JournalError`: what cannot be read, nothing was held against."""
    try:
        return Known(outlet, kept.where, notary.read(kept.note))
    except FormatError as error:
        expected = say("{where}: {expected}", where=kept.where, expected=error.expected)
        raise JournalError(jurisdiction=code, seq=None, expected=expected, found=error.found) from error


def _base(
    tx: Reading, code: str, notary: Notary, known: Sequence[Known], vouched: int
) -> tuple[int, list[bytes]]:
    """Give the tree signed last, which need not be read again; every known checkpoint has to hold."""
    log = tx.log(code)
    if log is None:
        return 0, []
    here = outside.here(tx, code, log.situation)
    base = 0
    for given, found in _held(tx, code, here, notary, known, vouched):
        if found.verdict == "holds":
            base = max(base, given.size)
        elif found.verdict != "lost":
            expected = outside.covers(given)
            raise JournalError(
                jurisdiction=code, seq=None, expected=expected, found=outside.FOUND[found.verdict]
            )
    return base, tx.subtrees(code, tree.peaks_at(base))


def _held(
    tx: Reading, code: str, here: Here, notary: Notary, known: Sequence[Known], vouched: int
) -> Iterator[tuple[Checkpoint, Held]]:
    newest = signed.newest(tx, code, notary.read)
    if newest is not None:
        yield newest, outside.held(here, newest, notary.read)
    for one in known:
        for of, found in outside.hold_outlet(here, code, one, notary.read, known, vouched):
            yield of.checkpoint, found


def _computed(tx: Reading, code: str, size: int, peaks: list[bytes]) -> tuple[int, list[bytes]]:
    """Compute the tree from the bytes of the entries from number `size` on."""
    dropped: int | None = None
    for stored in tx.entries(code, since=size):
        if not stored.body and dropped is None:
            dropped = _dropped(tx, code)
        # of a body that was dropped the leaf is all there is; the root holds it
        is_dropped = not stored.body and dropped is not None and stored.seq < dropped
        leaf = stored.leaf if is_dropped else tree.leaf_hash(stored.body)
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


def _dropped(tx: Reading, code: str) -> int:
    """Give below which entry the record says that bodies were dropped."""
    found = holding.retention(tx.standing(code))
    return 0 if found is None else found.until


def publish(store: Store, code: str, notary: Notary, *, vouched: int = 0) -> None:
    """Put outside what is not there yet and holds here, oldest first.

    Whoever can write the database can put a note into it that is truly signed, and of another journal. Raises
    `OSError`, and `JournalError` for a journal that does not agree with what is outside: a note that was
    signed while nobody looked there would prove there what nothing proves.
    """
    for outlet in notary.outlets:
        kept = outlet.newest(code)
        there = _heads(kept, notary.read)
        with store.reading() as tx:
            # an origin of which nothing is there yet begins anywhere
            missing = [*takewhile(partial(_is_missing, there), signed.rows(tx, code, notary.read))]
            if missing:
                _base(tx, code, notary, [_known(code, outlet, one, notary) for one in kept], vouched)
                missing = _holding(tx, code, notary, missing)
        for checkpoint, row in reversed(missing):
            outlet.put(code, checkpoint, row.note)


def _holding(
    tx: Reading, code: str, notary: Notary, rows: Sequence[tuple[Checkpoint, Signed]]
) -> list[tuple[Checkpoint, Signed]]:
    here = outside.here(tx, code, adopted(tx, code).situation)
    return [one for one in rows if outside.held(here, one[0], notary.read).verdict == "holds"]


def _is_missing(there: Mapping[str, int], kept: tuple[Checkpoint, Signed]) -> bool:
    return kept[0].size > there.get(kept[0].origin, -1)


def _heads(kept: Sequence[Kept], read: signed.Read) -> dict[str, int]:
    """Give how many entries of each origin are covered outside; what is no note counts for nothing."""
    found: dict[str, int] = {}
    for one in kept:
        with suppress(FormatError):
            head = read(one.note)
            found[head.origin] = max(head.size, found.get(head.origin, 0))
    return found
