"""Verifying an evidence kit: the record in it, by the code that verifies the live database, and the rest.

Levels, in this order; the first fault is raised as `KitError`, or `JournalError` where it is an entry's:

    container     nothing harmful in the file, each member belongs to the layout (`container.py`)
    files         each has the SHA-256 that the manifest says, none is missing and none too much
    …             those of a record (`service.verify_verdict.OF_RECORD`)
    tiles         tiles and bundles are what the entries give
    signatures    each checkpoint, the kit's and those from elsewhere, is signed by a trusted key
    consistency   each checkpoint's root is that of as many entries
    origin        each names the entry that opened the journal it speaks of
    filter        rerun over all entries: what is opened matches, what matches is opened or listed as withheld
    pages         timeline and ledgers are what this program writes of the record
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from msgspec import Struct

from incident import __version__
from incident.domain import checkpoint, journal, kit, note
from incident.domain.checkpoint import Checkpoint
from incident.domain.errors import FormatError, JournalError, KitError
from incident.domain.facts import JournalRecovered
from incident.domain.kit import Manifest
from incident.domain.note import PublicKey, Verify
from incident.domain.say import Words, say
from incident.kit.container import Container, opened
from incident.kit.cutting import Cutter
from incident.kit.pages import pages
from incident.kit.reading import KitReading
from incident.kit.tongues import Tongues
from incident.service.exhibit import DIGEST, Shown
from incident.service.opened import disclosed, read_entry, with_disclosures
from incident.service.outside import name_of_origin
from incident.service.verify_record import verify_record
from incident.service.verify_verdict import Level, Verified

_NO_KEY: Final = say("no public key was given")
_NO_CHECKPOINT: Final = say("no checkpoint is in the kit, and none was given")
_HASHES_ONLY: Final = say("only the hashes were checked")


class Given(Struct, frozen=True, kw_only=True):
    """What whoever verifies brings along."""

    #: Public keys that are trusted.
    keys: Sequence[PublicKey] = ()
    #: Checkpoints from elsewhere: where each comes from, and its bytes.
    checkpoints: Sequence[tuple[str, bytes]] = ()


class KitVerified(Struct, frozen=True, kw_only=True):
    """A kit that holds."""

    manifest: Manifest
    record: Verified
    #: Every level, by name, in order.
    levels: list[Level]
    #: SHA-256 in hex of the manifest.
    digest: str


class _Found(NamedTuple):
    """A checkpoint and where it was found."""

    place: str
    raw: bytes
    checkpoint: Checkpoint


def verify_kit(path: Path, given: Given, *, replay: bool, verify: Verify, tongues: Tongues) -> KitVerified:
    """Verify a kit. Raises `JournalError` at the first fault, and `RequestError` for what is no ZIP file.

    Without `replay` neither entries nor what follows from them is looked at. `verify` verifies a signature.
    """
    with opened(path) as container:
        return _Check(container, given, verify, tongues).run(replay=replay)


class _Check:
    """A kit that is being verified."""

    def __init__(self, container: Container, given: Given, verify: Verify, tongues: Tongues) -> None:
        self._container, self._given, self._verify, self._tongues = container, given, verify, tongues
        self._reading = KitReading(container)
        self._manifest = self._reading.manifest
        self._levels = [Level("container", held=True)]

    def run(self, *, replay: bool) -> KitVerified:
        """Go through the levels."""
        manifest, code = self._manifest, self._reading.code
        self._held("files", self._check_files)
        found = self._checkpoints()
        record = verify_record(
            self._reading,
            code,
            replay=replay,
            roots_at=[one.checkpoint.size for one in found],
            expected=(manifest.size, manifest.root),
        )
        self._levels += record.levels
        self._held("tiles", self._check_tiles)
        self._if(bool(found and self._given.keys), "signatures", lambda: self._check_signatures(found),
                 _NO_KEY if found else _NO_CHECKPOINT)  # fmt: skip
        self._if(bool(found), "consistency", lambda: self._check_roots(found, record), _NO_CHECKPOINT)
        self._held("origin", lambda: self._check_origins(found))
        self._if(replay, "filter", self._check_filter, _HASHES_ONLY)
        why = say("it was made by version {version}", version=manifest.program) if replay else _HASHES_ONLY
        self._if(replay and manifest.program == __version__, "pages", self._check_pages, why)
        raw = self._container.read(kit.MANIFEST, kit.MOST_MANIFEST)
        return KitVerified(
            manifest=manifest, record=record, levels=self._levels, digest=hashlib.sha256(raw).hexdigest()
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

    def _fault(self, path: str | None, expected: Words, found: Words) -> KitError:
        return self._container.fault(path, expected, found)

    # -- files

    def _check_files(self) -> None:
        said, there = self._manifest.files, {*self._container.sizes} - {kit.MANIFEST}
        for path in sorted({*said} ^ there):
            is_there = path in there
            expected = say("no file that the manifest does not name") if is_there else say("this file")
            raise self._fault(path, expected, say("it is there") if is_there else say("nothing"))
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

    def _checkpoints(self) -> list[_Found]:
        inside = [(kit.checkpoint_path(one.size), one.note.encode()) for one in self._reading.checkpoints("")]
        newest = None
        if kit.CHECKPOINT in self._container.sizes:
            newest = self._container.read(kit.CHECKPOINT, note.MOST_BYTES)
        if newest != (inside[-1][1] if inside else None):
            raise self._fault(
                kit.CHECKPOINT, say("the newest checkpoint of the kit"), say("another, or none")
            )
        return [self._parsed(place, raw) for place, raw in (*inside, *self._given.checkpoints)]

    def _parsed(self, place: str, raw: bytes) -> _Found:
        try:
            return _Found(place, raw, checkpoint.parse_checkpoint(note.parse_note(raw).text))
        except FormatError as error:
            raise self._fault(place, error.expected, error.found) from error

    def _check_signatures(self, found: Sequence[_Found]) -> None:
        for one in found:
            try:
                note.open_note(one.raw, self._given.keys, self._verify)
            except FormatError as error:
                raise self._fault(one.place, error.expected, error.found) from error

    def _check_roots(self, found: Sequence[_Found], record: Verified) -> None:
        for place, _raw, one in found:
            if one.size > record.entries:
                expected = say("{n} entries or more: a checkpoint covers them", n=one.size)
                raise self._fault(place, expected, say("{n} entries", n=record.entries))
            root = record.roots[one.size]
            if root != one.root.hex():
                expected = say("the root {root} of the first {n} entries", root=one.root.hex(), n=one.size)
                raise self._fault(place, expected, root)

    def _check_origins(self, found: Sequence[_Found]) -> None:
        openers = [*self._openers()]
        expected = openers[-1][1] if openers else ""
        if self._manifest.origin != expected:
            raise self._fault(
                kit.MANIFEST, say("the origin {origin}", origin=expected), self._manifest.origin
            )
        for place, _raw, one in found:
            origins = [origin for seq, origin in openers if seq < one.size]
            if origins and one.origin != origins[-1]:
                raise self._fault(place, say("the origin {origin}", origin=origins[-1]), one.origin)

    def _openers(self) -> Iterator[tuple[int, str]]:
        """Give the entries that opened a journal, with the origin of its checkpoints."""
        code = self._reading.code
        for stored in self._reading.entries(code):
            is_opener = stored.seq == 0 or (
                b'"JournalRecovered"' in stored.body
                and any(isinstance(one, JournalRecovered) for one in read_entry(code, stored).facts)
            )
            if is_opener:
                yield stored.seq, name_of_origin(code, stored.leaf)

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
        self._check_set("playbooks/", map(kit.playbook_path, playbooks))
        listed = {*self._manifest.withheld_attachments}
        self._check_set("attachments/", map(kit.attachment_path, attachments - listed))

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
            values = disclosed(entry, remaining)
            attachments |= {value for name, value in values.items() if name.startswith(DIGEST)}
            for name in sorted({*journal.sealed_parts(entry)} - {*remaining}):
                yield stored.seq, name

    def _check_set(self, folder: str, named: Iterable[str]) -> None:
        there = {path for path in self._container.sizes if path.startswith(folder)}
        for path in sorted({*named} ^ there):
            is_there = path in there
            expected = say("no file that nothing names") if is_there else say("this file")
            raise self._fault(path, expected, say("it is there") if is_there else say("nothing"))

    def _check_pages(self) -> None:
        reading = self._reading
        playbook = reading.playbook(reading.code, reading.newest)
        shown = Shown(filter=self._manifest.filter)
        for path, parts in pages(reading, reading.code, shown, playbook, self._tongues):
            sha = hashlib.sha256()
            for part in parts:
                sha.update(part)
            self._same(path, sha.hexdigest(), self._manifest.files.get(path, ""))
