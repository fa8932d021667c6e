"""Which times an item promises."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.domain import clock, schedule
from incident.domain.playbook import Obligation, Roster, StepDown

CHINA, BERLIN, APIA = "Asia/Shanghai", "Europe/Berlin", "Pacific/Apia"
NAME = {"zh": "报", "en": "report"}


def owed(**fields: Any) -> Obligation:
    return msgspec.convert({"name": NAME, "from": ["duty"], **fields}, Obligation)


def roster(**fields: Any) -> Roster:
    return msgspec.convert({"name": NAME, "of": "duty", **fields}, Roster)


def at(wall: str, zone: str = CHINA) -> int:
    return clock.instant(datetime.fromisoformat(wall), zone)


def walls(one: Obligation, since: str, n: int, zone: str = CHINA, *, after: str | None = None) -> list[str]:
    """Give the first `n` times as wall clock."""
    start = at(since, zone)
    due = schedule.first(one, start, start if after is None else at(after, zone), zone)
    found: list[str] = []
    while due is not None and len(found) < n:
        found.append(f"{clock.local(due, zone):%m-%d %H:%M}")
        due = schedule.following(one, due, zone)
    return found


def test_a_report_by_the_clock_is_due_at_its_hours_in_the_zone() -> None:
    one = owed(every="day", at=["15:00", "09:00"])
    assert walls(one, "2026-03-01 10:00", 3) == ["03-01 15:00", "03-02 09:00", "03-02 15:00"]


def test_a_time_is_later_than_the_moment_it_begins_to_stand() -> None:
    assert walls(owed(every="day", at=["15:00"]), "2026-03-01 15:00", 1) == ["03-02 15:00"]


def test_a_report_without_an_hour_is_due_when_the_day_ends() -> None:
    assert walls(owed(every="day"), "2026-03-01 10:00", 2) == ["03-02 00:00", "03-03 00:00"]


def test_several_a_day_without_hours_are_due_at_even_parts_of_it() -> None:
    one = owed(every="day", times_a_day=3)
    assert walls(one, "2026-03-01 07:00", 4) == ["03-01 08:00", "03-01 16:00", "03-02 00:00", "03-02 08:00"]


def test_a_meeting_without_an_hour_is_not_called() -> None:
    one = owed(kind="meeting", every="day")
    assert not schedule.recurs(one)
    assert walls(one, "2026-03-01 07:00", 1) == []
    assert schedule.following(one, at("2026-03-02 00:00"), CHINA) is None


def test_every_few_hours_counts_elapsed_time_from_when_it_stands() -> None:
    assert walls(owed(every="4h"), "2026-03-01 02:40", 3) == ["03-01 06:40", "03-01 10:40", "03-01 14:40"]


def test_what_was_recorded_late_begins_after_the_record() -> None:
    one = owed(every="4h")
    assert walls(one, "2026-03-01 02:40", 2, after="2026-03-01 07:00") == ["03-01 10:40", "03-01 14:40"]


def test_every_few_days_keeps_its_days_over_the_end_of_a_day() -> None:
    one = owed(every="3d")
    assert walls(one, "2026-03-01 10:00", 3) == ["03-02 00:00", "03-05 00:00", "03-08 00:00"]


def test_once_within_a_time_of_the_entry() -> None:
    one = owed(within="2h", of="entry")
    assert walls(one, "2026-03-01 02:40", 3) == ["03-01 04:40"]


@pytest.mark.parametrize(
    "fields",
    [
        {"within": "2h", "of": "receipt", "on": ["positive"]},
        {"within": "2h", "of": "receipt", "after": "other"},
        {"urgency": "at_once"},
        {"after": "other"},
    ],
)
def test_what_waits_for_something_promises_no_time(fields: dict[str, Any]) -> None:
    assert walls(owed(**fields), "2026-03-01 02:40", 1) == []


def test_four_hours_are_four_hours_when_clocks_go_back() -> None:
    found = walls(owed(every="4h"), "2026-10-25 00:30", 2, BERLIN)
    assert found == ["10-25 03:30", "10-25 07:30"]


def test_half_past_two_comes_at_three_in_spring_and_once_in_autumn() -> None:
    one = owed(every="day", at=["02:30"])
    assert walls(one, "2026-03-28 12:00", 2, BERLIN) == ["03-29 03:00", "03-30 02:30"]
    assert walls(one, "2026-10-24 12:00", 2, BERLIN) == ["10-25 02:30", "10-26 02:30"]


def test_two_hours_of_one_gap_are_one_time() -> None:
    one = owed(every="day", at=["02:15", "02:45"])
    assert walls(one, "2026-03-28 12:00", 3, BERLIN) == ["03-29 03:00", "03-30 02:15", "03-30 02:45"]


def test_a_day_that_a_zone_skips_is_its_first_instant_after() -> None:
    one = owed(every="day", at=["15:00"])
    assert walls(one, "2011-12-29 10:00", 3, APIA) == ["12-29 15:00", "12-31 00:00", "12-31 15:00"]


@pytest.mark.parametrize(
    ("pattern", "handover", "expected"),
    [
        ("24h", "08:00", ["03-01 08:00", "03-02 08:00"]),
        ("12h", "20:00", ["03-01 08:00", "03-01 20:00"]),
        ("8h", "07:00", ["03-01 07:00", "03-01 15:00"]),
        ("24h", None, ["03-01 08:00", "03-02 08:00"]),
    ],
)
def test_duty_is_handed_over_at_every_shift(pattern: str, handover: str | None, expected: list[str]) -> None:
    one = roster(pattern=pattern, **({"handover": handover} if handover else {}))
    first = schedule.first_handover(one, at("2026-03-01 02:40"), CHINA)
    both = [first, schedule.following_handover(one, first, CHINA)]
    assert [f"{clock.local(due, CHINA):%m-%d %H:%M}" for due in both] == expected


@pytest.mark.parametrize(("starts", "expected"), [("day_after", "2026-03-16"), ("same_day", "2026-03-15")])
def test_a_step_down_clock_runs_out_after_its_last_whole_day(starts: str, expected: str) -> None:
    one = msgspec.convert({"name": NAME, "days": 14, "starts": starts, "proposes": "lift"}, StepDown)
    due = schedule.step_down_due(one, at("2026-03-01 02:40"), CHINA)
    assert f"{clock.local(due, CHINA):%Y-%m-%d %H:%M}" == f"{expected} 00:00"


@pytest.mark.parametrize(
    ("window", "expected"),
    [("previous_24h", "03-01 15:00"), ("same_day", "03-02 00:00"), ("undefined", None), (None, None)],
)
def test_a_report_can_be_filed_from_when_its_window_opens(window: str | None, expected: str | None) -> None:
    one = owed(every="day", at=["15:00"], **({"window": window} if window else {}))
    opens = schedule.opens(one, at("2026-03-02 15:00"), CHINA)
    assert (None if opens is None else f"{clock.local(opens, CHINA):%m-%d %H:%M}") == expected


def test_the_end_of_the_day_belongs_to_the_day_that_ends() -> None:
    one = owed(every="day", window="same_day")
    opens = schedule.opens(one, at("2026-03-02 00:00"), CHINA)
    assert opens == at("2026-03-01 00:00")


_hours = st.lists(
    st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59)),
    min_size=1,
    max_size=4,
    unique=True,
)
_zones = st.sampled_from([CHINA, BERLIN, APIA, "America/New_York", "Australia/Lord_Howe", "UTC"])


@given(_hours, st.integers(1, 5), _zones, st.integers(1_300_000_000, 1_900_000_000), st.integers(0, 40))
def test_walking_step_by_step_misses_nothing_that_looking_finds(
    hours: list[str], days: int, zone: str, since: int, n: int
) -> None:
    one = owed(every="day" if days == 1 else f"{days}d", at=hours)
    first = schedule.first(one, since, since, zone)
    assert first is not None
    due = first
    for _ in range(n):
        following = schedule.following(one, due, zone)
        assert following is not None
        assert following > due
        if days == 1:  # from any moment between, the same next time is found
            middle = (due + following) // 2
            assert schedule.first(one, middle, middle, zone) == following
        due = following


def test_an_instant_is_never_skipped_nor_given_twice_over_years() -> None:
    one = owed(every="day", at=["02:30", "15:00"])
    start = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp())
    first = schedule.first(one, start, start, BERLIN)
    assert first is not None

    def walk() -> Any:
        due: int | None = first
        while due is not None:
            yield due
            due = schedule.following(one, due, BERLIN)

    days = [clock.local(due, BERLIN).date() for due in islice(walk(), 2 * 4018)]
    assert len(set(days)) == 4018
    assert all(days.count(day) == 2 for day in days[:730])
