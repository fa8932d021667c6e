"""Making an evidence kit of a record: which bytes go into which file.

One consistent look at the store, gone through several times, each time writing what one file holds; so none
is held in memory. While it is written each leaf, the numbering and the root are recomputed: a record that
does not hold gives no kit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from importlib import resources
from pathlib import Path

import msgspec
from msgspec import Struct

from incident import __version__
from incident.domain import clock, inputs, kit, note, tree
from incident.domain.checkpoint import name_of_origin
from incident.domain.errors import FormatError, JournalError, RequestError
from incident.domain.journal import canonical
from incident.domain.kit import Disclosed, Manifest
from incident.domain.note import PublicKey
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.kit.cutting import Cutter
from incident.kit.packing import Packing, packing
from incident.kit.pages import pages
from incident.kit.readme import readme
from incident.kit.tongues import Tongues
from incident.service.exhibit import Shown, digests, exhibits, sealed_names
from incident.service.handle import adopted
from incident.service.ports import Reading, Signed, Stored


class Exported(Struct, frozen=True, kw_only=True):
    """A kit that was made."""

    manifest: Manifest
    #: SHA-256 in hex of the manifest: with it two people tell whether they have the same kit.
    digest: str
    #: Entries and sealed values that it opens.
    entries: int
    disclosures: int
    #: How many entries the newest checkpoint covers; none when none is there.
    signed: int | None
    #: The public key that signed it is in the kit.
    has_key: bool


class _Head(Struct):
    """What is looked at of every entry."""

    playbook: str


_heads = msgspec.json.Decoder(_Head)


def export(
    tx: Reading, code: str, shown: Shown, path: Path, *, at: int, keys: Sequence[PublicKey], tongues: Tongues
) -> Exported:
    """Make a kit of what `shown` opens and write it to `path`. Raises `RequestError` and `JournalError`.

    Of some trusted `keys` the one that signed the newest checkpoint goes with it.
    """
    adopted(tx, code)
    _must_be_sealed(tx, code, shown.withhold)
    with packing(path) as pack:
        return _Export(tx, code, shown, pack, tongues).write(at, keys)


def _must_be_sealed(tx: Reading, code: str, withhold: Collection[str]) -> None:
    """Refuse a name that nothing is sealed under: what was meant by it would be opened."""
    there = sealed_names(tx, code) if withhold else set()
    strange = sorted({*withhold} - there)
    if strange:
        raise RequestError(
            where=inputs.WITHHOLD,
            expected=sorted(there) or say("nothing is sealed"),
            found=", ".join(f"`{name}`" for name in strange),
            do=say("name what is to stay shut; nothing was written"),
        )


class _Export:
    """A kit that is being made."""

    def __init__(self, tx: Reading, code: str, shown: Shown, pack: Packing, tongues: Tongues) -> None:
        self._tx, self._code, self._shown, self._pack, self._tongues = tx, code, shown, pack, tongues
        self._log = adopted(tx, code)
        #: Playbooks that entries name, and the one that the newest names.
        self._playbooks: set[str] = set()
        self._newest = ""
        self._peaks: list[bytes] = []
        self._size = 0
        self._bodies_from = 0
        self._origin = ""
        self._attachments: set[str] = set()
        self._withheld: list[tuple[int, str]] = []
        self._left_out: list[int] = []
        self._entries = self._disclosures = 0

    def write(self, at: int, keys: Sequence[PublicKey]) -> Exported:
        """Write all members, the manifest last."""
        tx, code, pack = self._tx, self._code, self._pack
        pack.add(kit.SCRIPT, script())
        pack.stream(kit.ENTRIES, self._bodies())
        self._check_tree()
        self._write_tree()
        signed = self._write_checkpoints()
        has_key = signed is not None and self._write_key(signed, keys)
        self._write_snapshot()
        pack.stream(kit.DISCLOSURES, self._opened())
        for digest in sorted(self._playbooks):
            pack.add(kit.playbook_path(digest), tx.playbook_bytes(code, digest))
        missing = self._write_attachments()
        playbook = tx.playbook(code, self._newest)
        for path, parts in pages(tx, code, self._shown, playbook, self._tongues):
            pack.stream(path, parts)
        manifest = self._manifest(at, playbook, missing)
        pack.add(kit.README, readme(manifest))
        manifest = msgspec.structs.replace(manifest, files=dict(pack.digests))
        body = _manifest_bytes(manifest)
        pack.add(kit.MANIFEST, body)
        return Exported(
            manifest=manifest,
            digest=hashlib.sha256(body).hexdigest(),
            entries=self._entries,
            disclosures=self._disclosures,
            signed=None if signed is None else signed.size,
            has_key=has_key,
        )

    def _manifest(self, at: int, playbook: Playbook, missing: list[str]) -> Manifest:
        """Say what was written; it names no file yet."""
        return Manifest(
            format=kit.FORMAT,
            program=__version__,
            jurisdiction=self._code,
            name=playbook.jurisdiction.name,
            origin=self._origin,
            size=self._size,
            root=tree.root(self._peaks).hex(),
            filter=self._shown.filter,
            bodies_from=self._bodies_from,
            made_at=clock.stamp(at),
            files={},
            withheld=self._withheld,
            withheld_attachments=missing,
            bundles_left_out=self._left_out,
        )

    def _bodies(self) -> Iterator[bytes]:
        """Give the entries line by line, and look at each."""
        for stored in self._tx.entries(self._code):
            self._take(stored)
            yield stored.body
            yield b"\n"

    def _take(self, stored: Stored) -> None:
        seq, body = stored.seq, stored.body
        if seq != self._size:
            raise self._fault(self._size, say("entry {seq}", seq=self._size), say("entry {seq}", seq=seq))
        if not body and seq == self._bodies_from:  # dropped by retention, from the first on
            self._bodies_from = seq + 1
        elif tree.leaf_hash(body) != stored.leaf or b"\n" in body:
            expected = say("an entry whose leaf hash is {hash}", hash=stored.leaf.hex())
            raise self._fault(seq, expected, say("other bytes"))
        else:
            self._look(stored)
        if seq == self._log.situation.origin:
            self._origin = name_of_origin(self._code, stored.leaf)
        self._peaks = tree.append(seq, self._peaks, stored.leaf)
        self._size += 1

    def _look(self, stored: Stored) -> None:
        try:
            self._newest = _heads.decode(stored.body).playbook
        except (ValueError, RecursionError) as error:
            raise self._fault(stored.seq, say("an entry of a journal"), str(error)) from error
        self._playbooks.add(self._newest)

    def _check_tree(self) -> None:
        log = self._log
        if (self._size, self._peaks) != (log.situation.version, log.peaks):
            expected = say(
                "{n} entries, root {root}", n=log.situation.version, root=tree.root(log.peaks).hex()
            )
            found = say("{n} entries, root {root}", n=self._size, root=tree.root(self._peaks).hex())
            raise self._fault(None, expected, found)

    def _write_tree(self) -> None:
        for cut in Cutter().cut(self._tx.entries(self._code)):
            if cut.body is None:
                self._left_out.append(cut.number)
            else:
                self._pack.add(cut.path, cut.body)

    def _write_checkpoints(self) -> Signed | None:
        """Write every checkpoint of this tree; gives the newest."""
        found = [one for one in self._tx.checkpoints(self._code) if one.size <= self._size]
        for one in found:
            self._pack.add(kit.checkpoint_path(one.size), one.note.encode())
        if not found:
            return None
        self._pack.add(kit.CHECKPOINT, found[-1].note.encode())
        return found[-1]

    def _write_snapshot(self) -> None:
        """Write what the entries whose bodies were dropped made, to go on from."""
        if self._bodies_from:
            body = self._tx.snapshot(self._code, self._bodies_from)
            if body is not None:
                self._pack.add(kit.snapshot_path(self._bodies_from), body)

    def _write_key(self, signed: Signed, keys: Sequence[PublicKey]) -> bool:
        """Write which of some keys says that it signed; whether it did, the verifier finds out."""
        with suppress(FormatError):
            signers = {(one.name, one.id) for one in note.parse_note(signed.note.encode()).signatures}
            for key in keys:
                if (key.name, key.id) in signers:
                    self._pack.add(kit.PUBLIC_KEY, f"{note.format_public_key(key)}\n".encode())
                    return True
        return False

    def _opened(self) -> Iterator[bytes]:
        """Give what is opened, line by line, and gather what is not."""
        for exhibit in exhibits(self._tx, self._code, self._shown):
            seq = exhibit.entry.seq
            self._entries += 1
            self._disclosures += len(exhibit.disclosures)
            self._withheld += [(seq, name) for name in exhibit.withheld]
            self._attachments.update(digests(exhibit.values))
            for name, text in exhibit.disclosures.items():
                yield canonical(Disclosed(seq=seq, name=name, disclosure=text))
                yield b"\n"

    def _write_attachments(self) -> list[str]:
        """Write the attachments that are named; gives those that are not there any more."""
        missing: list[str] = []
        for digest in sorted(self._attachments):
            body = self._tx.attachment(self._code, digest)
            if body is None:
                missing.append(digest)
            else:
                # a picture packs no further, and what packs too well looks like a bomb
                self._pack.add(kit.attachment_path(digest), body, packed=False)
        return missing

    def _fault(self, seq: int | None, expected: Words, found: Words) -> JournalError:
        return JournalError(jurisdiction=self._code, seq=seq, expected=expected, found=found)


def script() -> bytes:
    """Give the script that verifies a kit on its own."""
    return resources.files("incident.kit").joinpath(kit.SCRIPT).read_bytes()


def _manifest_bytes(manifest: Manifest) -> bytes:
    body = kit.format_manifest(manifest)
    if len(body) > kit.MOST_MANIFEST:
        raise RequestError(
            where=say("evidence kit"),
            expected=say("fewer values that are not opened; each is listed"),
            found=say("{n} values", n=len(manifest.withheld)),
            do=say("open fewer entries: of one incident, one time, one kind"),
        )
    return body
