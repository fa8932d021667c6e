"""`make sweep`, second half: the wall-clock rule against CronSim, in every zone, every half hour of 12 years.

Usage: sweep_clock.py

CronSim (https://github.com/cuu508/cronsim) reads cron tables as Debian's cron does. For a job at one time of
the day that is our rule: it runs at once when the clock jumps over its time, and only the first time when its
time comes twice. So each half hour is a table, and its run on each day must be `clock.instant` of the two.

Zones that show the same clock throughout are compared once. What this does with all days,
`tests/domain/test_clock_cronsim.py` does with those around every change of a clock.
"""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from importlib.metadata import version
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones, reset_tzpath

from cronsim import CronSim

from incident.domain import clock

FIRST, LAST = date(2024, 1, 1), date(2035, 12, 31)
HALF_HOURS = [time(hour, minute) for hour in range(24) for minute in (0, 30)]
#: How far apart to look for a change of the offset. One taken back sooner would be missed, so the sweep looks
#: more closely than the tests have time to.
HOUR, DAY = 3600, 86400


class Change(NamedTuple):
    """At the instant `at` a zone's clock shows `new` where it would have shown `old`."""

    at: int
    old: datetime
    new: datetime


class Behaviour(NamedTuple):
    """All that can be seen of a zone from `FIRST` to `LAST`; zones that agree in it differ by name only."""

    begin: datetime
    changes: tuple[Change, ...]


class Difference(NamedTuple):
    """A time at which CronSim and we disagree."""

    zone: str
    wall: datetime
    ours: int
    theirs: int


def use_tzdata() -> None:
    """Take all zones from the package tzdata, so that the rules compared are the same on every machine."""
    reset_tzpath(())
    ZoneInfo.clear_cache()
    clock.zone.cache_clear()


def shown(at: int, zone: str) -> datetime:
    """Give what the wall clock of a zone shows, without its offset."""
    return clock.local(at, zone).replace(tzinfo=None)


def behaviour(zone: str, step: int) -> Behaviour:
    """Look at a zone's offset every `step` seconds and find the second of each change between."""
    where = clock.zone(zone)
    begin, end = (int(datetime.combine(day, time(), UTC).timestamp()) for day in (FIRST, LAST))
    begin, end = begin - 2 * DAY, end + 3 * DAY  # a zone's days begin earlier or end later than those of UTC
    before, changes = datetime.fromtimestamp(begin, where).utcoffset(), []
    for late in range(begin + step, end, step):
        after = datetime.fromtimestamp(late, where).utcoffset()
        if after != before:
            between = range(late - step, late)
            kept = bisect_left(between, x=True, key=lambda at: clock.local(at, zone).utcoffset() != before)
            at = between.start + kept
            changes.append(Change(at, shown(at - 1, zone) + timedelta(seconds=1), shown(at, zone)))
            before = after
    return Behaviour(shown(begin, zone), tuple(changes))


@lru_cache
def behaviours(step: int) -> dict[Behaviour, list[str]]:
    """Give every behaviour and the zones that show it."""
    found: dict[Behaviour, list[str]] = {}
    for zone in sorted(available_timezones()):
        found.setdefault(behaviour(zone, step), []).append(zone)
    return found


def differences(zone: str, first: date, days: int) -> Iterator[Difference]:
    """Compare every half hour of so many days."""
    before = datetime.combine(first, time(), clock.zone(zone)) - timedelta(seconds=1)
    for half_hour in HALF_HOURS:
        runs = CronSim(f"{half_hour.minute} {half_hour.hour} * * *", before)
        for day in range(days):
            wall = datetime.combine(first + timedelta(days=day), half_hour)
            ours, theirs = clock.instant(wall, zone), int(next(runs).timestamp())
            if ours != theirs:
                yield Difference(zone, wall, ours, theirs)


def main() -> int:
    """Compare them all and say how many were equal."""
    use_tzdata()
    found, days = behaviours(HOUR), (LAST - FIRST).days + 1
    print(f"tzdata {version('tzdata')}, {FIRST} to {LAST}, {len(HALF_HOURS)} half hours of each day")
    print(f"{sum(map(len, found.values()))} zones show {len(found)} different clocks", flush=True)
    wrong = [each for names in found.values() for each in differences(names[0], FIRST, days)]
    for zone, wall, ours, theirs in wrong[:20]:
        print(f"{zone} {wall}: ours {clock.stamp(ours)}, CronSim's {clock.stamp(theirs)}", file=sys.stderr)
    print(f"{len(found) * len(HALF_HOURS) * days} times compared, {len(wrong)} differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
