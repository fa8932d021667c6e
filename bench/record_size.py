"""How many bytes a record adds to the database, against its JSON.

Ours: by how much an SQLite file grows with a record of each kind, everything that belongs to the record:
entry, tree, disclosures, notices, timers, closings, indexes; both times after VACUUM.
Limit: the JSON of the same records: the entries' bodies and their disclosures; with a heartbeat, the note of
the checkpoint that is signed after it. A stand-down counts with the activation before it.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import _measure, _signer, _town
from bench._databases import opened
from incident.domain.filing import Filing
from incident.domain.request import Request
from incident.service.adopt import adopt
from incident.service.filing import Contents, Order, file, issue
from incident.service.handle import handle
from incident.service.notary import beat, sign
from incident.service.who import Origin, Who
from incident.store.sql import SqlStore

#: What a record may add for each byte of its JSON.
TARGET = 2.0
#: Bytes of JSON: bodies, disclosures, notes.
JSON = (
    "SELECT (SELECT sum(length(body)) FROM entry)"
    " + (SELECT coalesce(sum(length(text)), 0) FROM disclosure)"
    " + (SELECT coalesce(sum(length(note)), 0) FROM checkpoint)"
)
_TEXT = "今日零报告以外：发热病人一名，已送卫生院，流调正在进行"


class Office:
    """Records one kind after another in one database."""

    def __init__(self, store: SqlStore) -> None:
        """Adopt the town's plan."""
        self._store, self._chance = store, _town.drawn()
        self._number = 0
        self._asked: list[str] = []
        self._notary = _signer.notary(self.now)
        adopt(store, _town.playbook(), Who(by="bench"), now=self.now, chance=self._chance)

    def now(self) -> int:
        """Give the instant: some seconds between two records."""
        return _town.NIGHT + 20 * self._number

    def refusal(self) -> None:
        """Ask for what is refused."""
        self._handle(_town.refused(self._number))

    def activation(self) -> None:
        """Go into the response and back."""
        self._handle(_town.activation(self._number))
        self._number += 1
        self._handle(_town.stand_down(self._number))

    def directive(self) -> None:
        """Ask for an answer."""
        order = Order(by="command", to="traffic", due=_town.NIGHT + 20 * 86400, text="报告")
        done = issue(self._store, _town.CODE, order, origin=self._origin(), now=self.now, chance=self._chance)
        self._asked += [fact.key for fact in done.entry.facts if hasattr(fact, "key")]

    def filing(self) -> None:
        """Answer it."""
        filing, contents = Filing(sender="traffic", form=self._asked.pop()), Contents(text=_TEXT)
        file(
            self._store,
            _town.CODE,
            filing,
            contents,
            origin=self._origin(),
            now=self.now,
            chance=self._chance,
        )

    def heartbeat(self) -> None:
        """Say that nothing happened, and sign that."""
        beat(self._store, _town.CODE, self._notary, seconds=0, node="bench")
        sign(self._store, _town.CODE, self._notary)

    def _handle(self, request: Request) -> None:
        handle(self._store, _town.CODE, request, now=self.now, chance=self._chance)

    def _origin(self) -> Origin:
        return Origin(Who(by="bench"), "bench", f"{self._number:010}")

    def repeat(self, times: int, record: Callable[[], None]) -> None:
        """Record so many."""
        for _ in range(times):
            self._number += 1
            record()


def size(path: Path) -> tuple[int, int]:
    """Give the bytes of a database once it is vacuumed, and those of the JSON in it."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (json,) = connection.execute(JSON).fetchone()
    connection.close()
    return path.stat().st_size, json


def measure(records: int) -> list[_measure.Figure]:
    """Record each kind, and look at the file before and after."""
    figures = []
    with _measure.folder() as folder, opened(f"sqlite:///{folder / 'record.db'}") as engine:
        path, office = folder / "record.db", Office(SqlStore(engine))
        office.repeat(records, office.directive)  # to be answered
        office.heartbeat()
        for record in (office.refusal, office.activation, office.filing, office.heartbeat):
            before, json_before = size(path)
            office.repeat(records, record)
            after, json_after = size(path)
            ours, limit = (after - before) / records, (json_after - json_before) / records
            figures.append(
                _measure.Figure(
                    record.__name__, ours / limit, round(ours), round(limit), "bytes", TARGET, at_most=True
                )
            )
    return figures


def main() -> int:
    """Measure and report."""
    parser = _measure.options(__doc__)
    parser.add_argument("--records", type=int, default=1000, help="records of each kind (1000)")
    chosen = parser.parse_args()
    return _measure.report(
        "record_size", measure(chosen.records), as_json=chosen.as_json, records=chosen.records
    )


if __name__ == "__main__":
    sys.exit(main())
