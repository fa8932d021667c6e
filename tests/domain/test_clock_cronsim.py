"""The wall-clock rule against CronSim, which reads cron tables as Debian's cron does.

All zones, all changes of their clocks and all half hours of the days around them; `tools/sweep_clock.py`
compares the other days too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones, reset_tzpath

import pytest
from cronsim import CronSim
from hypothesis import given
from hypothesis import strategies as st

from incident.domain import clock
from tools import sweep_clock
from tools.sweep_clock import DAY, FIRST, LAST, Change


@pytest.fixture(scope="module", autouse=True)
def rules_of_the_package() -> Iterator[None]:
    """The rules of the package tzdata, here as elsewhere; a machine's own may be older."""
    sweep_clock.use_tzdata()
    yield
    reset_tzpath()
    ZoneInfo.clear_cache()
    clock.zone.cache_clear()


def test_every_zone_is_compared_by_its_own_name_or_by_one_that_shows_the_same_clock() -> None:
    found = sweep_clock.behaviours(DAY)

    assert sorted(name for names in found.values() for name in names) == sorted(available_timezones())
    assert len(found) > 50
    # among them clocks that skip midnight, that change by half an hour or by two, and that never change
    changes = [change for each in found for change in each.changes]
    assert any(change.old.time() == time() < change.new.time() for change in changes)
    assert {timedelta(minutes=30), timedelta(hours=1), timedelta(hours=2)} <= {
        abs(c.new - c.old) for c in changes
    }
    assert any(not each.changes for each in found)


ORDINARY = [FIRST, date(2024, 2, 29), date(2026, 6, 1), date(2031, 12, 31), LAST]


def test_every_half_hour_around_every_change_of_every_clock_is_when_cron_would_run() -> None:
    for behaviour, (name, *_) in sweep_clock.behaviours(DAY).items():
        before = {min(change.old, change.new).date() - timedelta(days=1) for change in behaviour.changes}
        for first in before:
            assert list(sweep_clock.differences(name, first, 4)) == []


def test_every_half_hour_of_an_ordinary_day_is_when_cron_would_run() -> None:
    for name, *_ in sweep_clock.behaviours(DAY).values():
        for day in ORDINARY:
            assert list(sweep_clock.differences(name, day, 1)) == []


# What CronSim's authors expect of it when clocks change in Riga: on 2021-03-28 from 03:00 to 04:00, on
# 2021-10-31 from 04:00 to 03:00. These are the cases of `TestDstTransitions` in tests/test_cronsim.py of
# https://github.com/cuu508/cronsim (BSD-3-Clause, Copyright (c) 2021 Pēteris Caune) whose table names fixed
# times of the day: the case, its table, its start, its runs. The other cases of that class run every so often
# (their table has a `*` for it), to which cron applies another rule and we apply none.
RIGA = "Europe/Riga"
EVERY_HOUR = ",".join(map(str, range(24)))
EVERY_OTHER_HOUR = ",".join(map(str, range(1, 24, 2)))
SPRING_HOURS = ["2021-03-28T02:00:00+02:00", "2021-03-28T04:00:00+03:00", "2021-03-28T05:00:00+03:00"]
AUTUMN_HOURS = ["2021-10-31T02:00:00+03:00", "2021-10-31T03:00:00+03:00", "2021-10-31T04:00:00+02:00"]
RUNS = [
    ("008_at_1_2_3_4_5_mar", "0 1,2,3,4,5 * * *", "2021-03-28 01:30", SPRING_HOURS),
    ("008_at_1_2_3_4_5_oct", "0 1,2,3,4,5 * * *", "2021-10-31 01:30", AUTUMN_HOURS),
    (
        "009_30_past_1_2_3_4_5_mar",
        "30 1,2,3,4,5 * * *",
        "2021-03-28 01:30",
        ["2021-03-28T02:30:00+02:00", "2021-03-28T04:00:00+03:00", "2021-03-28T04:30:00+03:00"],
    ),
    (
        "009_30_past_1_2_3_4_5_oct",
        "30 1,2,3,4,5 * * *",
        "2021-10-31 01:30",
        ["2021-10-31T02:30:00+03:00", "2021-10-31T03:30:00+03:00", "2021-10-31T04:30:00+02:00"],
    ),
    (
        "010_at_2_mar",
        "0 2 * * *",
        "2021-03-28 01:30",
        ["2021-03-28T02:00:00+02:00", "2021-03-29T02:00:00+03:00"],
    ),
    (
        "010_at_2_oct",
        "0 2 * * *",
        "2021-10-31 01:30",
        ["2021-10-31T02:00:00+03:00", "2021-11-01T02:00:00+02:00"],
    ),
    (
        "011_at_3_mar",
        "0 3 * * *",
        "2021-03-27 01:30",
        ["2021-03-27T03:00:00+02:00", "2021-03-28T04:00:00+03:00", "2021-03-29T03:00:00+03:00"],
    ),
    (
        "011_at_3_oct",
        "0 3 * * *",
        "2021-10-31 01:30",
        ["2021-10-31T03:00:00+03:00", "2021-11-01T03:00:00+02:00"],
    ),
    (
        "012_at_4_mar",
        "0 4 * * *",
        "2021-03-27 01:30",
        ["2021-03-27T04:00:00+02:00", "2021-03-28T04:00:00+03:00", "2021-03-29T04:00:00+03:00"],
    ),
    (
        "012_at_4_oct",
        "0 4 * * *",
        "2021-10-30 01:30",
        ["2021-10-30T04:00:00+03:00", "2021-10-31T04:00:00+02:00", "2021-11-01T04:00:00+02:00"],
    ),
    ("014_every_hour_enumerated_mar", f"0 {EVERY_HOUR} * * *", "2021-03-28 01:30", SPRING_HOURS),
    ("014_every_hour_enumerated_oct", f"0 {EVERY_HOUR} * * *", "2021-10-31 01:30", AUTUMN_HOURS),
    (
        "015_every_other_hour_enumerated_mar",
        f"0 {EVERY_OTHER_HOUR} * * *",
        "2021-03-28 00:30",
        ["2021-03-28T01:00:00+02:00", "2021-03-28T04:00:00+03:00", "2021-03-28T05:00:00+03:00"],
    ),
    (
        "015_every_other_hour_enumerated_oct",
        f"0 {EVERY_OTHER_HOUR} * * *",
        "2021-10-31 00:30",
        ["2021-10-31T01:00:00+03:00", "2021-10-31T03:00:00+03:00", "2021-10-31T05:00:00+02:00"],
    ),
    ("016_at_1_to_5_mar", "0 1-5 * * *", "2021-03-28 01:30", SPRING_HOURS),
    ("016_at_1_to_5_oct", "0 1-5 * * *", "2021-10-31 01:30", AUTUMN_HOURS),
    (
        "at_3_15_mar",
        "15 3 * * *",
        "2021-03-27 00:00",
        ["2021-03-27T03:15:00+02:00", "2021-03-28T04:00:00+03:00", "2021-03-29T03:15:00+03:00"],
    ),
    (
        "at_3_15_oct",
        "15 3 * * *",
        "2021-10-30 00:00",
        ["2021-10-30T03:15:00+03:00", "2021-10-31T03:15:00+03:00", "2021-11-01T03:15:00+02:00"],
    ),
]


def our_runs(minutes: set[int], hours: set[int], start: datetime) -> list[str]:
    """The instants of all these times from a start on, each once: jobs due in one gap make one run."""
    days = [start.date() + timedelta(days=day) for day in range(3)]
    walls = [
        datetime.combine(day, time(hour, minute)) for day in days for hour in hours for minute in minutes
    ]
    instants = {clock.instant(wall, RIGA) for wall in walls if wall > start}
    return [clock.local(at, RIGA).isoformat() for at in sorted(instants)]


@pytest.mark.parametrize(("table", "start", "runs"), [pytest.param(*rest, id=name) for name, *rest in RUNS])
def test_times_of_the_day_are_what_the_authors_of_cronsim_expect(
    table: str, start: str, runs: list[str]
) -> None:
    begin = datetime.fromisoformat(start)
    cron = CronSim(table, begin.replace(tzinfo=clock.zone(RIGA)))

    assert our_runs(cron.minutes, cron.hours, begin)[: len(runs)] == runs
    # we have copied the case rightly
    assert [next(cron).isoformat() for _ in runs] == runs


@st.composite
def walls(draw: st.DrawFn) -> tuple[str, datetime, datetime, tuple[Change, ...]]:
    """Two times in one zone, often near a change of its clock, and all its changes."""
    behaviour, (name, *_) = draw(st.sampled_from(list(sweep_clock.behaviours(DAY).items())))
    noon = datetime.combine(FIRST, time(12))
    anywhere = st.integers(0, (LAST - FIRST).days * DAY).map(lambda at: noon + timedelta(seconds=at))
    near = st.integers(-3 * 3600, 3 * 3600).map(lambda by: timedelta(seconds=by))
    if behaviour.changes:
        change = draw(st.sampled_from(behaviour.changes))
        times = anywhere | near.map(lambda by: change.old + by) | near.map(lambda by: change.new + by)
    else:
        times = anywhere
    first, second = sorted((draw(times), draw(times)))
    return name, first, second, behaviour.changes


@given(walls())
def test_a_later_time_is_never_an_earlier_instant(
    drawn: tuple[str, datetime, datetime, tuple[Change, ...]],
) -> None:
    name, first, second, changes = drawn
    one, two = clock.instant(first, name), clock.instant(second, name)

    assert one <= two
    # two times are one instant only if all between them is skipped, up to the first time after the gap
    if first != second:
        assert (one == two) == any(change.old <= first < second <= change.new for change in changes)


@given(walls())
def test_a_time_reads_back_unless_it_is_skipped_and_then_it_is_the_change(
    drawn: tuple[str, datetime, datetime, tuple[Change, ...]],
) -> None:
    name, wall, _, changes = drawn
    at = clock.instant(wall, name)
    skipping = [change for change in changes if change.old <= wall < change.new]

    if skipping:
        assert [at] == [change.at for change in skipping]
        assert sweep_clock.shown(at - 1, name) < wall < sweep_clock.shown(at, name)
    else:
        assert sweep_clock.shown(at, name) == wall
        assert clock.local(at, name).fold == 0
