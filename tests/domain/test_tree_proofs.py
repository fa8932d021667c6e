"""Proofs of the tree, against the definitions of RFC 9162 section 2.1 and the proofs that others publish."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident.domain import tree
from incident.domain.errors import ProofError
from incident.domain.tree import Place
from tests.domain.certificates import CT_CONSISTENCY, CT_INCLUSION, CT_LEAVES, CT_ROOTS

MOST = 200
ENTRIES = [str(number).encode() for number in range(MOST)]


def sha(raw: bytes) -> bytes:
    return hashlib.sha256(raw).digest()


# The definitions, word for word. D[start:end] is written (start, end).


def split(n: int) -> int:
    """Give the largest power of two smaller than n."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


@lru_cache(None)
def mth(start: int, end: int) -> bytes:
    if start == end:
        return sha(b"")
    if end - start == 1:
        return sha(b"\x00" + ENTRIES[start])
    k = split(end - start)
    return sha(b"\x01" + mth(start, start + k) + mth(start + k, end))


def path(m: int, start: int, end: int) -> list[bytes]:
    """PATH(m, D[start:end]) of section 2.1.3.1."""
    if end - start == 1:
        return []
    k = split(end - start)
    if m < k:
        return [*path(m, start, start + k), mth(start + k, end)]
    return [*path(m - k, start + k, end), mth(start, start + k)]


def subproof(m: int, start: int, end: int, *, b: bool) -> list[bytes]:
    """SUBPROOF(m, D[start:end], b) of section 2.1.4.1."""
    if m == end - start:
        return [] if b else [mth(start, end)]
    k = split(end - start)
    if m <= k:
        return [*subproof(m, start, start + k, b=b), mth(start + k, end)]
    return [*subproof(m - k, start + k, end, b=False), mth(start, start + k)]


def includes(size: int, n: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Section 2.1.3.2, step by step."""
    if n >= size:
        return False
    fn, sn, r = n, size - 1, leaf
    for p in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = sha(b"\x01" + p + r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sha(b"\x01" + r + p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == root


def follows(first: int, second: int, roots: tuple[bytes, bytes], proof: Sequence[bytes]) -> bool:
    """Section 2.1.4.2, step by step, for 0 < first < second."""
    path = [roots[0], *proof] if first.bit_count() == 1 else list(proof)
    if not proof:
        return False
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = sha(b"\x01" + c + fr), sha(b"\x01" + c + sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = sha(b"\x01" + sr + c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and (fr, sr) == roots


# What a store would read.


class Kept:
    """The hashes of complete subtrees, each kept with the entry that completes it."""

    def __init__(self) -> None:
        self.read_places: list[Place] = []

    def __call__(self, places: Sequence[Place]) -> list[bytes]:
        self.read_places = list(places)
        return [mth(place.number << place.level, place.entry + 1) for place in places]


def holds(check: Callable[[], None]) -> bool:
    try:
        check()
    except ProofError:
        return False
    return True


def included(size: int, n: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    return holds(lambda: tree.check_inclusion(size, n, leaf=leaf, proof=proof, root=root))


def consistent(old: int, new: int, roots: tuple[bytes, bytes], proof: Sequence[bytes]) -> bool:
    before, after = roots
    return holds(lambda: tree.check_consistency(old, new, old_root=before, new_root=after, proof=proof))


def flipped(one: bytes, bit: int) -> bytes:
    return (int.from_bytes(one) ^ (1 << bit % 256)).to_bytes(32)


def mangled(proof: list[bytes]) -> Iterator[list[bytes]]:
    """Give a proof with each of its hashes changed."""
    for at, one in enumerate(proof):
        yield [*proof[:at], flipped(one, at * 37 + len(proof)), *proof[at + 1 :]]


def moved(proof: list[bytes]) -> Iterator[list[bytes]]:
    """Give a proof with one hash more, with one fewer, and in another order."""
    yield [*proof, sha(b"more")]
    if proof:
        yield proof[:-1]
        yield proof[1:]
        yield [proof[0], *proof]
    for at in range(1, len(proof)):
        yield [*proof[: at - 1], proof[at], proof[at - 1], *proof[at + 1 :]]


def test_every_entry_of_every_tree_to_200_is_proven_as_the_rfc_defines_from_few_rows() -> None:
    read = Kept()
    for size in range(1, MOST + 1):
        for n in range(size):
            proof = tree.prove_inclusion(size, n, read)

            assert proof == path(n, 0, size)
            rows = [place.entry for place in read.read_places]
            assert len(set(rows)) == len(rows) <= 2 * (size - 1).bit_length()
            assert all(row < size for row in rows)
            assert includes(size, n, mth(n, n + 1), proof, mth(0, size))


def test_inclusion_holds_for_its_hashes_alone_in_every_tree_to_200() -> None:
    for size in range(1, MOST + 1):
        root = mth(0, size)
        for n in range(size):
            leaf, proof = mth(n, n + 1), path(n, 0, size)

            assert included(size, n, leaf, proof, root)
            assert not any(included(size, n, leaf, other, root) for other in mangled(proof))
            assert not included(size, n, flipped(leaf, n), proof, root)
            assert not included(size, n, leaf, proof, flipped(root, n))


def test_inclusion_holds_for_its_entry_and_the_order_of_its_hashes_alone() -> None:
    for size in range(1, 40):
        root = mth(0, size)
        for n in range(size):
            leaf, proof = mth(n, n + 1), path(n, 0, size)

            assert not any(included(size, n, leaf, other, root) for other in moved(proof))
            assert [m for m in range(-1, size + 1) if included(size, m, leaf, proof, root)] == [n]


def test_growth_between_all_trees_to_200_is_proven_as_the_rfc_defines_from_few_rows() -> None:
    read = Kept()
    for new in range(MOST + 1):
        for old in range(new + 1):
            proof = tree.prove_consistency(old, new, read)

            assert proof == ([] if old == 0 else subproof(old, 0, new, b=True))
            rows = [place.entry for place in read.read_places]
            assert len(set(rows)) == len(rows) <= 2 * new.bit_length()
            assert all(row < new for row in rows)
            assert not 0 < old < new or follows(old, new, (mth(0, old), mth(0, new)), proof)


def test_consistency_holds_for_its_hashes_alone_between_all_trees_to_200() -> None:
    for new in range(1, MOST + 1):
        for old in range(1, new + 1):
            before, after = mth(0, old), mth(0, new)
            proof = subproof(old, 0, new, b=True)

            assert consistent(old, new, (before, after), proof)
            assert not any(consistent(old, new, (before, after), other) for other in mangled(proof))
            assert not consistent(old, new, (flipped(before, new), after), proof)
            assert not consistent(old, new, (before, flipped(after, old)), proof)


def test_consistency_holds_for_its_trees_and_the_order_of_its_hashes_alone() -> None:
    for new in range(1, 40):
        for old in range(1, new):
            roots = mth(0, old), mth(0, new)
            proof = subproof(old, 0, new, b=True)

            assert not any(consistent(old, new, roots, other) for other in moved(proof))
            assert not consistent(old, new, roots[::-1], proof)
            assert not consistent(new, old, roots[::-1], proof)


HASHES = st.sampled_from([mth(n, n + 1) for n in range(3)] + [mth(0, n) for n in range(6)] + [mth(2, 4)])


@settings(max_examples=300)
@given(st.integers(1, 9), st.integers(0, 9), HASHES, st.lists(HASHES, max_size=5), HASHES)
def test_inclusion_is_judged_as_by_the_rfc_whatever_the_proof(
    size: int, n: int, leaf: bytes, proof: list[bytes], root: bytes
) -> None:
    assert included(size, n, leaf, proof, root) == includes(size, n, leaf, proof, root)


@settings(max_examples=300)
@given(st.integers(1, 8), st.integers(1, 4), HASHES, HASHES, st.lists(HASHES, max_size=5))
def test_consistency_is_judged_as_by_the_rfc_whatever_the_proof(
    old: int, more: int, before: bytes, after: bytes, proof: list[bytes]
) -> None:
    roots = before, after

    assert consistent(old, old + more, roots, proof) == follows(old, old + more, roots, proof)


@given(st.data())
def test_proof_of_any_entry_of_a_tree_of_any_size_reads_a_row_for_each_level_or_two(
    data: st.DataObject,
) -> None:
    size = data.draw(st.integers(1, 2**62))
    n, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    # all entries alike, so that a subtree's hash follows from its level
    levels = [tree.leaf_hash(b"")]
    for _ in range(62):
        levels.append(tree.node_hash(levels[-1], levels[-1]))
    reads: list[int] = []

    def read(places: Sequence[Place]) -> list[bytes]:
        reads.append(len({place.entry for place in places}))
        return [levels[place.level] for place in places]

    root, before = tree.root_at(size, read), tree.root_at(old, read)
    tree.check_inclusion(size, n, leaf=levels[0], proof=tree.prove_inclusion(size, n, read), root=root)
    proof = tree.prove_consistency(old, size, read)
    tree.check_consistency(old, size, old_root=before, new_root=root, proof=proof)

    assert max(reads) <= 2 * size.bit_length()


@pytest.mark.parametrize(("size", "n"), CT_INCLUSION)
def test_inclusion_proof_is_that_of_certificate_transparency(size: int, n: int) -> None:
    proof = tree.prove_inclusion(size, n, published)

    assert [one.hex() for one in proof] == CT_INCLUSION[size, n]
    tree.check_inclusion(
        size, n, leaf=tree.leaf_hash(CT_LEAVES[n]), proof=proof, root=bytes.fromhex(CT_ROOTS[size])
    )


@pytest.mark.parametrize(("old", "new"), CT_CONSISTENCY)
def test_consistency_proof_is_that_of_certificate_transparency(old: int, new: int) -> None:
    proof = tree.prove_consistency(old, new, published)

    assert [one.hex() for one in proof] == CT_CONSISTENCY[old, new]
    before, after = bytes.fromhex(CT_ROOTS[old]), bytes.fromhex(CT_ROOTS[new])
    tree.check_consistency(old, new, old_root=before, new_root=after, proof=proof)


def published(places: Sequence[Place]) -> list[bytes]:
    def hash_at(level: int, number: int) -> bytes:
        if level == 0:
            return tree.leaf_hash(CT_LEAVES[number])
        return tree.node_hash(hash_at(level - 1, 2 * number), hash_at(level - 1, 2 * number + 1))

    return [hash_at(*place) for place in places]


def test_example_of_the_format_is_so() -> None:
    a, b, c, d, e, f, g = (mth(n, n + 1) for n in range(7))
    h, i, j, k = mth(0, 2), mth(2, 4), mth(4, 6), mth(0, 4)
    end = tree.node_hash(j, g)

    assert tree.peaks_at(7) == [(2, 0), (1, 2), (0, 6)]
    read = Kept()
    assert tree.prove_inclusion(7, 0, read) == [b, i, end]
    assert read.read_places == [(0, 1), (1, 1), (1, 2), (0, 6)]
    inclusion = {0: [b, i, end], 3: [c, h, end], 4: [f, g, k], 6: [j, k]}
    assert {n: tree.prove_inclusion(7, n, Kept()) for n in inclusion} == inclusion
    consistency = {3: [c, d, h, end], 4: [end], 6: [j, g, k]}
    assert {n: tree.prove_consistency(n, 7, Kept()) for n in consistency} == consistency
    assert tree.node_hash(k, end) == mth(0, 7)
    assert (tree.node_hash(a, b), tree.node_hash(e, f)) == (h, j)


def test_only_the_root_of_nothing_is_followed_by_anything() -> None:
    nothing, something = tree.EMPTY_ROOT, mth(0, 3)

    assert consistent(0, 3, (nothing, something), [])
    assert consistent(0, 0, (nothing, nothing), [])
    assert not consistent(0, 3, (something, something), [])
    assert not consistent(0, 0, (nothing, something), [])
    assert not consistent(0, 0, (something, something), [])


def test_no_hash_may_borrow_a_byte_from_its_neighbour() -> None:
    one, two, root = mth(0, 1), mth(1, 2), mth(0, 2)

    # the bytes that are hashed are those of the proof that holds
    assert tree.node_hash(one + two[:1], two[1:]) == root
    assert not included(2, 0, one + two[:1], [two[1:]], root)
    assert not included(2, 0, one[:-1], [one[-1:] + two], root)
    assert not included(1, 0, root[:-1], [], root[:-1])
    assert not consistent(1, 2, (one + two[:1], root), [two[1:]])
    # entry 2 of four, longer by a byte of entry 3, in an old tree that never was
    three, four = mth(2, 3) + mth(3, 4)[:1], mth(3, 4)[1:]
    assert not consistent(3, 4, (tree.node_hash(root, three), mth(0, 4)), [three, four, root])


def test_proof_that_fails_says_what_was_expected_and_found() -> None:
    root, other = mth(0, 3), mth(0, 2)

    with pytest.raises(ProofError, match=f"expected the root {root.hex()}; found the root {other.hex()}"):
        tree.check_inclusion(2, 0, leaf=mth(0, 1), proof=[mth(1, 2)], root=root)
    with pytest.raises(ProofError, match="expected proof length 2; found proof length 1"):
        tree.check_inclusion(3, 0, leaf=mth(0, 1), proof=[mth(1, 2)], root=root)
    with pytest.raises(ProofError, match="expected an entry of a tree of 3 entries; found entry 3"):
        tree.check_inclusion(3, 3, leaf=mth(0, 1), proof=[], root=root)
    with pytest.raises(ProofError, match="expected a tree that grew from 3 entries; found 2 entries"):
        tree.check_consistency(3, 2, old_root=root, new_root=other, proof=[])


def test_what_is_not_there_cannot_be_proven() -> None:
    for size, n in ((0, 0), (3, 3), (3, -1)):
        with pytest.raises(ValueError, match=f"entry {n} of {size}"):
            tree.prove_inclusion(size, n, Kept())
    for old, new in ((3, 2), (-1, 2)):
        with pytest.raises(ValueError, match=f"{new} entries after {old}"):
            tree.prove_consistency(old, new, Kept())


def test_store_that_reads_too_few_hashes_is_not_believed() -> None:
    with pytest.raises(RuntimeError, match="4 hashes were asked for and 3 read"):
        tree.prove_inclusion(7, 0, lambda places: Kept()(places)[1:])
