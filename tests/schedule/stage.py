"""A stage for the loop: a clock that moves when the worker waits, an alarm that notes what it was set to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from incident.schedule.bell import Bell
from incident.schedule.status import Findings
from incident.schedule.worker import Clocks, Duties, End, Worker
from incident.service.tick import Swept
from tests.playbooks import NIGHT

NOTHING = Swept(0, 0, [])


class FakeAlarm:
    """Notes what it was set to; asserts that it is set only while it runs."""

    def __init__(self) -> None:
        self.is_running = False
        self.set_to: list[int | None] = []
        self.renewed = 0

    def start(self) -> None:
        assert not self.is_running, "expected an alarm that is started once"
        self.is_running = True

    def set(self, at: int | None) -> None:
        self.set_to.append(at)

    def anew(self) -> None:
        self.renewed += 1

    def is_alive(self) -> bool:
        return self.is_running

    def stop(self) -> None:
        self.is_running = False


class FakeBell(Bell):
    """Lets time pass and the next thing happen instead of waiting; asserts that somebody ends it."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._stage = stage
        self.waits: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        assert self._stage.happenings, "expected the worker to be stopped by the end of the play"
        self._stage.happenings.pop(0)()


class Stage:
    """A worker with everything around it in hand."""

    def __init__(self) -> None:
        self.wall, self.monotonic = float(NIGHT), 1000.0
        self.wakes: list[int | None] = []
        self.sweeps: list[int] = []
        self.swept = NOTHING
        #: After how many sweeps the postman was rung.
        self.rings: list[int] = []
        self.skews: list[float | None] = []
        self.fault: Exception | None = None
        self.lost: str | None = None
        self.happenings: list[Callable[[], None]] = []
        self.lines: list[tuple[str, str, dict[str, Any]]] = []
        self.reports: list[Findings] = []
        self.alarm = FakeAlarm()
        self.bell = FakeBell(self)
        self.worker = self._worker()

    def _worker(self) -> Worker:
        return Worker(
            Duties(
                next_wake=self._next_wake,
                sweep=self._sweep,
                ring=lambda: self.rings.append(len(self.sweeps)),
                skew=self._skew,
                lost=lambda: self.lost,
            ),
            alarm=self.alarm,
            bell=self.bell,
            clocks=Clocks(lambda: self.wall, lambda: self.monotonic),
            log=self._log,
            report=self.reports.append,
        )

    def _next_wake(self) -> int | None:
        if self.fault is not None:
            raise self.fault
        return self.wakes.pop(0) if self.wakes else None

    def _sweep(self) -> Swept:
        self.sweeps.append(int(self.wall))
        return self.swept

    def _skew(self) -> float | None:
        return self.skews.pop(0) if self.skews else None

    def _log(self, level: str, event: str, **values: Any) -> None:
        self.lines.append((level, event, values))

    def passes(self, seconds: float, *, clock_moves: float = 0) -> Callable[[], None]:
        """Let time pass, and perhaps somebody set the clock."""

        def pass_() -> None:
            self.wall += seconds + clock_moves
            self.monotonic += seconds

        return pass_

    def play(self, *happenings: Callable[[], None]) -> End:
        """Run the worker; in each wait the next thing happens, at the end it is stopped."""
        self.happenings = [*happenings, self.worker.stop]
        return self.worker.run()

    @property
    def events(self) -> list[tuple[str, str]]:
        """Level and event of what was logged."""
        return [(level, event) for level, event, _values in self.lines]
