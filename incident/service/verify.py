"""Verifying a journal of the live database: its record, and the tables beside it.

The record is verified as that of an evidence kit is (`verify_record.py`), and then what is stored beside each
entry and what stands now (`verify_stored.py`). Each level is named, with its verdict (`verify_verdict.py`).
The first fault is raised as `JournalError` with the exact entry and the level at which it was found.
Disclosures that are missing are no fault of an entry: they are counted (`Verified.missing`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import BrokenExecutor
from typing import Final

from msgspec.structs import replace

from incident.domain import tree
from incident.domain.errors import IncidentError, StoreError
from incident.domain.say import Words, say
from incident.service import opened
from incident.service.handle import adopted
from incident.service.ports import Log, Reading
from incident.service.verify_dropped import limited
from incident.service.verify_missing import MissingCheck, with_missing
from incident.service.verify_parts import Elsewhere, verify_parts
from incident.service.verify_record import (
    RecordCheck,
    Tree,
    check_root,
    hashes,
    verified,
    verified_hashes,
)
from incident.service.verify_stored import StoredCheck
from incident.service.verify_verdict import OF_STORE, Verified, fault, levels

__all__ = ["Verified", "check_storage", "verify"]

#: Is told how many entries were taken.
Tell = Callable[[int], None]
#: After so many entries it is told again.
_OFTEN: Final = 256


def verify(
    tx: Reading,
    code: str,
    *,
    replay: bool = True,
    roots_at: Iterable[int] = (),
    elsewhere: Elsewhere | None = None,
    tell: Tell | None = None,
) -> Verified:
    """Verify the journal of a jurisdiction. Raises `JournalError` at the first fault.

    Without `replay` leaves and root alone are recomputed. `roots_at` are sizes at which the root of the
    prefix is wanted, to be held against a checkpoint from outside. A long journal is verified `elsewhere`,
    where that is given. `tell` is told now and then how many entries were taken, and what it raises ends it;
    of hashes alone, and of what is done elsewhere, nothing is told. A playbook, or a standing item, that
    cannot be read back is the store's `StoreError`.
    """
    log = tx.log(code)
    if log is None and code in tx.journals():
        expected = say("the situation that the journal gives")
        raise fault(code, None, expected, say("none is stored"), "stored")
    log = adopted(tx, code)
    if not replay:
        computed = hashes(tx, code, roots_at=roots_at)
        _check_tree(code, computed, log)
        found = verified_hashes(code, computed)
        why = next((level.why for level in found.levels if not level.held), None)
        return replace(found, levels=[*found.levels, *levels(OF_STORE, (), why)])
    both = _in_parts(tx, code, roots_at, log, elsewhere) or _one_by_one(tx, code, roots_at, tell or _silent)
    stored_check, missing = both
    check = stored_check.check
    check.close()
    _check_tree(code, check.tree, log)
    stored_check.compare(log.situation)
    found = with_missing(verified(check), missing.found(check.standing))
    unseen = stored_check.told.unseen
    held = [level for level in OF_STORE if level != "people" or not unseen]
    why = say("those named only in dropped entries: {n}; the others hold", n=unseen)
    return replace(found, levels=[*found.levels, *limited(levels(OF_STORE, held, why), check.base)])


def check_storage(tx: Reading, place: Words) -> None:
    """Let the database look at itself: an index that says otherwise than its table answers for it.

    Raises `StoreError`. What a journal says is not looked at.
    """
    found = tx.damage()
    if found is not None:
        raise StoreError(
            where=place,
            expected=say("tables and indexes that say the same"),
            found=found,
            do=say("restore a backup; keep the damaged file"),
        )


def _one_by_one(
    tx: Reading, code: str, roots_at: Iterable[int], tell: Tell
) -> tuple[StoredCheck, MissingCheck]:
    """Verify entry after entry."""
    check = RecordCheck(tx, code, roots_at=roots_at)
    stored_check, missing = StoredCheck(tx, check), MissingCheck()
    for stored, beside in opened.whole(tx, code, since=check.since):
        entry, disclosed, moved = check.take_stored(stored, beside.disclosures)
        stored_check.take(entry, disclosed, moved, stored, beside)
        missing.take(entry, disclosed)
        if not entry.seq % _OFTEN:
            tell(entry.seq)
    return stored_check, missing


def _in_parts(
    tx: Reading, code: str, roots_at: Iterable[int], log: Log, elsewhere: Elsewhere | None
) -> tuple[StoredCheck, MissingCheck] | None:
    """Verify elsewhere; None where the journal is too short for that, or it cannot be, or anything is wrong.

    What is wrong is said by who reads all of it in one transaction: others may have seen what was redacted
    meanwhile, and not the entry that says so.
    """
    size = log.situation.version
    if elsewhere is None or elsewhere.bounds(size)[1] == size or next(tx.entries(code, since=size), None):
        return None
    check = RecordCheck(tx, code)
    if check.base is not None:  # what is left of it begins with a snapshot, not with a part
        return None
    stored_check, missing = StoredCheck(tx, check), MissingCheck()
    try:
        verify_parts(tx, stored_check, missing, elsewhere, size=size, roots_at=roots_at)
    except (BrokenExecutor, IncidentError):  # among others one of the processes was ended
        return None
    return None if missing.found(check.standing).n else (stored_check, missing)


def _silent(_taken: int) -> None:
    """Tell nobody."""


def _check_tree(code: str, computed: Tree, log: Log) -> None:
    """Hold the recomputed tree against the stored one, subtree by subtree."""
    kept = tree.root(log.peaks).hex()
    check_root(code, computed.size, computed.root, log.situation.version, kept)
    if computed.peaks != log.peaks:  # other subtrees can have the same root
        raise fault(code, None, say("{n} subtrees", n=len(computed.peaks)), str(len(log.peaks)), "root")
