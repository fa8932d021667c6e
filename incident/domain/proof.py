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

from typing import Final

from msgspec import Struct

from incident.domain import lines
from incident.domain.errors import FormatError
from incident.domain.note import to_base64
from incident.domain.say import say

HEADER: Final = "c2sp.org/tlog-proof@v1"
_EXTRA: Final = "extra "
_INDEX: Final = "index "


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
    return "\n".join([HEADER, *extra, f"{_INDEX}{proof.index}", *hashes, "", proof.checkpoint]).encode()


def parse(raw: bytes) -> Proof:
    """Read a proof. Raises `FormatError` for all bytes that `format_proof` does not give."""
    (header, *head), checkpoint = lines.parted(raw)
    if header != HEADER:
        raise FormatError(expected=HEADER, found=lines.shown(header))
    extra = b""
    if head and head[0].startswith(_EXTRA):
        extra = _read_extra(head.pop(0))
    index = _read_index(head.pop(0) if head else "")
    hashes = lines.hashes(head)
    return Proof(index=index, hashes=hashes, checkpoint=lines.whole_lines(checkpoint), extra=extra)


def _read_extra(line: str) -> bytes:
    extra = lines.decoded(line.removeprefix(_EXTRA))
    if not extra:
        raise FormatError(expected=say("`extra` and bytes in base64"), found=lines.shown(line))
    return extra


def _read_index(line: str) -> int:
    index = lines.number(line.removeprefix(_INDEX)) if line.startswith(_INDEX) else None
    if index is None:
        raise FormatError(expected=say("`index` and the number of an entry"), found=lines.shown(line))
    return index
