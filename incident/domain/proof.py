"""A proof on its own: that an entry stands in a journal, as a file to check offline (C2SP tlog-proof).

Format
------
Lines of UTF-8, each ended by a line feed:

1. `c2sp.org/tlog-proof@v1`
2. `extra ` and base64 of bytes whose meaning is left open; without any, the line is not there. Nothing
   vouches for them but what they hash to.
3. `index ` and the number of the entry, from 0, with no zero before it.
4. The inclusion proof, lowest hash first, one a line in base64; none in a tree of one entry.
5. An empty line, and from there to the end the signed checkpoint of the tree, as it is. Here it is any text
   of lines: what it says and who signed it, others read.

Base64 is that of RFC 4648 section 4, padded, its unused bits zero. What is read is written back with the same
bytes: a proof has one text. It is bytes, not text, that are read, so that nothing mends line ends on the way.

Worked example: entry 1 of three, their bytes being `a`, `b` and `c`. The hashes are the leaves 0 and 2.

    c2sp.org/tlog-proof@v1
    index 1
    Aippeebat6pa5MPl5F9+l3ESp+Y1k4INvsHsc4ok+Tw=
    WX/LMSgtNGVMIA00GPylcFxkjr8ybsc9jd7xGEH4dtg=

    incident/330681111/022a6979e6dab7aa
    3
    NmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=
    at 2026-03-01T02:40:00Z

    — incident/330681111/022a6979e6dab7aa 4ZfX1w==

`parse(format_proof(proof)) == proof` and `format_proof(parse(raw)) == raw`. A proof that can be read proves
nothing yet: check the checkpoint's signature, then `tree.check_inclusion` with its size and root.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from incident.domain.errors import FormatError
from incident.domain.note import from_base64, to_base64
from incident.domain.say import Words, say
from incident.domain.tree import HASH_BYTES

HEADER: Final = "c2sp.org/tlog-proof@v1"
_EXTRA: Final = "extra "
_INDEX: Final = "index "
#: No tree of fewer than 2**63 entries is higher.
_MOST_HASHES: Final = 63
#: Eighteen digits: any number of these, a database holds.
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,17}")
#: So much of a line that cannot be read is shown.
_SHOWN: Final = 60


class Proof(Struct, frozen=True, kw_only=True):
    """That an entry stands in the tree of a checkpoint."""

    #: Number of the entry, from 0.
    index: int
    #: The inclusion proof, lowest first.
    hashes: tuple[bytes, ...]
    #: The signed checkpoint, not read.
    checkpoint: str
    #: Whatever goes with it; not proven.
    extra: bytes = b""


def format_proof(proof: Proof) -> bytes:
    """Give the bytes of a proof."""
    extra = [_EXTRA + to_base64(proof.extra)] if proof.extra else []
    hashes = [to_base64(one) for one in proof.hashes]
    lines = [HEADER, *extra, f"{_INDEX}{proof.index}", *hashes, "", proof.checkpoint]
    return "\n".join(lines).encode()


def parse(raw: bytes) -> Proof:
    """Read a proof. Raises `FormatError` for all bytes that `format_proof` does not give."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        found = say("another byte, number {n}", n=error.start)
        raise FormatError(expected=say("text in UTF-8"), found=found) from None
    head, _, checkpoint = text.partition("\n\n")
    header, *lines = head.split("\n")
    if header != HEADER:
        raise FormatError(expected=HEADER, found=_shown(header))
    extra = b""
    if lines and lines[0].startswith(_EXTRA):
        extra = _read_extra(lines.pop(0))
    index = _read_index(lines.pop(0) if lines else "")
    if len(lines) > _MOST_HASHES:
        most = say("proof length {n} at most", n=_MOST_HASHES)
        raise FormatError(expected=most, found=say("proof length {n}", n=len(lines)))
    hashes = tuple(_read_hash(line) for line in lines)
    if checkpoint.startswith("\n") or not checkpoint.endswith("\n"):
        expected = say("an empty line and then a checkpoint of whole lines")
        raise FormatError(expected=expected, found=_shown(checkpoint))
    return Proof(index=index, hashes=hashes, checkpoint=checkpoint, extra=extra)


def _read_extra(line: str) -> bytes:
    extra = _decoded(line.removeprefix(_EXTRA))
    if not extra:
        raise _other_line(say("`extra` and bytes in base64"), line)
    return extra


def _read_index(line: str) -> int:
    digits = line.removeprefix(_INDEX)
    if digits == line or not _DECIMAL.fullmatch(digits):
        raise _other_line(say("`index` and the number of an entry"), line)
    return int(digits)


def _read_hash(line: str) -> bytes:
    value = _decoded(line)
    if len(value) != HASH_BYTES:
        raise _other_line(say("a hash of {n} bytes in base64", n=HASH_BYTES), line)
    return value


def _decoded(text: str) -> bytes:
    """Read base64; what is none counts as empty, for nothing here may be."""
    try:
        return from_base64(text)
    except ValueError:
        return b""


def _other_line(expected: Words, line: str) -> FormatError:
    return FormatError(expected=expected, found=_shown(line))


def _shown(text: str) -> Words:
    """Show as much of a text as is needed to know it again."""
    if not text:
        return say("nothing")
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
