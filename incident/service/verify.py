"""Recomputing a journal from its stored bytes, and the situation from its facts.

Levels, each on its own: `leaves` (numbers without gap, each leaf hash recomputed), `root` (the compact range
recomputed), `entries` (each entry's bytes are canonical and say what they are stored as), `disclosures`
(each that remains opens what was sealed) and `replay` (situation and standing posture rebuilt from the
facts equal the stored ones). The first fault is raised as `JournalError` with the exact entry.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from incident.domain import clock, journal
from incident.domain.errors import JournalError
from incident.domain.journal import Entry
from incident.domain.say import Words, say
from incident.domain.situation import Situation, Standing, evolve, stand
from incident.service import opened
from incident.service.handle import adopted
from incident.service.ports import Log, Reading, Stored


class Verified(Struct, frozen=True, kw_only=True):
    """A journal that holds."""

    jurisdiction: str
    entries: int
    #: Root of the tree, in hex.
    root: str
    #: Disclosures that remain and open what was sealed; none when only hashes were checked.
    disclosures: int | None
    #: The replayed situation equals the stored one; false when only hashes were checked.
    replayed: bool


def verify(tx: Reading, code: str, *, replay: bool = True) -> Verified:
    """Recompute the journal of a jurisdiction. Raises `JournalError` at the first fault."""
    log = adopted(tx, code)
    if not replay:
        size, peaks = _hashes(tx, code)
        return _close(code, log, size, peaks, disclosures=None)
    rebuilt = _Rebuilt(tx, code)
    for stored, remaining in opened.with_disclosures(tx, code):
        rebuilt.take(stored, remaining)
    verified = _close(code, log, rebuilt.size, rebuilt.peaks, disclosures=rebuilt.disclosures)
    rebuilt.compare(log.situation)
    return verified


def _hashes(tx: Reading, code: str) -> tuple[int, list[bytes]]:
    """Recompute leaves and root alone, as fast as that goes."""
    peaks: list[bytes] = []
    size = 0
    leaf_hash, append = journal.leaf_hash, journal.append
    for seq, body, leaf in tx.entries(code):
        if seq != size:
            raise _fault(code, size, say("entry {seq}", seq=size), say("entry {seq}", seq=seq))
        computed = leaf_hash(body)
        if computed != leaf:
            raise _fault(code, seq, computed.hex(), leaf.hex())
        peaks = append(size, peaks, computed)
        size += 1
    return size, peaks


def _close(code: str, log: Log, size: int, peaks: list[bytes], *, disclosures: int | None) -> Verified:
    """Hold the recomputed tree against the stored one."""
    if size != log.situation.version:
        raise _fault(code, None, say("{n} entries", n=log.situation.version), say("{n} entries", n=size))
    root = journal.root(peaks)
    if peaks != log.peaks:
        raise _fault(code, None, journal.root(log.peaks).hex(), root.hex())
    return Verified(
        jurisdiction=code,
        entries=size,
        root=root.hex(),
        disclosures=disclosures,
        replayed=disclosures is not None,
    )


def _fault(code: str, seq: int | None, expected: Words, found: Words) -> JournalError:
    return JournalError(jurisdiction=code, seq=seq, expected=expected, found=found)


class _Rebuilt:
    """Takes entry after entry and rebuilds what they say."""

    def __init__(self, tx: Reading, code: str) -> None:
        self.tx = tx
        self.code = code
        self.size = 0
        self.peaks: list[bytes] = []
        self.disclosures = 0
        self.situation: Situation | None = None
        self.standing: Standing = {}
        self.playbooks: set[str] = set()

    def take(self, stored: Stored, remaining: dict[str, str]) -> None:
        seq, body, leaf = stored
        if seq != self.size:
            raise _fault(self.code, self.size, say("entry {seq}", seq=self.size), say("entry {seq}", seq=seq))
        computed = journal.leaf_hash(body)
        if computed != leaf:
            raise _fault(self.code, seq, computed.hex(), leaf.hex())
        entry = self._parse(seq, body)
        self._check_playbook(entry)
        self._check_disclosures(entry, remaining)
        try:
            self.situation = evolve(self.situation, self.code, clock.read_stamp(entry.at), entry.facts)
            stand(self.standing, seq, entry.facts)
        except ValueError as error:
            raise _fault(self.code, seq, say("facts that follow from those before"), str(error)) from error
        self.peaks = journal.append(seq, self.peaks, computed)
        self.size += 1

    def _parse(self, seq: int, body: bytes) -> Entry:
        try:
            entry = journal.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _fault(
                self.code, seq, say("an entry of format {v}", v=journal.FORMAT), str(error)
            ) from error
        if entry.v != journal.FORMAT or journal.encode(entry) != body:
            raise _fault(self.code, seq, say("canonical bytes"), say("bytes that read the same and differ"))
        if (entry.jurisdiction, entry.seq) != (self.code, seq):
            raise _fault(self.code, seq, f"{self.code} {seq}", f"{entry.jurisdiction} {entry.seq}")
        return entry

    def _check_playbook(self, entry: Entry) -> None:
        if entry.playbook not in self.playbooks:
            self.tx.playbook(self.code, entry.playbook)
            self.playbooks.add(entry.playbook)

    def _check_disclosures(self, entry: Entry, remaining: dict[str, str]) -> None:
        if not remaining:
            return
        sealed = journal.sealed_parts(entry)
        for name, disclosure in remaining.items():
            try:
                if name not in sealed or journal.unseal(sealed[name], disclosure)[0] != name:
                    raise ValueError(name)
            except ValueError as error:
                raise _fault(
                    self.code,
                    entry.seq,
                    say("the disclosure of `{name}` that was sealed", name=name),
                    str(error),
                ) from error
            self.disclosures += 1

    def compare(self, stored: Situation) -> None:
        """Hold the rebuilt situation and posture against the stored ones."""
        if self.situation != stored:
            raise _fault(
                self.code,
                None,
                say("the situation that the journal gives: {situation}", situation=repr(self.situation)),
                repr(stored),
            )
        standing = self.tx.standing(self.code)
        for key in sorted({*standing, *self.standing}):
            if standing.get(key) != self.standing.get(key):
                raise _fault(
                    self.code,
                    None,
                    say("{item} as the journal gives it", item=" ".join(key)),
                    repr(standing.get(key)),
                )
