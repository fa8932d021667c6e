"""Which times an item promises: when a report is due, a meeting is called, a duty is handed over.

Two kinds of time, never mixed: `every: day` and `every: 2d` are wall clock in the zone of the jurisdiction,
`every: 4h` and `within: 2h` are elapsed time. A report of the day without an hour is due when the day ends
(24:00); one that comes several times a day without hours is due at even parts of it. A meeting or check
without an hour is not called. What only follows another, or has but an urgency, promises no time.

`first` and `following` give the times one by one; `account` walks them to say what was promised.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import count

from incident.domain import clock
from incident.domain.memo import by_identity
from incident.domain.playbook import Obligation, Roster, Shift, StepDown

#: Hour at which duty is handed over where a playbook names none.
HANDOVER = "08:00"
_DAY = 24 * 60
_MIDNIGHT = time()
_SHIFTS = {"24h": 1, "12h": 2, "8h": 3}


def is_filing(owed: Obligation) -> bool:
    """Tell whether something has to come in: a report or a notice. Meetings and checks are called."""
    return owed.kind in ("report", "notice")


def recurs(owed: Obligation) -> bool:
    """Tell whether an obligation promises one time after another."""
    return owed.every is not None and (owed.every.endswith("h") or bool(_minutes_of(owed)))


def first(owed: Obligation, since: int, after: int, zone: str) -> int | None:
    """Give the first time later than `after` of an obligation that stands since `since`; None where none is.

    Not for what waits for an event: that is due `clock.later(receipt, within)`.
    """
    if owed.within is not None:
        return clock.later(since, owed.within) if owed.of == "entry" and owed.after is None else None
    if not recurs(owed) or owed.every is None:
        return None
    if owed.every.endswith("h"):
        period = clock.seconds(owed.every)
        return since + period * max(1, (after - since) // period + 1)
    start = clock.local(since, zone).date()
    return _next(_minutes_of(owed), _days(owed.every), start, after, zone)


@by_identity
def following(owed: Obligation, due: int, zone: str) -> int | None:
    """Give the time after `due`; None for what is owed once."""
    if owed.every is None:
        return None
    if owed.every.endswith("h"):
        return due + clock.seconds(owed.every)
    minutes = _minutes_of(owed)
    return _after(minutes, _days(owed.every), due, zone) if minutes else None


def first_handover(roster: Roster, after: int, zone: str) -> int:
    """Give the first handover of a roster later than `after`."""
    return _next(_handovers(roster), 1, clock.local(after, zone).date(), after, zone)


def following_handover(roster: Roster, due: int, zone: str) -> int:
    """Give the handover after `due`."""
    return _after(_handovers(roster), 1, due, zone)


def step_down_due(one: StepDown, since: int, zone: str) -> int:
    """Give when a clock that counts from `since` has run: at the beginning of the day after the last."""
    days = one.days + (1 if one.starts == "day_after" else 0)
    return _instant(clock.local(since, zone).date() + timedelta(days=days), 0, zone)


def next_midnight(after: int, zone: str) -> int:
    """Give the next beginning of a local day."""
    return _next((0,), 1, clock.local(after, zone).date(), after, zone)


def next_monday(after: int, zone: str) -> int:
    """Give the next Monday, at the hour at which duty is handed over where a playbook names none."""
    today = clock.local(after, zone).date()
    return _next((_minute(HANDOVER),), 7, today - timedelta(days=today.weekday()), after, zone)


def opens(owed: Obligation, due: int, zone: str) -> int | None:
    """Give the instant from which a report can be filed for `due`; None: from when it was opened."""
    match owed.window:
        case "previous_24h":
            return due - _DAY * 60
        case "same_day":
            last = clock.local(due - 1, zone)  # 24:00 belongs to the day that ends
            return _instant(last.date(), 0, zone)
        case _:
            return None


def _days(every: str) -> int:
    return 1 if every == "day" else int(every[:-1])


def _minutes_of(owed: Obligation) -> tuple[int, ...]:
    """Give the minutes of the day at which something is due; 1440 is the end of the day."""
    if owed.at:
        return tuple(sorted(map(_minute, owed.at)))
    if not is_filing(owed):
        return ()
    parts = owed.times_a_day or 1
    return tuple(_DAY * part // parts for part in range(1, parts + 1))


def shift_at(roster: Roster, at: int, zone: str) -> Shift | None:
    """Give the named shift that an instant lies in; none for a roster without."""
    if not roster.shifts:
        return None
    wall = clock.local(at, zone)
    minute = wall.hour * 60 + wall.minute
    started = [one for one in roster.shifts if _minute(one.at) <= minute]
    return max(started or roster.shifts, key=lambda one: one.at)


def _handovers(roster: Roster) -> tuple[int, ...]:
    if roster.shifts:
        return tuple(sorted({_minute(one.at) for one in roster.shifts}))
    shifts = _SHIFTS[roster.pattern]
    start = _minute(roster.handover or HANDOVER)
    return tuple(sorted((start + _DAY * n // shifts) % _DAY for n in range(shifts)))


def _minute(time: str) -> int:
    return int(time[:2]) * 60 + int(time[3:])


@lru_cache(maxsize=4096)
def _after(minutes: tuple[int, ...], days: int, due: int, zone: str) -> int:
    """Give the time after `due`. Remembered: a province's deadlines fall at one instant."""
    today = clock.local(due, zone).date()
    is_todays = any(_instant(today, minute, zone) == due for minute in minutes)
    return _next(minutes, days, today if is_todays else today - timedelta(days=1), due, zone)


def _next(minutes: tuple[int, ...], days: int, start: date, after: int, zone: str) -> int:
    """Give the first of the times on `start` and every `days` days from it that is later than `after`."""
    behind = (clock.local(after, zone).date() - start).days - 1
    skipped = max(0, behind // days) * days
    return next(at for at in _times(minutes, days, start + timedelta(days=skipped), zone) if at > after)


def _times(minutes: tuple[int, ...], days: int, start: date, zone: str) -> Iterator[int]:
    for n in count():
        for minute in minutes:
            yield _instant(start + timedelta(days=n * days), minute, zone)


def _instant(day: date, minute: int, zone: str) -> int:
    """Give the instant of a minute of a local day, by the wall-clock rule."""
    wall = datetime.combine(day, _MIDNIGHT) + timedelta(minutes=minute)
    return clock.instant(wall, zone)
