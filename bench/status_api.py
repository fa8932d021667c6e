"""One jurisdiction's status as JSON over the real server, against the bare framework reading the same row.

Ours: uvicorn on loopback, a connection that is kept, a token: who asks, what they may, how often, the
version, the answer with its headers. Limit: the least application of the same framework in the same server,
and nothing of this program: one statement of SQLAlchemy Core in a thread, its row the answer. What one takes
that reads by the bare driver is said beside it (`driver`). All are asked by turns by one client, which costs
each the same and is counted on every side; `cpu` is the ratio by the processor time of the servers alone.
"""

from __future__ import annotations

import statistics
import sys
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import _http, _measure
from incident import bootstrap
from incident.playbook_text.load import must_load
from incident.service import tokens, users
from incident.service.access import NOBODY
from incident.service.adopt import adopt
from incident.service.who import Who

TARGET = 0.7
CODE = "330681111"
PATH = f"/api/v1/jurisdictions/{CODE}"
#: Requests of a turn, and rounds, whose spread is told.
EACH, ROUNDS = 50, 5


def prepare(url: str, scopes: tuple[str, ...] = ("look", "act", "people_read")) -> dict[str, str]:
    """Adopt the town and make a token; gives the header with it."""
    with closing(bootstrap.open_store(url)) as store:
        playbook = must_load("majian").playbook
        assert playbook is not None
        adopt(store, playbook, Who(by="bench"), now=bootstrap.now, chance=bootstrap.chance)
        gate = bootstrap.gate(store)
        users.add(gate, "bench", "Bench", NOBODY)
        users.grant(gate, "bench", "duty_officer", CODE, NOBODY)
        made = tokens.make(gate, "bench", "bench", [*scopes], NOBODY)
    return {"authorization": f"Bearer {made.plain}", "accept-language": "en"}


class Found(NamedTuple):
    """What was found."""

    figure: _measure.Figure
    #: Between which ratios the rounds lie; the ratio by processor time, and to the bare driver.
    rounds: str
    cpu: float
    driver: float


def measure(turns: int, folder: Path) -> Found:
    """Ask all in turn."""
    file = folder / "incident.db"
    headers = prepare(f"sqlite:///{file}")
    with (
        _http.serve("ours", f"sqlite:///{file}") as ours,
        _http.serve("core", str(file)) as core,
        _http.serve("driver", str(file)) as driver,
    ):
        sides = [_Side(server, headers) for server in (ours, core, driver)]
        for side in sides:
            side.ask()
        pairs, spread = _measure.rounds(
            ROUNDS, lambda: _measure.take_turns(turns, sides[0].ask, sides[1].ask)
        )
        cpu = statistics.median(
            theirs / mine if mine else 0.0 for mine, theirs in zip(sides[0].cpu, sides[1].cpu, strict=True)
        )
        bare = _measure.take_turns(turns, sides[0].ask, sides[2].ask)
    figure = _measure.compare("", pairs, unit="requests/s", target=TARGET)
    return Found(figure, spread, cpu, statistics.median(mine / theirs for mine, theirs in bare))


class _Side:
    """One that is asked."""

    def __init__(self, server: _http.Served, headers: dict[str, str]) -> None:
        self._server, self._headers = server, headers
        #: Processor time of each turn.
        self.cpu: list[float] = []

    def ask(self) -> float:
        """Give how many requests a second are answered."""
        found = _http.spent(self._server, PATH, self._headers, EACH)
        self.cpu.append(found.cpu)
        return EACH / found.wall


def main() -> int:
    """Measure and report."""
    parser = _measure.options(__doc__)
    parser.add_argument("--turns", type=int, default=20, help="how many turns of each in a round (20)")
    chosen = parser.parse_args()
    with _measure.folder() as folder:
        found = measure(chosen.turns, folder)
    return _measure.report(
        "status_api",
        [found.figure],
        as_json=chosen.as_json,
        turns=chosen.turns,
        rounds=found.rounds,
        cpu=round(found.cpu, 2),
        driver=round(found.driver, 2),
    )


if __name__ == "__main__":
    sys.exit(main())
