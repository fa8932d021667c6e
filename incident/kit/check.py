"""Verifying an evidence kit: the record in it, by the code that verifies the live database, and the rest.

Levels, in this order; the first fault is raised as `KitError`, or `JournalError` where it is an entry's:

    container     nothing harmful in the file, each member belongs to the layout (`container.py`)
    files         each has the SHA-256 that the manifest says, none is missing and none too much
    …             those of a record (`service.verify_verdict.OF_RECORD`)
    tiles         tiles and bundles are what the entries give
    signatures    each checkpoint, the kit's, those from elsewhere and those for which an entry gives up what
                  is lost, is signed by a trusted key
    consistency   each checkpoint names an entry that opened the journal, and its root is that of as many
                  entries; one of the kit may be of an end that an entry gives up, one from elsewhere not
    origin        the manifest names the entry that opened the present journal
    filter        rerun over all entries: what is opened matches, what matches is opened or listed as withheld
    pages         timeline and ledgers are what this program writes of the record; where they are not, and the
                  kit says that another version made it, they are not checked, and that is said
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

from msgspec import Struct

from incident import __version__
from incident.domain import journal, kit
from incident.domain.checkpoint import Checkpoint, Line
from incident.domain.errors import FormatError, JournalError, KitError
from incident.domain.facts_record import JournalRecovered
from incident.domain.kit import Manifest
from incident.domain.note import MOST_BYTES, PublicKey, Verify, open_note
from incident.domain.say import Words, say
from incident.kit.container import Container, opened
from incident.kit.cutting import Cutter
from incident.kit.pages import pages
from incident.kit.reading import KitReading
from incident.kit.tongues import Tongues
from incident.service import outside
from incident.service.against import Given, is_of
from incident.service.exhibit import Shown, digests
from incident.service.opened import disclosed, read_entry, with_disclosures
from incident.service.outside import FOUND, Held, Here, Origin
from incident.service.ports import Stored
from incident.service.recovered import Loss, losses_in
from incident.service.signed import unopened
from incident.service.verify_record import verify_record
from incident.service.verify_verdict import Level, Verified

_NO_KEY: Final = say("no public key was given")
_NO_CHECKPOINT: Final = say("no checkpoint is in the kit, and none was given")
_HASHES_ONLY: Final = say("only the hashes were checked")


class KitVerified(Struct, frozen=True, kw_only=True):
    """A kit that holds."""

    manifest: Manifest
    record: Verified
    #: Every level, by name, in order.
    levels: list[Level]
    #: SHA-256 in hex of the manifest.
    digest: str
    #: Another version of the program, which the kit says made its pages: they are not what this one writes.
    strange_pages: str | None = None
    #: What the record says was lost, and given up.
    losses: list[Loss] = []


class _Kept(NamedTuple):
    """A checkpoint of the kit, and its bytes."""

    place: str
    raw: bytes
    checkpoint: Checkpoint


class _Openers:
    """The entries of a kit that opened a journal: the first, and each that goes on after a loss."""

    def __init__(self, reading: KitReading) -> None:
        """Gather them. Raises `JournalError`."""
        self._found = {
            one.seq: one
            for one in reading.entries(reading.code)
            if one.seq == 0 or (b'"JournalRecovered"' in one.body and _is_opener(reading.code, one))
        }

    @property
    def newest(self) -> int:
        """Give the number of the newest."""
        return max(self._found, default=0)

    def entries(self, _code: str, *, since: int = 0) -> Iterator[Stored]:
        """Give those from number `since` on."""
        return (one for seq, one in self._found.items() if seq >= since)

    def subtrees(self, code: str, places: Sequence[tuple[int, int]]) -> list[bytes]:
        """Give their leaves. Raises `JournalError` for an entry that opened none."""
        found = [self._found.get(seq) for _leaf, seq in places]
        if None in found:
            raise outside.leads_nowhere(code, max(seq for _leaf, seq in places))
        return [one.leaf for one in found if one is not None]


def _is_opener(code: str, stored: Stored) -> bool:
    return any(isinstance(fact, JournalRecovered) for fact in read_entry(code, stored).facts)


def verify_kit(
    path: Path,
    brought: Sequence[Given],
    keys: Sequence[PublicKey],
    *,
    replay: bool,
    verify: Verify,
    tongues: Tongues,
) -> KitVerified:
    """Verify a kit. Raises `JournalError` at the first fault, and `RequestError` for what is no ZIP file.

    `brought` are checkpoints from elsewhere, whose signatures were looked at, and `keys` are trusted. Without
    `replay` neither entries nor what follows from them is looked at. `verify` verifies a signature.
    """
    with opened(path) as container:
        return _Check(container, brought, keys, verify, tongues).run(replay=replay)


class _Check:
    """A kit that is being verified."""

    def __init__(
        self,
        container: Container,
        brought: Sequence[Given],
        keys: Sequence[PublicKey],
        verify: Verify,
        tongues: Tongues,
    ) -> None:
        self._container, self._verify, self._tongues = container, verify, tongues
        self._brought, self._keys = brought, keys
        self._reading = KitReading(container)
        self._manifest = self._reading.manifest
        self._levels = [Level("container", held=True)]

    def run(self, *, replay: bool) -> KitVerified:
        """Go through the levels."""
        manifest, code = self._manifest, self._reading.code
        self._held("files", self._check_files)
        kept = self._kept()
        sizes = {one.checkpoint.size for one in kept} | {one.size for one in self._brought}
        root = (manifest.size, manifest.root)
        record = verify_record(self._reading, code, replay=replay, roots_at=sizes, expected=root)
        self._levels += record.levels
        self._held("tiles", self._check_tiles)
        why = _NO_KEY if kept else _NO_CHECKPOINT
        self._if(bool(kept and self._keys), "signatures", lambda: self._check_signatures(kept), why)
        self._if(bool(sizes), "consistency", lambda: self._check_roots(kept, record), _NO_CHECKPOINT)
        self._held("origin", self._check_origin)
        self._if(replay, "filter", self._check_filter, _HASHES_ONLY)
        strange = None
        if replay:
            strange = self._strange_pages()
        else:
            self._levels.append(Level("pages", held=False, why=_HASHES_ONLY))
        raw = self._container.read(kit.MANIFEST, kit.MOST_MANIFEST)
        return KitVerified(
            manifest=manifest,
            record=record,
            levels=self._levels,
            digest=hashlib.sha256(raw).hexdigest(),
            strange_pages=strange,
            losses=losses_in(self._reading, code, self._origins),
        )

    def _held(self, level: str, check: Callable[[], None]) -> None:
        try:
            check()
        except JournalError as error:
            error.level = error.level or level
            raise
        self._levels.append(Level(level, held=True))

    def _if(self, can_be: bool, level: str, check: Callable[[], None], why: Words) -> None:  # noqa: FBT001 - read aloud: if this can be
        if can_be:
            self._held(level, check)
        else:
            self._levels.append(Level(level, held=False, why=why))

    def _fault(self, path: Words, expected: Words, found: Words) -> KitError:
        return self._container.fault(path, expected, found)

    # -- files

    def _check_files(self) -> None:
        said, there = self._manifest.files, {*self._container.sizes} - {kit.MANIFEST}
        self._check_set(there, said, say("no file that the manifest does not name"))
        for path, digest in said.items():
            sha = hashlib.sha256()
            for block in self._container.blocks(path):
                sha.update(block)
            self._same(path, digest, sha.hexdigest())

    def _same(self, path: str, expected: str, found: str) -> None:
        if found != expected:
            raise self._fault(path, say("the SHA-256 {hash}", hash=expected), found)

    def _check_tiles(self) -> None:
        rest = {path for path in self._container.sizes if path.startswith("tile/")}
        left_out: list[int] = []
        for cut in Cutter().cut(self._reading.entries(self._reading.code)):
            if cut.body is None:
                left_out.append(cut.number)
            elif cut.path not in rest:
                raise self._fault(cut.path, say("this file"), say("nothing"))
            elif self._container.read(cut.path, len(cut.body)) != cut.body:
                raise self._fault(cut.path, say("what the entries give"), say("other bytes"))
            rest.discard(cut.path)
        if rest:
            raise self._fault(min(rest), say("no file that is not of this tree"), say("it is there"))
        if left_out != self._manifest.bundles_left_out:
            expected = say("the bundles that cannot be: {numbers}", numbers=[*left_out])
            raise self._fault(kit.MANIFEST, expected, [*self._manifest.bundles_left_out])

    # -- checkpoints

    def _kept(self) -> list[_Kept]:
        """Read the checkpoints of the kit."""
        found = [
            _Kept(kit.checkpoint_path(one.size), one.note.encode(), unopened(one.note))
            for one in self._reading.checkpoints(self._reading.code)
        ]
        newest = None
        if kit.CHECKPOINT in self._container.sizes:
            newest = self._container.read(kit.CHECKPOINT, MOST_BYTES)
        if newest != (found[-1].raw if found else None):
            raise self._fault(
                kit.CHECKPOINT, say("the newest checkpoint of the kit"), say("another, or none")
            )
        return found

    def _check_signatures(self, kept: Sequence[_Kept]) -> None:
        for one in kept:
            try:
                open_note(one.raw, self._keys, self._verify)
            except FormatError as error:
                raise self._fault(one.place, error.expected, error.found) from error
        for claim in (claim for origin in self._origins for claim in origin.claims):
            try:
                self._read(claim.note)
            except FormatError as error:
                raise JournalError(
                    jurisdiction=self._reading.code,
                    seq=claim.seq,
                    expected=error.expected,
                    found=error.found,
                ) from error

    def _check_roots(self, kept: Sequence[_Kept], record: Verified) -> None:
        """Hold each checkpoint, and each line that people pass on, against the record.

        Of those in the kit some may be of an end that the record gives up; of those from elsewhere none
        answers for what is here unless it holds.
        """
        here = self._here(record)
        for one in kept:
            found = outside.held(here, one.checkpoint, self._read)
            if found.verdict not in ("holds", "lost"):
                raise self._does_not_hold(one.place, one.checkpoint, found)
        for place, said in self._brought_said():
            found = outside.held(here, said, self._read)
            if found.verdict != "holds":
                raise self._does_not_hold(place, said, found)

    def _here(self, record: Verified) -> Here:
        return Here(record.entries, self._origins, lambda size: bytes.fromhex(record.roots[size]))

    @cached_property
    def _origins(self) -> list[Origin]:
        if not self._manifest.size:
            return []
        openers = _Openers(self._reading)
        return [*outside.chain(openers, self._reading.code, openers.newest)]

    def _read(self, note: str) -> Checkpoint:
        """Read the note for which an entry gives something up. Raises `FormatError`."""
        return outside.read_note(note, self._keys, self._verify)

    def _does_not_hold(self, place: Words, said: Checkpoint | Line, found: Held) -> KitError:
        root = said.root if isinstance(said, Checkpoint) else said.head
        what: Words = FOUND[found.verdict]
        if found.claim is not None:
            what = say("{found} (entry {seq})", found=what, seq=found.claim.seq)
        return self._fault(place, say("{n} entries or more, root {root}", n=said.size, root=root.hex()), what)

    def _brought_said(self) -> Iterator[tuple[Words, Checkpoint | Line]]:
        for one in self._brought:
            if not is_of(self._reading.code, one):
                found = one.said.origin if isinstance(one.said, Checkpoint) else one.said.code
                raise self._fault(one.where, say("a checkpoint of {code}", code=self._reading.code), found)
            yield one.where, one.said

    def _check_origin(self) -> None:
        expected = self._origins[0].name if self._manifest.size else ""
        if self._manifest.origin != expected:
            raise self._fault(
                kit.MANIFEST, say("the origin {origin}", origin=expected), self._manifest.origin
            )

    # -- what is opened

    def _check_filter(self) -> None:
        withheld = iter(self._manifest.withheld)
        playbooks: set[str] = set()
        attachments: set[str] = set()
        for seq, name in self._missing(playbooks, attachments):
            if next(withheld, None) != (seq, name):
                place = say(
                    "a value that is opened, or listed as withheld: entry {seq}, {name}", seq=seq, name=name
                )
                raise self._fault(kit.DISCLOSURES, place, say("neither"))
        extra = next(withheld, None)
        if extra is not None:
            expected = say("nothing listed as withheld that is opened, or not there")
            raise self._fault(kit.MANIFEST, expected, say("entry {seq}, {name}", seq=extra[0], name=extra[1]))
        self._check_folder("playbooks/", map(kit.playbook_path, playbooks))
        snapshot = self._manifest.bodies_from
        self._check_folder("snapshots/", [kit.snapshot_path(snapshot)] if snapshot else [])
        listed = {*self._manifest.withheld_attachments}
        self._check_folder("attachments/", map(kit.attachment_path, attachments - listed))

    def _missing(self, playbooks: set[str], attachments: set[str]) -> Iterator[tuple[int, str]]:
        """Give each sealed value of an entry that matches which is not opened; gather what entries name."""
        code, asked = self._reading.code, self._manifest.filter
        for stored, remaining in with_disclosures(self._reading, code):
            entry = read_entry(code, stored) if stored.body else None
            if entry is not None:
                playbooks.add(entry.playbook)
            if entry is None or not asked.matches(entry):
                if remaining:
                    expected = say("nothing opened of entry {seq}: it does not match", seq=stored.seq)
                    raise self._fault(kit.DISCLOSURES, expected, [*remaining])
                continue
            attachments.update(digests(disclosed(entry, remaining)))
            for name in sorted({*journal.sealed_parts(entry)} - {*remaining}):
                yield stored.seq, name

    def _check_folder(self, folder: str, named: Iterable[str]) -> None:
        there = {path for path in self._container.sizes if path.startswith(folder)}
        self._check_set(there, named, say("no file that nothing names"))

    def _check_set(self, there: set[str], named: Iterable[str], none_else: Words) -> None:
        """Refuse the first path that is there and not named, or named and not there."""
        path = min({*named} ^ there, default=None)
        if path in there:
            raise self._fault(path, none_else, say("it is there"))
        if path is not None:
            raise self._fault(path, say("this file"), say("nothing"))

    def _strange_pages(self) -> str | None:
        """Hold the pages against the record; gives the version by which they differ, if it is another one.

        Whoever forges a page can write any version into the kit: other pages prove nothing.
        """
        try:
            self._held("pages", self._check_pages)
        except JournalError:
            version = self._manifest.program
            if version == __version__:
                raise
            why = say(
                "made by program {version}; do not rely on the timeline and the ledgers", version=version
            )
            self._levels.append(Level("pages", held=False, why=why))
            return version
        return None

    def _check_pages(self) -> None:
        reading = self._reading
        playbook = reading.playbook(reading.code, reading.newest)
        shown = Shown(filter=self._manifest.filter)
        for path, parts in pages(reading, reading.code, shown, playbook, self._tongues):
            sha = hashlib.sha256()
            for part in parts:
                sha.update(part)
            self._same(path, sha.hexdigest(), self._manifest.files.get(path, ""))
