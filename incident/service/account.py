"""Accounting for every promised time of a period: each has come to exactly one end, or is not due yet.

What was promised is found anew from the journal, in two ways, and held against the rows that the timers left.
Deadlines, calls and handovers are walked from the schedules (`domain/promised.py`). What follows from other
times (reminders, escalations, clocks, ends) is replayed (`opened.Replay`). A time that vanished, came twice,
was never promised, or is open though its time has passed, is a fault.

Where the bodies of the first entries were dropped, both begin with the snapshot that took their place, and
with what was open then; what had ended before is accounted for no more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from msgspec import Struct

from incident.domain import clock
from incident.domain.errors import Refused
from incident.domain.facts import IncidentOpened, What
from incident.domain.holding import Retention
from incident.domain.journal import Entry
from incident.domain.promised import WALKED, Left, Promise, promised
from incident.domain.say import say
from incident.domain.situation import Situation
from incident.domain.timer import Timer
from incident.service import verify_dropped
from incident.service.handle import adopted
from incident.service.opened import Replay, read_entry, retained
from incident.service.ports import Reading

#: Seconds after which something that is due and not carried out is a fault: a worker sweeps every 15.
PATIENCE = 60
#: The period where no incident runs and none is named.
DAYS = 30

Kind = Literal["vanished", "twice", "not_promised", "overdue", "set_aside"]


class Fault(Struct, frozen=True, kw_only=True):
    """A promised time that does not balance."""

    kind: Kind
    what: What
    key: str
    of: str
    due: int


class Account(Struct, frozen=True, kw_only=True):
    """The promised times of a period and what became of them."""

    jurisdiction: str
    since: int
    until: int
    #: How many were promised by schedules, receipts and directives.
    promised: int
    #: Rows by kind, how they ended (`open` for what is not due yet).
    ends: dict[tuple[What, str], int]
    timers: list[Timer]
    faults: list[Fault]

    @property
    def is_balanced(self) -> bool:
        """Tell whether every promised time is accounted for."""
        return not self.faults


class _Rows(NamedTuple):
    """What the timers left: of the period, open before its end, and set aside."""

    kept: list[Timer]
    open: list[Timer]
    aside: set[tuple[int, int]]


def account(tx: Reading, code: str, *, since: int, until: int, at: int) -> Account:
    """Account for what a jurisdiction promised from `since` to before `until`, looked at the instant `at`.

    Raises `RequestError` when it is not adopted, `JournalError` when its record does not hold, `Refused` when
    the period begins before all is known (`known_since`).
    """
    zone = adopted(tx, code).situation.zone
    base = verify_dropped.base(tx, code, since=0)
    first = 0 if base is None else base.retention.until
    known = 0 if base is None else _since(base.retention)
    if since < known:
        # what is shown is read back: the first full minute
        raise _too_early(clock.shown(since, zone), clock.shown(known + 59, zone))
    rows = _Rows(
        [one for one in tx.timers(code, since=since, until=until) if one.ended is None or one.ended >= first],
        [one for one in tx.open_timers(code) if one.due < until],
        {(timer.seq, timer.n) for of, timer in tx.set_aside() if of == code},
    )
    replayed = _Replayed(Replay(code) if base is None else base.replay)
    # what lies ahead is armed one by one: of a series that goes on, only the next is a row already
    left = replayed.left()
    walked = promised(replayed.along(_entries(tx, code, first)), min(until, at + 1), left)
    made = [one for one in walked if one.due >= since]
    follow = [one for one in replayed.follow.values() if since <= one.due < until]
    return Account(
        jurisdiction=code,
        since=since,
        until=until,
        promised=len(made),
        ends=dict(Counter((one.what, one.end or "open") for one in rows.kept)),
        timers=rows.kept,
        faults=[*_unbalanced(made, rows, at), *_untrue(follow, rows.kept), *_open(rows, at)],
    )


def period(
    tx: Reading, situation: Situation, since: int | None, until: int | None, *, now: int
) -> tuple[int, int]:
    """Give the period that is meant: since the incident opened that runs, or some days, until now.

    It may end before it begins, where somebody says so.
    """
    code, begin = situation.jurisdiction, since
    if begin is None and situation.incident is not None:
        begin = opened_at(tx, code, situation.incident)
    if begin is None:
        begin = now - DAYS * 86400
    if since is None:  # before, the bodies of entries may have been dropped
        begin = max(begin, known_since(tx, code))
    if until is None:
        # the clock may have been set back: an empty period
        return begin, max(begin, now) if since is None else now
    return begin, until


def known_since(tx: Reading, code: str) -> int:
    """Give the instant since when all that was promised is known."""
    kept = retained(tx, code)
    return 0 if kept is None else _since(kept)


def _since(kept: Retention) -> int:
    """Give when the newest of the entries without a body was recorded, of those after the snapshot before."""
    return clock.read_stamp(kept.latest)


def _too_early(since: str, known: str) -> Refused:
    return Refused(
        rule="dropped",
        where=say("the period"),
        expected=say("one from {at} on: of entries before, the body was dropped", at=known),
        found=say("from {at} on", at=since),
        do=say("name a later time"),
    )


def opened_at(tx: Reading, code: str, incident: str) -> int | None:
    """Give when the entry that opened an incident was recorded; none when there is none."""
    for stored in tx.entries(code):
        if b"IncidentOpened" in stored.body:  # most entries are those of timers
            facts = read_entry(code, stored).facts
            if any(isinstance(one, IncidentOpened) and one.incident == incident for one in facts):
                return stored.at
    return None


def _entries(tx: Reading, code: str, since: int) -> Iterator[Entry]:
    return (read_entry(code, stored) for stored in tx.entries(code, since=since))


class _Replayed:
    """Replays the entries that somebody else reads, and keeps the timers that are not walked."""

    def __init__(self, replay: Replay) -> None:
        """Go on after the entries that `replay` took."""
        self.replay = replay
        self.follow = {(one.seq, one.n): one for one in replay.open_timers() if one.what not in WALKED}

    def left(self) -> Left | None:
        """Give what the entries taken so far left; none before the first."""
        replay = self.replay
        if replay.situation is None:
            return None
        return Left(replay.situation, replay.standing, replay.open_timers(), replay.at)

    def along(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        for entry in entries:
            self.replay.take(entry)
            self.replay.agenda.closings.clear()
            for timer in self.replay.agenda.settled():
                if timer.what not in WALKED:
                    self.follow[timer.seq, timer.n] = timer
            yield entry


def _unbalanced(made: list[Promise], rows: _Rows, at: int) -> list[Fault]:
    """Hold what was walked against rows."""
    wanted = Counter(made)
    kept = Counter(_promise(one) for one in rows.kept if one.what in WALKED)
    # behind a time that is open the next ones are not armed yet: that one is overdue, they have not vanished
    behind: dict[tuple[What, str, str], int] = {}
    for one in rows.open:
        series = (one.what, one.key, one.of)
        behind[series] = min(one.due, behind.get(series, one.due))
    faults = [
        _fault("vanished", one)
        for one, n in wanted.items()
        if kept[one] < n and one.due < behind.get(one[:3], at + 1)
    ]
    return faults + [
        _fault("twice" if wanted[one] else "not_promised", one)
        for one, n in kept.items()
        if one.due <= at and n > wanted[one]
    ]


def _untrue(follow: list[Timer], kept: list[Timer]) -> list[Fault]:
    """Hold what was replayed against rows."""
    wanted = {(one.seq, one.n, _promise(one)) for one in follow}
    found = {(one.seq, one.n, _promise(one)) for one in kept if one.what not in WALKED}
    return [
        *(_fault("vanished", one) for _seq, _n, one in sorted(wanted - found)),
        *(_fault("not_promised", one) for _seq, _n, one in sorted(found - wanted)),
    ]


def _open(rows: _Rows, at: int) -> list[Fault]:
    """List what was tried too often, and what should have come by now; also from before the period."""
    faults = []
    for one in rows.open:
        if (one.seq, one.n) in rows.aside:
            faults.append(_fault("set_aside", _promise(one)))
        elif one.wake + PATIENCE <= at:
            faults.append(_fault("overdue", _promise(one)))
    shown = {(one.seq, one.n) for one in rows.open}
    # a row that no state in force carries: nothing will ever end it
    stray = [one for one in rows.kept if one.end is None and (one.seq, one.n) not in shown]
    return faults + [_fault("overdue", _promise(one)) for one in stray if one.wake + PATIENCE <= at]


def _promise(one: Timer) -> Promise:
    return Promise(one.what, one.key, one.of, one.due)


def _fault(kind: Kind, one: Promise) -> Fault:
    return Fault(kind=kind, what=one.what, key=one.key, of=one.of, due=one.due)
