"""What an activation costs when the journal is long, against when it is short.

Ours: `service.handle.handle`, activation and stand-down in turn, on a journal of a million entries.
Limit: the same on a journal of a thousand. Both are SQLite files in one folder, measured turn by turn.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import _measure, _town
from incident.service.handle import handle
from incident.store.database import connect
from incident.store.sql import SqlStore

TARGET = 1.2
#: Decisions of a turn: activation and stand-down, ten times.
ROUND = 20


def pressing(path: Path, entries: int) -> Callable[[], float]:
    """Give a function that carries out one turn on the journal at `path` and says what a decision took."""
    store = SqlStore(connect(f"sqlite:///{path}"))
    chance = _town.drawn()
    number = entries

    def press() -> float:
        nonlocal number
        began = time.perf_counter()
        for _ in range(ROUND):
            request = _town.stand_down(number) if number % 2 else _town.activation(number)
            at = _town.NIGHT + 30 * number
            handle(store, _town.CODE, request, now=partial(int, at), chance=chance)
            number += 1
        return 1e6 * (time.perf_counter() - began) / ROUND

    return press


def main() -> int:
    """Write both journals, measure, report."""
    parser = _measure.options(__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000, help="how long the long one is (1000000)")
    parser.add_argument("--short", type=int, default=1_000, help="how long the short one is (1000)")
    parser.add_argument("--turns", type=int, default=40, help=f"turns of {ROUND} decisions (40)")
    parser.add_argument("--journal", type=Path, help="the long one, if bench/_journal.py wrote it already")
    chosen = parser.parse_args()
    with _measure.folder() as folder:
        path = chosen.journal or _measure.journal(folder, chosen.entries)
        long = pressing(path, chosen.entries)
        short = pressing(_measure.journal(folder, chosen.short), chosen.short)
        _measure.take_turns(3, long, short)
        pairs = _measure.take_turns(chosen.turns, long, short)
    figure = _measure.compare("", pairs, unit="µs a decision", target=TARGET, at_most=True)
    return _measure.report(
        "growth", [figure], as_json=chosen.as_json, entries=chosen.entries, short=chosen.short
    )


if __name__ == "__main__":
    sys.exit(main())
