"""What a rehearsal is to play, as somebody types it: from when to when, who does what, when nobody works."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from incident.domain import clock
from incident.domain.errors import RequestError
from incident.domain.problem import Mark
from incident.domain.say import Words, say
from incident.playbook_text.script import Placed, Scripted, ScriptError, instant
from incident.testing.rehearsal import Act, Outage

#: Where a rehearsal begins that is not told when.
START = "2026-03-01 00:00"
#: A time of which the day is said.
_DATE = re.compile(r"[0-9]{4}-")
#: Within these instants a plan has room before and behind: 1971 to the end of 9998, UTC.
_FIRST, _END = clock.read_stamp("1971-01-01T00:00:00Z"), clock.read_stamp("9999-01-01T00:00:00Z")


class Period(NamedTuple):
    """From when to when is rehearsed, in seconds since 1970 UTC, and the zone of the plan."""

    zone: str
    since: int
    until: int

    def instant(self, words: str, where: Words) -> int:
        """Read a time of the rehearsal. Raises `RequestError` for what is none, or outside."""
        try:
            at = instant(words, self.zone, self.since)
        except (ValueError, OverflowError) as error:
            raise _no_time(where, say("a time such as 2026-03-01 02:40, or day 2 02:40"), words) from error
        if self.since <= at <= self.until:
            return at
        first, last = clock.shown(self.since, self.zone), clock.shown(self.until, self.zone)
        raise RequestError(
            where=where,
            expected=say("within the period {first} to {last}", first=first, last=last),
            found=f"`{words}`",
            do=say("correct the time, or let it begin at another time or last longer"),
        )


def _no_time(where: Words, expected: Words, words: str) -> RequestError:
    return RequestError(where=where, expected=expected, found=f"`{words}`", do=say("correct the time"))


def period_of(zone: str, start: str, days: int, where: Words) -> Period:
    """Read when it begins. Raises `RequestError`, also for years without room around them."""
    try:
        if not _DATE.match(start):
            raise ValueError(start)
        since = clock.read_time(start, zone, 0)
    except (ValueError, OverflowError) as error:
        raise _no_time(where, say("a time such as 2026-03-01 02:40"), start) from error
    until = since + days * clock.seconds("1d")
    if not _FIRST <= since < until < _END:
        raise RequestError(
            where=where,
            expected=say("a period that begins after 1970 and ends before the year 9999"),
            found=say("{days} days from {start}", days=days, start=f"`{start}`"),
            do=say("correct the time, or let it last fewer days"),
        )
    return Period(zone, since, until)


def acts_of(placed: Iterable[Placed], period: Period) -> list[Act]:
    """Give the acts of a script. Raises `ScriptError` with every time of it that is none of the period."""
    errors: list[RequestError] = []
    acts = []
    for one, mark in placed:
        try:
            acts.append(_act(one, mark, period))
        except RequestError as error:
            errors.append(error)
    if errors:
        raise ScriptError(errors)
    return acts


def _act(one: Scripted, mark: Mark, period: Period) -> Act:
    said = one.what()
    assert said is not None, "the script was read"
    return Act(
        at=period.instant(one.at, say("script {name}", name=str(mark))),
        do=said[0],
        what=said[1],
        values=one.set,
        form=one.form,
        zero=one.zero,
        decided_by=one.decided_by,
        mark=mark,
    )


def outage_of(words: str, period: Period, where: Words) -> Outage:
    """Read from when to when no worker runs. Raises `RequestError`."""
    first, dots, last = words.partition("..")
    expected = say("FROM..TO, the second after the first")
    if not dots:
        raise _no_time(where, expected, words)
    found = Outage(*(period.instant(one.strip(), where) for one in (first, last)))
    if found.until <= found.since:
        raise _no_time(where, expected, words)
    return found
