"""Hours on duty, and which of them are at night, on rest days, on public holidays.

Each is counted apart, so that it can be shared out apart. A year's count begins on 1 January, local time.
Which day is a holiday, and on which weekend people work, is not ours to know: whoever asks says so (`Days`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

from incident.domain import clock
from incident.domain.facts import Hours, Piece

#: What a day is: one on which people work, one on which they rest, a public holiday.
Day = Literal["work", "rest", "holiday"]
#: Tells what a local day is.
Days = Callable[[date], Day]

#: Local hours between which it is night.
_NIGHT_ENDS, _NIGHT_BEGINS = 6, 22
_SATURDAY = 6
#: Hours by which people are compared, those that weigh most first.
WEIGHTY: tuple[Hours, ...] = ("holiday", "weekend", "night")


class Tally(NamedTuple):
    """Minutes on duty, and those of them that are counted apart."""

    hours: int = 0
    night: int = 0
    weekend: int = 0
    holiday: int = 0

    def plus(self, other: Tally) -> Tally:
        """Add up."""
        return Tally(
            self.hours + other.hours,
            self.night + other.night,
            self.weekend + other.weekend,
            self.holiday + other.holiday,
        )

    def of(self, kind: Hours) -> int:
        """Give the minutes of one kind."""
        minutes: int = getattr(self, kind)
        return minutes


def weekdays(day: date) -> Day:
    """Tell what a day is where nothing is known of holidays."""
    return "rest" if day.isoweekday() >= _SATURDAY else "work"


def tally(since: int, until: int, zone: str, days: Days) -> Tally:
    """Count the time from one instant to another."""
    night = weekend = holiday = 0
    day = clock.local(since, zone).date()
    while True:
        begins, night_ends, night_begins, ends = _edges(day, zone)
        if begins >= until:
            break
        inside = _overlap(since, until, begins, ends)
        night += _overlap(since, until, begins, night_ends) + _overlap(since, until, night_begins, ends)
        match days(day):
            case "holiday":
                holiday += inside
            case "rest":
                weekend += inside
            case _:
                pass
        day += timedelta(days=1)
    return Tally((until - since) // 60, night // 60, weekend // 60, holiday // 60)


def counted(piece: Piece, seconds: int) -> Tally:
    """Give what was counted of a piece of duty of some length."""
    return Tally(seconds // 60, piece.night, piece.weekend, piece.holiday)


def weighs(served: Tally) -> Hours:
    """Give the hours by which a shift is shared out: the weightiest that are more than a third of it."""
    return next((kind for kind in WEIGHTY if 3 * served.of(kind) > served.hours), "hours")


def year_begins(at: int, zone: str) -> int:
    """Give the instant at which the local year of an instant begins."""
    return _new_year(clock.local(at, zone).year, zone)


@lru_cache(maxsize=256)
def _new_year(year: int, zone: str) -> int:
    return clock.instant(datetime(year, 1, 1), zone)  # noqa: DTZ001 - a wall clock


@lru_cache(maxsize=4096)
def _edges(day: date, zone: str) -> tuple[int, int, int, int]:
    """Give the instants at which a local day begins, its night ends and begins again, and it ends."""
    return (
        _at(day, 0, zone),
        _at(day, _NIGHT_ENDS, zone),
        _at(day, _NIGHT_BEGINS, zone),
        _at(day + timedelta(days=1), 0, zone),
    )


def _at(day: date, hour: int, zone: str) -> int:
    return clock.instant(datetime(day.year, day.month, day.day, hour), zone)  # noqa: DTZ001 - a wall clock


def _overlap(since: int, until: int, begins: int, ends: int) -> int:
    return max(0, min(until, ends) - max(since, begins))
