"""Taking snapshots: a worker replays without any lock, and locks one jurisdiction to record what came of it.

What a snapshot is, and how it is used and verified, is in `snapshots.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

import msgspec

from incident.domain import clock
from incident.domain.errors import StoreAway
from incident.domain.facts_record import SnapshotTaken
from incident.service.opened import Replay
from incident.service.ports import LAST, Clock, Log, Reading, Record, Store
from incident.service.record import Frame, by_itself, to_record
from incident.service.snapshots import body_of, digest_of, facts, go_on, nearest, size_of

#: A snapshot is taken when the journal grew by so many entries since the last.
EVERY = 10_000
#: At most so many entries are replayed in one look, or under a lock.
AT_A_TIME = 10_000


class Taken(NamedTuple):
    """What one round did."""

    #: Codes of the journals of which one was taken.
    taken: list[str]
    #: Code, and why none was taken.
    failures: list[tuple[str, Exception]]


def take_snapshots(
    store: Store,
    *,
    now: Clock,
    node: str | None = None,
    every: int = EVERY,
    but: Collection[str] = (),
    is_stopping: Callable[[], bool] = lambda: False,
) -> Taken:
    """Take a snapshot of each journal that grew by `every` entries since its last, `but` of some.

    It replays without any lock, and locks one jurisdiction to record what came of it. Raises `StoreAway`.
    """
    done = Taken([], [])
    with store.reading() as look:
        codes = [code for code in look.outgrown(every) if code not in but]
    for code in codes:
        try:
            replay = _replayed(store, code, is_stopping)
            if replay is not None and _take(store, code, replay, now, node):
                done.taken.append(code)
        except StoreAway:
            raise
        except Exception as error:  # noqa: BLE001 - one journal must not keep the others from it
            done.failures.append((code, error))
    return done


def _replayed(store: Store, code: str, is_stopping: Callable[[], bool]) -> Replay | None:
    """Replay a journal to its end; None when that is not reached before the worker is to stop.

    Some entries at a time: no look at the store lasts long.
    """
    with store.reading() as tx:
        replay = nearest(tx, code, LAST, facts(tx, code))
    while not is_stopping():
        with store.reading() as tx:
            version = _version(tx, code)
            go_on(tx, replay, code, min(version, size_of(replay) + AT_A_TIME))
        if size_of(replay) == version:
            return replay
    return None


def _version(tx: Reading, code: str) -> int:
    log = tx.log(code)
    return 0 if log is None else log.situation.version


def _take(store: Store, code: str, replay: Replay, now: Clock, node: str | None) -> bool:
    """Record and store a snapshot, unless somebody else holds the jurisdiction, or took one meanwhile."""
    before = replay.span
    with store.claiming([code]) as tx:
        log = tx.log(code)
        if code not in tx.codes_held or log is None or log.situation.version - size_of(replay) > AT_A_TIME:
            return False
        go_on(tx, replay, code, log.situation.version)
        if before is None or replay.span is None or replay.span.since != before.since:
            return False
        tx.write([record_of(log, replay, now(), node)])
        tx.commit()
    return True


def record_of(log: Log, replay: Replay, at: int, node: str | None) -> Record:
    """Give the record of a snapshot of a whole journal."""
    span, body = replay.span, body_of(replay)
    assert span is not None, "a journal that grew has entries since its last snapshot"
    fact = SnapshotTaken(
        size=log.situation.version,
        digest=digest_of(body),
        after=span.since,
        earliest=clock.stamp(span.earliest),
        latest=clock.stamp(span.latest),
    )
    entry = by_itself(log, [fact], at=at, node=node)
    return msgspec.structs.replace(to_record(log, entry, Frame([], {})), snapshot=body)
