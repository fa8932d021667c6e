"""A worker whose first turn takes a while, because much is late: it can be met in the middle of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from incident import bootstrap
from incident.store.sql import SqlStore
from tests.chaos.pack import Node, Pack, pack
from tests.chaos.town import Town, settle, spread, towns
from tests.cli.desk import Desk


def late(n: int, *, first: int = 0) -> list[Town]:
    """Give towns whose second has just passed."""
    return towns(spread(int(time.time()) - 5, 5, n), first=first)


@contextmanager
def busy_worker(url: str, folder: Path, n: int) -> Iterator[tuple[SqlStore, Pack, list[Town], Node]]:
    """Let so many towns be late and start a worker; gives the store, the pack, the towns and the worker."""
    with closing(bootstrap.open_store(url)) as store, pack(Desk(url), folder, delivers=False) as workers:
        wanted = late(n)
        settle(store, wanted)
        yield store, workers, wanted, workers.start()
