"""The thread that delivers: rung or not, through faults, and to its end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from incident.domain.errors import StoreError
from incident.schedule.aside import PATIENCE
from incident.schedule.bell import Bell
from incident.schedule.postman import postman
from incident.service.deliver import Delivered, Failed

NOTHING = Delivered(0, [])


class Round:
    """What a postman goes out with: a list of what happens, and the log."""

    def __init__(self, *happens: Delivered | Exception) -> None:
        self.happens = [*happens]
        self.lines: list[tuple[str, str, dict[str, Any]]] = []
        self.postman = postman(self._deliver, self._log, Bell())

    def _deliver(self, is_stopping: Callable[[], bool]) -> Delivered:
        assert not is_stopping()
        found = self.happens.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    def _log(self, level: str, event: str, **values: Any) -> None:
        self.lines.append((level, event, values))


def test_what_was_delivered_and_what_failed_is_said() -> None:
    round_ = Round(Delivered(2, [Failed("key", OSError("full"))]), NOTHING)

    assert [round_.postman.turn(), round_.postman.turn()] == [PATIENCE, PATIENCE]

    assert round_.lines == [
        ("error", "delivery_failed", {"n": 1, "first": "key", "error": "OSError: full"}),
        ("info", "delivered", {"n": 2}),
    ]


@pytest.mark.parametrize(
    ("fault", "level"),
    [(StoreError(where="memory", found="away"), "warning"), (ValueError("poison"), "error")],
)
def test_fault_is_said_once_and_tried_ever_later_and_that_it_is_over_too(
    fault: Exception, level: str
) -> None:
    round_ = Round(fault, fault, fault, NOTHING, NOTHING, fault)

    waits = [round_.postman.turn() for _ in range(6)]

    assert waits[0] < waits[1] < waits[2] < waits[3] == waits[4] == PATIENCE
    assert waits[5] == waits[0]
    assert [line[:2] for line in round_.lines] == [
        (level, "delivering_stopped"),
        ("info", "delivering_again"),
        (level, "delivering_stopped"),
    ]


def test_it_delivers_when_it_is_rung_and_ends_when_it_is_asked_to() -> None:
    rounds: list[bool] = []
    went_out = threading.Semaphore(0)

    def deliver(is_stopping: Callable[[], bool]) -> Delivered:
        rounds.append(is_stopping())
        went_out.release()
        return NOTHING

    out = postman(deliver, lambda *_args, **_values: None, Bell())
    out.stop()  # asked before it began: nothing to wait for
    out = postman(deliver, lambda *_args, **_values: None, Bell())
    out.start()
    assert went_out.acquire(timeout=30)
    out.ring()
    assert went_out.acquire(timeout=30)
    out.stop()
    assert rounds == [False, False]
