"""Where each report stands: open, due, late, missed, filed, withdrawn. Read from timers and closings.

open       asked for, its time is not near
due        its reminder's time has come (an hour before, where none is stated) and its grace not passed
late       its time has passed and it is not in; the next filing makes it good, with its lateness
missed     overtaken: the next of its series was due meanwhile; it can still be filed by naming its time
filed      in, on time or so many minutes late; a zero report is a filing, silence never is
withdrawn  cancelled before its time: the posture changed, or the leader took the order back
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from incident.domain import clock, schedule
from incident.domain.owing import obligation
from incident.domain.playbook import Obligation
from incident.domain.situation import Standing
from incident.domain.timer import DIRECTIVE, Closing, Timer

#: How long before its time a report counts as due where no reminder is stated.
NEAR = 3600

State = Literal["open", "due", "late", "missed", "filed", "withdrawn"]


class Occurrence(Struct, frozen=True, kw_only=True):
    """One report that is owed once."""

    #: Obligation or directive.
    key: str
    #: Who owes it, as the playbook writes it.
    of: str
    due: int
    state: State
    #: Minutes after it was due: of the filing, or by now; 0 while in time, at least 1 once missing.
    late: int = 0
    #: The filing that closed it.
    filing: Closing | None = None
    #: From when it can be filed; none: from when it was opened.
    opens: int | None = None
    #: The timer that ended it, or is to; for who wants to know why.
    timer: Timer


def occurrences(
    timers: Iterable[Timer], closings: Iterable[Closing], standing: Standing, at: int, zone: str
) -> list[Occurrence]:
    """Give the state at the instant `at` of every report among `timers`, by time, obligation and sender."""
    filed = {(one.key, one.of, one.due): one for one in closings}
    ordered = sorted(
        (one for one in timers if one.what == "deadline"),
        key=lambda one: (one.due, one.key, one.of, one.seq, one.n),
    )
    # one that was cancelled and promised anew for the same time is one report
    deadlines = {(one.due, one.key, one.of): one for one in ordered}.values()
    passed = [one for one in deadlines if one.wake <= at and one.end != "cancelled"]
    newest = {_series(standing, one): one.due for one in passed}
    owed = {key: _owed(standing, key) for key in {one.key for one in deadlines}}
    return [
        _occurrence(
            one,
            filed.get((one.key, one.of, one.due)),
            owed[one.key],
            at,
            zone,
            is_overtaken=newest.get(_series(standing, one), one.due) > one.due,
            is_taken_back=one.key.startswith(DIRECTIVE) and ("directive", one.key) not in standing,
        )
        for one in deadlines
    ]


def _series(standing: Standing, timer: Timer) -> tuple[str, str, int | None]:
    """Give what tells a series from others.

    An obligation that stands no more cannot be asked whether it recurred: then those that one entry opened
    are a series, for each receipt opens its own.
    """
    is_owed = ("obligation", timer.key) in standing
    return timer.key, timer.of, None if is_owed else timer.opened


def _occurrence(
    timer: Timer,
    filing: Closing | None,
    owed: Obligation | None,
    at: int,
    zone: str,
    *,
    is_overtaken: bool,
    is_taken_back: bool,
) -> Occurrence:
    state: State
    if filing is not None:
        state = "filed"
    elif timer.end == "cancelled" or is_taken_back:
        state = "withdrawn"
    elif at >= timer.wake:
        # what is owed once is never overtaken
        recurs = owed is None or schedule.recurs(owed)
        state = "missed" if is_overtaken and recurs else "late"
    else:
        near = clock.seconds(owed.remind) if owed is not None and owed.remind is not None else NEAR
        state = "due" if at >= timer.due - near else "open"
    late = filing.late if filing is not None else lateness(timer, at)
    return Occurrence(
        key=timer.key,
        of=timer.of,
        due=timer.due,
        state=state,
        late=0 if state in ("open", "due", "withdrawn") else late,
        filing=filing,
        opens=None if owed is None else schedule.opens(owed, timer.due, zone),
        timer=timer,
    )


def lateness(timer: Timer, at: int) -> int:
    """Give the minutes by which a report that comes in at the instant `at` is late.

    At least one when it was counted as missing, so that ledger and account agree to the second.
    """
    return max(int(at >= timer.wake), (at - timer.due) // 60)


def _owed(standing: Standing, key: str) -> Obligation | None:
    stood = standing.get(("obligation", key))
    return None if stood is None else obligation(stood.item)


def awaited(found: Iterable[Occurrence], standing: Standing, at: int) -> list[Occurrence]:
    """Give what a filing at the instant `at` would close: of each series what is late, or else what is open.

    Behind a late one the next counts too once it is nearer: who reports at 16:35 means today's 17:00, and
    yesterday's is in with it. What is owed once is awaited until it is in, however many there are of it.
    """
    result: list[Occurrence] = []
    late: dict[tuple[str, str], int] = {}
    for one in found:
        if one.state not in ("open", "due", "late"):
            continue
        owed = _owed(standing, one.key)
        if owed is None or not schedule.recurs(owed):
            result.append(one)
        elif one.state == "late":
            late[one.key, one.of] = one.due
            result.append(one)
        elif (one.opens or 0) <= at:
            behind = late.get((one.key, one.of))
            if behind is None or one.due - at < at - behind:
                result.append(one)
    return result
