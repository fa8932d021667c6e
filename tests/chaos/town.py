"""Towns in which promised times come by the second, and what must become of each, by arithmetic alone.

A town is adopted three hours before its second T. Then what it promised is late by two hours, by one hour,
and comes at T:

    T-3h adopted    T-2h, T-1h, T: a report (each reminded of before, escalated after) and a meeting
                    T: a report that is owed once

Nothing here asks the program when something is due.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from msgspec.structs import replace

from incident.domain.playbook import Obligation, Playbook, Tier
from incident.service.ports import Store
from tests.playbooks import BAISHI, HOUR, text
from tests.service.story import begin

MINUTE: Final = 60
#: Rows that end in a town up to its second.
ROWS: Final = 12


class Promised(NamedTuple):
    """What tells a promised time from all others of its town."""

    what: str
    key: str
    of: str
    due: int
    about: int
    tier: int


class Town(NamedTuple):
    """A jurisdiction and its second."""

    code: str
    name: str
    at: int


def _owed() -> dict[str, Obligation]:
    return {
        "hourly": Obligation(
            name=text("每时报告", "hourly report"),
            senders=["coordination"],
            receivers=["command"],
            every="1h",
            remind="30m",
            escalate=[Tier(after="10m", to=["command"])],
            zero_report=True,
        ),
        "once": Obligation(
            name=text("三小时报告", "report in three hours"),
            senders=["command"],
            within="3h",
            of="entry",
        ),
        "meeting": Obligation(name=text("会商", "meeting"), kind="meeting", senders=["command"], every="1h"),
    }


def _plan() -> Playbook:
    routine = replace(BAISHI.states["routine"], obligations=_owed())
    return replace(BAISHI, states={**BAISHI.states, "routine": routine})


_PLAN: Final = _plan()


def towns(seconds: Iterable[int], *, first: int = 0) -> list[Town]:
    """Name a town for each second."""
    return [Town(f"33{n:07}", f"town{n}", at) for n, at in enumerate(seconds, first)]


def settle(store: Store, wanted: Iterable[Town]) -> None:
    """Adopt towns, each three hours before its second."""
    for town in wanted:
        place = replace(_PLAN.jurisdiction, code=town.code)
        plan = replace(_PLAN, playbook=town.name, jurisdiction=place)
        begin(store, plan, now=lambda at=town.at - 3 * HOUR: at)  # type: ignore[misc]


def spread(start: int, length: int, n: int) -> list[int]:
    """Give `n` seconds from `start` on, evenly over `length` seconds."""
    return [start + length * one // n for one in range(n)]


def must_end(town: Town) -> dict[Promised, set[str]]:
    """Give all that has to end by the town's second, and how it may."""
    return dict(_ends(town.at))


def _ends(at: int) -> Iterator[tuple[Promised, set[str]]]:
    in_time = {"fired", "fired_late"}  # late when the machine is slow
    for hour in (2, 1, 0):
        due = at - hour * HOUR
        came = {"fired_late"} if hour else in_time
        yield Promised("deadline", "hourly", "coordination", due, due, 0), came
        yield Promised("call", "meeting", "command", due, due, 0), {"expired"} if hour else in_time
        # the last one reminds of a report that is still to come, if somebody works before
        reminded = {"expired"} if hour else {"expired", "fired_late"}
        yield Promised("reminder", "hourly", "coordination", due - 30 * MINUTE, due, 0), reminded
        if hour:
            yield Promised("escalation", "hourly", "coordination", due + 10 * MINUTE, due, 1), {"fired_late"}
    yield Promised("deadline", "once", "command", at, at, 0), in_time


def still_open(town: Town) -> set[Promised]:
    """Give all that must be open once the rest ended, and come an hour later at most."""
    after = town.at + HOUR
    return {
        Promised("deadline", "hourly", "coordination", after, after, 0),
        Promised("reminder", "hourly", "coordination", after - 30 * MINUTE, after, 0),
        Promised("escalation", "hourly", "coordination", town.at + 10 * MINUTE, town.at, 1),
        Promised("call", "meeting", "command", after, after, 0),
    }
