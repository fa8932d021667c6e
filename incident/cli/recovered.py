"""What was given up of journals that went on after a loss, as worker, doctor and verifying say it again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from incident.cli import session
from incident.cli.health import Finding
from incident.cli.output import talk
from incident.domain import clock
from incident.domain.errors import IncidentError, StoreAway, StoreError
from incident.domain.say import Words, say
from incident.service.opened import UNFOUNDED
from incident.service.ports import Reading, Store
from incident.service.recovered import Loss, losses, told
from incident.views.errors import in_a_line

if TYPE_CHECKING:
    from incident.schedule.log import Log

#: What keeps an entry from being read that somebody altered.
_AMISS = (IncidentError, *UNFOUNDED)


def warn(store: Store, log: Log) -> None:
    """Log what was given up of each journal; on a screen it is said too, and by whom.

    Nothing that is wrong here keeps a worker from its work.
    """
    try:
        with store.reading() as tx:
            for code in tx.recovered():
                _warn_of(tx, code, log)
    except StoreError as error:
        log("warning", "recovered_unreadable", error=str(error)[:500])


def _warn_of(tx: Reading, code: str, log: Log) -> None:
    is_seen = sys.stderr is not None and sys.stderr.isatty() and not session.option("log_json")
    try:
        for one in losses(tx, code):
            log(
                "warning",
                "recovered",
                jurisdiction=code,
                entry=one.seq,
                at=clock.stamp(one.at),
                origin=one.lost.origin,
                size=one.lost.size,
                lost=one.most,
                proven=one.proven,
            )
            if is_seen:
                talk(_line(code, one))
    except StoreAway:
        raise
    except _AMISS as error:
        log("error", "recovered_unreadable", jurisdiction=code, error=str(error)[:500])


def _line(code: str, one: Loss) -> Words:
    return say("{code}: {told}", code=code, told=told(one))


def findings(look: Reading) -> Iterator[Finding]:
    """Give what `incident doctor` says of it: no fault of today, and for nobody to forget."""
    for code in look.recovered():
        yield from findings_of(look, code)


def findings_of(look: Reading, code: str) -> Iterator[Finding]:
    """Give the same of one journal; what cannot be read is told, and nobody stops at it."""
    try:
        for one in losses(look, code):
            yield Finding("recovered", well=True, words=_line(code, one), is_risky=True)
    except StoreAway:
        raise
    except IncidentError as error:
        yield Finding("recovered", well=False, words=in_a_line(error))
    except UNFOUNDED as error:
        words = say("{code}: what was given up cannot be read: {error}", code=code, error=repr(error))
        yield Finding("recovered", well=False, words=words)
