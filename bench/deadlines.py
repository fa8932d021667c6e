"""What happens at 15:00 when the reports of 41,000 townships fall due at one instant.

Ours: `service.tick.sweep`, which finds that each is in, records that in the journal of its township and arms
the next; with `--missing` none is in, and two are told of each. Each turn is the next day, in a process of
its own whose greatest memory is measured too.
Limit: the driver alone (sqlite3, psycopg) sending the rows that ours wrote, recorded before, in
transactions of the same size; it reads nothing. Both sides must end with the same rows.
Jobs: the limit is APScheduler 3.11 with SQLAlchemyJobStore, adding and firing as many date jobs that do
nothing; an equal part of them beside each day, for a machine is not as fast in one minute as in the next.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import _databases, _measure, _townships
from bench._databases import Databases, Sent
from incident.service.tick import BATCH, sweep
from incident.store.sql import SqlStore

TARGETS = {"driver": 0.25, "jobs": 10.0}
#: What a sweeping process may take at most.
MEMORY_MB = 200
NODE = "bench"


class Size(NamedTuple):
    """How much is measured."""

    reports: int
    jobs: int
    turns: int
    batch: int
    #: No report is in.
    missing: bool


def carry_out(store: SqlStore, day: int, size: Size) -> None:
    """Sweep what is due on a day."""
    at = _townships.FIRST + day * _townships.DAY
    done = sweep(store, now=lambda: at, node=NODE, batch=size.batch)
    found = (done.ended, done.entries, done.failures)
    assert found == (size.reports, size.reports, []), f"expected all to come, got {found[:2]}"


def ours(url: str, day: int, size: Size) -> None:
    """Sweep a day, and print how long that took and the greatest memory of this process."""
    with _databases.opened(url) as engine:
        store = SqlStore(engine)
        gc.freeze()  # as the program does once it is imported
        began = time.perf_counter()
        carry_out(store, day, size)
        spent = time.perf_counter() - began
    print(json.dumps({"seconds": spent, "megabytes": _measure.peak_memory()}))


def _run_ours(url: str, day: int, size: Size) -> dict[str, float]:
    given = {"url": url, "day": day, "reports": size.reports, "batch": size.batch}
    words = [word for name, value in given.items() for word in (f"--{name}", str(value))]
    done = subprocess.run([sys.executable, __file__, *words], stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def recorded(url: str, day: int, size: Size) -> list[list[Sent]]:
    """Sweep a day and give what each transaction wrote."""
    with _databases.opened(url) as engine, _databases.recording(engine) as transactions:
        carry_out(SqlStore(engine), day, size)
    return [[sent for sent in one if not sent.statement.startswith("SELECT")] for one in transactions]


def rate_of_jobs(url: str, count: int) -> float:
    """Let APScheduler work; imported here, for our side has no use for it."""
    from bench import _jobs

    return _jobs.rate(url, count)


def measure(kind: str, size: Size) -> tuple[list[_measure.Figure], float]:
    """Measure one kind of database day by day; gives the greatest memory too, in megabytes."""
    megabytes, rates, jobs = list[float](), list[tuple[float, float]](), list[tuple[float, float]]()

    def adopted(url: str) -> None:
        _townships.adopt(url, size.reports, filed=0 if size.missing else size.turns)

    with _databases.KINDS[kind](adopted) as databases:
        for day in range(size.turns):
            transactions = recorded(databases.record, day, size)

            def our_rate(day: int = day) -> float:
                found = _run_ours(databases.ours, day, size)
                megabytes.append(found["megabytes"])
                return size.reports / found["seconds"]

            def limit(transactions: list[list[Sent]] = transactions) -> float:
                return size.reports / _send(databases, transactions)

            rates += _measure.take_turns(1, our_rate, limit)
            jobs.append((rates[-1][0], rate_of_jobs(databases.empty, size.jobs // size.turns)))
        _databases.check_same(databases)
    figures = [
        _measure.compare(kind, rates, unit="reports/s", target=TARGETS["driver"]),
        _measure.compare(f"{kind}, jobs", jobs, unit="a second", target=TARGETS["jobs"]),
    ]
    return figures, max(megabytes)


def _send(databases: Databases, transactions: list[list[Sent]]) -> float:
    with closing(databases.open()) as connection:
        cursor = connection.cursor()
        began = time.perf_counter()
        for transaction in transactions:
            _databases.send(connection, cursor, transaction)
        return time.perf_counter() - began


def main() -> int:
    """Measure and report."""
    parser = _measure.options(__doc__)
    parser.add_argument("--reports", type=int, default=_townships.COUNTRY, help="due at once (41000)")
    parser.add_argument("--jobs", type=int, help="how many APScheduler gets (as many)")
    parser.add_argument("--turns", type=int, default=3, help="how many days (3)")
    parser.add_argument("--batch", type=int, default=BATCH, help=f"townships a transaction ({BATCH})")
    parser.add_argument("--missing", action="store_true", help="none is in, and two are told of each")
    parser.add_argument("--database", choices=list(_databases.KINDS), action="append", help="only this one")
    parser.add_argument("--url", help="measure only our side, once, on this database")
    parser.add_argument("--day", type=int, default=0, help="for --url: which day, from 0")
    chosen = parser.parse_args()
    jobs = chosen.reports if chosen.jobs is None else chosen.jobs
    size = Size(chosen.reports, jobs, chosen.turns, chosen.batch, chosen.missing)
    if chosen.url is not None:
        ours(chosen.url, chosen.day, size)
        return 0
    _measure.compile_all()
    found = [measure(kind, size) for kind in chosen.database or _databases.KINDS]
    figures = [figure for some, _ in found for figure in some]
    megabytes = round(max(memory for _, memory in found), 1)
    figures.append(
        _measure.Figure("memory", megabytes / MEMORY_MB, megabytes, MEMORY_MB, "MB", 1.0, at_most=True)
    )
    more: dict[str, Any] = size._asdict()
    return _measure.report("deadlines", figures, as_json=chosen.as_json, **more)


if __name__ == "__main__":
    sys.exit(main())
