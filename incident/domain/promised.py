"""What a journal promised: every deadline, call and handover that should have come, walked anew.

`agenda.py` arms the next time when one ends. Here each schedule is walked from the moment it began to stand
to the moment it stood no longer, without looking at any timer: two ways that must agree, or a promised time
has vanished. A series that is cancelled leaves one promise that had been made for later.

What is promised once, from the receipt of an event or a report or by a leader's directive, is a promise from
then on, whatever becomes of it. Reminders, escalations, clocks and planned ends follow from other times; they
are not walked here.

Where the first entries lost their bodies the walk begins with what they left: each schedule goes on from the
time that was open then.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from operator import attrgetter
from typing import Final, NamedTuple

import msgspec

from incident.domain import clock, schedule
from incident.domain.facts import (
    AnyFact,
    ItemChanged,
    ItemEnded,
    ItemStarted,
    ReportFiled,
    RequestRefused,
    StateEntered,
    What,
)
from incident.domain.journal import Entry
from incident.domain.owing import obligation, senders, timing
from incident.domain.playbook import EACH_GROUP, Obligation, Roster
from incident.domain.situation import Situation, Standing, evolve, stand
from incident.domain.timer import Directive, Timer, item_of

#: Kinds whose promises follow from what stood and what came in.
WALKED: Final[tuple[What, ...]] = ("deadline", "call", "handover")


class Promise(NamedTuple):
    """One time that was promised."""

    what: What
    key: str
    of: str
    due: int


class _Series(NamedTuple):
    """One schedule, from when it stood."""

    what: What
    key: str
    of: str
    first: int
    following: Callable[[int], int | None]
    #: Seconds after its time at which a missing report counts.
    grace: int


class Left(NamedTuple):
    """What the entries before the first that has its body left."""

    situation: Situation
    standing: Standing
    #: Those that are open.
    timers: list[Timer]
    #: When the last of them was recorded.
    at: int


def promised(entries: Iterable[Entry], until: int, left: Left | None = None) -> list[Promise]:
    """Give what the entries of one jurisdiction promised to before `until`, and what others had `left`."""
    walk = _Walk(until)
    if left is not None:
        walk.go_on(left)
    for entry in entries:
        walk.take(entry)
    return walk.close()


class _Walk:
    """Schedules that stand, and the promises of those that stood."""

    def __init__(self, until: int) -> None:
        self.until = until
        self.situation: Situation | None = None
        self.standing: Standing = {}
        #: By the kind of item, its key, and who owes or keeps it.
        self.live: dict[tuple[str, str, str], _Series] = {}
        #: When each entry was recorded: what a series promised by then was carried out before it.
        self.recorded: list[int] = []
        #: With which entry each of the series began; the clock may have been set back before it.
        self.began: dict[tuple[str, str, str], int] = {}
        self.promises: list[Promise] = []
        #: What is promised once by items that stand; in order.
        self.once: dict[Promise, None] = {}

    def go_on(self, left: Left) -> None:
        """Begin with what stood and was open."""
        self.situation, self.standing = left.situation, dict(left.standing)
        self.recorded.append(left.at)
        for timer in sorted(left.timers, key=attrgetter("opened", "seq", "n")):
            if timer.what in WALKED:
                self._go_on(timer)

    def _go_on(self, timer: Timer) -> None:
        promise = Promise(timer.what, timer.key, timer.of, timer.due)
        item = item_of(timer)
        stood = None if item is None else self.standing.get(item)
        if item is None or stood is None or stood.since > timer.opened:
            self.promises.append(promise)  # it still comes, and nothing after it
            return
        owed = obligation(stood.item) if item[0] == "obligation" else None
        if item[0] == "roster":
            series = self._of_roster(timer.key, msgspec.convert(stood.item, Roster), timer.due)
        elif owed is None or owed.of == "receipt":
            self.once[promise] = None
            return
        else:
            series = self._of_obligation(timer.key, timer.of, owed, timer.due)
        before = self.live.get((item[0], timer.key, timer.of))
        if before is not None:
            self.promises.append(Promise(before.what, before.key, before.of, before.first))
        self._open(series)

    def take(self, entry: Entry) -> None:
        at = clock.read_stamp(entry.at)
        self.recorded.append(at)
        since = at if entry.effective_at is None else clock.read_stamp(entry.effective_at)
        before = self.situation
        self.situation = evolve(before, entry.jurisdiction, at, entry.facts)
        stand(self.standing, entry.seq, entry.facts)
        for fact in entry.facts:
            self._take(fact, since, at)
        if any(isinstance(fact, ItemStarted | ItemEnded) and fact.kind == "group" for fact in entry.facts):
            for (kind, key), stood in [*self.standing.items()]:
                if kind == "obligation" and EACH_GROUP in stood.item.get("from", ()):
                    self._adjust(key, since, at)
        is_later = before is None or before.since < self.situation.since
        if is_later and any(isinstance(fact, StateEntered) for fact in entry.facts):
            self._count_anew(since, at)
        if entry.step is not None and entry.came is not None and not _is_refused(entry):
            self._receive(at, event=entry.came.type)

    def _take(self, fact: AnyFact, since: int, at: int) -> None:
        match fact:
            case ItemStarted(kind="obligation" | "roster"):
                self._begin(fact.kind, fact.key, since, at)
            case ItemChanged(kind="obligation" | "roster"):
                if timing(fact.kind, fact.before) != timing(fact.kind, fact.after):
                    self._end(fact.kind, fact.key)
                    self._begin(fact.kind, fact.key, since, at)
                elif fact.kind == "obligation":
                    self._adjust(fact.key, since, at)
            case ItemEnded(kind="obligation" | "roster"):
                self._end(fact.kind, fact.key)
            case ItemStarted(kind="directive"):
                order = msgspec.convert(fact.after, Directive)
                self._once("deadline", fact.key, order.to, clock.read_stamp(order.due))
            case ReportFiled():
                self._receive(at, reports={one.key for one in fact.closes})
            case _:
                pass

    def _receive(self, at: int, *, event: str | None = None, reports: Collection[str] = ()) -> None:
        """Promise what is owed within a time of the receipt of an event, or of other reports."""
        for (kind, key), stood in self.standing.items():
            if kind != "obligation" or stood.item.get("of") != "receipt":
                continue
            owed = obligation(stood.item)
            is_meant = event in owed.on if owed.after is None else owed.after in reports
            if is_meant and owed.within is not None:
                what: What = "deadline" if schedule.is_filing(owed) else "call"
                for of in senders(owed, self.standing):
                    self._once(what, key, of, clock.later(at, owed.within))

    def _once(self, what: What, key: str, of: str, due: int) -> None:
        """Promise a time once: two receipts within one second ask for one report."""
        self.once[Promise(what, key, of, due)] = None

    def _begin(self, kind: str, key: str, since: int, at: int) -> None:
        item = self.standing[kind, key].item
        if kind == "roster":
            roster = msgspec.convert(item, Roster)
            first = schedule.first_handover(roster, max(since, at), self._zone())
            self._open(self._of_roster(key, roster, first))
            return
        owed = obligation(item)
        for of in senders(owed, self.standing):
            self._owe(key, of, owed, since, at)

    def _of_roster(self, key: str, roster: Roster, first: int) -> _Series:
        following = partial(schedule.following_handover, roster, zone=self._zone())
        return _Series("handover", key, roster.of, first, following, 0)

    def _owe(self, key: str, of: str, owed: Obligation, since: int, at: int) -> None:
        first = schedule.first(owed, since, max(since, at), self._zone())
        if first is not None:
            self._open(self._of_obligation(key, of, owed, first))

    def _of_obligation(self, key: str, of: str, owed: Obligation, first: int) -> _Series:
        what: What = "deadline" if schedule.is_filing(owed) else "call"
        grace = clock.seconds(owed.grace) if owed.grace is not None and what == "deadline" else 0
        following = partial(schedule.following, owed, zone=self._zone())
        return _Series(what, key, of, first, following, grace)

    def _adjust(self, key: str, since: int, at: int) -> None:
        """Let the senders of an obligation that goes on be those of now."""
        owed = obligation(self.standing["obligation", key].item)
        now = senders(owed, self.standing)
        for _kind, _key, of in [
            one for one in self.live if one[:2] == ("obligation", key) and one[2] not in now
        ]:
            self._end("obligation", key, of=of)
        for of in now:
            if ("obligation", key, of) not in self.live and schedule.recurs(owed):
                self._owe(key, of, owed, since, at)

    def _count_anew(self, since: int, at: int) -> None:
        """Promise once more what is owed within a time of the entry into a state; what was promised stays."""
        for (kind, key), stood in self.standing.items():
            if kind == "obligation" and stood.item.get("of") == "entry":
                owed = obligation(stood.item)
                for of in senders(owed, self.standing):
                    before = self.live.get((kind, key, of))
                    self._owe(key, of, owed, since, at)
                    if before is not None and before.first != self.live[kind, key, of].first:
                        self.promises.append(Promise(before.what, key, of, before.first))

    def _open(self, series: _Series) -> None:
        kind = "roster" if series.what == "handover" else "obligation"
        self.live[kind, series.key, series.of] = series
        self.began[kind, series.key, series.of] = len(self.recorded) - 1

    def _end(self, kind: str, key: str, *, of: str | None = None) -> None:
        """Close the series of an item: what was carried out by now, and the one that was made for later.

        A report whose grace has not passed still comes, and nothing was made after it.
        """
        if kind == "obligation":
            for promise in [one for one in self.once if one.key == key and of in (None, one.of)]:
                del self.once[promise]
                self.promises.append(promise)
        for name in [one for one in self.live if one[:2] == (kind, key) and of in (None, one[2])]:
            series = self.live.pop(name)
            seen = max(self.recorded[self.began[name] :])
            for due in _dues(series):
                self.promises.append(Promise(series.what, series.key, series.of, due))
                if due + series.grace > seen:
                    break

    def close(self) -> list[Promise]:
        """Give all promises to before `until`, also of what still stands."""
        going_on = [
            Promise(series.what, series.key, series.of, due)
            for series in self.live.values()
            for due in _before(series, self.until)
        ]
        return [one for one in [*self.promises, *self.once] if one.due < self.until] + going_on

    def _zone(self) -> str:
        assert self.situation is not None, "an entry was taken"
        return self.situation.zone


def _is_refused(entry: Entry) -> bool:
    return any(isinstance(fact, RequestRefused) for fact in entry.facts)


def _dues(series: _Series) -> Iterator[int]:
    due: int | None = series.first
    while due is not None:
        yield due
        due = series.following(due)


def _before(series: _Series, until: int) -> Iterator[int]:
    for due in _dues(series):
        if due >= until:
            return
        yield due
