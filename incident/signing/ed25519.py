"""Ed25519 (RFC 8032), by the library `cryptography`; stricter than it, and the same with every OpenSSL.

`verify` accepts a signature only if

1. the public key is the canonical encoding (y below p) of a point on the curve that is not of low order:
   under a key of low order one signature holds for several texts or for all of them;
2. R is canonical and not of low order, and S is below L (RFC 8032 section 5.1.7): so nobody turns a signature
   into another one that holds too;
3. the equation holds without the cofactor, S·B = R + k·A, which the library computes.

Others may accept more (Chalkias, Garillot, Nikolaenko, "Taming the many EdDSAs", 2020); what this one accepts
holds by RFC 8032 with the cofactor and without it. So whoever checks a kit elsewhere finds the same.

The library is imported when something is signed or verified, and of it no more than is needed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SIGNATURE_BYTES = 64
_KEY_BYTES = 32
#: The field, the order of the base point and the curve's constant (RFC 8032 section 5.1).
_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
#: y of a point of order 8: y² is a root of d·y⁴ + 2·y² − 1, for 2P has y = 0 then.
_Y8 = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)
#: y of the eight points of low order, whatever the sign of x; where x is 0, a sign is not canonical either.
_LOW_ORDER = frozenset({0, 1, _P - 1, _Y8, _P - _Y8})


def public_of(seed: bytes) -> bytes:
    """Give the public key, 32 bytes, of a private one, a seed of 32 bytes."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def signing(seed: bytes) -> Callable[[bytes], bytes]:
    """Give the function that signs messages with a seed of 32 bytes; a signature has 64."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(seed).sign


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether a signature of a message holds under a public key, by the rules above."""
    if not is_sound(public) or not _is_canonical(signature):
        return False
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=64)  # a journal is signed by few keys, and a power takes half as long as a verification
def is_sound(public: bytes) -> bool:
    """Tell whether bytes are a public key by rule 1."""
    y = _y(public)
    if y is None:
        return False
    # x² = (y² − 1) / (d·y² + 1) has a root if the product of both is a square (Euler); no 0: y is not ±1
    return pow((y * y - 1) * (_D * y * y + 1), (_P - 1) // 2, _P) == 1


def _is_canonical(signature: bytes) -> bool:
    """Tell whether a signature obeys rule 2."""
    if len(signature) != SIGNATURE_BYTES:
        return False
    r, s = signature[:_KEY_BYTES], signature[_KEY_BYTES:]
    return _y(r) is not None and int.from_bytes(s, "little") < _L


def _y(encoded: bytes) -> int | None:
    """Give y of an encoded point (RFC 8032 section 5.1.2); None if it is not canonical or of low order."""
    if len(encoded) != _KEY_BYTES:
        return None
    y = int.from_bytes(encoded, "little") & (1 << 255) - 1
    return None if y >= _P or y in _LOW_ORDER else y
