"""The journal of one jurisdiction: what an entry is, and its bytes. The tree over all entries is `tree.py`.

Format (everything an auditor needs to write an own verifier)
------------------------------------------------------------
* An entry is one decision, whole: what came in, from whom, on what basis, which facts followed or why it
  was refused, under which playbook.
* Its bytes are canonical JSON after RFC 8785: ASCII keys sorted, no white space, integers only.
* Entries are numbered from 0. Their bytes are the leaves of a Merkle tree after RFC 6962 (`tree.py`).
* What can name a person is sealed: the entry holds `{"sd": digest}` and, beside the journal, a disclosure
  holds base64url(JSON [salt, name, value]); digest = base64url(SHA-256(disclosure)), after RFC 9901
  section 4.2. Erasing a disclosure changes no hash.

`decode(encode(e)) == e`; `unseal(seal(name, value, salt)) == (name, value)`.

An example, broken into lines here. An entry:

    {"actor":"claimed","at":"2026-03-01T02:40:00Z",
    "by":{"sd":"T2iuIN-F8qxdan3EYmCqBAoMd9eli4EsOr0Ulmo5XDI"},"facts":[{"fact":"HeartbeatRecorded"}],
    "jurisdiction":"330681111",
    "playbook":"90d790d790d790d790d790d790d790d790d790d790d790d790d790d790d790d7","program":"0.1.0",
    "seq":7,"v":1}

its leaf, SHA-256(0x00 ‖ entry):

    7c868c55f53f3543359c66381e7b78bcf9ec74f01f1f8e5894f53e62c3173e05

what `by` discloses, with a salt of sixteen zeros: base64url of ["AAAAAAAAAAAAAAAAAAAAAA","by","甲"]

    WyJBQUFBQUFBQUFBQUFBQUFBQUFBQUFBIiwiYnkiLCLnlLIiXQ
"""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from hashlib import sha256
from typing import Any, Final

import msgspec
from msgspec import Struct

from incident.domain.facts import AnyFact

FORMAT = 1


class Sealed(Struct, frozen=True, forbid_unknown_fields=True):
    """Stands for a value that is disclosed apart from the journal."""

    #: Digest of the disclosure.
    sd: str


class Came(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The event as it came in."""

    id: str
    source: str
    type: str
    #: When it happened, by its source.
    time: str
    #: Its values; text is sealed.
    data: dict[str, str | int | Sealed] = {}


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One entry of a journal."""

    #: Version of this format.
    v: int
    #: Version of the program that decided.
    program: str
    #: Which journal of the jurisdiction: `live`, or that of a drill.
    log: str = "live"
    jurisdiction: str
    #: Number in the journal, from 0.
    seq: int
    #: When it was recorded.
    at: str
    #: From when it holds, if not from then.
    effective_at: str | None = None
    #: Until when it was asked for, where that was said.
    until: str | None = None
    #: Hash of the plan that was approved before, where one was.
    approved: str | None = None
    #: Proposal that it approves, where it does: `proposal-12`.
    proposal: str | None = None
    #: Whoever asked would do it alone though the step needed two persons.
    break_glass: bool = False
    #: SHA-256 of the playbook under which it was decided.
    playbook: str
    #: What came in; none for an adoption.
    came: Came | None = None
    #: The button pressed, or the act.
    verb: str | None = None
    #: Step of the playbook that answered.
    step: str | None = None
    #: Hash of the plan that ran.
    plan: str | None = None
    #: Who decided; a reference of the playbook, which names a body or seat, never a person.
    authority: str | None = None
    #: What was typed for it.
    decided_by: Sealed | None = None
    basis: Sealed | None = None
    #: The instrument of the playbook that the basis names; readable when what was typed is erased.
    basis_ref: str | None = None
    reason: Sealed | None = None
    #: How it is known who pressed: `os` by the operating system's user, `claimed` by a name that was typed,
    #: `authenticated` by somebody who had signed in; `system`: the program itself.
    actor: str | None = None
    #: Who pressed.
    by: Sealed | None = None
    #: User of the operating system at whose terminal it was pressed.
    os_user: Sealed | None = None
    #: Node of the program that carried out what was due.
    node: str | None = None
    #: Running incident once the entry holds, or the one it closed.
    incident: str | None = None
    facts: list[AnyFact]


#: What of an entry itself is sealed, by the name under which it is disclosed; values that came in by this.
_PARTS: Final = ("by", "os_user", "decided_by", "basis", "reason")
_DATA: Final = "data."
#: The alphabet of base64 and that of base64url (RFC 4648 section 5); `base64` does the same in more calls.
_TO_URL, _FROM_URL = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")
_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(Entry, strict=True)
_disclosure_decoder = msgspec.json.Decoder(tuple[str, str, str])


def canonical(plain: object) -> bytes:
    """Give the canonical JSON of plain data with ASCII keys and integers (RFC 8785)."""
    return _encoder.encode(plain)


def encode(entry: Entry) -> bytes:
    """Give the canonical bytes of an entry. Raises `ValueError` on lone surrogates."""
    return _encoder.encode(entry)


def decode(body: bytes) -> Entry:
    """Read the bytes of an entry. Raises `msgspec.DecodeError` or `msgspec.ValidationError`."""
    return _decoder.decode(body)


def seal(name: str, value: str, salt: bytes) -> tuple[Sealed, str]:
    """Seal a value; gives what stands in the entry and the disclosure to keep beside it."""
    disclosure = _base64url(msgspec.json.encode([_base64url(salt), name, value]))
    return Sealed(_base64url(sha256(disclosure.encode()).digest())), disclosure


def unseal(sealed: Sealed, disclosure: str) -> tuple[str, str]:
    """Give name and value of a disclosure. Raises `ValueError` when it is not the one that was sealed."""
    # `_base64url` in place: an auditor does this a million times
    digest = b2a_base64(sha256(disclosure.encode()).digest(), newline=False).translate(_TO_URL)
    if digest[:-1].decode() != sealed.sd:  # of 32 bytes there is one sign too many
        raise ValueError("the disclosure is not the one that was sealed")
    return disclosed(disclosure)


def disclosed(disclosure: str) -> tuple[str, str]:
    """Give name and value of a disclosure, whatever was sealed. Raises `ValueError`."""
    # padding more than is wanted is not looked at
    raw = a2b_base64(disclosure.encode().translate(_FROM_URL) + b"==")
    _, name, value = _disclosure_decoder.decode(raw)
    return name, value


def sealed_parts(entry: Entry) -> dict[str, Sealed]:
    """List what an entry holds sealed, by the name under which it is disclosed."""
    parts: dict[str, Sealed | None] = {name: getattr(entry, name) for name in _PARTS}
    found = {name: part for name, part in parts.items() if part is not None}
    if entry.came is not None and entry.came.data:
        data: dict[str, Any] = entry.came.data
        found |= {f"{_DATA}{name}": value for name, value in data.items() if isinstance(value, Sealed)}
    return found


def sealed_part(entry: Entry, name: str) -> Sealed | None:
    """Give what an entry holds sealed under a name; `sealed_parts(entry).get(name)`, of a million entries."""
    if name in _PARTS:
        part: Sealed | None = getattr(entry, name)
        return part
    value = None if entry.came is None else entry.came.data.get(name.removeprefix(_DATA))
    return value if isinstance(value, Sealed) and name.startswith(_DATA) else None


def _base64url(raw: bytes) -> str:
    return b2a_base64(raw, newline=False).translate(_TO_URL).rstrip(b"=").decode()
