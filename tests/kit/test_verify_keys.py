"""Keys and signatures count in verify.py as in RFC 8032, in one form alone; a changed one is none."""

from __future__ import annotations

import base64
import hashlib
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.kit.making import HOUSE, SCRIPT, SIGNED_AT, STRANGER, Signer, signer, vkey

ORDER = 2**252 + 27742317777372353535851937790883648493


def is_signed(public: bytes, text: bytes, signature: bytes) -> bool:
    try:
        SCRIPT.check_signature(SCRIPT.parse_key(vkey("k", public))[1], text, signature)
    except (SCRIPT.Unfit, IndexError):
        return False
    return True


# RFC 8032 section 7.1: secret key, public key, message, signature
VECTORS = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            "d25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            "387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
            "4a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
    (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        (
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd"
            "454d4423643ce80e2a9ac94fa54ca49f"
        ),
        (
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e030"
            "3dca179c138ac17ad9bef1177331a704"
        ),
    ),
]


@pytest.mark.parametrize(("secret", "public", "text", "signature"), VECTORS)
def test_vectors_of_rfc_8032_verify(secret: str, public: str, text: str, signature: str) -> None:
    made = Signer("k", Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret)))

    assert made.public.hex() == public
    assert made.private.sign(bytes.fromhex(text)).hex() == signature
    assert is_signed(bytes.fromhex(public), bytes.fromhex(text), bytes.fromhex(signature))


def test_signatures_of_another_implementation_verify_and_changed_ones_do_not() -> None:
    random = Random(8032)
    for n in range(5):
        one = signer(n)
        for _ in range(10):
            text = random.randbytes(random.randrange(300))
            signature = one.private.sign(text)
            at, bit = random.randrange(64), 1 << random.randrange(8)
            changed = bytes([*signature[:at], signature[at] ^ bit, *signature[at + 1 :]])
            assert is_signed(one.public, text, signature)
            assert not is_signed(one.public, text, changed)
            assert not is_signed(one.public, text + b"\0", signature)


def test_signature_in_another_form_is_none() -> None:
    signature = HOUSE.private.sign(b"text")
    s = int.from_bytes(signature[32:], "little")
    longer = (s + ORDER).to_bytes(32, "little")

    assert not is_signed(HOUSE.public, b"text", signature[:32] + longer)
    assert not is_signed(HOUSE.public, b"text", signature + b"\0")
    assert not is_signed(HOUSE.public, b"text", signature[:63])
    assert not is_signed(HOUSE.public, b"text", b"")


def test_signature_whose_point_is_of_low_order_is_none() -> None:
    """S·B = k·A and R the neutral element: whoever has the key can make one that says nothing of R."""
    secret = HOUSE.private.private_bytes_raw()
    digest = bytearray(hashlib.sha512(secret).digest()[:32])
    digest[0] &= 248
    digest[31] = digest[31] & 127 | 64
    a, r = int.from_bytes(digest, "little"), bytes([1, *[0] * 31])
    k = int.from_bytes(hashlib.sha512(r + HOUSE.public + b"text").digest(), "little")
    s = (k * a % ORDER).to_bytes(32, "little")

    assert not is_signed(HOUSE.public, b"text", r + s)


LOW_ORDER = [
    "01" + "00" * 31,
    "ec" + "ff" * 30 + "7f",
    "00" * 32,
    "00" * 31 + "80",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]


#: y of p or more; x of 0 with a sign; no point at all.
NO_POINT = [
    "ed" + "ff" * 30 + "7f",
    "ee" + "ff" * 30 + "7f",
    "ff" * 32,
    "01" + "00" * 30 + "80",
    "02" + "00" * 31,
]


@pytest.mark.parametrize("public", LOW_ORDER)
def test_key_of_low_order_is_refused_alone_and_added_to_another(public: str) -> None:
    point = SCRIPT.decode_point(bytes.fromhex(public))
    mixed = SCRIPT.encode_point(SCRIPT.add(point, SCRIPT.decode_point(HOUSE.public)))

    for raw in {bytes.fromhex(public), mixed} - {HOUSE.public}:
        with pytest.raises(SCRIPT.Unfit, match="low order"):
            SCRIPT.parse_key(vkey("k", raw))


@pytest.mark.parametrize("public", NO_POINT)
def test_key_in_another_form_is_refused(public: str) -> None:
    with pytest.raises(SCRIPT.Unfit):
        SCRIPT.parse_key(vkey("k", bytes.fromhex(public)))


def test_every_changed_character_of_a_key_is_found() -> None:
    text = HOUSE.vkey()
    for at, sign in enumerate(text):
        changed = text[:at] + ("A" if sign != "A" else "B") + text[at + 1 :]
        with pytest.raises((SCRIPT.Unfit, ValueError)):
            SCRIPT.parse_key(changed)


def test_every_changed_byte_of_a_checkpoint_is_found() -> None:
    root = base64.b64encode(bytes(32)).decode()
    raw = HOUSE.sign(f"incident/1/0000000000000000\n7\n{root}\nat {SIGNED_AT}\n").encode()
    label, public = SCRIPT.parse_key(HOUSE.vkey())

    def holds(note: bytes) -> bool:
        try:
            one = SCRIPT.parse_checkpoint(note)
            SCRIPT.check_signature(public, one["text"], one["signatures"][label])
        except (SCRIPT.Unfit, ValueError, KeyError):
            return False
        return True

    assert holds(raw)
    for at in range(len(raw)):
        assert not holds(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]), at
        assert not holds(raw[:at] + raw[at + 1 :]), at
        assert (
            not holds(raw[:at] + raw[at : at + 1] + raw[at:]) or raw[at : at + 1] == raw[at + 1 : at + 2]
        ), at


def test_stranger_signs_in_vain() -> None:
    assert not is_signed(HOUSE.public, b"text", STRANGER.private.sign(b"text"))
