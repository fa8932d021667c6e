"""Ed25519 as RFC 8032 has it, and stricter than it has to be where others differ."""

from __future__ import annotations

import subprocess
import sys
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519 as library
from hypothesis import given, settings
from hypothesis import strategies as st

from incident.domain import note
from incident.domain.errors import FormatError
from incident.domain.note import SignatureError
from incident.signing import ed25519
from tests.mangling import changed

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
#: Encodings of points of low order: both signs of each y, canonical or not.
LOW = [(y | sign << 255).to_bytes(32, "little") for y in ed25519._LOW_ORDER for sign in (0, 1)]


class Vector(NamedTuple):
    seed: str
    public: str
    message: str
    signature: str


#: RFC 8032 section 7.1, tests 1 to 3.
RFC_8032 = [
    Vector(
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    Vector(
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
    Vector(
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a",
    ),
]

#: Vectors 0 to 9 of "Taming the many EdDSAs" (github.com/novifinancial/ed25519-speccheck, cases.json):
#: message, public key, R, S, and whether it holds by the rules of `ed25519`.
SPECCHECK: dict[str, tuple[str, str, str, str, bool]] = {
    "0: S = 0, R and A of low order": (
        "8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "0000000000000000000000000000000000000000000000000000000000000000",
        False,
    ),
    "1: A of low order": (
        "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
        False,
    ),
    "2: R of low order": (
        "aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e",
        False,
    ),
    "3: A and R of mixed order, holds with and without the cofactor": (
        "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f",
        "87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009",
        True,
    ),
    "4: holds with the cofactor alone": (
        "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed512",
        "5ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09",
        False,
    ),
    "5: holds with the cofactor if 8·k is not reduced": (
        "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7",
        "e40bc836dac0f71076f9abe3a53f9c03c1ceeeddb658d0030494ace586687405",
        False,
    ),
    "6: S above L": (
        "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
        "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
        "e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e",
        "547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514",
        False,
    ),
    "7: S far above L": (
        "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
        "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
        "8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa1942",
        "7e71f98a473474f2f13f06f97c20d58cc3f54b8bd0d272f42b695dd7e89a8c22",
        False,
    ),
    "8: R of low order and not canonical": (
        "fdaebc429f4a735932a160da1301080c13280eea8bc280d1b392c6b9e6ba3a5a",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "454d370c8d9fc323a41450f8d513eafeb5b0697390c1e505a0d4ddc71f566607",
        False,
    ),
    "9: the same, R reduced before it is hashed": (
        "84b698d39be126ff55fe45079e6c8bf64a0d7db6994560b4e96b7021eb39c1a1",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "084d5b99c2a9463d9c8bd5026916996984eeec87ddf1d3be329006ace1b37b09",
        False,
    ),
}

SEED = bytes.fromhex(RFC_8032[0].seed)
PUBLIC = ed25519.public_of(SEED)
MESSAGE = b"incident/330681111/7d3c0e9a51b2f604\n13\n"
GOOD = ed25519.signing(SEED)(MESSAGE)


@pytest.mark.parametrize("vector", RFC_8032)
def test_signatures_are_those_of_the_rfc(vector: Vector) -> None:
    seed, public, message, signature = (bytes.fromhex(part) for part in vector)
    assert ed25519.public_of(seed) == public
    assert ed25519.signing(seed)(message) == signature
    assert ed25519.verify(public, message, signature)


@pytest.mark.parametrize("case", SPECCHECK)
def test_where_others_differ_the_strict_answer_is_given(case: str) -> None:
    message, public, r, s, holds = SPECCHECK[case]
    assert ed25519.verify(bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(r + s)) is holds


@settings(max_examples=25)
@given(st.binary(min_size=32, max_size=32), st.binary())
def test_what_was_signed_holds_for_that_key_and_message_alone(seed: bytes, message: bytes) -> None:
    public, signature = ed25519.public_of(seed), ed25519.signing(seed)(message)
    assert ed25519.is_sound(public)
    assert ed25519.verify(public, message, signature)
    assert not ed25519.verify(public, message + b"\n", signature)
    assert not ed25519.verify(bytes(32) if public == PUBLIC else PUBLIC, message, signature)


def test_every_changed_byte_of_key_message_and_signature_is_found() -> None:
    assert ed25519.verify(PUBLIC, MESSAGE, GOOD)
    assert [one for one in changed(PUBLIC) if ed25519.verify(one, MESSAGE, GOOD)] == []
    assert [one for one in changed(MESSAGE) if ed25519.verify(PUBLIC, one, GOOD)] == []
    assert [one for one in changed(GOOD) if ed25519.verify(PUBLIC, MESSAGE, one)] == []


@pytest.mark.parametrize("times", range(1, 8))
def test_the_same_signature_with_s_written_otherwise_does_not_hold(times: int) -> None:
    s = int.from_bytes(GOOD[32:], "little") + times * L
    assert not ed25519.verify(PUBLIC, MESSAGE, GOOD[:32] + s.to_bytes(32, "little"))


@pytest.mark.parametrize("point", [PUBLIC, GOOD[:32]], ids=["key", "R"])
@pytest.mark.parametrize("y", range(19), ids=lambda y: f"p+{y}")
def test_no_point_is_written_in_two_ways(point: bytes, y: int) -> None:
    """Only y below 19 has a second form that fits into 255 bits."""
    for sign in (0, 1):
        twice = (P + y | sign << 255).to_bytes(32, "little")
        assert not ed25519.is_sound(twice)
        assert not ed25519.verify(PUBLIC, MESSAGE, twice + GOOD[32:])


@pytest.mark.parametrize("low", LOW, ids=bytes.hex)
def test_a_key_or_r_of_low_order_is_refused(low: bytes) -> None:
    assert not ed25519.is_sound(low)
    for s in (bytes(32), GOOD[32:]):
        assert not ed25519.verify(low, MESSAGE, low + s)
        assert not ed25519.verify(low, MESSAGE, GOOD[:32] + s)
        assert not ed25519.verify(PUBLIC, MESSAGE, low + s)


def test_the_points_of_low_order_are_those_that_eight_takes_to_nothing() -> None:
    found = set()
    for y in ed25519._LOW_ORDER:
        x2 = (y * y - 1) * pow(ed25519._D * y * y + 1, -1, P) % P
        x = pow(x2, (P + 3) // 8, P)
        x = x if x * x % P == x2 else x * pow(2, (P - 1) // 4, P) % P
        assert x * x % P == x2, "it is a point of the curve"
        found |= {(x, y), (-x % P, y)}
    assert len(found) == 8
    for point in found:
        for _ in range(3):
            point = doubled(*point)  # noqa: PLW2901 - thrice doubled is eight times
        assert point == (0, 1)


def doubled(x: int, y: int) -> tuple[int, int]:
    """The sum of a point with itself (RFC 8032 section 5.1.4)."""
    product = ed25519._D * x * x * y * y
    return 2 * x * y * pow(1 + product, -1, P) % P, (y * y + x * x) * pow(1 - product, -1, P) % P


def test_half_of_all_numbers_are_no_points() -> None:
    assert not ed25519.is_sound((2).to_bytes(32, "little"))
    sound = sum(ed25519.is_sound(y.to_bytes(32, "little")) for y in range(2, 202))
    assert 70 < sound < 130


class Credulous:
    """A library that takes every signature for good."""

    @classmethod
    def from_public_bytes(cls, _public: bytes) -> Credulous:
        return cls()

    def verify(self, _signature: bytes, _message: bytes) -> None:
        return


def test_what_the_library_would_let_pass_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "Ed25519PublicKey", Credulous)
    r, s = GOOD[:32], GOOD[32:]
    assert ed25519.verify(PUBLIC, MESSAGE, r + s)
    # the largest S, and the least that is none; the largest y, and each that is none
    assert ed25519.verify(PUBLIC, MESSAGE, r + (L - 1).to_bytes(32, "little"))
    refused = [r + n.to_bytes(32, "little") for n in (L, L + 1, 2**255, 2**256 - 1)]
    assert ed25519.verify(PUBLIC, MESSAGE, (P - 2).to_bytes(32, "little") + s)
    refused += [(P + y).to_bytes(32, "little") + s for y in range(19)]
    refused += [low + s for low in LOW]
    assert [one for one in refused if ed25519.verify(PUBLIC, MESSAGE, one)] == []


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_keys_and_signatures_of_another_length_are_none(size: int) -> None:
    assert not ed25519.is_sound((PUBLIC * 3)[:size])
    assert not ed25519.verify((PUBLIC * 3)[:size], MESSAGE, GOOD)
    assert size == 64 or not ed25519.verify(PUBLIC, MESSAGE, (GOOD * 2)[:size])
    assert not ed25519.verify(PUBLIC, MESSAGE, GOOD + b"\0")


# -- notes of other programs

#: The key, the text and the note that golang.org/x/mod/sumdb/note shows.
GO_KEY = note.parse_public_key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
GO_NOTE = (
    f"{GO_TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngot"
    "pRZb6KE6RyyBwJnAM=\n"
).encode()


def test_a_note_that_go_signed_opens() -> None:
    assert note.open_note(GO_NOTE, [GO_KEY], ed25519.verify) == (GO_TEXT, (GO_KEY,))


def test_a_changed_note_that_go_signed_does_not_open() -> None:
    for raw in changed(GO_NOTE):
        with pytest.raises(FormatError):
            note.open_note(raw, [GO_KEY], ed25519.verify)
    with pytest.raises(SignatureError, match="does not hold"):
        note.open_note(GO_NOTE.replace(b"problem", b"Problem"), [GO_KEY], ed25519.verify)


def test_the_library_is_imported_when_it_is_needed_and_not_before() -> None:
    asked = (
        "import sys; from incident.cli import auditor; from incident.signing import ed25519, keyfile;"
        "print('cryptography' in sys.modules); ed25519.public_of(bytes(32));"
        "print('cryptography' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
