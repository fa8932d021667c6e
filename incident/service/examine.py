"""Examining a journal: verified, and held against every checkpoint that is known; one verdict, and why.

It holds only if all of it does: each entry at each level that is looked at, each checkpoint that was brought
and each beside the journal, nothing missing that no entry explains, no entry that only another program could
decide again, and no checkpoint outside that says this journal is not the newest.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from typing import NamedTuple

from incident.domain.errors import JournalError, RequestError, StoreError
from incident.service.against import Compared
from incident.service.brought import Brought
from incident.service.ports import Reading
from incident.service.recovered import Loss, losses
from incident.service.verify import verify
from incident.service.verify_parts import Elsewhere
from incident.service.verify_verdict import Verified


class Examined(NamedTuple):
    """A journal of which each entry holds, and how it stands to checkpoints."""

    found: Verified
    compared: Compared
    #: What was given up of it.
    gone: list[Loss]
    #: Why it is not the newest, by checkpoints outside.
    outdated: StoreError | None
    #: Why entries were not decided again, but for those of programs that were accepted.
    undecided: list[str]

    @property
    def holds(self) -> bool:
        """Tell whether nothing at all is wrong."""
        is_whole = self.found.missing is None or not self.found.missing.n
        return self.compared.holds and self.outdated is None and not self.undecided and is_whole


def examine(
    tx: Reading,
    code: str,
    brought: Brought,
    *,
    accepted: Collection[str] = (),
    outdated: StoreError | None = None,
    replay: bool = True,
    elsewhere: Elsewhere | None = None,
    tell: Callable[[int], None] | None = None,
) -> Examined:
    """Examine a journal. Raises `JournalError` and `StoreError` at the first fault of an entry.

    `accepted` are versions of the program whose entries need not be decided again, `outdated` is why it is
    not the one of which the newest checkpoint is kept outside. The others are as for `verify`.
    """
    found = verify(tx, code, replay=replay, roots_at=brought.sizes(tx, code), elsewhere=elsewhere, tell=tell)
    roots = {size: bytes.fromhex(root) for size, root in found.roots.items()}
    compared, gone = brought.compared(tx, code, roots), losses(tx, code)
    undecided = [] if found.decided is None else found.decided.open(accepted)
    return Examined(found, compared, gone, outdated, undecided)


def compared_at_fault(tx: Reading, code: str, brought: Brought) -> Compared | None:
    """Hold what was brought against the hashes that are kept beside the entries of a journal with a fault.

    That may tell since when; none where nothing was brought, or it cannot be told.
    """
    if brought.given:
        with suppress(JournalError, StoreError, RequestError):
            return brought.compared(tx, code, {})
    return None
