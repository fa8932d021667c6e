"""Signed checkpoints kept beside a journal: which of them count.

Whoever can write the database can put a row there, and no guard keeps a false one out; what counts is the
note in it. So whoever needs the newest checkpoint asks here: one that reads, of this journal, of no more
entries than are here, and of which the row says nothing else. Others are passed over, and `journal verify`
tells of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from incident.domain.checkpoint import Checkpoint, code_of, parse_checkpoint
from incident.domain.errors import FormatError
from incident.domain.note import parse_note
from incident.service.ports import LAST, Reading, Signed

#: Reads a signed note. Raises `FormatError` for one that no trusted key signed; where no key is known,
#: `unopened` is one.
Read = Callable[[str], Checkpoint]


def unopened(note: str) -> Checkpoint:
    """Read a signed note without looking at who signed it. Raises `FormatError`."""
    return parse_checkpoint(parse_note(note.encode()).text)


def newest(tx: Reading, code: str, read: Read, *, until: int = LAST) -> Checkpoint | None:
    """Give the newest checkpoint that counts, of at most `until` entries."""
    return next((checkpoint for checkpoint, _row in rows(tx, code, read, until=until)), None)


def rows(tx: Reading, code: str, read: Read, *, until: int = LAST) -> Iterator[tuple[Checkpoint, Signed]]:
    """Give the checkpoints that count, of at most `until` entries, newest first, each with its row."""
    log = tx.log(code)
    size = -1 if log is None else min(until, log.situation.version)
    while size >= 0 and (row := tx.newest_checkpoint(code, until=size)) is not None:
        checkpoint = said_in(code, row, read)
        if checkpoint is not None:
            yield checkpoint, row
        size = row.size - 1


def said_in(code: str, row: Signed, read: Read) -> Checkpoint | None:
    """Give what the note in a row says, if the row says the same; none for what counts for nothing."""
    try:
        checkpoint = read(row.note)
    except FormatError:
        return None
    is_said = (checkpoint.size, checkpoint.at) == (row.size, row.at)
    return checkpoint if is_said and code_of(checkpoint.origin) == code else None
