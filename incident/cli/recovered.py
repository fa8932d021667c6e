"""What was given up of journals that went on after a loss, as worker, doctor and verifying say it again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from incident.cli import session
from incident.cli.health import Finding, brief
from incident.cli.output import talk
from incident.domain import clock
from incident.domain.errors import IncidentError, StoreAway, StoreError
from incident.domain.say import say
from incident.service.ports import Reading, Store
from incident.service.recovered import GivenUp, given_up, told

if TYPE_CHECKING:
    from incident.schedule.log import Log


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
    try:
        found = given_up(tx, code)
    except StoreAway:
        raise
    except IncidentError as error:
        log("error", "recovered_unreadable", jurisdiction=code, error=str(error)[:500])
        return
    for one in found:
        log(
            "warning",
            "recovered",
            jurisdiction=code,
            entry=one.seq,
            at=clock.stamp(one.at),
            origin=one.lost.origin,
            size=one.lost.size,
            given_up=one.n,
            unproven=one.unproven,
        )
        if sys.stderr is not None and sys.stderr.isatty() and not session.option("log_json"):
            talk(say("{code}: {told}", code=code, told=told(one, named=True)))


def findings(look: Reading) -> Iterator[Finding]:
    """Give what `incident doctor` says of it: no fault of today, and for nobody to forget."""
    for code in look.recovered():
        try:
            for one in given_up(look, code):
                words = say("{code}: {told}", code=code, told=told(one, named=True))
                yield Finding("recovered", well=True, words=words, is_risky=True)
        except StoreAway:
            raise
        except IncidentError as error:
            yield Finding("recovered", well=False, words=brief(error))


def as_json(one: GivenUp) -> dict[str, Any]:
    """Give it as data."""
    return {
        "entry": one.seq,
        "at": clock.stamp(one.at),
        "origin": one.lost.origin,
        "size": one.lost.size,
        "kept": one.kept,
        "given_up": one.n,
        "unproven": one.unproven,
        "by": one.by,
        "with": one.second,
    }
