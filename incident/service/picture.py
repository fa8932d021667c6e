"""What is drawn of a rota (`chart.py`): rosters as groups of rows, posts as rows, pieces of duty as bars.

All words come from whoever asks, in one language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from incident.domain.tally import Days


class Bar(NamedTuple):
    """One piece of duty."""

    since: int
    until: int
    #: Who it is; shown as far as there is room.
    name: str
    #: A short sign for that, where there is no room; where there is none, a number is given.
    sign: str = ""
    #: All that is known of it, line by line.
    tip: Sequence[str] = ()
    marks: Sequence[str] = ()
    is_foreseen: bool = False


class Row(NamedTuple):
    """One post."""

    post: str
    bars: Sequence[Bar]


class Group(NamedTuple):
    """One roster."""

    name: str
    rows: Sequence[Row]


class Legend(NamedTuple):
    """What the signs are called."""

    recorded: str
    foreseen: str
    #: What can be wrong, by mark.
    marks: Mapping[str, str]
    rest_day: str
    holiday: str
    night: str
    now: str


class Picture(NamedTuple):
    """All that is drawn."""

    title: str
    #: What time is shown, and when that was made.
    span: str
    made: str
    #: Instead of rows, where there are none.
    nothing: str
    groups: Sequence[Group]
    since: int
    until: int
    now: int
    zone: str
    days: Days
    #: Names of the days of the week, Monday first.
    weekdays: Sequence[str]
    legend: Legend
