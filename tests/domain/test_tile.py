"""Tiles and bundles, against the words and examples of C2SP tlog-tiles."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.domain import tile, tree
from incident.domain.errors import FormatError
from incident.domain.tile import Bundle, EntryTooLong, Tile
from incident.domain.tree import Place
from tests.mangling import mangled

WIDTHS = st.integers(1, 256)
NUMBERS = st.integers(0, 10**18 - 1)
PATHED = st.builds(Tile, st.integers(0, 63), NUMBERS, WIDTHS) | st.builds(Bundle, NUMBERS, WIDTHS)

PATHS: dict[str, Tile | Bundle] = {
    "tile/0/000": Tile(0, 0, 256),
    "tile/0/x001/x234/067": Tile(0, 1_234_067, 256),
    "tile/0/x001/067.p/8": Tile(0, 1067, 8),
    "tile/1/x001/000": Tile(1, 1000, 256),
    "tile/3/999.p/255": Tile(3, 999, 255),
    "tile/63/x999/x999/x999/x999/x999/999.p/1": Tile(63, 10**18 - 1, 1),
    "tile/entries/273.p/112": Bundle(273, 112),
    "tile/entries/x001/x234/067": Bundle(1_234_067, 256),
}
NOT_PATHS = [
    "",
    "tile",
    "/tile/0/000",
    "tile/0/000/",
    "tile/0/000\n",
    "tile/0/0",
    "tile/0/1000",
    "tile/0/001/000",
    "tile/0/x000/001",  # zeros that nobody needs
    "tile/0/x000",
    "tile/0/x001",
    "tile/0/X001/000",
    "tile/00/000",
    "tile/01/000",
    "tile/64/000",
    "tile/-1/000",
    "tile/data/000",  # that of Go's checksum database
    "tile/Entries/000",
    "tile/0/000.p/0",
    "tile/0/000.p/08",
    "tile/0/000.p/256",  # that would be a full one
    "tile/0/000.p/300",
    "tile/0/000.p/",
    "tile/0/000.p",
    "tile/0/000.p/8/",
    "tile/0/-01",
    "tile/0/+01",
    "tile/0/ 01",
    "tile/0/١٢٣",  # digits, of another script
    "tile/0/" + "x001/" * 6 + "000",
    "tile/0/" + "x001/" * 100_000 + "000",
    "tile/../tile/0/000",
    "tile/0/../000",
]


@pytest.mark.parametrize("text", PATHS)
def test_path_is_written_as_the_specification_says(text: str) -> None:
    assert tile.path(PATHS[text]) == text
    assert tile.parse_path(text) == PATHS[text]


@pytest.mark.parametrize("text", NOT_PATHS, ids=lambda text: text[:24])
def test_text_that_is_no_path_is_refused_and_shown(text: str) -> None:
    with pytest.raises(FormatError) as caught:
        tile.parse_path(text)

    assert str(caught.value.found).startswith(text[:60])
    assert len(str(caught.value)) < 160


@given(PATHED)
def test_path_reads_back(one: Tile | Bundle) -> None:
    read = tile.parse_path(tile.path(one))

    assert read == one
    assert type(read) is type(one)


@pytest.mark.parametrize("text", ["tile/0/x001/067.p/8", "tile/entries/x012/345", "tile/12/000.p/255"])
def test_every_mangled_path_is_refused_or_is_that_of_another(text: str) -> None:
    meant = tile.parse_path(text)
    for raw in mangled(text.encode(), to=range(256)):
        try:
            other = tile.parse_path(raw.decode("latin-1"))
        except FormatError:
            continue
        assert other != meant
        assert tile.path(other).encode() == raw


def test_tree_of_70000_entries_has_the_tiles_that_the_specification_counts() -> None:
    full = [Tile(0, number, 256) for number in range(273)]

    assert list(tile.tiles(70_000)) == [
        *full,
        Tile(0, 273, 112),
        Tile(1, 0, 256),
        Tile(1, 1, 17),
        Tile(2, 0, 1),
    ]
    assert list(tile.bundles(70_000)) == [*(Bundle(number, 256) for number in range(273)), Bundle(273, 112)]


def test_no_empty_tile_is_written() -> None:
    assert list(tile.tiles(0)) == []
    assert list(tile.bundles(0)) == []
    assert list(tile.tiles(1)) == [Tile(0, 0, 1)]
    assert list(tile.tiles(256)) == [Tile(0, 0, 256), Tile(1, 0, 1)]
    assert list(tile.bundles(256)) == [Bundle(0, 256)]


@given(st.integers(0, 2**20))
def test_tiles_of_a_tree_hold_each_complete_subtree_of_their_levels_once(size: int) -> None:
    all_tiles = list(tile.tiles(size))

    assert len(set(all_tiles)) == len(all_tiles)
    for level in range(4):
        # "The partial tile at level l for a tree of size s has floor(s / 256**l) mod 256 entries"
        widths = [one.width for one in all_tiles if one.level == level]
        assert sum(widths) == size // 256**level
        assert all(width == 256 for width in widths[:-1])
        assert sum(width for width in widths if width < 256) == size // 256**level % 256


def test_hash_of_a_tile_is_that_of_the_entries_below_it() -> None:
    for one in (Tile(0, 3, 5), Tile(1, 2, 256), Tile(2, 0, 1)):
        # "MTH(D[(n * 256 + i) * 256**l : (n * 256 + i + 1) * 256**l])"
        spans = [
            ((one.number * 256 + i) * 256**one.level, (one.number * 256 + i + 1) * 256**one.level)
            for i in range(one.width)
        ]
        places = tile.places(one)

        assert [(place.number * 2**place.level, place.entry + 1) for place in places] == spans


def test_whoever_has_the_tiles_alone_can_prove_every_entry_and_all_growth() -> None:
    size = 600
    entries = [str(number).encode() for number in range(size)]
    kept: dict[Place, bytes] = {}
    peaks: list[bytes] = []
    roots = [tree.EMPTY_ROOT]
    for number, entry in enumerate(entries):
        leaf = tree.leaf_hash(entry)
        nodes = tree.completed(number, peaks, leaf)
        for level, one in enumerate([leaf, *nodes]):
            kept[Place(level, number >> level)] = one
        peaks = tree.grown(peaks, leaf, nodes)
        roots.append(tree.root(peaks))
    files = {
        tile.path(one): tile.format_tile([kept[place] for place in tile.places(one)])
        for one in tile.tiles(size)
    }

    def hash_of(place: Place) -> bytes:
        """Hash upwards from the tile of the level at or below, as a client does."""
        level, above = divmod(place.level, 8)
        first, count = place.number << above, 1 << above
        one = next(
            tile.parse_path(path)
            for path in files
            if path.startswith(f"tile/{level}/{first // 256:03}")  # fewer than 1,000 tiles
        )
        assert isinstance(one, Tile)
        hashes = tile.parse_tile(one, files[tile.path(one)])[first % 256 :][:count]
        while len(hashes) > 1:
            hashes = [tree.node_hash(*hashes[at : at + 2]) for at in range(0, len(hashes), 2)]
        return hashes[0]

    def read(places: Sequence[Place]) -> list[bytes]:
        return [hash_of(place) for place in places]

    assert tree.root_at(size, read) == roots[size]
    for n in range(0, size, 7):
        assert tree.root_at(n, read) == roots[n]
        leaf = tree.leaf_hash(entries[n])
        proof = tree.prove_inclusion(size, n, read)
        tree.check_inclusion(size, n, leaf=leaf, proof=proof, root=roots[size])
        proof = tree.prove_consistency(n, size, read)
        tree.check_consistency(n, size, old_root=roots[n], new_root=roots[size], proof=proof)


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=256))
def test_tile_reads_back(hashes: list[bytes]) -> None:
    one = Tile(0, 0, len(hashes))
    raw = tile.format_tile(hashes)

    assert tile.parse_tile(one, raw) == hashes
    assert len(raw) == 32 * one.width


@pytest.mark.parametrize("raw", [b"", bytes(63), bytes(65), bytes(32), bytes(96)])
def test_tile_of_another_length_than_its_path_says_is_refused(raw: bytes) -> None:
    with pytest.raises(FormatError, match=f"expected 2 hashes of 32 bytes; found {len(raw)} bytes"):
        tile.parse_tile(Tile(0, 0, 2), raw)


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_bundle_reads_back(entries: list[bytes]) -> None:
    assert tile.parse_bundle(Bundle(0, len(entries)), tile.format_bundle(entries)) == entries


def test_bundle_is_lengths_and_bytes() -> None:
    assert tile.format_bundle([b"ab", b""]) == bytes.fromhex("0002 6162 0000")
    assert tile.format_bundle([b"a" * 0x102])[:3] == b"\x01\x02a"


def test_longest_entry_fits_and_one_byte_more_does_not() -> None:
    longest = b"a" * 65_535

    assert tile.parse_bundle(Bundle(0, 2), tile.format_bundle([b"", longest])) == [b"", longest]
    with pytest.raises(EntryTooLong) as caught:
        tile.format_bundle([b"", longest + b"a"])
    assert (caught.value.position, caught.value.length) == (1, 65_536)


def test_every_mangled_bundle_is_refused_or_holds_other_entries() -> None:
    bundle, entries = Bundle(0, 3), [b'{"seq":0}', b"", b'{"seq":2,"v":1}']
    refused = 0
    for raw in mangled(tile.format_bundle(entries), to=range(256)):
        try:
            others = tile.parse_bundle(bundle, raw)
        except FormatError:
            refused += 1
            continue
        assert tile.format_bundle(others) == raw
        assert [*map(tree.leaf_hash, others)] != [*map(tree.leaf_hash, entries)]
    assert refused > 1000


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"", "an end within entry 1 of them"),
        (b"\x00", "an end within entry 1 of them"),
        (b"\x00\x02a", "an end within entry 1 of them"),
        (b"\x00\x01a", "an end within entry 2 of them"),
        (b"\x00\x01a\x00", "an end within entry 2 of them"),
        (b"\x00\x01a\x00\x00abc", "3 bytes after them"),
    ],
)
def test_bundle_of_another_number_of_entries_says_where_it_fails(raw: bytes, found: str) -> None:
    with pytest.raises(
        FormatError, match=f"expected 2 entries, each after its length in two bytes; found {found}"
    ):
        tile.parse_bundle(Bundle(0, 2), raw)
