"""That a journal only grew: from one checkpoint to a later one, as a file to check offline.

Format (c2sp.org/tlog-witness, body of an add-checkpoint request)
-----------------------------------------------------------------
    old 13                                              number of entries of the older checkpoint
    Aippeebat6pa5MPl5F9+l3ESp+Y1k4INvsHsc4ok+Tw=        the consistency proof (RFC 9162 section 2.1.4),
    WX/LMSgtNGVMIA00GPylcFxkjr8ybsc9jd7xGEH4dtg=        lowest hash first, one a line in base64
                                                        an empty line
    incident/330681111/022a6979e6dab7aa                 the newer checkpoint, signed, as it is
    …

A witness takes these bytes as they are. Whoever checks needs the older checkpoint too, from elsewhere.
`parse_growth(format_growth(g)) == g`, and the reverse.
"""

from __future__ import annotations

import re

from msgspec import Struct

from incident.domain.errors import FormatError
from incident.domain.note import from_base64, to_base64
from incident.domain.say import say
from incident.domain.tree import HASH_BYTES

_OLD = "old "
#: No tree of fewer than 2**63 entries needs more.
_MOST_HASHES = 63
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,17}")


class Growth(Struct, frozen=True, kw_only=True):
    """That the tree of a checkpoint begins with an older one."""

    #: Number of entries of the older tree.
    old: int
    #: The consistency proof, lowest first.
    hashes: tuple[bytes, ...]
    #: The newer signed checkpoint, not read.
    checkpoint: str


def format_growth(growth: Growth) -> bytes:
    """Give the bytes of a proof of growth."""
    hashes = [to_base64(one) for one in growth.hashes]
    return "\n".join([f"{_OLD}{growth.old}", *hashes, "", growth.checkpoint]).encode()


def parse_growth(raw: bytes) -> Growth:
    """Read a proof of growth. Raises `FormatError` for all bytes that `format_growth` does not give."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        found = say("another byte, number {n}", n=error.start)
        raise FormatError(expected=say("text in UTF-8"), found=found) from None
    head, gap, checkpoint = text.partition("\n\n")
    first, *lines = head.split("\n")
    digits = first.removeprefix(_OLD)
    if not gap or digits == first or not _DECIMAL.fullmatch(digits):
        expected = say("`old` and a number of entries, hashes, an empty line and a checkpoint")
        raise FormatError(expected=expected, found=f"`{first[:60]}`")
    if len(lines) > _MOST_HASHES:
        most = say("proof length {n} at most", n=_MOST_HASHES)
        raise FormatError(expected=most, found=say("proof length {n}", n=len(lines)))
    if checkpoint.startswith("\n") or not checkpoint.endswith("\n"):
        expected = say("an empty line and then a checkpoint of whole lines")
        raise FormatError(expected=expected, found=f"`{checkpoint[:60]}`")
    return Growth(old=int(digits), hashes=tuple(map(_hash, lines)), checkpoint=checkpoint)


def _hash(line: str) -> bytes:
    try:
        value = from_base64(line)
    except ValueError:
        value = b""
    if len(value) != HASH_BYTES:
        expected = say("a hash of {n} bytes in base64", n=HASH_BYTES)
        raise FormatError(expected=expected, found=f"`{line[:60]}`")
    return value
