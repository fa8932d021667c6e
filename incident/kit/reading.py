"""A kit as a record: what verifying asks of the live database, answered from the files of a kit.

Nothing is believed here; whoever reads holds it against hashes. Lines are given one after another, and a
kit's size alone says how many there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import msgspec
from msgspec import Struct

from incident.domain import checkpoint, clock, kit, note, tile
from incident.domain import playbook as playbooks
from incident.domain.errors import FormatError
from incident.domain.journal import canonical
from incident.domain.kit import Disclosed, Manifest
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.kit.container import Container
from incident.service.filing import MOST_BYTES
from incident.service.ports import Signed, Stored

_PLAYBOOK_BYTES: Final = 16 << 20
_SNAPSHOT_BYTES: Final = 64 << 20
#: Playbooks kept read.
_KEPT: Final = 64


class _Came(Struct):
    source: str
    id: str


class _Head(Struct):
    """What is looked at of an entry to find it by; whoever takes the entry reads it whole."""

    at: str
    playbook: str
    came: _Came | None = None


_heads = msgspec.json.Decoder(_Head)
_disclosed = msgspec.json.Decoder(Disclosed, strict=True)


class KitReading:
    """The record that a kit holds."""

    def __init__(self, container: Container) -> None:
        """Read the manifest. Raises `KitError`."""
        self.container = container
        try:
            self.manifest: Manifest = kit.parse_manifest(container.read(kit.MANIFEST, kit.MOST_MANIFEST))
        except FormatError as error:
            raise container.fault(kit.MANIFEST, error.expected, error.found) from error
        #: Playbook that the last entry names, once that was read.
        self.newest = ""
        self._read_playbook = lru_cache(maxsize=_KEPT)(self._playbook)

    @property
    def code(self) -> str:
        """Give whose record it is."""
        return self.manifest.jurisdiction

    def entries(self, _code: str, *, since: int = 0) -> Iterator[Stored]:
        """Give the entries from number `since` on, in order; each with the leaf that the tiles give it."""
        size = self.manifest.size
        lines = self.container.lines(kit.ENTRIES)
        for seq, leaf in enumerate(self._leaves(size)):
            body = next(lines, None)
            if body is None:
                raise self._other_size(seq)
            if seq >= since:
                yield self._stored(seq, body, leaf)
        if next(lines, None) is not None:
            raise self._other_size(size + 1)

    def _other_size(self, found: int) -> Exception:
        expected = say("{n} entries, as the manifest says", n=self.manifest.size)
        return self.container.fault(kit.ENTRIES, expected, say("{n} entries or more", n=found))

    def _stored(self, seq: int, body: bytes, leaf: bytes) -> Stored:
        if not body and seq >= self.manifest.bodies_from:
            expected = say("the bytes of entry {seq}", seq=seq)
            raise self.container.fault(kit.ENTRIES, expected, say("nothing"))
        try:
            head = _heads.decode(body)
            at = clock.read_stamp(head.at)
        except (ValueError, RecursionError):
            # whoever takes it says what is wrong with it
            return Stored(seq, body, leaf, 0, None)
        if seq + 1 == self.manifest.size:
            self.newest = head.playbook
        return Stored(seq, body, leaf, at, None if head.came is None else (head.came.source, head.came.id))

    def _leaves(self, size: int) -> Iterator[bytes]:
        for one in tile.tiles(size):
            if one.level:
                return
            path = tile.path(one)
            try:
                yield from tile.parse_tile(one, self.container.read(path, tile.FULL * 32))
            except FormatError as error:
                raise self.container.fault(path, error.expected, error.found) from error

    def disclosures(self, _code: str, *, since: int = 0) -> Iterator[tuple[int, str, str]]:
        """Give (entry, name, disclosure) of all that are opened, by entry and name, from `since` on."""
        last = (-1, "")
        for line in self.container.lines(kit.DISCLOSURES):
            try:
                one = _disclosed.decode(line)
                is_canonical = canonical(one) == line
            except (ValueError, RecursionError) as error:
                raise self._no_disclosure(str(error)) from error
            if not is_canonical or not last < (one.seq, one.name) or one.seq >= self.manifest.size:
                raise self._no_disclosure(line[:80].decode(errors="replace"))
            last = (one.seq, one.name)
            if one.seq >= since:
                yield one.seq, one.name, one.disclosure

    def _no_disclosure(self, found: Words) -> Exception:
        expected = say("disclosures in canonical form, by entry and name, each once")
        return self.container.fault(kit.DISCLOSURES, expected, found)

    def playbook(self, _code: str, digest: str, *, afresh: bool = False) -> Playbook:
        """Give a playbook, held against its hash. Raises `KitError`."""
        return self._playbook(digest) if afresh else self._read_playbook(digest)

    def _playbook(self, digest: str) -> Playbook:
        path = kit.playbook_path(digest)
        body = self._held(path, digest, _PLAYBOOK_BYTES)
        try:
            return playbooks.decode(body)
        except (ValueError, RecursionError) as error:
            raise self.container.fault(path, say("a playbook that this program reads"), str(error)) from error

    def attachment(self, _code: str, digest: str) -> bytes | None:
        """Give the bytes of an attachment, held against their hash; none when they are not there."""
        path = kit.attachment_path(digest)
        return self._held(path, digest, MOST_BYTES) if path in self.container.sizes else None

    def _held(self, path: str, digest: str, most: int) -> bytes:
        body = self.container.read(path, most)
        found = playbooks.digest(body)
        if found != digest:
            raise self.container.fault(path, say("the hash {hash}", hash=digest), found)
        return body

    def snapshot(self, _code: str, size: int) -> bytes | None:
        """Give the bytes of the snapshot of the first `size` entries; none where there is none."""
        path = kit.snapshot_path(size)
        return self.container.read(path, _SNAPSHOT_BYTES) if path in self.container.sizes else None

    def checkpoints(self, _code: str, *, since: int = 0) -> list[Signed]:
        """Give the checkpoints of `since` entries or more, by size; their signatures are not looked at."""
        paths = sorted(path for path in self.container.sizes if path.startswith("checkpoints/"))
        found = [self._checkpoint(path) for path in paths]
        return [one for one in found if one.size >= since]

    def _checkpoint(self, path: str) -> Signed:
        raw = self.container.read(path, note.MOST_BYTES)
        try:
            one = checkpoint.parse_checkpoint(note.parse_note(raw).text)
        except FormatError as error:
            raise self.container.fault(path, error.expected, error.found) from error
        if kit.checkpoint_path(one.size) != path:
            raise self.container.fault(
                path, say("the checkpoint that it is named after"), kit.checkpoint_path(one.size)
            )
        return Signed(one.size, one.at or 0, 0, raw.decode())
