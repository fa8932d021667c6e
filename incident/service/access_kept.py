"""How long the record of access is kept: what is older is taken away, and a line of the record says so.

    midnight, so many days ago → is a line older? → a line says how many and up to when → some, some more, …

It holds who read what and from where, so it is kept no longer than it is needed (Personal Information
Protection Law, art. 19), and no shorter than network logs have to be (`identity.KEPT_AT_LEAST`); the guards
of the database hold that too.

Whole days go, so there is one such line a day at most. It is written with the first lines that go. Whoever
is stopped after that, or holds the lock next, goes on with what it says and writes no other. What is due is
found in the record itself: no worker has to remember it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Final, NamedTuple

from incident.domain import clock
from incident.domain.identity import KEPT_AT_LEAST
from incident.domain.organisation import ZONE
from incident.service.access import By, record
from incident.service.ports import Clock
from incident.service.ports_identity import Identity, IdentityReading, IdentityWriting, WantedAccess

#: Days for which it is kept at the least, and if nothing is said. Three years: for so long the Personal
#: Information Protection Law, art. 56, has records kept of how personal information was handled.
LEAST: Final = KEPT_AT_LEAST // 86400
KEPT: Final = 3 * 365 + 1
#: Lines that go in one transaction, before which others who sign in may come.
BATCH: Final = 1000
#: What a line about it says.
_WHAT: Final = re.compile(r"(?P<lines>[0-9]+) before (?P<before>\S+)")


class Dropping(NamedTuple):
    """What a line of the record says that went."""

    lines: int
    #: The instant from which on lines stayed.
    before: int


def written(dropping: Dropping) -> str:
    """Give what a line says: `1234 before 2023-11-29T16:00:00Z`. `read(written(x)) == x`."""
    return f"{dropping.lines} before {clock.stamp(dropping.before)}"


def read(what: str | None) -> Dropping | None:
    """Read what `written` wrote; none for anything else."""
    found = _WHAT.fullmatch(what or "")
    if found is None:
        return None
    try:
        return Dropping(int(found["lines"]), clock.read_stamp(found["before"]))
    except ValueError:
        return None


def limit(now: int, days: int) -> int:
    """Give the instant from which on lines stay: the midnight that so many days ago had come, or before."""
    assert days >= LEAST, f"expected {LEAST} days or more, got {days}"
    midnight = clock.local(now, ZONE).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    return clock.instant(midnight - timedelta(days=days), ZONE)


def drop_old(
    identity: Identity,
    days: int,
    by: By,
    *,
    now: Clock,
    is_stopping: Callable[[], bool] = lambda: False,
    batch: int = BATCH,
) -> int:
    """Take away what is older than so many days, some at a time; gives how many lines went.

    Raises `StoreError` when the database is away, or where by its clock a line is not old.
    """
    before, gone = limit(now(), days), 0
    while not is_stopping():
        with identity.reading() as look:
            if not _is_older(look, before):
                break
        with identity.writing() as tx:
            begun = _begun(tx) or _begin(tx, before, by, now())
            # what was begun with fewer days takes nothing that is to be kept now
            gone += 0 if begun is None else tx.drop_accesses(min(begun.before, before), batch)
            tx.commit()
    return gone


def _is_older(tx: IdentityReading, before: int) -> bool:
    oldest = tx.oldest_access()
    return oldest is not None and oldest < before


def _begin(tx: IdentityWriting, before: int, by: By, at: int) -> Dropping | None:
    """Write down what goes now; none where somebody else was first."""
    begun = Dropping(tx.accesses_before(before), before)
    if not begun.lines:
        return None
    record(tx, "access_dropped", by, at=at, what=written(begun))
    return begun


def _begun(tx: IdentityReading) -> Dropping | None:
    """Give what the newest line says that goes, where not all of it has gone yet."""
    said = [read(one.what) for one in tx.accesses(WantedAccess(kinds=["access_dropped"]), 1)]
    return next((one for one in said if one is not None and _is_older(tx, one.before)), None)
