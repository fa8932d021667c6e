"""Looking at what was tampered with, by the code of `incident journal verify --against NOTE --pubkey KEY`."""

from __future__ import annotations

from typing import Final, NamedTuple

from incident.cli.journal_verify import every_journal
from incident.domain.errors import JournalError, StoreError
from incident.service import against
from incident.service.against import Span
from incident.service.brought import Brought
from incident.service.ports import Reading
from incident.service.verify import check_storage, verify
from incident.service.verify_verdict import OF_RECORD, OF_STORE
from incident.signing import evidence
from tests.service.signing import Shelf, signer

#: It cannot be read as a database of this program, or a part of it not at all: `StoreError`, exit code 5.
UNREADABLE: Final = "unreadable"
#: The database's own check of its tables and indexes.
STORAGE: Final = "storage"
#: Checkpoints kept beside the journal do not verify, or are not of it.
BESIDE: Final = "checkpoints beside"
#: It holds in itself, and the checkpoint that somebody brought does not hold.
OUTSIDE: Final = "checkpoint from outside"
#: All that can become of a look, in the order in which it is come by.
CAUGHT: Final = (UNREADABLE, STORAGE, *OF_RECORD, *OF_STORE, BESIDE, OUTSIDE)


class Seen(NamedTuple):
    """What a look found; at no level where all holds."""

    level: str | None
    #: Entry that is named.
    seq: int | None = None
    #: Entries between which the checkpoints say that something was changed.
    span: Span | None = None
    said: str = ""


def newest(outside: Shelf) -> Brought:
    """Bring the newest checkpoint that left the house, and the public key."""
    return brought(outside, outside.sizes()[-1:])


def brought(outside: Shelf, sizes: list[int]) -> Brought:
    """Bring some checkpoints that left the house, and the public key."""
    keys = [signer().key]
    notes = [note for (_code, _origin, size), note in sorted(outside.notes.items()) if size in sizes]
    return evidence.brought(
        [evidence.signed_checkpoint("outside", note.encode(), keys) for note in notes], keys
    )


def look(tx: Reading, found: Brought) -> Seen:
    """Verify every journal, and hold it against what was brought. Only our own errors are caught."""
    try:
        check_storage(tx, "here")
    except StoreError as error:
        return Seen(STORAGE, said=str(error))
    codes = every_journal(tx)
    strangers = [one for one in found.given if not any(against.is_of(code, one) for code in codes)]
    seen = [Seen(OUTSIDE)] if strangers else []
    for code in codes:
        try:
            seen.append(_look_at(tx, code, found))
        except JournalError as error:
            return Seen(error.level or "unnamed", error.seq, said=str(error))
        except StoreError as error:
            return Seen(UNREADABLE, said=str(error))
    return next((one for one in seen if one.level is not None), Seen(None))


def _look_at(tx: Reading, code: str, found: Brought) -> Seen:
    verified = verify(tx, code, roots_at=found.sizes(tx, code))
    roots = {size: bytes.fromhex(root) for size, root in verified.roots.items()}
    compared = found.compared(tx, code, roots)
    if compared.holds:
        missing = verified.missing
        return Seen(None) if missing is None or not missing.n else Seen("disclosures", missing.first[0][0])
    is_outside = any(one.verdict != "holds" for one in compared.brought)
    return Seen(OUTSIDE if is_outside else BESIDE, span=compared.span)
