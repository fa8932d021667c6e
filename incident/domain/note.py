"""Signed notes: a text and who signed it. Bytes and rules alone; a library signs, and it is passed in.

Format (c2sp.org/signed-note, as Go's golang.org/x/mod/sumdb/note reads and writes it)
-------------------------------------------------------------------------------------
A text of whole lines, an empty line, and a line for each signature. The last empty line parts them:

    incident/330681111/7d3c0e9a51b2f604
    13
    …

    — zhuji.example/incident Gis8TZ…

* A signature line is an em dash (U+2014), a space, the key's name, a space, base64(key id ‖ signature).
* A signature covers the text with its last line feed, and neither the empty line nor other signatures.
* The name of a key is not empty and holds no space, control character or plus.
* A key id is the first 4 bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key). It is no proof: a signature that
  holds under the public key known beforehand is. The one type here is 0x01, Ed25519.
* A public key as text is `<name>+<key id in hex>+<base64(0x01 ‖ 32 bytes)>`.

Each note and each key has one form. Refused is all else: more than 1 MiB or 100 signatures, bytes that are
not UTF-8, control characters other than the line feed, upper case in hex, base64 with other padding, signs or
bits left over.

`parse_note(format_note(n)) == n`, `format_note(parse_note(b)) == b`; the same holds for keys.
"""

from __future__ import annotations

import hashlib
import re
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Iterable
from typing import NamedTuple

from incident.domain.errors import FormatError
from incident.domain.say import Words, say

#: The signature type of Ed25519.
ED25519 = b"\x01"
#: Bytes of an Ed25519 public key, and of the seed that is its private key (RFC 8032 section 5.1.5).
KEY_BYTES = 32
ID_BYTES = 4
#: Bounds of a note.
MOST_BYTES = 1024 * 1024
MOST_SIGNATURES = 100
_DASH = "— "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
#: So many signatures of nobody known are named.
_SHOWN = 5

#: Tells whether a signature holds: of the public key, over the message.
Verify = Callable[[bytes, bytes, bytes], bool]


class SignatureError(FormatError):
    """A note in due form is not signed as it must be: by a trusted key, and well by each that it names."""


class Signature(NamedTuple):
    """One signature line. It says who claims to have signed."""

    name: str
    #: Key id, 4 bytes.
    id: bytes
    raw: bytes


class Note(NamedTuple):
    """A text and its signatures, none of them looked at. Only `open_note` tells whom the text is by."""

    #: With its last line feed.
    text: str
    signatures: tuple[Signature, ...]


class PublicKey(NamedTuple):
    """An Ed25519 public key and the name of whose it is."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """Give the key's id, 4 bytes."""
        return key_id(self.name, self.public)

    def __str__(self) -> str:
        """Give what names it: name and id."""
        return f"{self.name}+{self.id.hex()}"


class Signer(NamedTuple):
    """Who can sign. The private key is inside `sign` and nowhere else."""

    key: PublicKey
    sign: Callable[[bytes], bytes]


class Opened(NamedTuple):
    """The text of a note and the trusted keys that signed it, at least one, in the order of its lines."""

    text: str
    keys: tuple[PublicKey, ...]


def sign_note(text: str, *signers: Signer) -> bytes:
    """Sign a text. Raises `FormatError` where it cannot stand in a note."""
    message = _utf8(text)
    return format_note(Note(text, tuple(Signature(*_named(key), sign(message)) for key, sign in signers)))


def format_note(note: Note) -> bytes:
    """Give the bytes of a note. Raises `FormatError` for one that could not be read back as it is."""
    lines = [
        f"{_DASH}{name} {to_base64(identity + signature)}\n" for name, identity, signature in note.signatures
    ]
    raw = _utf8("".join([note.text, "\n", *lines]))
    if parse_note(raw) != note:
        raise FormatError(expected=say("a text that ends with a line feed"), found=_quoted(note.text[-80:]))
    return raw


def parse_note(raw: bytes) -> Note:
    """Read the bytes of a note; no signature is looked at. Raises `FormatError`."""
    if len(raw) > MOST_BYTES:
        raise FormatError(expected=say("at most {n} bytes", n=MOST_BYTES), found=say("{n} bytes", n=len(raw)))
    try:
        whole = raw.decode()
    except UnicodeDecodeError as error:
        found = say("byte {n} is none of it", n=error.start)
        raise FormatError(expected="UTF-8", found=found) from error
    check_characters(whole)
    text, gap, below = whole.rpartition("\n\n")
    if not gap or not below.endswith("\n"):
        raise FormatError(
            expected=say("a text, an empty line and signature lines, each line ended by a line feed"),
            found=_quoted(whole[-80:]),
        )
    lines = below[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise FormatError(expected=say("at most {n} signatures", n=MOST_SIGNATURES), found=len(lines))
    return Note(f"{text}\n", tuple(_parse_signature(line) for line in lines))


def open_note(raw: bytes, keys: Iterable[PublicKey], verify: Verify) -> Opened:
    """Read a note and tell which of the trusted `keys` signed it; signatures of other keys are ignored.

    Raises `FormatError`; its kind `SignatureError` when no trusted key signed, a trusted key's signature does
    not hold or comes twice, or two trusted keys share name and id.
    """
    note = parse_note(raw)
    known = _by_name_and_id(keys)
    message = note.text.encode()
    signed: list[PublicKey] = []
    for signature in note.signatures:
        key = known.get((signature.name, signature.id))
        if key is None:
            continue
        if key in signed:
            raise SignatureError(
                expected=say("one signature of each key"), found=say("two of {key}", key=str(key))
            )
        if not verify(key.public, message, signature.raw):
            raise SignatureError(
                expected=say("the signature of {key} over this text", key=str(key)),
                found=say("one that does not hold"),
            )
        signed.append(key)
    if not signed:
        there: list[Words] = [f"{one.name[:80]}+{one.id.hex()}" for one in note.signatures[:_SHOWN]]
        raise SignatureError(
            expected=say("a signature of a trusted key: {keys}", keys=[str(key) for key in known.values()]),
            found=say("only such as nobody vouches for: {keys}", keys=there),
        )
    return Opened(note.text, tuple(signed))


def key_id(name: str, public: bytes) -> bytes:
    """Give the id of an Ed25519 key, 4 bytes."""
    return hashlib.sha256(_utf8(name) + b"\n" + ED25519 + public).digest()[:ID_BYTES]


def format_public_key(key: PublicKey) -> str:
    """Give a public key as text."""
    return f"{key.name}+{key.id.hex()}+{to_base64(ED25519 + key.public)}"


def parse_public_key(text: str) -> PublicKey:
    """Read a public key; whether it is a sound one is for the library's side to say. Raises `FormatError`.

    No message repeats the text: a private key may have been put there.
    """
    name, _plus, rest = text.partition("+")
    identity, _plus, encoded = rest.partition("+")
    return PublicKey(name, parse_key_bytes(name, identity, encoded))


def parse_key_bytes(
    name: str, identity: str, encoded: str, public_of: Callable[[bytes], bytes] = bytes
) -> bytes:
    """Read the parts of a key's text, public or private, and give its 32 bytes.

    `public_of` makes the public key of them. Raises `FormatError`, which tells nothing of the bytes.
    """
    if not is_key_name(name):
        raise FormatError(
            expected=say("the name of a key, without spaces or `+`"), found=say("something else")
        )
    try:
        raw = from_base64(encoded)
    except ValueError:
        # not chained: the error's arguments may hold what was encoded
        raise FormatError(expected=say("a key in base64"), found=say("something else")) from None
    if raw[:1] != ED25519 or len(raw) != 1 + KEY_BYTES:
        raise FormatError(
            expected=say("an Ed25519 key: the type 01 and {n} bytes", n=KEY_BYTES),
            found=say("the type {type} and {n} bytes", type=raw[:1].hex(), n=max(len(raw) - 1, 0)),
        )
    expected = key_id(name, public_of(raw[1:])).hex()
    if identity != expected:
        raise FormatError(
            expected=say("the key id {id}", id=expected), found=say("another one: the key was changed or cut")
        )
    return raw[1:]


def is_key_name(name: str) -> bool:
    """Tell whether a text may name a key."""
    return bool(name) and not any(
        char <= " " or char == "+" or char.isspace() or "\ud800" <= char <= "\udfff" for char in name
    )


def check_characters(text: str) -> None:
    """Refuse control characters, line feeds apart. Raises `FormatError`."""
    wrong = _CONTROL.search(text)
    if wrong is not None:
        raise FormatError(expected=say("no control character"), found=f"U+{ord(wrong[0]):04X}")


def to_base64(raw: bytes) -> str:
    """Give bytes in base64 (RFC 4648 section 4)."""
    return b2a_base64(raw, newline=False).decode()


def from_base64(text: str) -> bytes:
    """Read base64 in the one form that `to_base64` gives. Raises `ValueError`."""
    raw = a2b_base64(text)
    # only what is written again the same had its padding, no foreign sign and no stray bits at its end
    if to_base64(raw) != text:
        raise ValueError("not canonical base64")
    return raw


def _parse_signature(line: str) -> Signature:
    """Read a signature line without its line feed."""
    name, _space, encoded = line.removeprefix(_DASH).partition(" ")
    try:
        raw = from_base64(encoded) if line.startswith(_DASH) and is_key_name(name) else b""
    except ValueError:
        raw = b""
    if len(raw) <= ID_BYTES:
        example = "— NAME BASE64"
        raise FormatError(
            expected=say("a signature line such as `{example}`", example=example), found=_quoted(line[:80])
        )
    return Signature(name, raw[:ID_BYTES], raw[ID_BYTES:])


def _by_name_and_id(keys: Iterable[PublicKey]) -> dict[tuple[str, bytes], PublicKey]:
    """Order trusted keys; the same key given twice is one."""
    known: dict[tuple[str, bytes], PublicKey] = {}
    for key in keys:
        if known.setdefault(_named(key), key) != key:
            raise SignatureError(
                expected=say("trusted keys of different names or ids"),
                found=say("two of {key}", key=str(key)),
            )
    return known


def _named(key: PublicKey) -> tuple[str, bytes]:
    return key.name, key.id


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise FormatError(expected="UTF-8", found=say("half a character")) from error


def _quoted(text: str) -> Words:
    return f"`{text}`"
