"""What there needs somebody in one of many jurisdictions: what is late, who is not reached, who lags behind.

The board of the console and the list of `incident status` say the same words; a program gets the numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from msgspec import Struct

from incident.domain import clock
from incident.domain.organisation import Text
from incident.domain.say import Words, say
from incident.service.glance import Glance

#: Many have been in their state since the same instant: a province moves at once.
minute = lru_cache(maxsize=4096)(clock.minute)
_COUNTS: Final = (
    *("overdue", "aside", "reports_late", "directives_late", "unreviewed", "waiting", "unreached", "lost"),
    *("unsigned", "proposals", "laggards"),
)


class Needs(Struct, frozen=True, kw_only=True):
    """What there needs somebody in one of many jurisdictions, counted."""

    #: Since when the oldest of all that is late is it; null where nothing is.
    late_since: str | None
    #: Whether the planned end has passed, or the time by which a superior had to confirm.
    past_end: bool
    unconfirmed: bool
    #: Promised times that were not carried out, and those that are tried no more.
    overdue: int
    aside: int
    #: Reports that are missing; orders whose time has passed without an answer.
    reports_late: int
    directives_late: int
    #: Steps that one person took alone and nobody reviewed; steps that wait for a second person.
    unreviewed: int
    proposals: int
    #: Parties that were called out and have not answered; those of them for whom nobody is left to ask.
    waiting: int
    unreached: int
    #: Letters of the last day that reached nobody; handovers of the last week that are not signed.
    lost: int
    unsigned: int
    #: Code of the superior whose change of state it has not followed; how many below have not followed it.
    behind: str | None
    laggards: int


def needs(one: Glance) -> Needs:
    """Give what needs somebody."""
    return Needs(
        late_since=None if one.late_since is None else clock.stamp(one.late_since),
        past_end=one.is_past_end,
        unconfirmed=one.is_unconfirmed,
        behind=one.behind,
        **{name: getattr(one, name) for name in _COUNTS},
    )


def late(one: Glance, at: int) -> Iterator[Words]:
    """Say what is late at an instant, and since when the oldest of it."""
    if one.late_since is not None:
        yield say("since {at}", at=minute(one.late_since, one.zone))
    if not one.is_readable:
        yield say("cannot be read: incident journal verify {code}", code=one.code)
    if one.is_unconfirmed:
        yield say("not confirmed in time")
    if one.is_past_end:
        yield say("planned end passed")
    if one.overdue_since is not None:
        yield say("nothing carried out for {minutes} min", minutes=minutes_waited(one, at))
    if one.aside:
        yield say("tried no more: {n}", n=one.aside)
    if one.reports_late:
        yield say("reports late: {n}", n=one.reports_late)
    if one.directives_late:
        yield say("orders unanswered: {n}", n=one.directives_late)
    if one.unreviewed:
        yield say("done alone, not reviewed: {n}", n=one.unreviewed)


def minutes_waited(one: Glance, at: int) -> int:
    """Give for how many minutes what should have been carried out waits: by these alone a line grows old."""
    return 0 if one.overdue_since is None else (at - one.overdue_since) // 60


def unsettled(one: Glance) -> Iterator[Words]:
    """Say who is not reached, has not answered, has not signed or approved."""
    if one.unreached:
        yield say("not reached: {n}", n=one.unreached)
    if one.waiting > one.unreached:
        yield say("no answer yet: {n}", n=one.waiting - one.unreached)
    if one.lost:
        yield say("letters lost: {n}", n=one.lost)
    if one.unsigned:
        yield say("handovers unsigned: {n}", n=one.unsigned)
    if one.proposals:
        yield say("to be approved: {n}", n=one.proposals)


def following(one: Glance, above: Text | None) -> Iterator[Words]:
    """Say whom it lags behind (called `above`, where that is known), and how many lag behind it."""
    if one.behind is not None:
        yield say("behind {name}", name=above or one.behind)
    if one.laggards:
        yield say("have not followed: {n}", n=one.laggards)
