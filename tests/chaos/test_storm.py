"""Four workers, kill -9 at random: every promised time comes once. `tools/sweep_chaos.py` lets more come."""

from __future__ import annotations

import time
from pathlib import Path

from tests.chaos.storm import storm
from tests.cli.desk import Desk


def test_workers_killed_at_random_lose_nothing_and_double_nothing(url: str, tmp_path: Path) -> None:
    figures = storm(url, tmp_path, timers=360, length=3, seed=7)

    assert figures.timers == 360
    assert figures.kills >= 4
    desk = Desk(url)
    desk.clock.at = int(time.time())
    assert desk.done("journal", "verify", "--json").objects()
    for n in range(0, figures.towns, 10):
        said = desk.done("account", f"town{n}", "--from", "2020-01-01", "--json").object()
        assert said["balances"] is True
