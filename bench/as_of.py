"""What a look at the past costs on a long journal, against a look at the present.

Ours: processor time of the whole process `incident status --at` on a journal of a million entries with the
snapshots that a worker takes, as of instants just before one: there most is to be replayed.
Limit: `incident status` of the same journal. Both from start to exit, turn by turn.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import _measure, _town
from incident.domain import clock
from incident.service.taking import EVERY

TARGET = 5.0


def instants(entries: int, every: int, turns: int) -> Iterator[str]:
    """Give instants of the whole journal, each just before a snapshot."""
    parts = max(1, entries // every)
    step = max(1, parts // turns)
    sizes = [min(entries, every * (part + 1)) for part in range(0, parts, step)]
    return cycle([clock.stamp(_town.NIGHT + 30 * (size - 2)) for size in sizes])


def measure(path: Path, entries: int, every: int, turns: int) -> _measure.Figure:
    """Run both in turn."""
    # a journal of a million entries reaches beyond today
    end = str(_town.NIGHT + 30 * entries)
    incident = [sys.executable, Path(__file__).with_name("_standing.py"), end]
    environment = {**os.environ, "INCIDENT_DB": f"sqlite:///{path}", "LANG": "C.UTF-8"}
    times = instants(entries, every, turns)

    def cost(*more: str) -> float:
        return 1000 * _measure.cpu_of([*incident, "status", _town.CODE, *more], environment)

    def ours() -> float:
        return cost("--at", next(times))

    _measure.take_turns(1, ours, cost)
    pairs = _measure.take_turns(turns, ours, cost)
    return _measure.compare("", pairs, unit="ms CPU", target=TARGET, at_most=True)


def main() -> int:
    """Write a journal, measure, report."""
    parser = _measure.options(__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000, help="how long the journal is (1000000)")
    parser.add_argument(
        "--every", type=int, default=EVERY, help=f"entries between two snapshots ({EVERY}, as a worker)"
    )
    parser.add_argument("--turns", type=int, default=10, help="how often each side is measured (10)")
    parser.add_argument("--journal", type=Path, help="one that bench/_journal.py wrote, with snapshots")
    chosen = parser.parse_args()
    _measure.compile_all()
    with _measure.folder() as folder:
        path = chosen.journal or _measure.journal(folder, chosen.entries, chosen.every)
        figure = measure(path, chosen.entries, chosen.every, chosen.turns)
    return _measure.report(
        "as_of", [figure], as_json=chosen.as_json, entries=chosen.entries, every=chosen.every
    )


if __name__ == "__main__":
    sys.exit(main())
