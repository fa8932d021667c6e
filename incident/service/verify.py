"""Verifying a journal of the live database: its record, and the tables beside it.

The record is verified as that of an evidence kit is (`verify_record.py`), and then what is stored beside each
entry and what stands now (`verify_stored.py`). Each level is named, with its verdict (`verify_verdict.py`).
The first fault is raised as `JournalError` with the exact entry and the level at which it was found.
Disclosures that are missing are no fault of an entry: they are counted (`Verified.missing`).
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from incident.domain import tree
from incident.domain.errors import StoreError
from incident.domain.say import say
from incident.service import opened
from incident.service.handle import adopted
from incident.service.ports import Log, Reading
from incident.service.verify_missing import MissingCheck, with_missing
from incident.service.verify_record import (
    DROPPED,
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


def verify(tx: Reading, code: str, *, replay: bool = True, roots_at: Iterable[int] = ()) -> Verified:
    """Verify the journal of a jurisdiction. Raises `JournalError` at the first fault.

    Without `replay` leaves and root alone are recomputed. `roots_at` are sizes at which the root of the
    prefix is wanted, to be held against a checkpoint from outside. A playbook, or a standing item, that
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
    check = RecordCheck(tx, code, roots_at=roots_at)
    stored_check, missing = StoredCheck(tx, check), MissingCheck()
    for stored, beside in opened.whole(tx, code, since=check.since):
        entry, disclosed, moved = check.take_stored(stored, beside.disclosures)
        stored_check.take(entry, disclosed, moved, stored, beside)
        missing.take(entry, disclosed)
    check.close()
    _check_tree(code, check.tree, log)
    stored_check.compare(log.situation)
    found = with_missing(verified(check), missing.found(check.standing))
    held = [level for level in OF_STORE if check.base is None or level != "people"]
    return replace(found, levels=[*found.levels, *levels(OF_STORE, held, DROPPED)])


def check_storage(tx: Reading, place: str) -> None:
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


def _check_tree(code: str, computed: Tree, log: Log) -> None:
    """Hold the recomputed tree against the stored one, subtree by subtree."""
    kept = tree.root(log.peaks).hex()
    check_root(code, computed.size, computed.root, log.situation.version, kept)
    if computed.peaks != log.peaks:  # other subtrees can have the same root
        raise fault(code, None, say("{n} subtrees", n=len(computed.peaks)), str(len(log.peaks)), "root")
