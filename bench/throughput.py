"""How many activations and stand-downs a second are decided, recorded and durable, against the bare driver.

Ours: `service.handle.handle` over one store, alternating activation and stand-down under the plan of 马剑镇.
Limit: the driver alone (sqlite3, psycopg) carrying out the very statements with the very values that ours
sent when it was recorded before: the locked read, the rows, the commit. Both sides begin with the same
database and must end with the same rows. Commits are durable on both sides: synchronous=FULL, fsync on.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import Engine

from bench import _databases, _measure, _town
from bench._databases import Driver, Sent
from incident.domain.request import Request
from incident.playbook_text.load import must_load
from incident.service.adopt import adopt
from incident.service.handle import handle
from incident.service.who import Who
from incident.store.sql import SqlStore

TARGETS = {"sqlite": 0.40, "postgresql": 0.60}
#: Transactions of a round; a round is long enough that the clock's grain does not show.
ROUND = 40


class Officer:
    """Presses in turn: activation, stand-down. Two officers on equal databases write the same bytes."""

    def __init__(self, engine: Engine, code: str) -> None:
        """Work in the adopted jurisdiction `code`."""
        self._store = SqlStore(engine)
        self._code = code
        self._chance = _town.drawn()
        self._pressed = 0

    def press(self, times: int) -> None:
        """Carry out the next requests."""
        for _ in range(times):
            number = self._pressed
            request = stand_down(number) if number % 2 else activation(number)
            handle(self._store, self._code, request, now=self._now, chance=self._chance)
            self._pressed += 1

    def _now(self) -> int:
        return _town.NIGHT + self._pressed


class Replay:
    """Sends what an officer's transactions sent, over the bare driver."""

    def __init__(self, connection: Driver, transactions: Sequence[list[Sent]]) -> None:
        """Send over `connection`."""
        self._connection = connection
        self._cursor = connection.cursor()
        self._left = iter(transactions)

    def press(self, times: int) -> None:
        """Send the next transactions."""
        for transaction in islice(self._left, times):
            _databases.send(self._connection, self._cursor, transaction)


def activation(number: int) -> Request:
    """Ask for the response."""
    return Request(
        verb="activate",
        event="local_positive_reported",
        fields={"origin": "local", "result": "confirmed", "cases": 1},
        source="bench",
        id=f"{number:010}",
        authority="command",
        decided_by="领导小组",
        basis="预案第一条",
        by="bench",
    )


def stand_down(number: int) -> Request:
    """Ask for routine."""
    return Request(
        verb="stand_down",
        event="response_lifted",
        source="bench",
        id=f"{number:010}",
        authority="command",
        decided_by="领导小组",
        basis="预案第一条",
        by="bench",
    )


def recorded(engine: Engine, code: str, times: int) -> list[list[Sent]]:
    """Carry out requests and give what each transaction sent."""
    with _databases.recording(engine) as transactions:
        Officer(engine, code).press(times)
    return transactions


def measure(kind: str, rounds: int) -> _measure.Figure:
    """Measure on one kind of database, round by round in turn."""
    plan = must_load("majian").playbook
    assert plan is not None, "a playbook without errors was read"
    code = plan.jurisdiction.code

    def adopted(url: str) -> None:
        with _databases.opened(url) as engine:
            adopt(SqlStore(engine), plan, Who(), now=lambda: _town.NIGHT, chance=_town.drawn())

    with _databases.KINDS[kind](adopted) as databases:
        with _databases.opened(databases.record) as engine:
            transactions = recorded(engine, code, (rounds + 1) * ROUND)
        with _databases.opened(databases.ours) as engine, closing(databases.open()) as connection:
            officer, replay = Officer(engine, code), Replay(connection, transactions)
            _measure.take_turns(1, lambda: _rate(officer.press), lambda: _rate(replay.press))
            pairs = _measure.take_turns(rounds, lambda: _rate(officer.press), lambda: _rate(replay.press))
        _databases.check_same(databases)
    return _measure.compare(kind, pairs, unit="tx/s", target=TARGETS[kind])


def _rate(press: Callable[[int], None]) -> float:
    began = time.perf_counter()
    press(ROUND)
    return ROUND / (time.perf_counter() - began)


def main() -> int:
    """Measure and report."""
    parser = _measure.options(__doc__)
    parser.add_argument("--rounds", type=int, default=25, help=f"rounds of {ROUND} transactions (25)")
    parser.add_argument("--database", choices=list(TARGETS), action="append", help="only this one")
    chosen = parser.parse_args()
    figures = [measure(kind, chosen.rounds) for kind in chosen.database or TARGETS]
    return _measure.report("throughput", figures, as_json=chosen.as_json, rounds=chosen.rounds)


if __name__ == "__main__":
    sys.exit(main())
