"""What works in `incident run` and in `incident serve`: the worker, and how it is known from outside."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from incident import bootstrap
from incident.cli import exits, session
from incident.cli.beside import Beside
from incident.domain.say import Words, render

if TYPE_CHECKING:
    from incident.bootstrap import Workplace
    from incident.schedule.aside import Aside
    from incident.schedule.log import Log
    from incident.schedule.status import StatusFile
    from incident.schedule.worker import Duties


class Engine:
    """A worker with the threads beside it; `run` returns when it is stopped or can go on no more."""

    def __init__(
        self, workplace: Workplace, beside: Beside, node: str, log: Log, *, delivers: Path | None
    ) -> None:
        """Put it together; `delivers` is where it hands messages to, for those who look at it."""
        from incident.schedule.alarm import AlarmClock
        from incident.schedule.bell import Bell
        from incident.schedule.worker import Clocks, Worker

        self._workplace, self._node, self._log = workplace, node, log
        self._status = _status(node, workplace.url, delivers, log)
        self._threads = beside.threads(log)
        bell = Bell()
        self._worker = Worker(
            _duties(workplace, self._threads, node, lambda: self._worker.is_stopping),
            alarm=AlarmClock(bell.ring),
            bell=bell,
            clocks=Clocks(time.time, time.monotonic),
            log=log,
            report=(lambda _: None) if self._status is None else self._status.report,
        )
        #: Lets it look; a hint that something was written elsewhere.
        self.ring = bell.ring
        #: Asks it to stop after the transaction it is in; may be called from a signal handler.
        self.stop = self._worker.stop

    def run(self) -> int:
        """Work, and give the exit code: of its alarm clock's death, of a database that is gone, else 0."""
        from incident.cli.recovered import warn
        from incident.schedule.worker import End

        end = None
        try:
            self._log(
                "info", "started", node=self._node, database=self._workplace.store.place, pid=os.getpid()
            )
            _take_up(self._workplace, self._log)
            warn(self._workplace.store, self._log)
            for thread in self._threads:
                thread.start()
            end = self._worker.run()
            for thread in self._threads:
                thread.stop()
        finally:
            if self._status is not None:
                self._status.close(keep=end is not End.ASKED)
        self._log("info", "stopped", node=self._node)
        return {End.ASKED: 0, End.NO_ALARM: exits.FAULTS, End.NO_DATABASE: exits.STORAGE}[end]

    def leave(self) -> None:
        """End at once. What is not committed is not lost: the next worker carries it out."""
        self._log("warning", "left_without_answer", node=self._node)
        if self._status is not None:
            self._status.close()
        os._exit(0)


def log_of_run() -> Log:
    """Give how lines are logged; a log that nobody reads any more stops no work."""
    from incident.cli.log import logger

    # what libraries have to say we say ourselves, in our own form
    logging.getLogger().addHandler(logging.NullHandler())
    lines = logger(as_json=bool(session.option("log_json")))

    def log(level: str, event: str, **values: Any) -> None:
        given = {name: value for name, value in values.items() if value is not None}
        with suppress(OSError, ValueError):
            getattr(lines, level)(event, **given)

    return log


def say_outside(log: Log, words: Words) -> None:
    """Log what of the checkpoints outside counts for nothing."""
    log("error", "checkpoints_outside", error=render(words, "en", str)[:500])


def tell_hints(log: Log, error: Exception | None) -> None:
    """Log that hints come no more, or again; without them everything is seen some seconds later."""
    if error is None:
        log("info", "hints_back")
    else:
        log("info", "no_hints", error=str(error).strip().partition("\n")[0])


def _take_up(workplace: Workplace, log: Log) -> None:
    """Try anew what was set aside: this may be the program that was mended."""
    from incident.domain.errors import StoreError
    from incident.service.tick import take_up

    with suppress(StoreError):  # the first sweep finds the same, and says so
        taken = take_up(workplace.store)
        if taken:
            log("warning", "taken_up", jurisdictions=taken)


def _duties(
    workplace: Workplace, threads: Sequence[Aside], node: str, is_stopping: Callable[[], bool]
) -> Duties:
    from incident.schedule.watch import FileWatch
    from incident.schedule.worker import Duties
    from incident.service.tick import sweep

    store = workplace.store

    def ring() -> None:
        for thread in threads:
            thread.ring()

    def next_wake() -> int | None:
        with store.reading() as look:
            return look.next_wake()

    return Duties(
        next_wake=next_wake,
        sweep=partial(sweep, store, now=bootstrap.clock, node=node, is_stopping=is_stopping),
        ring=ring,
        skew=workplace.skew,
        lost=(lambda: None) if workplace.file is None else FileWatch(workplace.file).lost,
    )


def _status(node: str, url: str, messages: Path | None, log: Log) -> StatusFile | None:
    """Make the file by which this worker is known, and take away those of the dead.

    A worker that cannot have one works all the same.
    """
    from incident.schedule.status import Status, StatusFile, bury

    status = Status(
        pid=os.getpid(),
        node=node,
        since=bootstrap.clock(),
        delivers=None if messages is None else str(messages.absolute()),
    )
    try:
        folder = bootstrap.status_folder(url)
        for dead in bury(folder):
            log("warning", "found_dead_worker", node=dead.node, pid=dead.pid, since=dead.since)
        return StatusFile(folder, status)
    except OSError as error:
        log("warning", "no_status_file", error=str(error))
        return None
