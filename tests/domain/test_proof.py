"""The text of a proof, against the words of C2SP tlog-proof."""

from __future__ import annotations

import base64
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.domain import proof as proofs
from incident.domain import tree
from incident.domain.errors import FormatError, ProofError
from incident.domain.proof import Proof
from tests.mangling import mangled

HASHES = st.binary(min_size=32, max_size=32)
LINES = st.lists(st.text(st.characters(codec="utf-8")), min_size=1, max_size=4).map("\n".join)
CHECKPOINTS = LINES.map(lambda text: text.lstrip("\n") + "\n").filter(lambda text: text != "\n")
PROOFS = st.builds(
    Proof,
    index=st.integers(0, 10**18 - 1),
    hashes=st.lists(HASHES, max_size=63).map(tuple),
    checkpoint=CHECKPOINTS,
    extra=st.binary(max_size=80),
)
LEAVES = [tree.leaf_hash(entry) for entry in (b"a", b"b", b"c")]
ROOT = tree.node_hash(tree.node_hash(*LEAVES[:2]), LEAVES[2])
PLAIN = Proof(index=1, hashes=(LEAVES[0], LEAVES[2]), checkpoint="x\n3\n\n— x y\n")


def example() -> bytes:
    """Give the worked example of the specification."""
    assert proofs.__doc__ is not None
    _, _, example = proofs.__doc__.partition("leaves 0 and 2.\n\n")
    example, _, _ = example.partition("\n\n`parse")
    return textwrap.dedent(example).encode() + b"\n"


def checks(proof: Proof) -> bool:
    try:
        tree.check_inclusion(3, proof.index, leaf=LEAVES[1], proof=proof.hashes, root=ROOT)
    except ProofError:
        return False
    return True


def test_example_of_the_format_reads_and_proves() -> None:
    raw = example()
    read = proofs.parse(raw)

    assert proofs.format_proof(read) == raw
    assert (read.index, read.hashes, read.extra) == (1, (LEAVES[0], LEAVES[2]), b"")
    origin, size, root, *_ = read.checkpoint.splitlines()
    assert origin == f"incident/330681111/{LEAVES[0][:8].hex()}"
    tree.check_inclusion(
        int(size), read.index, leaf=LEAVES[1], proof=read.hashes, root=base64.b64decode(root, validate=True)
    )


@given(PROOFS)
def test_proof_reads_back(proof: Proof) -> None:
    raw = proofs.format_proof(proof)

    assert proofs.parse(raw) == proof
    assert proofs.format_proof(proofs.parse(raw)) == raw


@pytest.mark.parametrize("extra", [b"", b"\x00entry"], ids=["plain", "with extra"])
def test_every_mangled_proof_is_refused_or_no_longer_proves(extra: bytes) -> None:
    meant = Proof(index=PLAIN.index, hashes=PLAIN.hashes, checkpoint=PLAIN.checkpoint, extra=extra)
    assert checks(meant)
    refused = 0
    for raw in mangled(proofs.format_proof(meant), to=range(256)):
        try:
            read = proofs.parse(raw)
        except FormatError:
            refused += 1
            continue
        # what it means now the tree contradicts, or the signature on a checkpoint that is another; or nobody
        # vouched for it
        assert proofs.format_proof(read) == raw
        assert not checks(read) or read.checkpoint != meant.checkpoint or read.extra != meant.extra
    assert refused > 30_000


def of(*head: str, checkpoint: str = PLAIN.checkpoint) -> bytes:
    return "\n".join([proofs.HEADER, *head, "", checkpoint]).encode()


HASH = base64.b64encode(LEAVES[0]).decode()
# 32 bytes leave two bits of the last digit unused
assert HASH.endswith("w=")
REFUSED = {
    "nothing": b"",
    "another version": of("index 1").replace(b"@v1", b"@v2"),
    "byte order mark": b"\xef\xbb\xbf" + of("index 1"),
    "blank before": b" " + of("index 1"),
    "line ends of Windows": of("index 1").replace(b"\n", b"\r\n"),
    "line ends of old": of("index 1").replace(b"\n", b"\r"),
    "not UTF-8": of("index 1") + b"\xff\n",
    "surrogate": of("index 1") + b"\xed\xa0\x80\n",
    "no index": of(),
    "index twice": of("index 1", "index 1"),
    "index empty": of("index "),
    "index negative": of("index -1"),
    "index signed": of("index +1"),
    "index with a zero before": of("index 01"),
    "index with a line in it": of("index 1_0"),
    "index in hex": of("index 0x1"),
    "index in other digits": of("index ١"),
    "index after blanks": of("index  1"),
    "index before blanks": of("index 1 "),
    "index beyond a database": of(f"index {2**63}"),
    "index of very many digits": of("index " + "9" * 100_000),
    "word in capitals": of("Index 1"),
    "extra empty": of("extra ", "index 1"),
    "extra that is no base64": of("extra ?", "index 1"),
    "extra twice": of("extra YQ==", "extra YQ==", "index 1"),
    "extra after the index": of("index 1", "extra YQ=="),
    "unused bits set": of("index 1", HASH[:-2] + "x="),
    "unused bits of extra set": of("extra YR==", "index 1"),
    "no padding": of("index 1", HASH[:-1]),
    "more padding": of("index 1", HASH + "="),
    "base64url": of("index 1", "_" + HASH[1:]),
    "blank after a hash": of("index 1", HASH + " "),
    "hash of 31 bytes": of("index 1", base64.b64encode(bytes(31)).decode()),
    "hash of 33 bytes": of("index 1", base64.b64encode(bytes(33)).decode()),
    "two hashes in a line": of("index 1", HASH + HASH),
    "higher than any tree": of("index 1", *[HASH] * 64),
    "no checkpoint": of("index 1", checkpoint=""),
    "cut before the empty line": f"{proofs.HEADER}\nindex 1\n{HASH}\n".encode(),
    "two empty lines": of("index 1", checkpoint="\nx\n"),
    "end without a line end": of("index 1", checkpoint="x"),
}


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED)
def test_proof_in_any_other_form_is_refused_in_few_words(raw: bytes) -> None:
    with pytest.raises(FormatError) as caught:
        proofs.parse(raw)

    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("name", "words"),
    {
        "another version": "expected c2sp.org/tlog-proof@v1; found c2sp.org/tlog-proof@v2",
        "not UTF-8": "expected text in UTF-8; found another byte, number 45",
        "no index": "expected `index` and the number of an entry; found nothing",
        "index with a zero before": "expected `index` and the number of an entry; found index 01",
        "extra empty": "expected `extra` and bytes in base64; found extra ",
        "hash of 31 bytes": "expected a hash of 32 bytes in base64; found AAAA",
        "higher than any tree": "expected proof length 63 at most; found proof length 64",
        "no checkpoint": "expected an empty line and then a checkpoint of whole lines; found nothing",
    }.items(),
)
def test_refusal_says_what_was_expected_and_found(name: str, words: str) -> None:
    with pytest.raises(FormatError) as caught:
        proofs.parse(REFUSED[name])

    assert str(caught.value).startswith(words)


def test_proof_of_one_entry_has_no_hashes_and_that_of_the_highest_tree_63() -> None:
    alone = Proof(index=0, hashes=(), checkpoint="x\n")
    high = Proof(index=0, hashes=(bytes(32),) * 63, checkpoint="x\n")

    assert proofs.parse(b"c2sp.org/tlog-proof@v1\nindex 0\n\nx\n") == alone
    assert proofs.parse(proofs.format_proof(high)) == high
