"""An activation through the API, over the real server, against the same one through `service.handle`.

Ours: a POST on loopback with a token and the identity of the act, from when it is sent until all of the
answer is there: who asks, what they may, the form, the transaction, the answer with all that changed. Limit:
the same request in a process of its own, without a server. Both end on the disk, and each of both in a
database of its own; in between the jurisdiction is stood down, unmeasured. `cpu` is the ratio by processor
time, that of the server alone on our side.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from contextlib import closing
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import _http, _measure, status_api
from incident import bootstrap
from incident.domain.request import Request
from incident.service.handle import handle
from incident.store.sql import SqlStore

TARGET = 1.5
#: Rounds, whose spread is told.
ROUNDS = 5
PATH = f"{status_api.PATH}/decisions"
_SAID: dict[str, Any] = {"decided_by": "command", "basis": "measured"}
_ACTIVATE: dict[str, Any] = {
    **_SAID,
    "event": "local_positive_reported",
    "verb": "activate",
    "fields": {"origin": "local", "result": "confirmed", "cases": 1},
}
_STAND_DOWN: dict[str, Any] = {**_SAID, "event": "response_lifted", "verb": "stand_down", "fields": {}}
_CREATED = 201


def _written(headers: dict[str, str], said: dict[str, Any], key: int) -> bytes:
    kind = {**headers, "content-type": "application/json", "idempotency-key": str(key)}
    return _http.written("POST", PATH, kind, json.dumps(said).encode())


def _post(connection: HTTPConnection, request: bytes) -> None:
    status, content = _http.exchange(connection, request)
    assert status == _CREATED, content


def _handle(store: SqlStore, said: dict[str, Any], key: int) -> None:
    asked = Request(
        verb=said["verb"],
        event=said["event"],
        fields=said["fields"],
        source="bench",
        id=str(key),
        authority="command",
        decided_by=said["decided_by"],
        basis=said["basis"],
        actor="authenticated",
        by="Bench (bench)",
    )
    handle(store, status_api.CODE, asked, now=bootstrap.now, chance=bootstrap.chance)


class Found(NamedTuple):
    """What was found."""

    figure: _measure.Figure
    #: Between which ratios the rounds lie, and the ratio by processor time.
    rounds: str
    cpu: float


def measure(pairs: int, folder: Path) -> Found:
    """Activate both in turn."""
    served, alone = (f"sqlite:///{folder / name}" for name in ("served.db", "alone.db"))
    headers, keys = status_api.prepare(served), count()
    status_api.prepare(alone)
    with closing(bootstrap.open_store(alone)) as store, _http.serve("ours", served) as server:
        connection = server.connection
        used: tuple[list[float], list[float]] = [], []

        def ours() -> float:
            connection.close()  # nobody waits for it while the other is measured
            _http.ask(connection, "GET", status_api.PATH, headers)
            activate, stand_down = (_written(headers, said, next(keys)) for said in (_ACTIVATE, _STAND_DOWN))
            began, cpu = time.perf_counter(), server.cpu()
            _post(connection, activate)
            spent = time.perf_counter() - began
            used[0].append(server.cpu() - cpu)
            _post(connection, stand_down)
            return 1000 * spent

        def limit() -> float:
            began, cpu = time.perf_counter(), time.process_time()
            _handle(store, _ACTIVATE, next(keys))
            spent = time.perf_counter() - began
            used[1].append(time.process_time() - cpu)
            _handle(store, _STAND_DOWN, next(keys))
            return 1000 * spent

        _measure.take_turns(3, ours, limit)
        found, spread = _measure.rounds(ROUNDS, lambda: _measure.take_turns(pairs, ours, limit))
    figure = _measure.compare("", found, unit="ms", target=TARGET, at_most=True)
    return Found(figure, spread, statistics.median(mine / theirs for mine, theirs in zip(*used, strict=True)))


def main() -> int:
    """Measure and report."""
    parser = _measure.options(__doc__)
    parser.add_argument("--pairs", type=int, default=20, help="how many pairs of activations in a round (20)")
    chosen = parser.parse_args()
    with _measure.folder() as folder:
        found = measure(chosen.pairs, folder)
    return _measure.report(
        "activation_http",
        [found.figure],
        as_json=chosen.as_json,
        pairs=chosen.pairs,
        rounds=found.rounds,
        cpu=round(found.cpu, 2),
    )


if __name__ == "__main__":
    sys.exit(main())
