"""Snapshots: what the first entries make of a jurisdiction, kept so that nobody need replay them again.

Every so many entries a worker records `SnapshotTaken` and stores, in the same transaction, the snapshot's
bytes beside the journal (`taking.py`). A snapshot is never trusted: it is used only if its SHA-256 is the one
in the entry of its own number, and verifying rebuilds the same bytes from the entries before it. A row that
is gone or altered costs time alone. The fact also says between which instants the entries since the last
snapshot were recorded, so that a look at an instant finds its place without reading all of them (`past.py`).

Where the bodies of the first entries were dropped (`retention.py`) a snapshot takes their place: its SHA-256
stands in the entry that says so, and all begins with it.

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
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any

import msgspec
from msgspec import NODEFAULT, Struct

from incident.domain import clock, journal
from incident.domain.agenda import Agenda
from incident.domain.duty import Duties, Duty
from incident.domain.errors import JournalError
from incident.domain.facts import Plain
from incident.domain.facts_record import SnapshotTaken
from incident.domain.holding import Retention
from incident.domain.journal import Entry
from incident.domain.say import Words, say
from incident.domain.situation import Situation, Stood
from incident.domain.timer import Timer
from incident.service.opened import Replay, Span, read_entry, retained
from incident.service.ports import LAST, Reading, Stored
from incident.service.verify_verdict import fault

FORMAT = 1


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
    return journal.canonical(
        {
            "v": FORMAT,
            "at": replay.at,
            "back": replay.clock_went_back,
            "situation": _plain(replay.situation),
            "standing": [
                [kind, key, stood.item, stood.since] for (kind, key), stood in sorted(replay.standing.items())
            ],
            "timers": [_plain(one) for one in replay.open_timers()],
            "duties": [_plain(one) for one in replay.newest_duties()],
        }
    )


def digest_of(body: bytes) -> str:
    """Give the SHA-256 of a snapshot, in hex."""
    return hashlib.sha256(body).hexdigest()


def span_of(said: SnapshotTaken | Retention) -> Span:
    """Give the run of entries before a snapshot, as it is said with it."""
    return Span(said.after, clock.read_stamp(said.earliest), clock.read_stamp(said.latest))


def resumed(code: str, body: bytes, span: Span | None = None) -> Replay:
    """Give the replay that goes on after a snapshot. Raises `ValueError` for bytes that are none of ours.

    The `span` before it is not in the bytes; the entry that says that it was taken begins another.
    """
    state = _decoder.decode(body)
    if state.v != FORMAT:
        raise ValueError(f"expected a snapshot of format {FORMAT}, found {state.v}")
    replay = Replay(code)
    replay.at, replay.clock_went_back = state.at, state.back
    replay.situation = state.situation
    replay.standing = {(kind, key): Stood(item, since) for kind, key, item, since in state.standing}
    replay.agenda, replay.duties = Agenda(state.timers), Duties(state.duties)
    replay.span = span
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
    base = retained(tx, code)
    taken = [fact for fact in found if fact is not None and (base is None or fact.size > base.until)]
    return taken if base is None else [_as_taken(base), *taken]


def _as_taken(base: Retention) -> SnapshotTaken:
    """Give the snapshot that stands for entries without bodies as one that was taken."""
    return SnapshotTaken(
        size=base.until,
        digest=base.snapshot,
        after=base.after,
        earliest=base.earliest,
        latest=base.latest,
    )


def nearest(tx: Reading, code: str, size: int, said: list[SnapshotTaken]) -> Replay:
    """Give the replay of the largest snapshot of at most `size` entries that is the one the journal names.

    The replay before the first entry where there is none.
    """
    for fact in sorted(said, key=lambda one: -one.size):
        body = tx.snapshot(code, fact.size) if fact.size <= size else None
        if body is not None and digest_of(body) == fact.digest:
            try:
                return resumed(code, body, span_of(fact))
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


def replayed(tx: Reading, code: str) -> Replay:
    """Rebuild all that a journal makes of its jurisdiction, from its first entry that has a body.

    Raises `JournalError` where it does not hold.
    """
    base = retained(tx, code)
    replay = Replay(code) if base is None else nearest(tx, code, base.until, [_as_taken(base)])
    return go_on(tx, replay, code, LAST)


def size_of(replay: Replay) -> int:
    """Give how many entries a replay has taken, from the first on."""
    return 0 if replay.situation is None else replay.situation.version


# -- verifying them


class Told:
    """What the entries taken say of snapshots, held against what they make themselves."""

    def __init__(self, code: str, base: Retention | None = None) -> None:
        """Begin before the first entry, or after those of which a snapshot takes the place."""
        self._code = code
        #: Digest of each, by size.
        self.digests: dict[int, str] = {}
        self._base = {} if base is None else {base.until: base.snapshot}

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
        digests = self._base | self.digests
        for size in sorted({*digests, *tx.snapshot_sizes(self._code)}):
            said, body = digests.get(size), tx.snapshot(self._code, size)
            found = None if body is None else digest_of(body)
            if found != said:
                raise fault(
                    self._code,
                    size if size in digests else None,
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
