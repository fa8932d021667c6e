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

from msgspec import Struct

from incident.domain import lines
from incident.domain.errors import FormatError
from incident.domain.note import to_base64
from incident.domain.say import say

_OLD = "old "


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
    (first, *head), checkpoint = lines.parted(raw)
    old = lines.number(first.removeprefix(_OLD)) if first.startswith(_OLD) else None
    if old is None:
        expected = say("`old` and a number of entries, hashes, an empty line and a checkpoint")
        raise FormatError(expected=expected, found=lines.shown(first))
    return Growth(old=old, hashes=lines.hashes(head), checkpoint=lines.whole_lines(checkpoint))
