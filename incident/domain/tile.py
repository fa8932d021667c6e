"""The journal's tree and entries cut into files that other people's tools read (C2SP tlog-tiles).

Format
------
* A hash tile holds up to 256 hashes of one level, 32 bytes each and nothing else. Tile `number` at tile level
  `level` holds the complete subtrees of 256**level entries from number * 256 on: at level 0 the leaves, at
  level 1 the hash of each full tile of level 0, and so on.
* An entry bundle holds up to 256 entries, those whose leaves stand in the tile of level 0 with its number:
  each is its length in two bytes, the high one first, and its bytes. So an entry of more than 65,535 bytes
  fits in no bundle; the leaf stands in its tile all the same.
* What holds fewer than 256 is partial: it is the last of its level, and its path says its width. Nothing
  empty is written.
* Path of a tile: `tile/<level>/<number>`, of a bundle: `tile/entries/<number>`; a partial one has
  `.p/<width>` after it. The number is written in groups of three digits, each but the last after an `x`.

Worked example: a tree of 70,000 entries is

    tile/0/000 to tile/0/272     full: 273 * 256 = 69,888 leaves
    tile/0/273.p/112             the other 112 leaves
    tile/1/000                   the hashes of tile/0/000 to 255, at level 8 of the tree
    tile/1/001.p/17              those of tile/0/256 to 272
    tile/2/000.p/1               that of tile/1/000, at level 16 of the tree
    tile/entries/000 to 273.p/112

and tile 1,234,067 of level 0 would be `tile/0/x001/x234/067`. A bundle of `ab` and an empty entry is
00 02 61 62 00 00.

`parse_path(path(one)) == one`, `parse_tile(tile, format_tile(hashes)) == hashes` and
`parse_bundle(bundle, format_bundle(entries)) == entries`; nothing else is read. What was read is not true
yet: hold it against a root.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from incident.domain.errors import FormatError
from incident.domain.say import Words, say
from incident.domain.tree import HASH_BYTES, Place

#: How many hashes or entries a full tile or bundle holds, and the levels of the tree that one of tiles spans.
FULL = 256
_LEVELS = 8
#: Longest entry that a bundle holds.
LONGEST = 0xFFFF
_LENGTH_BYTES = 2
_LAST_LEVEL = 63
#: Eighteen digits number more tiles than there are numbers for entries.
_PATH = re.compile(
    r"tile/(?P<level>entries|[0-9]{1,2})/(?P<number>(?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/(?P<width>[0-9]{1,3}))?"
)


class Tile(NamedTuple):
    """A file of hashes."""

    #: Level among tiles: that of its hashes in the tree is eight times as high.
    level: int
    #: Counted from 0 among those of its level.
    number: int
    #: How many hashes it holds, from 1 to 256.
    width: int


class Bundle(NamedTuple):
    """A file of entries."""

    #: Counted from 0; its first entry is 256 times as far.
    number: int
    #: How many entries it holds, from 1 to 256.
    width: int


class EntryTooLong(ValueError):
    """An entry is longer than a bundle can say."""

    def __init__(self, position: int, length: int) -> None:
        """Keep which one of those given it is, from 0, and its length in bytes."""
        super().__init__(position, length)
        self.position = position
        self.length = length


def tiles(size: int) -> Iterator[Tile]:
    """Give the hash tiles of a tree of `size` entries, level by level."""
    level = 0
    while size:
        for number, width in _cut(size):
            yield Tile(level, number, width)
        size //= FULL
        level += 1


def bundles(size: int) -> Iterator[Bundle]:
    """Give the entry bundles of a tree of `size` entries."""
    for number, width in _cut(size):
        yield Bundle(number, width)


def places(tile: Tile) -> list[Place]:
    """Give the complete subtrees whose hashes a tile holds."""
    first = tile.number * FULL
    return [Place(tile.level * _LEVELS, number) for number in range(first, first + tile.width)]


def path(one: Tile | Bundle) -> str:
    """Give the path of a tile or bundle, from the folder of the log."""
    kind = "entries" if isinstance(one, Bundle) else str(one.level)
    *high, low = (group.zfill(3) for group in f"{one.number:,}".split(","))
    partial = f".p/{one.width}" if one.width < FULL else ""
    return "/".join(["tile", kind, *(f"x{group}" for group in high), low]) + partial


def parse_path(text: str) -> Tile | Bundle:
    """Read a path. Raises `FormatError` for every text that `path` does not give."""
    match = _PATH.fullmatch(text)
    if match:
        number = int(re.sub("[x/]", "", match["number"]))
        width = int(match["width"] or FULL)
        kind = match["level"]
        one = Bundle(number, width) if kind == "entries" else Tile(int(kind), number, width)
        if width > 0 and (kind == "entries" or int(kind) <= _LAST_LEVEL) and path(one) == text:
            return one
    raise FormatError(
        expected=say("the path of a tile or bundle, such as `tile/0/x001/067.p/8`"), found=_shown(text)
    )


def format_tile(hashes: Sequence[bytes]) -> bytes:
    """Give the bytes of a tile that holds `hashes`."""
    return b"".join(hashes)


def parse_tile(tile: Tile, raw: bytes) -> list[bytes]:
    """Read the hashes of a tile. Raises `FormatError` unless it holds as many as its path says."""
    if len(raw) != tile.width * HASH_BYTES:
        hashes = say("{n} hashes of {bytes} bytes", n=tile.width, bytes=HASH_BYTES)
        raise FormatError(expected=hashes, found=say("{n} bytes", n=len(raw)))
    return [raw[start : start + HASH_BYTES] for start in range(0, len(raw), HASH_BYTES)]


def format_bundle(entries: Sequence[bytes]) -> bytes:
    """Give the bytes of a bundle that holds `entries`. Raises `EntryTooLong`."""
    parts: list[bytes] = []
    for position, entry in enumerate(entries):
        if len(entry) > LONGEST:
            raise EntryTooLong(position, len(entry))
        parts += [len(entry).to_bytes(_LENGTH_BYTES), entry]
    return b"".join(parts)


def parse_bundle(bundle: Bundle, raw: bytes) -> list[bytes]:
    """Read the entries of a bundle. Raises `FormatError` unless it holds as many as its path says."""
    entries: list[bytes] = []
    at = 0
    for _ in range(bundle.width):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(raw[at:start])
        if at > len(raw):
            raise _other_bundle(bundle, say("an end within entry {n} of them", n=len(entries) + 1))
        entries.append(raw[start:at])
    if at < len(raw):
        raise _other_bundle(bundle, say("{n} bytes after them", n=len(raw) - at))
    return entries


def _cut(size: int) -> Iterator[tuple[int, int]]:
    """Cut so many into full ones and what is left, as (number, width)."""
    full, rest = divmod(size, FULL)
    for number in range(full):
        yield number, FULL
    if rest:
        yield full, rest


def _other_bundle(bundle: Bundle, found: Words) -> FormatError:
    expected = say("{n} entries, each after its length in two bytes", n=bundle.width)
    return FormatError(expected=expected, found=found)


def _shown(text: str) -> str:
    """Give as much of a text as is needed to know it again."""
    most = 60
    return text if len(text) <= most else f"{text[:most]}…"
