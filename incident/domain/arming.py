"""Opening and closing timers on behalf of one entry; `agenda.py` says when."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from incident.domain import clock, schedule
from incident.domain.facts import End, Result, What
from incident.domain.journal import Entry
from incident.domain.playbook import Obligation, StepDown
from incident.domain.situation import Situation, Standing
from incident.domain.timer import Closing, Id, Timer, id_of


class Board:
    """Open timers of one jurisdiction, and what became of them."""

    def __init__(self, timers: Iterable[Timer] = ()) -> None:
        """Begin with some open timers."""
        self.open = {id_of(timer): timer for timer in timers}
        #: Every timer that came or ended, as it is now.
        self.touched: dict[tuple[int, int], Timer] = {}
        self.closings: list[Closing] = []


class Arming:
    """One entry that opens and closes timers."""

    def __init__(self, agenda: Board, entry: Entry, situation: Situation, standing: Standing) -> None:
        """Move the timers of `agenda` for `entry`; `situation` and `standing` are those after it."""
        self.agenda, self.entry = agenda, entry
        self.situation, self.standing = situation, standing
        self.seq = entry.seq
        self.at = clock.read_stamp(entry.at)
        self.since = self.at if entry.effective_at is None else clock.read_stamp(entry.effective_at)
        self.armed = 0

    def _cancel(
        self,
        reason: str,
        whats: tuple[What, ...],
        key: str | None = None,
        *,
        of: str | None = None,
        about: int | None = None,
        later_than: int = 0,
    ) -> None:
        for timer in [*self.agenda.open.values()]:
            is_meant = timer.what in whats and key in (None, timer.key) and of in (None, timer.of)
            if is_meant and timer.due > later_than and about in (None, timer.about):
                self._close(timer, "cancelled", reason=reason)

    def _close(
        self, timer: Timer, end: End, result: Result | None = None, late: int = 0, reason: str | None = None
    ) -> None:
        del self.agenda.open[id_of(timer)]
        self.agenda.touched[timer.seq, timer.n] = replace(
            timer,
            end=end,
            ended=self.seq,
            ended_at=self.at,
            result=result,
            late=late,
            reason=reason,
            node=self.entry.node,
        )

    # -- timers that come

    def _arm_owed(self, key: str, of: str, owed: Obligation, due: int, *, opened: int, after: int) -> None:
        if not schedule.is_filing(owed):
            self._arm("call", key, of, due, opened=opened)
            return
        wake = due if owed.grace is None else clock.later(due, owed.grace)
        self._arm_deadline(key, of, due, wake, owed.remind, after=after, opened=opened)

    def _arm_deadline(
        self,
        key: str,
        of: str,
        due: int,
        wake: int,
        remind: str | None,
        *,
        after: int,
        opened: int | None = None,
    ) -> None:
        self._arm("deadline", key, of, due, wake=wake, opened=opened)
        if remind is not None and due - clock.seconds(remind) > after:
            self._arm("reminder", key, of, due - clock.seconds(remind), about=due, opened=opened)

    def _arm_clock(self, key: str, *, at_least: int = 0) -> None:
        stood = self.standing.get(("clock", key))
        if stood is not None:
            due = schedule.step_down_due(
                msgspec.convert(stood.item, StepDown), self.since, self.situation.zone
            )
            self._arm("step_down", key, "", max(due, at_least))

    def _arm_once(self, what: What, state: str, due: int | None) -> None:
        if due is not None:
            self._arm(what, state, "", due)

    def _arm(
        self,
        what: What,
        key: str,
        of: str,
        due: int,
        *,
        about: int | None = None,
        wake: int | None = None,
        tier: int = 0,
        opened: int | None = None,
    ) -> None:
        """Open a timer, unless the very same one is open: two receipts within one second."""
        timer = Timer(
            seq=self.seq,
            n=self.armed,
            opened=self.seq if opened is None else opened,
            what=what,
            key=key,
            of=of,
            due=due,
            about=due if about is None else about,
            tier=tier,
            wake=due if wake is None else wake,
        )
        known_by = id_of(timer)
        if known_by not in self.agenda.open:
            self.armed += 1
            self._put(known_by, timer)

    def _put(self, known_by: Id, timer: Timer) -> None:
        self.agenda.open[known_by] = timer
        self.agenda.touched[timer.seq, timer.n] = timer
