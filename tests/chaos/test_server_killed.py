"""PostgreSQL itself goes away under load: workers live on, say so, and finish when it is back."""

from __future__ import annotations

import signal
import time
from contextlib import closing
from pathlib import Path

from incident import bootstrap
from tests.chaos.pack import Pack, pack
from tests.chaos.reckoning import is_done, must_be_delivered
from tests.chaos.server import mortal_server
from tests.chaos.storm import reckon
from tests.chaos.town import Town, settle, spread, towns
from tests.chaos.turns import postgres_turns
from tests.cli.desk import Desk


def test_workers_outlive_a_server_that_is_killed_under_load_and_finish(tmp_path: Path) -> None:
    wanted: list[Town] = []
    with mortal_server() as server, pack(Desk(server.url), tmp_path) as workers:
        bootstrap.open_store(server.url).close()  # creates what workers at once would create together
        started = [workers.start() for _ in range(3)]
        for node in started:
            workers.hear(node, "started")
        for end in (server.stop_at_once, server.kill):
            heard = [len(node.lines) for node in started]
            wanted += load(workers, server.url, first=len(wanted))
            end()
            for node, lines in zip(started, heard, strict=True):
                workers.hear(node, "database_away", after=lines)
            server.start()
            for node, lines in zip(started, heard, strict=True):
                workers.hear(node, "database_back", after=lines)

        with closing(bootstrap.open_store(server.url)) as store:
            last = max(town.at for town in wanted)
            workers.until(lambda: is_done(store, last), "everything that is due")
            assert workers.nodes == started, "a worker died with the server"
            assert workers.dismiss() == [0, 0, 0]
            assert workers.faults() == []
            reckon(workers, store, wanted)
            must_be_delivered(store, tmp_path / "messages")


def load(workers: Pack, url: str, *, first: int) -> list[Town]:
    """Make work behind the workers' backs, and wait until one is in the middle of it."""
    for node in workers.nodes:
        node.send(signal.SIGSTOP)
    some = towns(spread(int(time.time()) - 5, 5, 30), first=first)
    with closing(bootstrap.open_store(url)) as store:
        settle(store, some)
    for node in workers.nodes:
        node.send(signal.SIGCONT)
    with postgres_turns(url) as turns:
        workers.until(lambda: bool(turns.writers(workers.nodes)), "somebody at work", look=0)
    return some
