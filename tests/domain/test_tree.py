"""The tree, against its recursive definition and the roots that others publish."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.domain import tree
from incident.domain.tree import Place
from tests.domain.certificates import CT_LEAVES, CT_ROOTS


def sha(raw: bytes) -> bytes:
    return hashlib.sha256(raw).digest()


def mth(leaves: list[bytes]) -> bytes:
    """MTH(D[n]) word for word after RFC 6962 section 2.1."""
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return sha(b"\x00" + leaves[0])
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha(b"\x01" + mth(leaves[:k]) + mth(leaves[k:]))


def root(leaves: list[bytes]) -> bytes:
    peaks: list[bytes] = []
    for size, leaf in enumerate(leaves):
        peaks = tree.append(size, peaks, tree.leaf_hash(leaf))
    return tree.root(peaks)


@pytest.mark.parametrize("size", range(9))
def test_root_is_that_of_certificate_transparency(size: int) -> None:
    assert root(CT_LEAVES[:size]).hex() == CT_ROOTS[size]


def test_root_by_compact_range_is_the_recursive_definition_for_every_size_to_200() -> None:
    leaves = [str(number).encode() for number in range(200)]
    peaks: list[bytes] = []
    for size in range(201):
        assert tree.root(peaks) == mth(leaves[:size])
        # as many peaks as the size has ones, so that little is stored
        assert len(peaks) == size.bit_count()
        if size < 200:
            peaks = tree.append(size, peaks, tree.leaf_hash(leaves[size]))


@given(st.lists(st.binary(max_size=40), max_size=40))
def test_root_is_the_recursive_definition_for_any_leaves(leaves: list[bytes]) -> None:
    assert root(leaves) == mth(leaves)


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=20), st.data())
def test_leaf_that_is_changed_dropped_or_moved_changes_the_root(
    leaves: list[bytes], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(leaves) - 1))
    changed = [*leaves[:at], leaves[at] + b"\x00", *leaves[at + 1 :]]
    moved = [*leaves[at:], *leaves[:at]]

    assert root(changed) != root(leaves)
    assert root(leaves[:at] + leaves[at + 1 :]) != root(leaves)
    assert (root(moved) == root(leaves)) == (moved == leaves)


def test_appending_leaves_the_peaks_it_was_given_as_they_are() -> None:
    peaks = tree.append(0, [], b"a" * 32)

    tree.append(1, peaks, b"b" * 32)

    assert peaks == [b"a" * 32]


def test_leaf_is_never_taken_for_a_node() -> None:
    left, right = sha(b"left"), sha(b"right")

    assert tree.node_hash(left, right) != tree.leaf_hash(left + right)


def test_entry_keeps_every_subtree_that_it_completes_and_no_other() -> None:
    leaves = [str(number).encode() for number in range(200)]
    peaks: list[bytes] = []
    for size in range(200):
        leaf = tree.leaf_hash(leaves[size])
        nodes = tree.completed(size, peaks, leaf)
        # those that end here: 2 entries, 4, 8, as long as they end at a whole number of them
        levels = [level for level in range(1, 9) if (size + 1) % 2**level == 0]
        assert nodes == [mth(leaves[size + 1 - 2**level : size + 1]) for level in levels]
        assert all(Place(level, (size + 1) // 2**level - 1).entry == size for level in (0, *levels))
        peaks = tree.grown(peaks, leaf, nodes)
    assert tree.root(peaks) == mth(leaves)


def test_root_of_any_earlier_size_is_read_from_the_subtrees_it_is_made_of() -> None:
    leaves = [str(number).encode() for number in range(200)]

    def read(places: Sequence[Place]) -> list[bytes]:
        return [mth(leaves[place.number << place.level : place.entry + 1]) for place in places]

    for size in range(201):
        places = tree.peaks_at(size)
        assert tree.root_at(size, read) == mth(leaves[:size])
        assert len(places) == size.bit_count()
        assert all(place.entry < size for place in places)
