"""How many rows the proof of an entry reads from a long journal, and how long that takes.

Ours: `service.proving.prove_entry`, which checks what it gives out, of entries from all over a journal of a
thousand, a hundred thousand and a million that is signed. Counted are rows that SQLite handed over, the
entry and the checkpoint among them; the most of all entries tried is judged.
Limit: 2·log2(n) + 2 rows. The time is told beside, judged by nobody.
"""

from __future__ import annotations

import math
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import Engine, event

from bench import _measure, _signer, _town
from bench._databases import opened
from incident.service.notary import sign
from incident.service.proving import prove_entry
from incident.store.sql import SqlStore


class Counted:
    """A cursor that counts the rows it hands over."""

    def __init__(self, cursor: Any, count: list[int]) -> None:
        """Count into `count`."""
        self._cursor, self._count = cursor, count

    def __getattr__(self, name: str) -> Any:
        """Be the cursor in all else."""
        return getattr(self._cursor, name)

    def fetchone(self) -> Any:
        """Give the next row."""
        row = self._cursor.fetchone()
        self._count[0] += row is not None
        return row

    def fetchmany(self, size: int = 1) -> Any:
        """Give the next rows."""
        return self._more(self._cursor.fetchmany(size))

    def fetchall(self) -> Any:
        """Give all rows that are left."""
        return self._more(self._cursor.fetchall())

    def _more(self, rows: Any) -> Any:
        self._count[0] += len(rows)
        return rows


@contextmanager
def counting(engine: Engine) -> Iterator[list[int]]:
    """Count rows; the first item is how many."""
    count = [0]

    def count_rows(_connection: Any, _cursor: Any, _statement: str, _values: Any, *more: Any) -> None:
        context, _is_many = more
        context.cursor = Counted(context.cursor, count)

    event.listen(engine, "after_cursor_execute", count_rows)
    try:
        yield count
    finally:
        event.remove(engine, "after_cursor_execute", count_rows)


def measure(path: Path, entries: int, proofs: int) -> tuple[_measure.Figure, float]:
    """Prove entries from all over a journal; gives the rows of the worst, and µs of the middle one."""
    with opened(f"sqlite:///{path}") as engine:
        store = SqlStore(engine)
        signed = sign(store, _town.CODE, _signer.notary(lambda: _town.NIGHT))
        assert signed is not None, "nobody else holds the journal"
        step = max(1, signed.size // proofs)
        rows, times = [], []
        for seq in {*range(0, signed.size, step), signed.size - 1}:
            with store.reading() as tx:
                began = time.perf_counter()
                prove_entry(tx, _town.CODE, seq)
                times.append(1e6 * (time.perf_counter() - began))
            with counting(engine) as count, store.reading() as tx:
                prove_entry(tx, _town.CODE, seq)
            rows.append(count[0])
    most, limit = max(rows), 2 * math.log2(signed.size) + 2
    figure = _measure.Figure(f"{entries}", most / limit, most, limit, "rows", 1.0, at_most=True)
    return figure, round(statistics.median(times), 1)


def main() -> int:
    """Write the journals, measure, report."""
    parser = _measure.options(__doc__)
    parser.add_argument(
        "--entries",
        type=int,
        action="append",
        help="how long a journal is; repeat (1000, 100000 and 1000000)",
    )
    parser.add_argument("--proofs", type=int, default=200, help="entries proved of each (200)")
    parser.add_argument("--journal", type=Path, help="the longest, if bench/_journal.py wrote it already")
    chosen = parser.parse_args()
    sizes = sorted(chosen.entries or [1_000, 100_000, 1_000_000])
    figures, times = [], {}
    for entries in sizes:
        with _measure.folder() as folder:
            is_there = chosen.journal is not None and entries == sizes[-1]
            path = chosen.journal if is_there else _measure.journal(folder, entries)
            figure, times[f"µs_{entries}"] = measure(path, entries, chosen.proofs)
            figures.append(figure)
    return _measure.report("proofs", figures, as_json=chosen.as_json, **times)


if __name__ == "__main__":
    sys.exit(main())
