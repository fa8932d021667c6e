"""People press buttons while four workers work: nobody waits for ever, nobody's word is lost."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from incident import bootstrap
from tests.chaos.pack import PATIENCE, pack
from tests.chaos.reckoning import is_done, must_be_delivered, must_have_come_once, must_hold
from tests.chaos.town import settle, spread, towns
from tests.cli.desk import CHECKOUT, Desk

ORDERED: Final = ("--decided-by", "command", "--basis", "县防控办〔2026〕4号", "--yes")
POSITIVE: Final = ("--event", "positive", "--set", "origin=local", "--set", "cases=1")
#: What each of them does, one after another; the same at the same time in all their towns.
DEEDS: Final = (
    ("report", "file", "{town}", "--from", "coordination", "--zero"),
    ("activate", "{town}", *POSITIVE, *ORDERED),
    ("signal", "{town}", "positive", *POSITIVE[2:], "--yes"),
    ("stand-down", "{town}", "--event", "lifted", *ORDERED),
)
PEOPLE: Final = 4


def test_people_are_heard_while_workers_work(url: str, tmp_path: Path) -> None:
    desk = Desk(url)
    with closing(bootstrap.open_store(url)) as store, pack(desk, tmp_path) as workers:
        wanted = towns(spread(int(time.time()) + 3, 5, 40))
        settle(store, wanted)
        for node in [workers.start() for _ in range(4)]:
            workers.hear(node, "started")

        # theirs are spread over all seconds, as the others are
        theirs = wanted[:: len(wanted) // PEOPLE]
        for deed in DEEDS:
            together(desk, [[word.format(town=town.name) for word in deed] for town in theirs])

        last = max(town.at for town in wanted)
        workers.until(lambda: is_done(store, last), "everything that is due")
        assert workers.dismiss() == [0] * 4
        assert workers.faults() == []
        assert "database_away" not in {event for node in workers.all for event in node.events}
        must_have_come_once(store, [town for town in wanted if town not in theirs])
        must_hold(store, [town.code for town in wanted], {node.name for node in workers.all})
        must_be_delivered(store, tmp_path / "messages")
        with store.reading() as tx:
            logs = [tx.log(town.code) for town in theirs]
        assert [(log.situation.state, log.situation.last_incident is None) for log in logs if log] == [
            ("routine", False)
        ] * PEOPLE


def together(desk: Desk, commands: Sequence[Sequence[str]]) -> None:
    """Run commands at the same time, each as the shell would; all have to succeed."""
    running = [
        subprocess.Popen(
            [sys.executable, "cli.py", *words],
            cwd=CHECKOUT,
            env=desk.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        for words in commands
    ]
    for process, words in zip(running, commands, strict=True):
        said, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, (words, said)
