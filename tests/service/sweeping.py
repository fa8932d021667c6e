"""Towns that owe two reports each, to be swept: what tests of carrying out what is due need."""

from __future__ import annotations

from typing import Any, Final

import pytest

from incident.domain import firing
from incident.domain.facts import TimerEnded
from incident.domain.firing import Case
from incident.domain.timer import Timer
from incident.service.ports import Store
from incident.service.tick import Swept, sweep
from incident.service.verify import verify
from incident.testing.samples import AT, HOUR
from incident.testing.samples import begin as begin_sample
from incident.testing.samples import owed as owe

#: When the reminders of the samples come, and when their reports are missing.
REMINDED, MISSED = AT + 7 * HOUR // 2, AT + 4 * HOUR + 600
TOWNS: Final = ("1", "2", "3", "4", "5")


def town(store: Store, *codes: str, remind: str | None = None) -> None:
    """Begin jurisdictions that owe two reports every four hours, `a` and `b`."""
    for code in codes:
        begin_sample(store, code, owe("a", remind=remind), owe("b", remind=remind))


def run(store: Store, at: int = MISSED, **words: Any) -> Swept:
    return sweep(store, now=lambda: at, node="n1", **words)


def ends(store: Store, code: str) -> list[tuple[str, str, str | None]]:
    """Give key, end and reason of all timers that ended, by the rows."""
    with store.reading() as tx:
        verify(tx, code)
        found = [timer for _, timer in tx.ended_timers(code)]
    return [(timer.key, str(timer.end), timer.reason) for timer in found]


def spoil(monkeypatch: pytest.MonkeyPatch, *poisoned: str, code: str = "2") -> None:
    """Let the deadlines of some obligations of a jurisdiction fail."""
    rule = firing._RULES["deadline"]

    def fail(timer: Timer, case: Case) -> list[TimerEnded]:
        if case.situation.jurisdiction == code and timer.key in poisoned:
            raise ZeroDivisionError(timer.key)
        return rule(timer, case)

    monkeypatch.setattr(firing, "_RULES", {**firing._RULES, "deadline": fail})
