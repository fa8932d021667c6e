"""Wall clock and elapsed time, never mixed. Instants are whole seconds since 1970 UTC.

The wall-clock rule: a time that a zone skips is the first instant after the gap; a time that comes twice
is its first occurrence. Nothing here asks what time it is.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_UNITS = {"m": 60, "h": 3600, "d": 86400}
#: What parts a wall clock from its offset where people read it.
_APART = re.compile(r"(?<=\d\d:\d\d) (?=[+-]\d\d:\d\d)")


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """Give a zone by its IANA name. Raises `zoneinfo.ZoneInfoNotFoundError`."""
    return ZoneInfo(name)


def seconds(duration: str) -> int:
    """Give the length of a duration such as `14d` in seconds."""
    return int(duration[:-1]) * _UNITS[duration[-1]]


def instant(wall: datetime, zone_name: str) -> int:
    """Give the instant of a naive wall-clock time, by the wall-clock rule."""
    where = zone(zone_name)
    here = wall.replace(microsecond=0, fold=0, tzinfo=where)
    at = int(here.timestamp())
    # Between two times of one zone Python compares and subtracts wall clocks, offsets and fold aside.
    skipped = datetime.fromtimestamp(at, where) - here
    if not skipped:
        return at
    # In a gap fold=0 reads the time with the offset before the change. So `at` lies after the change, by less
    # than the length of the gap, and that is by how much its wall clock is ahead.
    after = range(at - int(skipped.total_seconds()), at)
    return after.start + bisect_left(after, here, key=lambda each: datetime.fromtimestamp(each, where))


def local(at: int, zone_name: str) -> datetime:
    """Give the wall-clock time of an instant."""
    return datetime.fromtimestamp(at, zone(zone_name))


@lru_cache(maxsize=4096)  # many times of a record are the same: a province's deadlines fall at one instant
def stamp(at: int) -> str:
    """Format an instant for the record: `2026-03-01T02:40:00Z`. `read_stamp(stamp(t)) == t`."""
    return datetime.fromtimestamp(at, UTC).isoformat().removesuffix("+00:00") + "Z"


@lru_cache(maxsize=4096)
def read_stamp(text: str) -> int:
    """Read `stamp`'s format and no other. Raises `ValueError`."""
    # a journal has as many times as entries, of a few days each: the day is remembered
    try:
        return _midnight(text[:11]) + _HOURS[text[11:14]] + _MINUTES[text[14:17]] + _SECONDS[text[17:]]
    except (KeyError, ValueError):  # it says what was wrong with another text
        return _read_stamp(text)


#: Seconds that the parts of a stamp of our age say.
_HOURS = {f"{n:02}:": 3600 * n for n in range(24)}
_MINUTES = {f"{n:02}:": 60 * n for n in range(60)}
_SECONDS = {f"{n:02}Z": n for n in range(60)}


@lru_cache(maxsize=4096)
def _midnight(day: str) -> int:
    return _read_stamp(f"{day}00:00:00Z")


def _read_stamp(text: str) -> int:
    read = datetime.fromisoformat(text)
    if not text.endswith("Z") or read.isoformat() != f"{text[:-1]}+00:00":
        raise ValueError(text)
    return int(read.timestamp())


def read_time(text: str, zone_name: str, now: int) -> int:
    """Read what a person types: `2026-03-01 02:40` in the zone, `02:40` today, or ISO 8601 with an offset.

    A bare date is its first instant; what `shown` gives is read too. Raises `ValueError`.
    """
    text = _APART.sub("", text)
    if re.fullmatch(r"\d\d:\d\d", text):
        text = f"{local(now, zone_name):%Y-%m-%d} {text}"
    parsed = datetime.fromisoformat(text)
    at = instant(parsed, zone_name) if parsed.tzinfo is None else int(parsed.timestamp())
    try:
        local(at, zone_name)
    except OverflowError:
        raise ValueError(text) from None
    return read_stamp(stamp(at))  # what cannot be recorded or shown is no time


def shown(at: int, zone_name: str) -> str:
    """Format an instant as people read it: `2026-03-01 02:40 +08:00`."""
    wall = local(at, zone_name).isoformat(" ", "minutes")
    # an offset of long ago may have seconds
    return f"{wall[:16]} {wall[16:]}"


def minute(at: int, zone_name: str) -> str:
    """Format an instant where the zone is known: `2026-03-01 02:40`."""
    return shown(at, zone_name)[:16]


def later(at: int, duration: str) -> int:
    """Give the instant `duration` after `at`, in elapsed time."""
    return int((datetime.fromtimestamp(at, UTC) + timedelta(seconds=seconds(duration))).timestamp())
