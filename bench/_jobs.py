"""APScheduler 3.11 with its SQLAlchemyJobStore, doing nothing but adding and firing date jobs.

Given all that helps it: an engine of its own, on SQLite with the write-ahead log, jobs that do nothing, run
in the scheduler's own thread and however late. Firing is one pass over all that is due.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.executors.debug import DebugExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import create_engine, event

#: Jobs that were carried out.
_fired = 0


def nothing() -> None:
    """Count that it was called."""
    global _fired  # noqa: PLW0603 - a stored job is a name that can be imported
    _fired += 1


def rate(url: str, count: int) -> float:
    """Add and fire `count` jobs in an empty database; gives how many a second."""
    global _fired  # noqa: PLW0603
    _fired = 0
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _durable)
    store = SQLAlchemyJobStore(engine=engine)
    scheduler = BackgroundScheduler(
        jobstores={"default": store},
        executors={"default": DebugExecutor()},
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        timezone=UTC,
    )
    scheduler.start(paused=True)
    due = datetime.now(UTC) - timedelta(seconds=1)
    began = time.perf_counter()
    for _ in range(count):
        scheduler.add_job(nothing, "date", run_date=due)
    scheduler.resume()
    while _fired < count or store.get_next_run_time() is not None:
        time.sleep(0.01)
    spent = time.perf_counter() - began
    scheduler.shutdown()
    engine.dispose()
    return count / spent


def _durable(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
