"""The loop of `incident run`: the thread that carries out what is due.

    wait for the bell → clock changed? → sweep what is due → set the alarm → ring whoever delivers

Everything that wakes it only rings: the alarm clock, a hint of another program, a signal. A worker that
hears nothing looks all the same, so a bell that fails costs seconds and no promised time. What goes wrong is
logged and tried again; only a dead alarm clock and a database file that is gone end the worker, for whoever
started it to start it anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import Any, NamedTuple

from incident.domain.errors import StoreError
from incident.schedule.alarm import SWEEP, Alarm
from incident.schedule.bell import Bell
from incident.schedule.log import Log
from incident.schedule.status import Findings
from incident.schedule.watch import Backoff, ClockWatch
from incident.service.tick import Failure, Swept

#: Seconds after which the main thread looks although nothing rang.
PATIENCE = SWEEP + 5.0
#: Seconds between two comparisons of our clock with the database's.
COMPARE = 60
#: Seconds after which what is due and not carried out is said to be late.
LATE = 60
#: Seconds by which they may differ.
SKEW = 1.0


class Duties(NamedTuple):
    """What a worker does; each raises `StoreError` when the database cannot be used."""

    #: When the next timer is to be carried out; none for never.
    next_wake: Callable[[], int | None]
    sweep: Callable[[], Swept]
    #: Rings whoever delivers; it does so in a thread of its own (`postman.py`).
    ring: Callable[[], None]
    #: Seconds by which the database's clock is ahead of ours; none where it has no own.
    skew: Callable[[], float | None]
    #: Why the database that was opened is no longer the one that everybody else finds there; none if it is.
    lost: Callable[[], str | None] = lambda: None


class Clocks(NamedTuple):
    """The wall clock, and one that nobody can set."""

    wall: Callable[[], float]
    monotonic: Callable[[], float]


class End(Enum):
    """Why a worker ended."""

    ASKED = auto()
    #: Its alarm clock died.
    NO_ALARM = auto()
    #: What it has open is no longer the database.
    NO_DATABASE = auto()


class Worker:
    """One worker; `run` returns when it is asked to stop or can go on no more."""

    def __init__(
        self,
        duties: Duties,
        *,
        alarm: Alarm,
        bell: Bell,
        clocks: Clocks,
        log: Log,
        report: Callable[[Findings], None] = lambda _: None,
    ) -> None:
        """Do `duties`; what is found is logged, and given to `report` whenever it changes."""
        self._duties = duties
        self._alarm, self._bell = alarm, bell
        self._clocks = clocks
        self._watch = ClockWatch(clocks.wall, clocks.monotonic)
        self._log, self._report = log, report
        self._findings = Findings()
        self._backoff = Backoff(1.0, 30.0)
        self._said: str | None = None
        #: Why journals must not be written to, as it was logged.
        self._told: dict[str, str] = {}
        self._compare_at = clocks.monotonic()
        self._is_late = False
        #: When the database last answered, by the clock that nobody can set; stands still during an outage.
        self._answered = clocks.monotonic()
        self.is_stopping = False

    def stop(self) -> None:
        """Ask it to stop after the transaction it is in; may be called from a signal handler."""
        self.is_stopping = True
        self._bell.ring()

    def run(self) -> End:
        """Work until stopped; when it can go on no more, the process has to be started anew."""
        self._alarm.start()
        try:
            while not self.is_stopping:
                end = self._cannot_go_on()
                if end is not None:
                    return end
                self._bell.wait(self.turn())
        finally:
            self._alarm.stop()
        return End.ASKED

    def _cannot_go_on(self) -> End | None:
        """Look for what no waiting mends."""
        if not self._alarm.is_alive():
            self._log("error", "scheduler_died")
            self._find(scheduler_died=self._now())
            return End.NO_ALARM
        lost = self._duties.lost()
        if lost is not None:
            self._log("error", "database_lost", error=lost)
            self._find(database_lost=self._now())
            return End.NO_DATABASE
        return None

    def turn(self) -> float:
        """Do once what there is to do; gives how many seconds to wait for the bell at most."""
        self._look_at_clock()
        try:
            self._work()
        except StoreError as error:
            return self._went_wrong("database_away", "warning", error)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not end what nobody else does
            return self._went_wrong("fault", "error", error)
        if self._findings.away_since is not None:
            self._log("info", "database_back", seconds=round(self._clocks.monotonic() - self._answered))
            self._find(away_since=None)
        self._answered = self._clocks.monotonic()
        self._backoff.worked()
        return PATIENCE

    def _work(self) -> None:
        wake = self._duties.next_wake()
        if self._findings.away_since is None:
            self._answered = self._clocks.monotonic()
        if wake is not None and wake <= self._now():
            say_swept(self._log, self._duties.sweep(), self._told)
            wake = self._duties.next_wake()
        if not self.is_stopping:  # then it is for others to catch up
            self._look_how_late(wake)
        # what is due still is held by another worker: look again in a second
        self._alarm.set(None if wake is None else max(wake, self._now() + 1))
        self._duties.ring()
        if self._clocks.monotonic() >= self._compare_at:
            self._compare_at = self._clocks.monotonic() + COMPARE
            self._compare_clocks()

    def _look_how_late(self, wake: int | None) -> None:
        """Say once that something is due for long and not carried out, and once that it is."""
        behind = 0 if wake is None else self._now() - wake
        if (behind > LATE) != self._is_late:
            self._is_late = behind > LATE
            if self._is_late:
                self._log("warning", "behind", seconds=behind)
            else:
                self._log("info", "caught_up")

    def _look_at_clock(self) -> None:
        moved = self._watch.jump()
        if moved is not None:
            self._log("warning", "clock_jumped", seconds=round(moved))
            self._find(clock_jumped=self._now(), jumped_by=round(moved))
            self._alarm.anew()

    def _compare_clocks(self) -> None:
        skew = self._duties.skew()
        seconds = round(skew) if skew is not None and abs(skew) > SKEW else 0
        if skew is not None and seconds != self._findings.skew:
            known = "clock_skew" if seconds else "clock_skew_gone"
            self._log("warning" if seconds else "info", known, seconds=round(skew, 1))
        self._find(skew=seconds)

    def _went_wrong(self, event: str, level: str, error: Exception) -> float:
        """Say it once, wait longer each time."""
        wait, since = self._backoff.failed(), self._findings.away_since
        told = f"{type(error).__name__}: {error}"[:500]
        if since is None or event != self._said:
            self._log(level, event, error=told)
        self._said = event
        self._find(away_since=self._now() if since is None else since, last_error=told)
        return wait

    def _find(self, **changes: int | str | None) -> None:
        found = self._findings.changed(**changes)
        if found != self._findings:
            self._findings = found
            self._report(found)

    def _now(self) -> int:
        return int(self._clocks.wall())


def say_swept(log: Log, swept: Swept, told: dict[str, str]) -> None:
    """Log what a sweep did, and once what it must not do; `told` remembers that."""
    for failure in swept.failures:
        log(**failure_line(failure))
    say_read_only(log, dict(swept.left_out), told)
    if swept.ended:
        log("info", "swept", ended=swept.ended, entries=swept.entries)


def say_read_only(log: Log, left_out: Mapping[str, StoreError], told: dict[str, str]) -> None:
    """Log of each journal once why it must not be written to; `told` remembers that."""
    for code, error in left_out.items():
        if told.get(code) != str(error):
            told[code] = str(error)
            log("error", "read_only", jurisdiction=code, error=str(error)[:500])


def failure_line(failure: Failure) -> dict[str, Any]:
    """Give the log line of what could not be carried out; held is for a person, so it is an error."""
    timer = failure.timer
    return {
        "level": "error" if failure.is_held else "warning",
        "event": "timer_held" if failure.is_held else "timer_failed",
        "jurisdiction": failure.code,
        "what": None if timer is None else timer.what,
        "key": None if timer is None else timer.key,
        "due": None if timer is None else timer.due,
        "tries": failure.tries,
        "error": f"{type(failure.error).__name__}: {failure.error}",
    }
