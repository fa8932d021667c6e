"""Which versions of its playbook a jurisdiction has had: when each was adopted, what was warned of then."""

from __future__ import annotations

from typing import NamedTuple

from incident.domain.facts import PlaybookAdopted
from incident.service.opened import first_body, read_entry
from incident.service.ports import Reading

#: Stands in the body of every entry that adopts.
_MARK = f'"{PlaybookAdopted.__name__}"'.encode()


class Version(NamedTuple):
    """One adoption."""

    #: SHA-256 of the playbook's resolved form.
    digest: str
    #: Entry that adopted it, and when that was recorded; none where its body was dropped.
    seq: int | None
    at: int | None
    #: Rules of `playbook check` that warned, as recorded.
    warnings: list[str]


def versions(tx: Reading, code: str) -> list[Version]:
    """Give the adoptions of a jurisdiction, the newest first; one adopted twice stands there twice.

    Those of which no entry tells any more come last. Raises `JournalError` where an entry cannot be read.
    """
    kept = tx.playbooks(code)
    found = []
    for stored in tx.entries(code, since=first_body(tx, code)):
        if _MARK in stored.body:
            found += [
                Version(fact.playbook, stored.seq, stored.at, fact.warnings)
                for fact in read_entry(code, stored).facts
                if isinstance(fact, PlaybookAdopted)
            ]
        if found and len(kept) == 1:
            break  # there was never another: the rest of a long journal need not be looked through
    told = {one.digest for one in found}
    return [*reversed(found), *(Version(digest, None, None, []) for digest in kept if digest not in told)]
