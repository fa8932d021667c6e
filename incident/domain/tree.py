r"""The Merkle tree over a journal's entries, and the proofs that it gives.

Format (RFC 6962 section 2.1, RFC 9162 section 2.1; C2SP merkle-tree says the same)
-----------------------------------------------------------------------------------
* A leaf is SHA-256(0x00 ‖ entry), a node SHA-256(0x01 ‖ left ‖ right); the root of no entries is SHA-256("").
* A tree of n > 1 entries has the first k of them on its left and the others on its right, k being the largest
  power of two below n. So whatever stands left is complete: 2**level entries, and never changes again.
* Appending needs only the roots of the complete subtrees that make up the tree, largest first (a compact
  range, its peaks); they are stored, so an append costs O(log n) hashes at most and O(1) on average.
* A complete subtree is named by its place, level and number: it holds the entries from number * 2**level on,
  2**level of them. The last one completes it: with the hashes of what it completes kept beside each entry,
  any of them is found in one row. An entry completes as many subtrees as its number ends in binary ones.
* An inclusion proof of entry n holds the hashes beside the way from its leaf to the root, lowest first.
* A consistency proof from m to n entries holds what leads from a subtree that both trees have to both roots,
  lowest first. Where m is a power of two, that is the old tree itself; else its hash begins the proof.

Worked example: 7 entries, whose leaves are a to g.

            root              h = a ‖ b    i = c ‖ d    j = e ‖ f    k = h ‖ i    l = j ‖ g    root = k ‖ l
          /      \
         k        l           places        g (0,6)   h (1,0)   i (1,1)   j (1,2)   k (2,0)
       /   \     / \          peaks         k, j, g
      h     i   j   g         completed     entry 1: h    3: i, k    5: j    0, 2, 4, 6: nothing
     / \   / \ / \            inclusion     of 0: b, i, l    of 3: c, h, l    of 4: f, g, k    of 6: j, k
    a   b c  d e  f           consistency   3 to 7: c, d, h, l    4 to 7: l    6 to 7: j, g, k

l is not complete: a proof that holds it is made by reading j and g. So a proof reads twice as many hashes as
the tree is high at most, each kept with another entry.

Prove and check are inverse: a check takes the one proof that belongs to its sizes and roots, and no other.
Which size belongs to a root, no proof of an entry tells: the signature under both does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from itertools import islice
from typing import NamedTuple

from incident.domain.errors import ProofError
from incident.domain.say import say

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


class Place(NamedTuple):
    """A complete subtree: 2**level entries from number * 2**level on."""

    #: 0 for a leaf.
    level: int
    #: Counted from 0 among those of its level.
    number: int

    @property
    def entry(self) -> int:
        """Number of the entry that completes it."""
        return ((self.number + 1) << self.level) - 1


#: Gives the hash at each place, in their order; fails where it has none.
Read = Callable[[Sequence[Place]], Sequence[bytes]]


class _Span(NamedTuple):
    """Entries that make up one subtree, complete or not."""

    start: int
    end: int

    def places(self) -> Iterator[Place]:
        """Give the complete subtrees that it is made of, largest first."""
        start = self.start
        while start < self.end:
            level = (self.end - start).bit_length() - 1
            yield Place(level, start >> level)
            start += 1 << level


def leaf_hash(body: bytes) -> bytes:
    """Hash an entry's bytes as a leaf (RFC 6962 section 2.1)."""
    return sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into their parent (RFC 6962 section 2.1)."""
    return sha256(b"\x01" + left + right).digest()


def completed(size: int, peaks: Sequence[bytes], leaf: bytes) -> list[bytes]:
    """Give the hashes of the subtrees that leaf number `size` completes, from two leaves up.

    None for half of all leaves, one on average: they are kept beside the entry, so that a proof reads one row
    for each hash it holds.
    """
    nodes: list[bytes] = []
    at = len(peaks)
    while size & 1:
        at -= 1
        leaf = node_hash(peaks[at], leaf)
        nodes.append(leaf)
        size >>= 1
    return nodes


def grown(peaks: Sequence[bytes], leaf: bytes, nodes: Sequence[bytes]) -> list[bytes]:
    """Give the compact range one leaf larger; `nodes` are the subtrees that the leaf completes."""
    return [*peaks[: len(peaks) - len(nodes)], nodes[-1] if nodes else leaf]


def append(size: int, peaks: Sequence[bytes], leaf: bytes) -> list[bytes]:
    """Give the compact range of `size + 1` leaves from that of `size` and the new leaf."""
    return grown(peaks, leaf, completed(size, peaks, leaf))


def root(peaks: Sequence[bytes]) -> bytes:
    """Give the root of the tree that a compact range stands for."""
    if not peaks:
        return EMPTY_ROOT
    result = peaks[-1]
    for peak in reversed(peaks[:-1]):
        result = node_hash(peak, result)
    return result


def peaks_at(size: int) -> list[Place]:
    """Give the places of the compact range of the first `size` entries, largest first."""
    return list(_Span(0, size).places())


def root_at(size: int, read: Read) -> bytes:
    """Give the root of the tree of the first `size` entries."""
    return root(_read(peaks_at(size), read))


def prove_inclusion(size: int, n: int, read: Read) -> list[bytes]:
    """Prove that a tree of `size` entries holds the one numbered `n` (RFC 9162 section 2.1.3.1).

    Raises `ValueError` for an entry that the tree has not.
    """
    return _hashes(_beside_entry(size, n), read)


def check_inclusion(size: int, n: int, *, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Hold an inclusion proof against the root (RFC 9162 section 2.1.3.2). Raises `ProofError`."""
    if not 0 <= n < size:
        whole = say("an entry of a tree of {n} entries", n=size)
        raise ProofError(expected=whole, found=say("entry {seq}", seq=n))
    beside = _beside_entry(size, n)
    _check_form(proof, len(beside), leaf, root)
    computed = leaf
    for span, sibling in zip(beside, proof, strict=True):
        computed = node_hash(sibling, computed) if span.end <= n else node_hash(computed, sibling)
    _check_root(root, computed)


def prove_consistency(old: int, new: int, read: Read) -> list[bytes]:
    """Prove that the tree of `new` entries begins with that of `old` (RFC 9162 section 2.1.4.1).

    It is empty where both are equal, and where the old one is. Raises `ValueError` where `new` is less.
    """
    return _hashes(_beside_tree(old, new), read)


def check_consistency(
    old: int, new: int, *, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Hold a consistency proof against both roots (RFC 9162 section 2.1.4.2). Raises `ProofError`.

    Any tree follows the empty one, of which the RFC does not speak; the root of that has to be its own.
    """
    if not 0 <= old <= new:
        raise ProofError(
            expected=say("a tree that grew from {n} entries", n=old), found=say("{n} entries", n=new)
        )
    beside = _beside_tree(old, new)
    _check_form(proof, len(beside), old_root, new_root)
    if old == 0:
        _check_root(EMPTY_ROOT, old_root)
        _check_root(new_root if new else EMPTY_ROOT, new_root)
        return
    before = after = old_root
    for span, sibling in zip(beside, proof, strict=True):
        if span.end == old:
            before = after = sibling
        elif span.end < old:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
        else:
            after = node_hash(after, sibling)
    _check_root(old_root, before)
    _check_root(new_root, after)


def _beside_entry(size: int, n: int) -> list[_Span]:
    """Give the spans whose hashes prove an entry, lowest first: PATH of RFC 9162 section 2.1.3.1."""
    if not 0 <= n < size:
        raise ValueError(f"entry {n} of {size}")
    start, end = 0, size
    beside: list[_Span] = []
    while end - start > 1:
        middle = start + _left(end - start)
        if n < middle:
            beside.append(_Span(middle, end))
            end = middle
        else:
            beside.append(_Span(start, middle))
            start = middle
    return beside[::-1]


def _beside_tree(old: int, new: int) -> list[_Span]:
    """Give the spans whose hashes prove a smaller tree, lowest first: SUBPROOF of RFC 9162 section 2.1.4.1.

    The one that ends where the old tree does is part of both; it is left out where it is the whole old tree.
    """
    if not 0 <= old <= new:
        raise ValueError(f"{new} entries after {old}")
    start, end = 0, new if old else 0
    beside: list[_Span] = []
    while end > old:
        middle = start + _left(end - start)
        if old <= middle:
            beside.append(_Span(middle, end))
            end = middle
        else:
            beside.append(_Span(start, middle))
            start = middle
    if start > 0:
        beside.append(_Span(start, end))
    return beside[::-1]


def _left(n: int) -> int:
    """Give the largest power of two below n: so many entries stand on the left (RFC 9162 section 2.1.1)."""
    return 1 << (n - 1).bit_length() - 1


def _hashes(spans: Sequence[_Span], read: Read) -> list[bytes]:
    """Give the hash of each span, all read at once."""
    places = [list(span.places()) for span in spans]
    hashes = iter(_read([place for part in places for place in part], read))
    return [root(list(islice(hashes, len(part)))) for part in places]


def _read(places: Sequence[Place], read: Read) -> Sequence[bytes]:
    hashes = read(places)
    if len(hashes) != len(places):
        raise RuntimeError(f"{len(places)} hashes were asked for and {len(hashes)} read")
    return hashes


def _check_form(proof: Sequence[bytes], wanted: int, *others: bytes) -> None:
    """Have as many hashes as the sizes want, each of them whole: else one could borrow from its neighbour."""
    if len(proof) != wanted:
        found = say("proof length {n}", n=len(proof))
        raise ProofError(expected=say("proof length {n}", n=wanted), found=found)
    wrong = {*map(len, proof), *map(len, others)} - {HASH_BYTES}
    if wrong:
        expected = say("hashes of {n} bytes", n=HASH_BYTES)
        raise ProofError(expected=expected, found=say("{n} bytes", n=min(wrong)))


def _check_root(expected: bytes, found: bytes) -> None:
    if found != expected:
        raise ProofError(
            expected=say("the root {hash}", hash=expected.hex()),
            found=say("the root {hash}", hash=found.hex()),
        )
