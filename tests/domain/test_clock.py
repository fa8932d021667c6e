"""The wall-clock rule in gaps and folds, against a search that knows no rule but the words of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from incident.domain import clock
from tests.playbooks import DAY, NIGHT

MINUTE = 60

GAPS = [
    # Berlin, 2026-03-29: 02:00 becomes 03:00
    ("Europe/Berlin", "2026-03-29 01:59", "2026-03-29T00:59:00Z"),
    ("Europe/Berlin", "2026-03-29 02:00", "2026-03-29T01:00:00Z"),
    ("Europe/Berlin", "2026-03-29 02:30", "2026-03-29T01:00:00Z"),
    ("Europe/Berlin", "2026-03-29 02:59:59", "2026-03-29T01:00:00Z"),
    ("Europe/Berlin", "2026-03-29 03:00", "2026-03-29T01:00:00Z"),
    ("Europe/Berlin", "2026-03-29 03:01", "2026-03-29T01:01:00Z"),
    # New York, 2026-03-08, west of Greenwich
    ("America/New_York", "2026-03-08 02:30", "2026-03-08T07:00:00Z"),
    # Lord Howe Island, 2026-10-04: half an hour only
    ("Australia/Lord_Howe", "2026-10-04 02:10", "2026-10-03T15:30:00Z"),
    ("Australia/Lord_Howe", "2026-10-04 02:30", "2026-10-03T15:30:00Z"),
    # Cairo, 2026-04-24: midnight itself is skipped, so the day begins at 01:00
    ("Africa/Cairo", "2026-04-24 00:00", "2026-04-23T22:00:00Z"),
    ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z"),
    ("Africa/Cairo", "2026-04-24 00:30", "2026-04-23T22:00:00Z"),
    ("Africa/Cairo", "2026-04-24 01:00", "2026-04-23T22:00:00Z"),
    # Samoa, 2011-12-30: a whole day is skipped
    ("Pacific/Apia", "2011-12-30 00:00", "2011-12-30T10:00:00Z"),
    ("Pacific/Apia", "2011-12-30 23:59:59", "2011-12-30T10:00:00Z"),
]

FOLDS = [
    # Berlin, 2026-10-25: 02:00 to 03:00 comes twice; the first counts
    ("Europe/Berlin", "2026-10-25 01:59", "2026-10-24T23:59:00Z"),
    ("Europe/Berlin", "2026-10-25 02:00", "2026-10-25T00:00:00Z"),
    ("Europe/Berlin", "2026-10-25 02:30", "2026-10-25T00:30:00Z"),
    ("Europe/Berlin", "2026-10-25 03:00", "2026-10-25T02:00:00Z"),
    # New York, 2026-11-01
    ("America/New_York", "2026-11-01 01:30", "2026-11-01T05:30:00Z"),
    # Lord Howe Island, 2026-04-05
    ("Australia/Lord_Howe", "2026-04-05 01:45", "2026-04-04T14:45:00Z"),
    # Cairo, 2026-10-29: the last hour of the day comes twice
    ("Africa/Cairo", "2026-10-29 23:30", "2026-10-29T20:30:00Z"),
    # Shanghai has neither
    ("Asia/Shanghai", "2026-03-29 02:30", "2026-03-28T18:30:00Z"),
    # a fraction of a second is dropped, in a fold before 1970 too
    ("Asia/Shanghai", "2026-03-29 02:30:00.9", "2026-03-28T18:30:00Z"),
    ("America/New_York", "1960-10-30 01:59:59.9", "1960-10-30T05:59:59Z"),
]


@pytest.mark.parametrize(("zone", "wall", "expected"), [*GAPS, *FOLDS])
def test_time_is_the_first_after_a_gap_and_the_first_in_a_fold(zone: str, wall: str, expected: str) -> None:
    assert clock.stamp(clock.read_time(wall, zone, NIGHT)) == expected


ZONES = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/New_York",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Asia/Shanghai",
    "Asia/Urumqi",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/Dublin",
    "Pacific/Apia",
]


@lru_cache
def changes(name: str) -> tuple[date, ...]:
    """The days between 1985 and 2030 on which a zone's offset changes."""
    where, day, days = ZoneInfo(name), date(1985, 1, 1), []
    while day.year < 2030:
        here = datetime(day.year, day.month, day.day, tzinfo=where)
        if here.utcoffset() != (here + timedelta(days=1)).utcoffset():
            days.append(day)
        day += timedelta(days=1)
    return tuple(days)


def sample(name: str) -> list[date]:
    """Some changes of a zone, early and late, and an ordinary day."""
    days = changes(name)
    return [*days[:1], *days[-2:], *days[: len(days) // 2][-1:], date(2026, 6, 1)]


DAYS = [
    *((name, day) for name in ZONES for day in sample(name)),
    # midnight is skipped, then a whole day
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Pacific/Apia", date(2011, 12, 30)),
]


@pytest.mark.parametrize(("name", "day"), DAYS)
def test_time_is_the_first_instant_at_which_the_wall_clock_has_reached_it(name: str, day: date) -> None:
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a wall clock has no zone
    begin = int(midnight.replace(tzinfo=UTC).timestamp()) - 2 * DAY
    where = ZoneInfo(name)
    instants = range(begin, begin + 5 * DAY, MINUTE)
    walls = [datetime.fromtimestamp(at, where).replace(tzinfo=None) for at in instants]
    at = 0
    for minute in range(0, 24 * 60, 5):
        wall = midnight + timedelta(minutes=minute)
        while walls[at] < wall:
            at += 1
        assert clock.instant(wall, name) == instants[at], wall


def test_sample_holds_days_on_which_clocks_change() -> None:
    """Without them the days above would prove nothing."""
    assert [name for name in ZONES if not changes(name)] == ["Asia/Urumqi"]
    assert len([day for name, day in DAYS if day in changes(name)]) > 40


@given(st.datetimes(datetime(1980, 1, 1), datetime(2040, 1, 1)), st.sampled_from(ZONES))  # noqa: DTZ001 - the same
def test_wall_clock_of_an_instant_reads_back_unless_the_zone_skips_it(wall: datetime, name: str) -> None:
    wall = wall.replace(microsecond=0, fold=0)
    at = clock.instant(wall, name)
    shown = clock.local(at, name).replace(tzinfo=None, fold=0)

    # in a gap what is shown lies after what was asked, never before
    assert shown >= wall
    assert clock.local(at - 1, name).replace(tzinfo=None, fold=0) < wall


INSTANTS = st.integers(0, clock.read_stamp("9998-12-31T23:59:59Z"))


@given(INSTANTS)
def test_stamp_reads_back(at: int) -> None:
    assert clock.read_stamp(clock.stamp(at)) == at


@given(INSTANTS)
def test_stamp_is_read_as_a_time_in_any_zone(at: int) -> None:
    assert clock.read_time(clock.stamp(at), "Asia/Shanghai", NIGHT) == at


@pytest.mark.parametrize("year", [1, 33, 999, 1000, 9999])
def test_stamp_writes_four_digits_of_a_year(year: int) -> None:
    at = int(datetime(year, 1, 2, tzinfo=UTC).timestamp())

    assert clock.stamp(at) == f"{year:04d}-01-02T00:00:00Z"
    assert clock.read_stamp(clock.stamp(at)) == at


NOT_STAMPS = [
    # one digit of the month
    "2026-3-01T02:40:00Z",
    # another offset, or none
    "2026-03-01T02:40:00+00:00",
    "2026-03-01T02:40:00",
    # a space for the T, a fraction, no seconds
    "2026-03-01 02:40:00Z",
    "2026-03-01T02:40:00.0Z",
    "2026-03-01T02:40Z",
    # no such time
    "2026-02-30T02:40:00Z",
    "2026-03-01T24:00:00Z",
    # a leap second, which no instant of ours has
    "2016-12-31T23:59:60Z",
    # something around it
    " 2026-03-01T02:40:00Z",
    "2026-03-01T02:40:00Z\n",
    # digits of another script
    "２０２６-03-01T02:40:00Z",
    "",
]


@pytest.mark.parametrize("text", NOT_STAMPS)
def test_text_that_is_no_stamp_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        clock.read_stamp(text)


TYPED = [
    # what an officer types at 02:40
    ("2026-03-01 02:40", "2026-02-28T18:40:00Z"),
    ("2026-03-01T02:40", "2026-02-28T18:40:00Z"),
    ("2026-03-01 02:40:30", "2026-02-28T18:40:30Z"),
    # today is the town's day: in Shanghai 2026-03-01 has begun, in Greenwich not
    ("02:40", "2026-02-28T18:40:00Z"),
    ("00:00", "2026-02-28T16:00:00Z"),
    # a bare date is its first instant
    ("2026-03-01", "2026-02-28T16:00:00Z"),
    # ISO 8601 with an offset means what it says
    ("2026-03-01T02:40:00Z", "2026-03-01T02:40:00Z"),
    ("2026-03-01T02:40+09:00", "2026-02-28T17:40:00Z"),
]


@pytest.mark.parametrize(("typed", "expected"), TYPED)
def test_time_is_read_as_a_person_means_it(typed: str, expected: str) -> None:
    assert clock.stamp(clock.read_time(typed, "Asia/Shanghai", NIGHT)) == expected


MISTYPED = [
    # words, nothing, half of it
    "today",
    "",
    "2",
    "2026",
    "2026-03",
    "2026-03-01 ",
    "2:40",
    # no such time
    "24:00",
    "12:60",
    "2026-02-30",
    "2026-13-01 02:40",
    "2026-03-01 02:40:60",
    # a month before its day
    "01.03.2026",
    # something after it
    "2026-03-01 02:40 or so",
    "2026-03-01 02:40\n",
    "02:40\n",
    # at the very ends of the calendar, where no instant has a wall clock
    "0001-01-01 00:00",
    "9999-12-31T23:59-23:00",
]


@pytest.mark.parametrize("typed", MISTYPED)
def test_text_that_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        clock.read_time(typed, "Asia/Shanghai", NIGHT)


@given(st.text(alphabet="0123456789-:T Z+", max_size=26) | st.datetimes().map(str))
@example("0999-12-31 12:00")
@example("9999-12-31 12:00-23:00")
@example("9999-12-31 23:00Z")
def test_whatever_is_typed_is_refused_or_can_be_recorded_and_shown(typed: str) -> None:
    try:
        at = clock.read_time(typed, "Asia/Shanghai", NIGHT)
    except ValueError:
        return
    assert clock.read_stamp(clock.stamp(at)) == at
    assert clock.local(at, "Asia/Shanghai").timestamp() == at


SHOWN = [
    # a wall clock and its offset, in a zone with whole hours, with half of one, in either half of a fold
    ("2026-02-28T18:40:00Z", "Asia/Shanghai", "2026-03-01 02:40 +08:00"),
    ("2026-02-28T18:40:59Z", "America/St_Johns", "2026-02-28 15:10 -03:30"),
    ("2026-10-25T00:30:00Z", "Europe/Berlin", "2026-10-25 02:30 +02:00"),
    ("2026-10-25T01:30:00Z", "Europe/Berlin", "2026-10-25 02:30 +01:00"),
    # an offset of long ago has seconds
    ("0001-01-01T04:56:02Z", "America/New_York", "0001-01-01 00:00 -04:56:02"),
]


@pytest.mark.parametrize(("at", "zone", "expected"), SHOWN)
def test_instant_is_shown_as_people_read_it(at: str, zone: str, expected: str) -> None:
    instant = clock.read_stamp(at)

    assert clock.shown(instant, zone) == expected
    # and what is shown can be typed
    assert clock.read_time(expected, zone, NIGHT) // MINUTE == instant // MINUTE


LENGTHS = [("30m", 1800), ("4h", 14_400), ("14d", 1_209_600), ("99999d", 99_999 * DAY)]


@pytest.mark.parametrize(("duration", "seconds"), LENGTHS)
def test_duration_is_elapsed_time(duration: str, seconds: int) -> None:
    assert clock.seconds(duration) == seconds
    assert clock.later(NIGHT, duration) == NIGHT + seconds


def test_day_of_elapsed_time_is_24_hours_though_the_wall_clock_shows_another_hour() -> None:
    before = clock.read_time("2026-03-28 12:00", "Europe/Berlin", NIGHT)

    assert clock.local(clock.later(before, "1d"), "Europe/Berlin").isoformat() == "2026-03-29T13:00:00+02:00"


def test_unknown_zone_is_refused_by_name() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        clock.zone("Asia/Zhuji")
