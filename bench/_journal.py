"""A long journal in an SQLite file, fast: the service decides and composes each entry, rows go in in bulk.

The store given to `service.handle` keeps what it is asked to write and sends it to the driver by thousands.
What comes out is what single transactions would have left: entries, disclosures, notices, standing items,
situation; with EVERY, snapshots as a worker takes them, whose entries come besides. Run as a script:
`_journal.py FILE ENTRIES [EVERY]`.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import msgspec

from bench import _town
from incident.domain.playbook import Playbook
from incident.domain.situation import Situation, Standing, stand
from incident.domain.timer import Timer
from incident.service.adopt import adopt
from incident.service.handle import handle
from incident.service.opened import Replay, Span
from incident.service.ports import Due, Log, Record
from incident.service.taking import record_of
from incident.service.who import Who
from incident.store.database import connect, prepare
from incident.store.sql import SqlStore

#: Rows are sent when this many entries wait.
AT_ONCE = 20_000
#: One round of requests: in, a refusal, out, a refusal.
ROUND = (_town.activation, _town.refused, _town.stand_down, _town.refused)
_encode = msgspec.json.Encoder(order="sorted").encode


def write(path: Path, entries: int, every: int = 0) -> None:
    """Make the database at `path` with a journal of `entries` entries; a multiple of four ends in routine.

    A snapshot is taken after each `every` entries, in an entry more; never for 0.
    """
    if entries < len(ROUND) or entries % len(ROUND):
        raise ValueError(f"expected a multiple of {len(ROUND)} entries, found {entries}")
    plan = _town.playbook()
    engine = connect(f"sqlite:///{path}")
    prepare(engine)
    chance = _town.drawn()
    adopt(SqlStore(engine), plan, Who(by="bench"), now=lambda: _town.NIGHT, chance=chance)
    with SqlStore(engine).reading() as tx:
        log, standing = tx.log(_town.CODE), tx.standing(_town.CODE)
    engine.dispose()
    assert log is not None, "it was just adopted"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    bulk = Bulk(connection, plan, log, standing)
    store: Any = bulk  # of a store it has what one writer asks for
    for seq in range(1, entries):
        request = ROUND[(seq - 1) % len(ROUND)](seq)
        at = _town.NIGHT + 30 * seq
        handle(store, _town.CODE, request, now=partial(int, at), chance=chance)
        if every and (seq + 1) % every == 0:
            bulk.take_snapshot(at)
    bulk.finish()
    connection.close()


class Bulk:
    """A store for one writer: its own reading, its own writing."""

    def __init__(self, connection: sqlite3.Connection, plan: Playbook, log: Log, standing: Standing) -> None:
        """Go on from `log`."""
        self._connection = connection
        self._plan = plan
        self._log = log
        self._standing = standing
        self._entries: list[tuple[Any, ...]] = []
        self._disclosures: list[tuple[Any, ...]] = []
        self._notices: list[tuple[Any, ...]] = []
        self._snapshots: list[tuple[Any, ...]] = []
        #: Entry of the last snapshot, and when it was recorded.
        self._last = (0, _town.NIGHT)

    @contextmanager
    def writing(self, _code: str) -> Iterator[Bulk]:
        """Give itself."""
        yield self

    reading = writing

    def log(self, _code: str) -> Log:
        """Give the log as it stands with what waits."""
        return self._log

    def answered(self, _code: str, _source: str, _event_id: str) -> None:
        """Every event is new."""

    def playbook(self, _code: str, _digest: str) -> Playbook:
        """Give the one there is."""
        return self._plan

    def codes(self) -> list[tuple[str, str]]:
        """Name the one there is."""
        return [(_town.CODE, self._plan.playbook)]

    def standing(self, _code: str) -> Standing:
        """Give what stands; whoever asks may change it."""
        return dict(self._standing)

    def open_timers(self, _code: str) -> list[Timer]:
        """Give none: the town's plan promises no time."""
        return []

    def due(self, _at: int) -> list[Due]:
        """Give none."""
        return []

    def write(self, records: Sequence[Record]) -> None:
        """Keep records until enough wait."""
        for record in records:
            self._keep(record)

    def _keep(self, record: Record) -> None:
        assert not record.timers, "the town's plan promises no time"
        seq = record.after.version - 1
        source, event_id = record.came or (None, None)
        self._entries.append(
            (_town.CODE, seq, record.at, source, event_id, record.body, record.leaf, record.nodes or None)
        )
        self._disclosures += [(_town.CODE, seq, name, text) for name, text in record.disclosures.items()]
        self._notices += [
            (_town.CODE, seq, n, notice.to, _encode(notice.facts), record.at)
            for n, notice in enumerate(record.effects)
        ]
        stand(self._standing, seq, record.facts)
        self._log = Log(record.after, record.peaks)
        if len(self._entries) >= AT_ONCE:
            self._send()

    def take_snapshot(self, at: int) -> None:
        """Take a snapshot as a worker does, of what is known here without replaying it."""
        (since, earliest), replay = self._last, Replay(_town.CODE)
        replay.situation, replay.standing, replay.at = self._log.situation, self._standing, at
        replay.span = Span(since, earliest, at)
        record = record_of(self._log, replay, at, None)
        self._last = (self._log.situation.version, at)
        self._snapshots.append((_town.CODE, self._log.situation.version, record.snapshot))
        self._keep(record)

    def commit(self) -> None:
        """Wait for more."""

    def _send(self) -> None:
        connection = self._connection
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO entry (jurisdiction, seq, at, source, event_id, body, leaf, nodes)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            self._entries,
        )
        connection.executemany("INSERT INTO disclosure VALUES (?, ?, ?, ?)", self._disclosures)
        connection.executemany(
            "INSERT INTO outbox (jurisdiction, seq, n, receiver, facts, at) VALUES (?, ?, ?, ?, ?, ?)",
            self._notices,
        )
        connection.executemany("INSERT INTO snapshot VALUES (?, ?, ?)", self._snapshots)
        connection.execute("COMMIT")
        for rows in (self._entries, self._disclosures, self._notices, self._snapshots):
            rows.clear()

    def finish(self) -> None:
        """Send what still waits, and where the journal has led."""
        self._send()
        connection, situation = self._connection, self._log.situation
        names = Situation.__struct_fields__
        values = [getattr(situation, name) for name in names]
        connection.execute("BEGIN")
        connection.execute(
            f"UPDATE situation SET {', '.join(f'{name} = ?' for name in names)}, peaks = ?",
            [*values, b"".join(self._log.peaks)],
        )
        connection.execute("DELETE FROM standing")
        connection.executemany(
            "INSERT INTO standing (jurisdiction, kind, key, since_seq, item) VALUES (?, ?, ?, ?, ?)",
            [
                (_town.CODE, kind, key, stood.since, _encode(stood.item))
                for (kind, key), stood in self._standing.items()
            ],
        )
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


if __name__ == "__main__":
    write(Path(sys.argv[1]), *map(int, sys.argv[2:]))
