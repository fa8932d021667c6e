"""APScheduler as an alarm clock: it rings for what is over, and one can tell when it is dead."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from incident.schedule.alarm import SWEEP, AlarmClock
from incident.schedule.bell import Bell

PATIENCE = 10.0


@contextmanager
def alarm_clock(bell: Bell) -> Iterator[AlarmClock]:
    alarm = AlarmClock(bell.ring)
    alarm.start()
    try:
        yield alarm
    finally:
        alarm.stop()


@pytest.mark.parametrize("at", [0, 1_000_000_000])
def test_instant_that_has_passed_rings_at_once(at: int) -> None:
    bell = Bell()
    with alarm_clock(bell) as alarm:
        alarm.set(at)
        bell._rung.get(timeout=PATIENCE)  # raises when it stays silent


def test_alarm_set_again_replaces_the_one_before() -> None:
    far = int((datetime.now(UTC) + timedelta(days=1)).timestamp())
    bell = Bell()
    with alarm_clock(bell) as alarm:
        alarm.set(far)
        alarm.set(far + 1)
        jobs = {job.id: job.next_run_time for job in alarm._scheduler.get_jobs()}
        assert jobs["wake"] == datetime.fromtimestamp(far + 1, UTC)

        alarm.set(None)
        alarm.set(None)
        assert [job.id for job in alarm._scheduler.get_jobs()] == ["sweep"]


def test_interval_is_counted_from_when_the_clock_was_set() -> None:
    with alarm_clock(Bell()) as alarm:
        alarm._scheduler.modify_job("sweep", next_run_time=datetime(2099, 1, 1, tzinfo=UTC))

        alarm.anew()

        job = alarm._scheduler.get_job("sweep")
        assert job.next_run_time - datetime.now(UTC) <= timedelta(seconds=SWEEP)


def test_nothing_counts_as_missed() -> None:
    with alarm_clock(Bell()) as alarm:
        for job in alarm._scheduler.get_jobs():
            assert (job.misfire_grace_time, job.coalesce, job.max_instances) == (None, True, 1)


def test_alarm_that_is_not_started_or_was_stopped_is_not_alive() -> None:
    alarm = AlarmClock(Bell().ring)
    assert not alarm.is_alive()
    alarm.start()
    assert alarm.is_alive()
    alarm.stop()
    assert not alarm.is_alive()
    alarm.stop()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_dead_thread_is_noticed() -> None:
    alarm = AlarmClock(Bell().ring)
    alarm.start()
    thread = alarm._scheduler._thread

    def fail() -> None:
        raise RuntimeError

    alarm._scheduler._process_jobs = fail
    alarm._scheduler.wakeup()
    thread.join(PATIENCE)

    assert alarm._scheduler.running
    assert not alarm.is_alive()
    alarm.stop()


def test_bell_rung_often_is_heard_once_and_keeps_from_sleeping() -> None:
    bell = Bell()
    for _ in range(3):
        bell.ring()
    assert not bell._rung.empty()

    bell.wait(PATIENCE)

    assert bell._rung.empty()
    bell.wait(0)
