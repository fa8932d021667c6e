"""What files of proofs and checkpoints consist of: text of lines, numbers and hashes, each in one form alone.

    lines: a header of its own, then hashes in base64       the head
                                                            an empty line
    a signed checkpoint, of whole lines                     the tail: what it says, others read

Whatever is read here is written back with the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from incident.domain.errors import FormatError
from incident.domain.note import from_base64
from incident.domain.say import Words, say
from incident.domain.tree import HASH_BYTES

#: No tree of fewer than 2**63 entries is higher, or needs more.
MOST_HASHES: Final = 63
#: Numbers of entries are below this.
_TOO_MANY: Final = 2**63
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")
#: So much of a line that cannot be read is shown.
_SHOWN: Final = 60


def parted(raw: bytes) -> tuple[list[str], str]:
    """Part the bytes of a proof into the lines of its head and the checkpoint. Raises `FormatError`."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        found = say("another byte, number {n}", n=error.start)
        raise FormatError(expected=say("text in UTF-8"), found=found) from None
    head, _, checkpoint = text.partition("\n\n")
    return head.split("\n"), checkpoint


def whole_lines(checkpoint: str) -> str:
    """Give a checkpoint as it is. Raises `FormatError` for one that is not of whole lines."""
    if checkpoint.startswith("\n") or not checkpoint.endswith("\n"):
        expected = say("an empty line and then a checkpoint of whole lines")
        raise FormatError(expected=expected, found=shown(checkpoint))
    return checkpoint


def number(digits: str) -> int | None:
    """Read a number of entries, or of one; none for what is none: leading zeros, a sign, 2**63 and more."""
    if not _DECIMAL.fullmatch(digits):
        return None
    found = int(digits)
    return found if found < _TOO_MANY else None


def hashes(lines: Sequence[str]) -> tuple[bytes, ...]:
    """Read the hashes of a proof, one a line. Raises `FormatError`."""
    if len(lines) > MOST_HASHES:
        most = say("proof length {n} at most", n=MOST_HASHES)
        raise FormatError(expected=most, found=say("proof length {n}", n=len(lines)))
    return tuple(map(_hash, lines))


def _hash(line: str) -> bytes:
    value = decoded(line)
    if len(value) != HASH_BYTES:
        expected = say("a hash of {n} bytes in base64", n=HASH_BYTES)
        raise FormatError(expected=expected, found=shown(line))
    return value


def decoded(text: str) -> bytes:
    """Read base64; what is none counts as empty, for nothing here may be."""
    try:
        return from_base64(text)
    except ValueError:
        return b""


def shown(text: str) -> Words:
    """Show as much of a text as is needed to know it again."""
    if not text:
        return say("nothing")
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
