"""The promised times of one jurisdiction: how facts open them and how each comes to exactly one end.

A `Timer` is one promised time: the deadline of a report, a reminder before it, a tier of its escalation, the
call of a meeting, a handover, its signature, a step of a call-out, the end of a step-down clock, a planned
end, the term of a provisional act or of a proposal, a look at duty weeks ahead.
`Agenda.follow` carries the facts of one entry into them. It is the only way timers come and go: deciding
uses it to go forward and verifying to rebuild the stored timers, so no promised time can vanish between.

* An item that begins to stand opens its times from the instant the entry holds from; one that ends cancels
  those that are left; one whose schedule changes does both. An obligation of `each_group` follows the groups.
* What counts from the entry into a state counts anew from the next state, if it stands there too.
* `TimerEnded` ends one; what recurs is armed again in the same entry, even when that one was held, and a
  missing report's escalation begins.
* A handover that came is to be signed, if there was somebody on both sides; both signatures cancel that. A
  call-out goes from step to step until it ends.
* A look ahead takes the place of the one that was promised before.
* A filing cancels reminders and escalations of what it closes. The deadline itself still comes, and is met.
* A series that was replaced by a change does not go on: a timer knows the entry that opened its series.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from incident.domain import clock, handing, schedule
from incident.domain.arming import Arming, Board
from incident.domain.callout import CALLOUT, STEPS
from incident.domain.facts import (
    ActivationConfirmed,
    AnyFact,
    ClockReset,
    ItemChanged,
    ItemEnded,
    ItemStarted,
    OutlookPromised,
    Plain,
    PlannedEndMoved,
    ReportFiled,
    RequestRefused,
    StateEntered,
    TimerEnded,
    What,
)
from incident.domain.handing import HANDOVER, SIGNED
from incident.domain.journal import Entry
from incident.domain.owing import obligation, on_receipt, senders, timing
from incident.domain.playbook import EACH_GROUP, Obligation, Roster
from incident.domain.situation import BrokenRecordError, Situation, Standing, Stood
from incident.domain.timer import ALL_ROSTERS, Closing, Directive, Id, Timer, id_of, item_of, tiers

#: Kinds of timers that belong to each kind of item.
_OF_ITEM: dict[str, tuple[What, ...]] = {
    "obligation": ("deadline", "reminder", "escalation", "call"),
    "directive": ("deadline", "reminder", "escalation"),
    "roster": ("handover", "signature"),
    "callout": ("answer",),
    "clock": ("step_down",),
    "proposal": ("approval",),
}

#: Kinds of items that can count from the entry into a state.
_COUNTING = frozenset({"clock", "obligation"})
#: Facts by which items come and go.
_COMING_AND_GOING: set[type[AnyFact]] = {ItemStarted, ItemEnded}


class Agenda(Board):
    """Open timers of one jurisdiction, and what the entries followed have made of them.

    It begins with all of them, or for carrying out with those alone that are due.
    """

    def follow(
        self, entry: Entry, before: Situation | None, situation: Situation, standing: Standing
    ) -> None:
        """Carry an entry in; `before` is the situation before it, `situation` and `standing` those after it.

        Raises `BrokenRecordError` for the end of a timer that is not open.
        """
        if len(entry.facts) == 1 and isinstance(entry.facts[0], RequestRefused):
            return
        following = _Following(self, entry, situation, standing)
        following.carry(is_later=before is None or before.since < situation.since)

    def settled(self) -> list[Timer]:
        """Give every timer touched since the last time, and forget which they were."""
        touched, self.touched = [*self.touched.values()], {}
        return touched


class _Following(Arming):
    """One entry being carried into an agenda."""

    def carry(self, *, is_later: bool) -> None:
        """Carry the entry in; `is_later` when the state that it enters begins later than the one before."""
        facts = self.entry.facts
        for fact in facts:
            self._take(fact)
        kinds = {type(fact) for fact in facts}
        if kinds & _COMING_AND_GOING and any(getattr(fact, "kind", None) == "group" for fact in facts):
            self._follow_groups()
        if StateEntered in kinds:
            self._count_anew(is_later=is_later)
        if self.entry.step is not None and self.entry.came is not None and RequestRefused not in kinds:
            self._receive(self.entry.came.type)

    def _take(self, fact: AnyFact) -> None:
        match fact:
            case TimerEnded():
                self._end(fact)
            case ItemStarted():
                self._start(fact.kind, fact.key, fact.after)
            case ItemChanged():
                self._change(fact.kind, fact.key, fact.before, fact.after)
            case ItemEnded():
                self._cancel("ended", _OF_ITEM.get(fact.kind, ()), fact.key)
            case StateEntered():
                self._cancel("state_left", ("planned_end", "confirmation"))
                self._arm_once("planned_end", fact.target, self.situation.planned_end)
                self._arm_once("confirmation", fact.target, self.situation.confirm_by)
            case PlannedEndMoved():
                self._cancel("moved", ("planned_end",))
                self._arm_once("planned_end", self.situation.state, self.situation.planned_end)
            case ActivationConfirmed():
                self._cancel("confirmed", ("confirmation",))
            case ClockReset():
                # an older case that is heard of later does not bring the day nearer
                at_least = [
                    one.due
                    for one in self.agenda.open.values()
                    if (one.what, one.key) == ("step_down", fact.clock)
                ]
                self._cancel("reset", ("step_down",), fact.clock)
                self._arm_clock(fact.clock, at_least=max(at_least, default=0))
            case OutlookPromised():
                self._cancel("changed", ("outlook",))
                self._arm("outlook", ALL_ROSTERS, "", clock.read_stamp(fact.due))
            case ReportFiled():
                self._file(fact)
            case _:
                pass

    # -- items that come and go

    def _start(self, kind: str, key: str, item: Plain) -> None:
        match kind:
            case "obligation":
                owed = obligation(item)
                for of in senders(owed, self.standing):
                    self._open(key, of, owed)
            case "roster":
                roster = msgspec.convert(item, Roster)
                due = schedule.first_handover(roster, max(self.since, self.at), self.situation.zone)
                self._arm("handover", key, roster.of, due)
            case "clock":
                self._arm_clock(key)
            case "callout":
                self._ask(key, clock.read_stamp(item["at"]), 1)
            case "handover":
                self._sign(key, item)
            case "proposal":
                self._arm("approval", key, "", clock.read_stamp(item["until"]))
            case "directive":
                directive = msgspec.convert(item, Directive)
                due = clock.read_stamp(directive.due)
                self._arm_deadline(key, directive.to, due, due, directive.remind, after=self.at)
            case _:
                pass

    def _change(self, kind: str, key: str, before: Plain, after: Plain) -> None:
        if kind == HANDOVER:
            self._sign(key, after)
        if kind not in _OF_ITEM or kind == CALLOUT:
            return
        # a clock that runs since a receipt keeps the time it promised
        is_running = before.get("of") == after.get("of") == "receipt"
        if timing(kind, before) != timing(kind, after) and not is_running:
            whats: tuple[What, ...] = (
                ("deadline", "reminder", "call") if kind == "obligation" else _OF_ITEM[kind][:1]
            )
            # what has passed already waits out its grace
            self._cancel("changed", whats, key, later_than=max(self.since, self.at))
            self._start(kind, key, after)
            return
        mine = [one for one in self.agenda.open.values() if one.key == key and one.what in _OF_ITEM[kind]]
        newest: dict[str, int] = {}
        for timer in mine:
            if timer.what != "escalation":
                newest[timer.of] = max(timer.opened, newest.get(timer.of, 0))
        for timer in mine:
            # one of a series that was replaced before, and waits out its grace, does not go on
            if timer.what != "escalation" and timer.opened == newest[timer.of]:
                self._put(id_of(timer), replace(timer, opened=self.seq))
        if kind == "obligation":
            self._follow_senders(key, obligation(after))

    def _follow_groups(self) -> None:
        """Let the obligations of each group follow the groups that stand now."""
        for (kind, key), stood in sorted(self.standing.items()):
            if kind == "obligation" and EACH_GROUP in stood.item.get("from", ()):
                self._follow_senders(key, obligation(stood.item))

    def _follow_senders(self, key: str, owed: Obligation) -> None:
        owed_by = senders(owed, self.standing)
        about_it = [
            one for one in self.agenda.open.values() if one.key == key and one.what in _OF_ITEM["obligation"]
        ]
        # what was asked for once stays with whom it was asked of, as long as there is such a group
        if schedule.recurs(owed) or EACH_GROUP in owed.senders:
            for of in sorted({one.of for one in about_it} - {*owed_by}):
                self._cancel("ended", _OF_ITEM["obligation"], key, of=of)
        owing = {one.of for one in about_it if one.what in ("deadline", "call")}
        for of in owed_by:
            if of not in owing and schedule.recurs(owed):
                self._open(key, of, owed)

    def _count_anew(self, *, is_later: bool) -> None:
        """Let what counts from the entry into a state, and stood before it, count from this one.

        A clock has one time to come, the new one. A report that was asked for before stays asked for; of a
        state that is entered as of the same instant it is the same report, which may have come already.
        """
        for (kind, key), stood in sorted(one for one in self.standing.items() if one[0][0] in _COUNTING):
            if kind == "clock" and not self._is_armed_here("step_down", key):
                self._cancel("state_left", _OF_ITEM["clock"], key)
                self._arm_clock(key)
            elif kind == "obligation" and stood.item.get("of") == "entry" and is_later:
                owed = obligation(stood.item)
                for of in senders(owed, self.standing):
                    self._open(key, of, owed)

    def _is_armed_here(self, what: What, key: str) -> bool:
        return any((one.what, one.key, one.seq) == (what, key, self.seq) for one in self.agenda.open.values())

    def _open(self, key: str, of: str, owed: Obligation) -> None:
        """Open the series of one sender, if it has computed times."""
        due = schedule.first(owed, self.since, max(self.since, self.at), self.situation.zone)
        if due is not None:
            # the clock was set back, and the time comes again
            self._cancel("changed", ("escalation",), key, of=of, about=due)
            self._arm_owed(key, of, owed, due, opened=self.seq, after=self.since)

    def _receive(self, event: str) -> None:
        """Start the clocks that count from the receipt of an event."""
        for key, owed in on_receipt(self.standing):
            if owed.of == "receipt" and event in owed.on and owed.after is None:
                self._arm_within(key, owed)

    def _arm_within(self, key: str, owed: Obligation) -> None:
        if owed.within is not None:
            for of in senders(owed, self.standing):
                due = clock.later(self.at, owed.within)
                self._arm_owed(key, of, owed, due, opened=self.seq, after=self.at)

    # -- timers that end

    def _end(self, fact: TimerEnded) -> None:
        due = clock.read_stamp(fact.due)
        about = due if fact.about is None else clock.read_stamp(fact.about)
        timer = self.agenda.open.get(Id(fact.what, fact.key, fact.of, about, due))
        if timer is None:
            raise BrokenRecordError(f"{fact.what} {fact.key} {fact.due} was not open")
        self._close(timer, fact.end, fact.result, fact.late, ", ".join(fact.reason) or None)
        self._go_on(timer, fact)

    def _go_on(self, timer: Timer, fact: TimerEnded) -> None:
        """Arm what comes after a timer: the next of its series, the escalation of what is missing."""
        item = item_of(timer)
        stood = None if item is None else self.standing.get(item)
        if item is None or stood is None:
            return
        kind, goes_on = item[0], stood.since <= timer.opened
        match timer.what:
            case "deadline" | "call" if kind == "obligation" and goes_on:
                owed = obligation(stood.item)
                due = schedule.following(owed, timer.due, self.situation.zone)
                if due is not None:
                    self._arm_owed(timer.key, timer.of, owed, due, opened=timer.opened, after=timer.due)
            case "handover":
                self._hand_over(timer, stood, is_unsigned=fact.result == "waiting")
            case "answer" if fact.result != "unreached" and timer.tier < STEPS:
                self._ask(timer.key, timer.about, timer.tier + 1)
            case "step_down" if goes_on and fact.result == "waiting":
                due = schedule.next_midnight(max(timer.due, self.at), self.situation.zone)
                self._arm("step_down", timer.key, "", due, opened=timer.opened)
            case _:
                pass
        if timer.what == "escalation" or (fact.result == "missed" and timer.what == "deadline"):
            self._escalate(timer, tiers(kind, stood.item))

    def _hand_over(self, timer: Timer, stood: Stood, *, is_unsigned: bool) -> None:
        """Arm the next handover, and the time by which this one is to be signed."""
        if stood.since <= timer.opened:
            roster = msgspec.convert(stood.item, Roster)
            due = schedule.following_handover(roster, timer.due, self.situation.zone)
            self._arm("handover", timer.key, timer.of, due, opened=timer.opened)
        if is_unsigned:
            due = clock.later(max(timer.due, self.at), SIGNED)
            self._arm("signature", timer.key, timer.of, due, about=timer.due)

    def _ask(self, key: str, since: int, step: int) -> None:
        """Open the step of a call-out at which others are asked."""
        within = clock.seconds(self.standing[CALLOUT, key].item["within"])
        self._arm("answer", key, "", since + step * within, about=since, tier=step)

    def _sign(self, roster: str, item: Plain) -> None:
        """Ask no more for what both sides have signed."""
        for one in handing.read(item):
            if one.is_signed:
                self._cancel("signed", ("signature",), roster, about=clock.read_stamp(one.at))

    def _escalate(self, timer: Timer, steps: list[tuple[str, list[str]]]) -> None:
        if timer.tier < len(steps):
            due = clock.later(timer.about, steps[timer.tier][0])
            self._arm("escalation", timer.key, timer.of, due, about=timer.about, tier=timer.tier + 1)

    def _file(self, fact: ReportFiled) -> None:
        for one in fact.closes:
            due = clock.read_stamp(one.due)
            self.agenda.closings.append(Closing(one.key, one.of, due, self.seq, self.at, one.late, fact.zero))
            for timer in [*self.agenda.open.values()]:
                about_it = (timer.key, timer.of, timer.about) == (one.key, one.of, due)
                if about_it and timer.what in ("reminder", "escalation"):
                    self._close(timer, "cancelled", reason="filed")
        closed = {one.key for one in fact.closes}
        for key, owed in on_receipt(self.standing):
            if owed.after in closed and owed.of == "receipt":
                self._arm_within(key, owed)
