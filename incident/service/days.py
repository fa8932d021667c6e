"""Which day is a public holiday in China, and on which weekend people work in exchange for one.

    holiday  every day of a holiday as the State Council announces it (国办发明电), from its first day off to
             its last: the statutory days, those exchanged for them, the weekends between and beside them
    work     a Saturday or Sunday on which people work in exchange, as any other day of the week
    rest     every other Saturday and Sunday

So a golden week is one holiday, whatever its days are paid: what duty is shared out by is that all others
are at home. The law weighs the statutory days alone threefold (劳动法 44); who needs that reads the dates.

The State Council announces a year's days off in the autumn before. Of a year that is not announced yet the
holidays themselves are known, the exchanged days are not; of one beyond the table weekends alone.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from incident.domain.tally import Day, weekdays
from incident.service.china_days import DAYS


@lru_cache(maxsize=4096)
def china(day: date) -> Day:
    """Tell what a day is."""
    if _is_off(day):
        return "holiday"
    if _is_at_work(day):
        return "work"
    return "holiday" if _leads_to_holiday(day, -1) or _leads_to_holiday(day, 1) else "rest"


def _leads_to_holiday(day: date, step: int) -> bool:
    """Tell whether days without work follow each other from a day to one that is listed."""
    following = day + timedelta(days=step)
    while not _is_at_work(following):
        if _is_off(following):
            return True
        following += timedelta(days=step)
    return False


def _is_off(day: date) -> bool:
    return f"{day:%m%d}" in _of_year(day.year)[0]


def _is_at_work(day: date) -> bool:
    off, worked = _of_year(day.year)
    when = f"{day:%m%d}"
    return when in worked or (weekdays(day) == "work" and when not in off)


@lru_cache(maxsize=64)
def _of_year(year: int) -> tuple[frozenset[str], frozenset[str]]:
    off, worked = DAYS.get(year, ("", ""))
    return frozenset(off.split()), frozenset(worked.split())
