"""Which day is a public holiday in China, and on which weekend people work in exchange for one.

The State Council announces a year's days off in the autumn before. Of a year that is not announced yet the
holidays themselves are known, the exchanged days are not; then the library `holidays` is asked.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from incident.domain.tally import Day, weekdays
from incident.service.china_days import DAYS


@lru_cache(maxsize=4096)
def china(day: date) -> Day:
    """Tell what a day is."""
    if day.year not in DAYS:
        return from_library(day)
    off, worked = _of_year(day.year)
    when = f"{day:%m%d}"
    return "holiday" if when in off else "work" if when in worked else weekdays(day)


def from_library(day: date) -> Day:
    """Tell what a day is as the library knows it."""
    calendar = _calendar(day.year)
    if day in calendar:
        return "holiday"
    return "work" if day in calendar.weekend_workdays else weekdays(day)


@lru_cache(maxsize=64)
def _of_year(year: int) -> tuple[frozenset[str], frozenset[str]]:
    off, worked = DAYS[year]
    return frozenset(off.split()), frozenset(worked.split())


@lru_cache(maxsize=8)
def _calendar(year: int) -> Any:
    from holidays.countries import china as country  # slow to import, and few commands need it

    calendar: Any = country.China
    return calendar(years=[year])
