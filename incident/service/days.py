"""Which day is a public holiday in China, and on which weekend people work in exchange for one.

The State Council announces a year's days off in the autumn before. Of a year that is not announced yet the
holidays themselves are known, the exchanged days are not.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from incident.domain.tally import Day, weekdays


@lru_cache(maxsize=4096)
def china(day: date) -> Day:
    """Tell what a day is."""
    known = _calendar(day.year)
    if day in known:
        return "holiday"
    return "work" if day in known.weekend_workdays else weekdays(day)


def is_announced(year: int) -> bool:
    """Tell whether the exchanged days of a year are known."""
    return any(day.year == year for day in _calendar(year).weekend_workdays)


@lru_cache(maxsize=8)
def _calendar(year: int) -> Any:
    from holidays.countries import china as country  # slow to import, and few commands need it

    calendar: Any = country.China
    return calendar(years=[year])
