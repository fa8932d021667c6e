"""The tree and the entries of a record cut into tiles and bundles, as the leaves come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from incident.domain import tile, tree
from incident.domain.tile import FULL, Bundle, Tile
from incident.service.ports import Stored


class Cut(NamedTuple):
    """A file of the tree or of entries; without bytes a bundle that cannot be."""

    number: int
    path: str
    body: bytes | None


class Cutter:
    """Cuts a tree of entries; holds one tile of each level and one bundle."""

    def __init__(self) -> None:
        """Begin before the first entry."""
        self._levels: list[list[bytes]] = []
        self._full: list[int] = []
        self._bodies: list[bytes] = []

    def cut(self, entries: Iterable[Stored]) -> Iterator[Cut]:
        """Give every tile and bundle of some entries, those that are partial last."""
        for stored in entries:
            self._bodies.append(stored.body)
            yield from self._take(0, stored.leaf)
            if len(self._bodies) == FULL:
                yield self._bundle(self._full[0] - 1)
        for level, hashes in enumerate(self._levels):
            if hashes:
                yield self._tile(level, hashes)
        if self._bodies:
            yield self._bundle(self._full[0])

    def _take(self, level: int, hash_: bytes) -> Iterator[Cut]:
        if level == len(self._levels):
            self._levels.append([])
            self._full.append(0)
        hashes = self._levels[level]
        hashes.append(hash_)
        if len(hashes) < FULL:
            return
        yield self._tile(level, hashes)
        self._levels[level] = []
        self._full[level] += 1
        yield from self._take(level + 1, root_of(hashes))

    def _tile(self, level: int, hashes: list[bytes]) -> Cut:
        number = self._full[level]
        return Cut(number, tile.path(Tile(level, number, len(hashes))), tile.format_tile(hashes))

    def _bundle(self, number: int) -> Cut:
        bodies, self._bodies = self._bodies, []
        path = tile.path(Bundle(number, len(bodies)))
        if not all(bodies):  # dropped by retention
            return Cut(number, path, None)
        try:
            return Cut(number, path, tile.format_bundle(bodies))
        except tile.EntryTooLong:
            return Cut(number, path, None)


def root_of(hashes: list[bytes]) -> bytes:
    """Give the root of a full tile: of 256 hashes."""
    while len(hashes) > 1:
        hashes = [tree.node_hash(*pair) for pair in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]
