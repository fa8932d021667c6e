"""By which entry a shift began to be known, so that what was recorded in it is read from there on.

Every other way to find it reads the whole journal. What was assigned anew is followed back, entry by entry.
"""

from __future__ import annotations

from incident.domain.duty import Duty
from incident.service.ports import Reading


def first_entry(tx: Reading, code: str, one: Duty) -> int:
    """Give the entry that assigned the shift of a piece for the first time."""
    seq = one.seq
    while (before := _before(tx, code, one, seq)) is not None:
        seq = before
    return seq


def _before(tx: Reading, code: str, one: Duty, seq: int) -> int | None:
    """Give the entry that had assigned a shift which entry `seq` assigned anew; none if it was the first."""
    for ended, piece in tx.ended_duties(code, since=seq):
        if ended != seq:
            break
        if piece.is_void and (piece.roster, piece.shift) == (one.roster, one.shift) and piece.seq < seq:
            return piece.seq
    return None
