"""The loop: what wakes it, what it does then, and what it does when something is wrong."""

from __future__ import annotations

import pytest

from incident.domain.errors import StoreError
from incident.domain.timer import Timer
from incident.schedule.alarm import SWEEP
from incident.schedule.worker import COMPARE, PATIENCE
from incident.service.deliver import Delivered, Failed
from incident.service.tick import Failure, Swept
from tests.playbooks import CODE, HOUR, NIGHT
from tests.schedule.stage import Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_worker_that_is_stopped_ends_well_and_stops_its_alarm(stage: Stage) -> None:
    assert stage.play() is True
    assert stage.alarm.is_running is False
    assert stage.lines == []


def test_nothing_due_is_one_look_and_no_sweep(stage: Stage) -> None:
    stage.wakes = [NIGHT + HOUR]

    stage.play()

    assert stage.sweeps == []
    assert stage.alarm.set_to == [NIGHT + HOUR]
    assert stage.wakes == []


def test_what_is_due_is_swept_and_the_alarm_set_anew(stage: Stage) -> None:
    stage.wakes = [NIGHT, NIGHT + HOUR]
    stage.swept = Swept(3, 1, [])

    stage.play()

    assert stage.sweeps == [NIGHT]
    assert stage.alarm.set_to == [NIGHT + HOUR]
    assert stage.lines == [("info", "swept", {"ended": 3, "entries": 1})]


def test_alarm_is_taken_back_when_nothing_is_promised(stage: Stage) -> None:
    stage.play()
    assert stage.alarm.set_to == [None]


def test_what_others_hold_is_looked_at_again_in_a_second_and_not_at_once(stage: Stage) -> None:
    stage.wakes = [NIGHT, NIGHT]

    stage.play()

    assert stage.alarm.set_to == [NIGHT + 1]


def test_worker_looks_although_nothing_rings(stage: Stage) -> None:
    stage.play()
    assert stage.bell.waits == [PATIENCE]
    assert PATIENCE > SWEEP


@pytest.mark.parametrize("moved", [HOUR, -HOUR, 3])
def test_clock_that_was_set_is_said_and_the_alarm_counts_anew(stage: Stage, moved: int) -> None:
    stage.play(stage.passes(15, clock_moves=moved))

    assert stage.lines == [("warning", "clock_jumped", {"seconds": moved})]
    assert stage.alarm.renewed == 1
    (found,) = stage.reports
    assert (found.clock_jumped, found.jumped_by) == (NIGHT + 15 + moved, moved)


def test_clock_that_is_slewed_is_not_set(stage: Stage) -> None:
    stage.play(*[stage.passes(15, clock_moves=0.5)] * 10)

    assert stage.lines == []
    assert stage.alarm.renewed == 0


def test_dead_alarm_clock_ends_the_worker_badly(stage: Stage) -> None:
    assert stage.play(stage.alarm.stop) is False

    assert stage.events == [("error", "scheduler_died")]
    assert stage.reports[-1].scheduler_died == NIGHT


AWAY = StoreError(where="db", expected="a database that answers", found="nothing")


def test_database_that_is_away_is_said_once_and_tried_ever_later(stage: Stage) -> None:
    stage.fault = AWAY

    stage.play(*[stage.passes(1)] * 7)

    assert stage.events == [("warning", "database_away")]
    assert stage.bell.waits == [1, 2, 4, 8, 16, 30, 30, 30]
    assert stage.reports[-1].away_since == NIGHT


def test_database_that_is_back_is_said_with_how_long_it_was_away(stage: Stage) -> None:
    stage.fault = AWAY

    def comes_back() -> None:
        stage.fault = None
        stage.passes(5)()

    stage.play(stage.passes(7), comes_back)

    assert stage.events == [("warning", "database_away"), ("info", "database_back")]
    assert stage.lines[-1][2] == {"seconds": 12}
    assert stage.reports[-1].away_since is None
    assert stage.bell.waits == [1, 2, PATIENCE]


def test_fault_of_the_program_is_said_as_one_and_ends_nothing(stage: Stage) -> None:
    stage.fault = KeyError("what")

    assert stage.play(stage.passes(1)) is True

    assert stage.events == [("error", "fault")]


def test_other_words_of_the_same_outage_are_kept_and_not_said(stage: Stage) -> None:
    stage.fault = AWAY

    def another() -> None:
        stage.fault = StoreError(where="db", found="something else")

    stage.play(another)

    assert stage.events == [("warning", "database_away")]
    assert stage.reports[-1].last_error == "StoreError: db; something else"


def test_fault_during_an_outage_is_said_too(stage: Stage) -> None:
    stage.fault = AWAY

    def another() -> None:
        stage.fault = KeyError("what")

    stage.play(another)

    assert stage.events == [("warning", "database_away"), ("error", "fault")]


def test_what_could_not_be_carried_out_is_a_warning_and_what_is_held_an_error(stage: Stage) -> None:
    timer = Timer(seq=1, n=0, opened=1, what="call", key="rounds", due=NIGHT, about=NIGHT, wake=NIGHT)
    error = ValueError("poison")
    stage.wakes = [NIGHT, None]
    once = Failure(CODE, timer, tries=1, is_held=False, error=error)
    always = Failure(CODE, None, tries=5, is_held=True, error=error)
    stage.swept = Swept(0, 0, [once, always])

    stage.play()

    assert stage.events == [("warning", "timer_failed"), ("error", "timer_held")]
    first, second = (values for _, _, values in stage.lines)
    assert (first["what"], first["key"], first["tries"]) == (timer.what, timer.key, 1)
    assert second["error"] == "ValueError: poison"


def test_messages_are_handed_on_after_the_sweep(stage: Stage) -> None:
    done = []

    def deliver() -> Delivered:
        done.append(len(stage.sweeps))
        return Delivered(2, [Failed("key", OSError("full"))])

    stage.with_channel(deliver)
    stage.wakes = [NIGHT, None]

    stage.play()

    assert done == [1]
    assert stage.lines == [
        ("error", "delivery_failed", {"n": 1, "first": "key", "error": "OSError: full"}),
        ("info", "delivered", {"n": 2}),
    ]


def test_skew_is_compared_once_a_minute_and_said_when_it_comes_and_goes(stage: Stage) -> None:
    stage.skews = [0.2, 4.4, 4.3, -0.1]

    stage.play(*[stage.passes(15)] * (3 * COMPARE // 15))

    assert stage.skews == []
    assert stage.lines == [
        ("warning", "clock_skew", {"seconds": 4.4}),
        ("info", "clock_skew_gone", {"seconds": -0.1}),
    ]
    assert [found.skew for found in stage.reports] == [4, 0]


def test_what_is_found_is_reported_only_when_it_changes(stage: Stage) -> None:
    stage.play(*[stage.passes(15)] * 100)
    assert stage.reports == []
