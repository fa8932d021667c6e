"""Snapshots: what the first entries make of a jurisdiction, kept so that nobody need replay them again.

Every so many entries a worker records `SnapshotTaken` and stores, in the same transaction, the snapshot's
bytes beside the journal. A snapshot is never trusted: it is used only if its SHA-256 is the one in the entry
of its own number, and verifying rebuilds the same bytes from the entries before it. A row that is gone or
altered costs time alone. The fact also says between which instants the entries since the last snapshot were
recorded, so that a look at an instant finds its place without reading all of them (`past.py`).

Format 1 (canonical JSON, RFC 8785)
-----------------------------------
* `v`: 1. `at`: when the last entry was recorded. `back`: how often an entry was recorded before the one that
  precedes it. Instants are seconds since 1970.
* `situation`: the situation's fields (`domain.situation.Situation`).
* `standing`: what stands, each as [kind, key, item, entry that made it so], by kind and key.
* `timers`: open promised times (`domain.timer.Timer`), by entry and number.
* `duties`: the pieces of the newest shift of each roster (`domain.duty.Duty`), by entry and number.
* A field that has its default is left out, so that a field that is new later changes no snapshot of before.

`body_of(resumed(code, body)) == body`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from functools import cache
from typing import Any, NamedTuple

import msgspec
from msgspec import NODEFAULT, Struct

from incident import __version__
from incident.domain import clock, journal
from incident.domain.agenda import Agenda
from incident.domain.duty import Duties, Duty
from incident.domain.errors import JournalError, StoreAway
from incident.domain.facts import Plain, SnapshotTaken
from incident.domain.journal import Entry
from incident.domain.say import Words, say
from incident.domain.situation import Situation, Stood
from incident.domain.timer import Timer
from incident.service.opened import Replay, read_entry
from incident.service.ports import LAST, Clock, Log, Reading, Record, Store, Stored
from incident.service.record import Frame, to_record
from incident.service.verify_verdict import fault

FORMAT = 1
#: A snapshot is taken when the journal grew by so many entries since the last.
EVERY = 10_000
#: At most so many entries are replayed in one look, or under a lock.
AT_A_TIME = 10_000


class _State(Struct, frozen=True, kw_only=True):
    """A snapshot as it is written."""

    v: int
    at: int
    back: int
    situation: Situation
    standing: list[tuple[str, str, Plain, int]]
    timers: list[Timer]
    duties: list[Duty]


_decoder = msgspec.json.Decoder(_State)


@cache
def _fields(of: type[Struct]) -> list[tuple[str, Any]]:
    return [(one.name, one.default) for one in msgspec.structs.fields(of)]


def _plain(one: Struct) -> Plain:
    """Give the fields that do not have their default."""
    found = ((name, getattr(one, name), default) for name, default in _fields(type(one)))
    return {name: value for name, value, default in found if default is NODEFAULT or value != default}


def body_of(replay: Replay) -> bytes:
    """Give the bytes of the snapshot of the entries that a replay has taken; at least one."""
    assert replay.situation is not None, "a snapshot is of at least one entry"
    pieces = [one for newest in replay.duties.newest.values() for one in newest]
    return journal.canonical(
        {
            "v": FORMAT,
            "at": replay.at,
            "back": replay.clock_went_back,
            "situation": _plain(replay.situation),
            "standing": [
                [kind, key, stood.item, stood.since] for (kind, key), stood in sorted(replay.standing.items())
            ],
            "timers": [_plain(one) for one in sorted(replay.agenda.open.values(), key=_place)],
            "duties": [_plain(one) for one in sorted(pieces, key=_place)],
        }
    )


def _place(one: Timer | Duty) -> tuple[int, int]:
    return one.seq, one.n


def digest_of(body: bytes) -> str:
    """Give the SHA-256 of a snapshot, in hex."""
    return hashlib.sha256(body).hexdigest()


def resumed(code: str, body: bytes) -> Replay:
    """Give the replay that goes on after a snapshot. Raises `ValueError` for bytes that are none of ours."""
    state = _decoder.decode(body)
    if state.v != FORMAT:
        raise ValueError(f"expected a snapshot of format {FORMAT}, found {state.v}")
    replay = Replay(code)
    replay.at, replay.clock_went_back = state.at, state.back
    replay.situation = state.situation
    replay.standing = {(kind, key): Stood(item, since) for kind, key, item, since in state.standing}
    replay.agenda, replay.duties = Agenda(state.timers), Duties(state.duties)
    return replay


def said_of(code: str, stored: Stored) -> SnapshotTaken | None:
    """Give what an entry says of a snapshot of all before it. Raises `JournalError` for one not readable."""
    said = (fact for fact in read_entry(code, stored).facts if isinstance(fact, SnapshotTaken))
    return next((fact for fact in said if fact.size == stored.seq), None)


def facts(tx: Reading, code: str) -> list[SnapshotTaken]:
    """Give what the journal says of the snapshots that are stored, by size."""
    found = []
    for stored in tx.snapshots(code):
        with suppress(JournalError):  # of one that cannot be read nothing is known, and verifying says so
            found.append(said_of(code, stored))
    return [fact for fact in found if fact is not None]


def nearest(tx: Reading, code: str, size: int, said: list[SnapshotTaken]) -> Replay:
    """Give the replay of the largest snapshot of at most `size` entries that is the one the journal names.

    The replay before the first entry where there is none.
    """
    for fact in sorted(said, key=lambda one: -one.size):
        body = tx.snapshot(code, fact.size) if fact.size <= size else None
        if body is not None and digest_of(body) == fact.digest:
            try:
                return resumed(code, body)
            except ValueError:  # of another version of the program, or no snapshot at all
                continue
    return Replay(code)


def go_on(tx: Reading, replay: Replay, code: str, size: int) -> Replay:
    """Take the entries that follow, up to `size` of all. Raises `JournalError` where they do not hold."""
    taken = size_of(replay)
    if taken < size:
        for stored in tx.entries(code, since=taken):
            replay.take(read_entry(code, stored))
            replay.forget()
            if stored.seq + 1 >= size:
                break
    return replay


def size_of(replay: Replay) -> int:
    """Give how many entries a replay has taken, from the first on."""
    return 0 if replay.situation is None else replay.situation.version


# -- taking them


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
    situation, span, body = log.situation, replay.span, body_of(replay)
    assert span is not None, "a journal that grew has entries since its last snapshot"
    fact = SnapshotTaken(
        size=situation.version,
        digest=digest_of(body),
        after=span.since,
        earliest=clock.stamp(span.earliest),
        latest=clock.stamp(span.latest),
    )
    entry = Entry(
        v=journal.FORMAT,
        program=__version__,
        jurisdiction=situation.jurisdiction,
        seq=situation.version,
        at=clock.stamp(at),
        playbook=situation.playbook,
        actor="system",
        node=node,
        incident=situation.incident,
        facts=[fact],
    )
    return msgspec.structs.replace(to_record(log, entry, Frame([], {})), snapshot=body)


# -- verifying them


class Told:
    """What the entries taken say of snapshots, held against what they make themselves."""

    def __init__(self, code: str) -> None:
        """Begin before the first entry."""
        self._code = code
        #: Digest of each, by size.
        self.digests: dict[int, str] = {}

    def take(self, entry: Entry, before: Replay) -> None:
        """Hold what an entry says of a snapshot against the replay of the entries before it.

        Raises `JournalError`.
        """
        for fact in entry.facts:
            if type(fact) is SnapshotTaken:  # quicker than asking for its family
                self._take(entry.seq, fact, before)

    def _take(self, seq: int, fact: SnapshotTaken, before: Replay) -> None:
        span = before.span
        if span is None or fact.size != seq or seq in self.digests:
            expected = say("one snapshot of the {n} entries before it", n=seq)
            raise fault(self._code, seq, expected, repr(fact), "replay")
        rebuilt = SnapshotTaken(
            size=seq,
            # of a format that is not known here nothing can be said
            digest=digest_of(body_of(before)) if fact.v == FORMAT else fact.digest,
            v=fact.v,
            after=span.since,
            earliest=clock.stamp(span.earliest),
            latest=clock.stamp(span.latest),
        )
        if rebuilt != fact:
            raise fault(self._code, seq, repr(rebuilt), repr(fact), "replay")
        self.digests[seq] = fact.digest

    def compare(self, tx: Reading) -> None:
        """Hold the snapshots that are stored against it. Raises `JournalError`."""
        for size in sorted({*self.digests, *tx.snapshot_sizes(self._code)}):
            said, body = self.digests.get(size), tx.snapshot(self._code, size)
            found = None if body is None else digest_of(body)
            if found != said:
                raise fault(
                    self._code,
                    size if size in self.digests else None,
                    _snapshot(size, said),
                    _snapshot(size, found),
                    "stored",
                )


def _snapshot(size: int, digest: str | None) -> Words:
    if digest is None:
        return say("no snapshot of the first {size} entries", size=size)
    return say("the snapshot of the first {size} entries, hash {hash}", size=size, hash=digest)


def spans(said: list[SnapshotTaken], version: int) -> Iterator[tuple[int, int, tuple[int, int] | None]]:
    """Part the entries below `version`: (since, until, recorded from when to when, where that is said)."""
    done = 0
    for fact in said:
        if fact.after < done or fact.size > version:
            continue
        if fact.after > done:
            yield done, fact.after, None
        yield fact.after, fact.size, (clock.read_stamp(fact.earliest), clock.read_stamp(fact.latest))
        done = fact.size
    if done < version:
        yield done, version, None
