"""`incident run`: the worker that carries out what falls due and hands on what is to be told.

One on SQLite, as many as wanted on PostgreSQL, all started alike; none leads. Signals end it after the
transaction it is in. What happens is logged to stderr; nothing is a result but the answer to `--health`.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from incident import bootstrap
from incident.cli import evidence_options, exits, session
from incident.cli.beside import Beside, courier_of, looker_of, signer_of, taker_of
from incident.domain.say import Words, render
from incident.language import _

if TYPE_CHECKING:
    from incident.bootstrap import Workplace
    from incident.schedule.aside import Aside
    from incident.schedule.log import Log
    from incident.schedule.status import StatusFile
    from incident.schedule.worker import Duties

#: Seconds after which a worker that was asked to stop leaves a database that does not answer.
_LAST = 1.5


@click.command(help=_("Work: carry out what falls due, hand on messages, until stopped."))
@click.option("--node", metavar="NAME", help=_("Name of this worker in the journal; default: host and pid."))
@click.option(
    "--messages",
    metavar="FOLDER",
    type=evidence_options.Named(file_okay=False, path_type=Path),
    help=_("Hand messages on as files in this folder; without it none is handed on."),
)
@click.option(
    "--outgoing",
    metavar="FILE",
    type=evidence_options.Named(dir_okay=False, path_type=Path),
    help=_("Reach people by the ways that this file sets up; what reaches nobody goes into --messages."),
)
@evidence_options.key(_("Sign the journals with the private key in this file (INCIDENT_KEY)."))
@evidence_options.checkpoints(
    _("Put what is signed into this folder outside the database too (INCIDENT_CHECKPOINTS).")
)
@click.option(
    "--heartbeat",
    metavar="MINUTES",
    type=click.IntRange(1, 24 * 60),
    default=60,
    show_default=True,
    help=_("Sign after so many minutes at the latest; where nothing was recorded, record that first."),
)
@click.option("--once", is_flag=True, help=_("Do what is due now and end, for cron."))
@click.option("--health", is_flag=True, help=_("Do nothing but say whether all is well; exit code 1 if not."))
def run(
    node: str | None,
    messages: Path | None,
    outgoing: Path | None,
    key: Path | None,
    checkpoints: Path | None,
    heartbeat: int,
    once: bool,
    health: bool,
) -> int:
    """Work until a signal ends it.

    Exit code 1 when its alarm clock died, 5 when there is no database or its file is there no more.
    """
    if health:
        from incident.cli.health import put_findings
        from incident.cli.vitals import of_work

        return put_findings(of_work(bootstrap.url_of(session.option("db"))))
    session.must_be_text("--node", node)
    name = node or f"{socket.gethostname()}-{os.getpid()}"
    kept = bootstrap.outlets(checkpoints)
    log = _log()
    workplace = bootstrap.Workplace(session.option("db"), kept, partial(_say_outside, log))
    try:
        signer = None if key is None else partial(bootstrap.notary, key, kept)
        beside = Beside(
            courier_of(workplace, messages, outgoing, log),
            None if signer is None else signer_of(workplace, signer, heartbeat, name),
            taker_of(workplace, name),
            looker_of(workplace, kept) if kept else None,
        )
        if once:
            return _once(workplace, beside, name, log)
        return _work(workplace, beside, name, outgoing or messages, log)
    finally:
        workplace.close()


def _log() -> Log:
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


def _once(workplace: Workplace, beside: Beside, node: str, log: Log) -> int:
    """Sweep, deliver, sign once; says nothing when there was nothing to do, for cron mails what is said."""
    from incident.schedule.notary import say_signed
    from incident.schedule.postman import say_delivered
    from incident.schedule.snapshots import say_taken
    from incident.schedule.worker import say_read_only, say_swept
    from incident.service.tick import sweep

    told: dict[str, str] = {}
    swept = sweep(workplace.store, now=bootstrap.clock, node=node)
    say_swept(log, swept, told)
    failures = len(swept.failures)
    if beside.courier is not None:
        done = beside.courier.deliver()
        say_delivered(log, done)
        failures += len(done.failures)
    taken = beside.take(but=(), is_stopping=lambda: False)
    say_taken(log, taken)
    failures += len(taken.failures)
    if beside.sign is not None:
        notarised = beside.sign(behind=None, is_stopping=lambda: False)
        say_signed(log, notarised, {})
        failures += len(notarised.failures)
    # last, for it asks of every journal: what is due must not wait for it
    if beside.look is not None:
        say_read_only(log, beside.look(lambda: False), told)
        failures += len(told)
    return exits.FAULTS if failures else 0


def _work(workplace: Workplace, beside: Beside, node: str, messages: Path | None, log: Log) -> int:
    """Work until stopped."""
    from incident.cli.recovered import warn
    from incident.schedule.alarm import AlarmClock
    from incident.schedule.bell import Bell
    from incident.schedule.worker import Clocks, End, Worker

    bell = Bell()
    status = _status(node, messages, log)
    threads = beside.threads(log)
    worker = Worker(
        _duties(workplace, threads, node, lambda: worker.is_stopping),
        alarm=AlarmClock(bell.ring),
        bell=bell,
        clocks=Clocks(time.time, time.monotonic),
        log=log,
        report=(lambda _: None) if status is None else status.report,
    )
    listener = workplace.listener(bell.ring, partial(_tell, log))

    def leave() -> None:
        """End at once. What is not committed is not lost: the next worker carries it out."""
        log("warning", "left_without_answer", node=node)
        if status is not None:
            status.close()
        os._exit(0)

    end = None
    try:
        with _stopped_by_signals(worker.stop, leave):
            if listener is not None:
                listener.start()
            log("info", "started", node=node, database=workplace.store.place, pid=os.getpid())
            _take_up(workplace, log)
            warn(workplace.store, log)
            for thread in threads:
                thread.start()
            end = worker.run()
            for thread in threads:
                thread.stop()
            if listener is not None:
                listener.stop()
    finally:
        if status is not None:
            status.close(keep=end is not End.ASKED)
    log("info", "stopped", node=node)
    return {End.ASKED: 0, End.NO_ALARM: exits.FAULTS, End.NO_DATABASE: exits.STORAGE}[end]


def _say_outside(log: Log, words: Words) -> None:
    """Log what of the checkpoints outside counts for nothing."""
    log("error", "checkpoints_outside", error=render(words, "en", str)[:500])


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


def _status(node: str, messages: Path | None, log: Log) -> StatusFile | None:
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
        folder = bootstrap.status_folder(session.option("db"))
        for dead in bury(folder):
            log("warning", "found_dead_worker", node=dead.node, pid=dead.pid, since=dead.since)
        return StatusFile(folder, status)
    except OSError as error:
        log("warning", "no_status_file", error=str(error))
        return None


def _tell(log: Log, error: Exception | None) -> None:
    """Log that hints come no more, or again; without them everything is seen some seconds later."""
    if error is None:
        log("info", "hints_back")
    else:
        log("info", "no_hints", error=str(error).strip().partition("\n")[0])


@contextmanager
def _stopped_by_signals(stop: Callable[[], None], leave: Callable[[], None]) -> Iterator[None]:
    """Let SIGTERM and SIGINT call `stop`, and `leave` when the work goes on for `_LAST` seconds more.

    Heard in a thread of its own: a handler would run only once the database has answered the main thread.
    """
    ours, theirs = socket.socketpair()
    theirs.settimeout(0)  # as the signal's end has to be
    is_over = threading.Event()

    def listen() -> None:
        if ours.recv(1):
            stop()
            if not is_over.wait(_LAST):
                leave()

    ear = threading.Thread(target=listen, name="signals", daemon=True)
    ear.start()
    fd_before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, lambda _number, _frame: None) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(fd_before)
        is_over.set()
        theirs.close()
        ear.join()
        ours.close()
