"""The loop: what wakes it, what it does then, and what it does when something is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from incident.domain.errors import StoreError
from incident.domain.timer import Timer
from incident.schedule.alarm import SWEEP
from incident.schedule.watch import FileWatch
from incident.schedule.worker import COMPARE, LATE, PATIENCE, End
from incident.service.tick import Failure, Swept
from tests.playbooks import CODE, HOUR, NIGHT
from tests.schedule.stage import NOTHING, Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_worker_that_is_stopped_ends_well_and_stops_its_alarm(stage: Stage) -> None:
    assert stage.play() is End.ASKED
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
    assert stage.play(stage.alarm.stop) is End.NO_ALARM

    assert stage.events == [("error", "scheduler_died")]
    assert stage.reports[-1].scheduler_died == NIGHT


def test_database_whose_file_is_gone_ends_the_worker_at_its_next_look(stage: Stage) -> None:
    def is_deleted() -> None:
        stage.passes(SWEEP)()
        stage.lost = "no file is there any more"
        stage.wakes = [NIGHT]

    assert stage.play(is_deleted) is End.NO_DATABASE

    assert stage.lines == [("error", "database_lost", {"error": "no file is there any more"})]
    assert stage.reports[-1].database_lost == NIGHT + SWEEP
    assert stage.sweeps == [], "expected no work on a file that nobody else sees"
    assert stage.alarm.is_running is False


def test_path_that_leads_to_no_file_or_another_one_is_noticed(tmp_path: Path) -> None:
    file, other = tmp_path / "incident.db", tmp_path / "other.db"
    file.write_text("")
    other.write_text("")
    watch = FileWatch(file)
    file.write_text("more")
    assert watch.lost() is None

    file.rename(tmp_path / "kept-so-that-its-number-is-not-given-again.db")
    assert watch.lost() == "no file is there any more"
    other.rename(file)
    assert watch.lost() == "another file is in its place"
    assert FileWatch(file).lost() is None


def test_file_of_which_nobody_can_tell_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = FileWatch(tmp_path)

    def does_not_answer(_path: Path) -> None:
        raise OSError("the disk does not answer")

    monkeypatch.setattr(Path, "stat", does_not_answer)
    assert watch.lost() is None


def test_file_that_is_gone_before_the_first_look_is_lost(tmp_path: Path) -> None:
    assert FileWatch(tmp_path / "never").lost() == "no file is there any more"


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


def test_outage_counts_from_the_last_answer_and_not_from_when_it_was_noticed(stage: Stage) -> None:
    """It begins 8 s after the look that went well, is noticed 7 s later and lasts 5 s more."""

    def goes_away() -> None:
        stage.passes(8 + 7)()
        stage.fault = AWAY

    def comes_back() -> None:
        stage.passes(5, clock_moves=HOUR)()
        stage.fault = None

    stage.play(stage.passes(SWEEP), goes_away, comes_back)

    assert ("info", "database_back", {"seconds": 8 + 7 + 5}) in stage.lines


def test_outage_in_the_middle_of_the_work_counts_from_the_last_answer(stage: Stage) -> None:
    """The first look is answered each time; what follows is not."""
    fails = True

    def sweep() -> Swept:
        if fails:
            raise AWAY
        return NOTHING

    def works() -> None:
        nonlocal fails
        stage.passes(2)()
        fails = False

    stage.worker._duties = stage.worker._duties._replace(next_wake=lambda: NIGHT, sweep=sweep)
    stage.play(stage.passes(1), works)

    assert stage.lines[-1] == ("info", "database_back", {"seconds": 3})


def test_what_nobody_carries_out_is_said_once_and_that_it_is_too(stage: Stage) -> None:
    """Due at the first look; held by others until the third minute."""
    stage.wakes = [NIGHT] * 8

    stage.play(stage.passes(LATE), stage.passes(1), stage.passes(SWEEP), stage.passes(SWEEP))

    assert stage.lines == [
        ("warning", "behind", {"seconds": LATE + 1}),
        ("info", "caught_up", {}),
    ]


def test_worker_that_is_stopped_says_nothing_of_what_is_late(stage: Stage) -> None:
    stage.wakes = [NIGHT, NIGHT]
    stage.passes(LATE + 1)()

    def stopped_meanwhile() -> Swept:
        stage.worker.stop()
        return Swept(0, 0, [])

    stage.worker._duties = stage.worker._duties._replace(sweep=stopped_meanwhile)

    assert stage.play() is End.ASKED
    assert stage.lines == []


def test_fault_of_the_program_is_said_as_one_and_ends_nothing(stage: Stage) -> None:
    stage.fault = KeyError("what")

    assert stage.play(stage.passes(1)) is End.ASKED

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


def test_whoever_delivers_is_rung_after_each_sweep(stage: Stage) -> None:
    stage.wakes = [NIGHT, None]

    stage.play(stage.passes(20))

    assert stage.rings == [1, 1]


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
