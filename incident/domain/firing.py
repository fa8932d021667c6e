"""What follows when promised times come, on time or after an outage. Pure; one rule for each kind.

    deadline      each is recorded: met, or missed; of several missed at once only the newest is told
    reminder      only before what it reminds of; afterwards it has expired, superseded when that is in
    escalation    always; the tier follows from the time elapsed, tiers passed over are superseded
    call          (meeting, check) only within its grace (15 minutes unless stated); afterwards it has expired
    handover      the newest one passed, which then waits for its signatures; those before it are superseded
    signature     always: both sides of a handover that is not signed are told, and who is above them
    answer        always; the step follows from the time elapsed; steps passed over are superseded, and whom
                  they would have asked is asked with it
    step_down     proposed when its gates are met, asked again each midnight while they are not; held for a
                  person when it comes late or a report that shows the cases is missing
    planned_end   always: an alarm, never a return (应对法 72)
    confirmation  always: an alarm, never a return
    approval      always: the proposal has expired (`approving.lapsed`), and who may decide is told
    outlook       always, by itself and outside the lock (`service/outlook.py`)

Late is what is carried out a minute or more after its time. Everything that becomes due in one jurisdiction
is one entry, at most `MOST` ends; what is left comes in the next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from incident.domain import clock, schedule
from incident.domain.callout import STEPS, Asked
from incident.domain.effects import SUPERIOR
from incident.domain.facts import End, Result, TimerEnded, What
from incident.domain.owing import obligation
from incident.domain.playbook import Obligation, Roster
from incident.domain.situation import Situation, Standing
from incident.domain.timer import Timer, item_of, tiers

#: Ends in one entry, so that an outage of years is caught up in steps of bounded size.
MOST = 200
#: Seconds from which something counts as late.
LATE = 60
#: How long a meeting or check is still called, where the plan does not say.
CALL_GRACE = 15 * 60


class Proposal(NamedTuple):
    """What a step-down clock finds when it has run."""

    #: Step of the playbook, and the hash of the plan it would be.
    step: str
    plan: str | None
    #: Gates that are not met: `reports_in`, or events that have not come.
    waiting: list[str]
    #: The report that shows the cases is missing.
    is_feed_silent: bool
    #: Who may decide.
    deciders: list[str]


class Case(NamedTuple):
    """What the rules look at."""

    situation: Situation
    #: Items that the timers belong to.
    standing: Standing
    #: Entry of the filing that closed an occurrence: by obligation, sender and due time.
    filed: Mapping[tuple[str, str, int], int]
    #: The present instant.
    at: int
    #: Looks what a step-down clock would propose.
    propose: Callable[[Timer], Proposal]
    #: Looks whom a signature or a step of a call-out asks.
    ask: Callable[[Timer], Asked] = lambda _timer: Asked()


def fire(timers: Iterable[Timer], case: Case) -> list[TimerEnded]:
    """Give the ends of the timers that are due; clocks wait for an entry of their own, after the rest.

    A look ahead is not carried out here: it takes long, and nobody is to wait for it.
    """
    due = [one for one in timers if one.what != "outlook"]
    if len(due) > 1:
        due.sort(key=lambda one: (one.wake, one.seq, one.n))
    others = [one for one in due if one.what != "step_down"]
    ends: list[TimerEnded] = []
    for timer in others or due:
        if len(ends) >= MOST:
            break
        ends += _RULES[timer.what](timer, case)
    return ends


def hold(timer: Timer, at: int, reason: str) -> TimerEnded:
    """Set a timer aside for a person: it could not be carried out, or must not be without one."""
    return _ended(timer, at, end="held", reason=[reason])


def look(timer: Timer, at: int) -> TimerEnded:
    """End a look ahead that was carried out."""
    return _ended(timer, at)


def _ended(
    timer: Timer,
    at: int,
    *,
    end: End | None = None,
    result: Result | None = None,
    tell: Sequence[str] = (),
    reason: Sequence[str] = (),
    filing: int | None = None,
    proposal: Proposal | None = None,
) -> TimerEnded:
    """Record the end of a timer; carried out, unless another end is given."""
    behind = max(0, at - timer.wake)
    return TimerEnded(
        what=timer.what,
        key=timer.key,
        of=timer.of,
        due=clock.stamp(timer.due),
        about=None if timer.about == timer.due else clock.stamp(timer.about),
        end=end or ("fired" if behind < LATE else "fired_late"),
        result=result,
        tier=timer.tier,
        late=behind // 60,
        reason=list(reason),
        tell=list(dict.fromkeys(tell)),
        filing=filing,
        step=proposal.step if proposal else None,
        plan=proposal.plan if proposal else None,
    )


def _passed(timer: Timer, at: int, following: Callable[[int], int | None]) -> Iterator[tuple[Timer, bool]]:
    """Give a timer and those of its series that have passed by now, and whether each is the newest."""
    grace = timer.wake - timer.due
    due: int | None = timer.due
    while due is not None and due + grace <= at:
        after = following(due)
        is_itself = due == timer.due == timer.about
        one = timer if is_itself else replace(timer, due=due, about=due, wake=due + grace)
        yield one, after is None or after + grace > at
        due = after


def _owed(timer: Timer, case: Case) -> tuple[Obligation | None, Callable[[int], int | None]]:
    """Give the obligation of a timer, and what follows a time of its series; one that was replaced ends."""
    stood = case.standing.get(("obligation", timer.key))
    if stood is None:
        return None, lambda _due: None
    owed = obligation(stood.item)
    goes_on = stood.since <= timer.opened
    return owed, lambda due: schedule.following(owed, due, case.situation.zone) if goes_on else None


def _deadline(timer: Timer, case: Case) -> list[TimerEnded]:
    owed, following = _owed(timer, case)
    ends = []
    for one, is_newest in islice(_passed(timer, case.at, following), MOST):
        filing = case.filed.get((one.key, one.of, one.due))
        told = [one.of, *_receivers(one, owed, case)] if filing is None and is_newest else []
        result: Result = "missed" if filing is None else "met"
        ends.append(_ended(one, case.at, result=result, tell=told, filing=filing))
    return ends


def _receivers(timer: Timer, owed: Obligation | None, case: Case) -> list[str]:
    if owed is not None:
        return owed.receivers
    stood = case.standing.get(("directive", timer.key))
    return [] if stood is None else [stood.item["by"]]


def _reminder(timer: Timer, case: Case) -> list[TimerEnded]:
    if case.at >= timer.about:
        return [_ended(timer, case.at, end="expired")]
    filing = case.filed.get((timer.key, timer.of, timer.about))
    if filing is not None:  # filed, and then promised anew by another schedule
        return [_ended(timer, case.at, end="superseded", filing=filing)]
    return [_ended(timer, case.at, tell=[timer.of])]


def _escalation(timer: Timer, case: Case) -> list[TimerEnded]:
    """Take the tier that the time elapsed has reached; those it passes over are superseded."""
    item = item_of(timer)
    stood = None if item is None else case.standing.get(item)
    steps = [] if item is None or stood is None else tiers(item[0], stood.item)
    passed = [timer]
    for tier, (after, _told) in enumerate(steps[timer.tier :], start=timer.tier + 1):
        due = clock.later(timer.about, after)
        if due > case.at:
            break
        passed.append(replace(timer, tier=tier, due=due, wake=due))
    reached = passed.pop()
    told = steps[reached.tier - 1][1] if reached.tier <= len(steps) else []
    return [
        *(_ended(one, case.at, end="superseded") for one in passed),
        _ended(reached, case.at, tell=told),
    ]


def _call(timer: Timer, case: Case) -> list[TimerEnded]:
    owed, following = _owed(timer, case)
    grace = CALL_GRACE if owed is None or owed.grace is None else clock.seconds(owed.grace)
    told = [timer.of, *(owed.together_with if owed is not None else [])]
    return [
        _ended(one, case.at, tell=told) if case.at - one.due <= grace else _ended(one, case.at, end="expired")
        for one, _is_newest in islice(_passed(timer, case.at, following), MOST)
    ]


def _handover(timer: Timer, case: Case) -> list[TimerEnded]:
    stood = case.standing["roster", timer.key]
    roster, zone = msgspec.convert(stood.item, Roster), case.situation.zone
    goes_on = stood.since <= timer.opened
    passed = _passed(
        timer, case.at, lambda due: schedule.following_handover(roster, due, zone) if goes_on else None
    )
    return [
        _ended(one, case.at, result="waiting", tell=[one.of])
        if is_newest
        else _ended(one, case.at, end="superseded")
        for one, is_newest in islice(passed, MOST)
    ]


def _signature(timer: Timer, case: Case) -> list[TimerEnded]:
    return [_ended(timer, case.at, result="missed", tell=case.ask(timer).told)]


def _answer(timer: Timer, case: Case) -> list[TimerEnded]:
    """Take the step that the time elapsed has reached, for those too whom the steps passed over would ask.

    After an outage it is too late for a step, never for asking: who is asked, and who is not reached, is said
    of all of them at once. What would have been the last step is the one taken.
    """
    stood = case.standing["callout", timer.key]
    within = clock.seconds(stood.item["within"])
    passed: list[TimerEnded] = []
    told: list[str] = []
    unreached: list[str] = []
    for step in range(timer.tier, STEPS + 1):
        due = timer.about + step * within
        one = replace(timer, tier=step, due=due, wake=due)
        asked = case.ask(one)
        told += asked.told
        unreached += asked.unreached
        if asked.is_last or due + within > case.at:
            break
        passed.append(_ended(one, case.at, end="superseded"))
    result: Result = "unreached" if asked.is_last else "missed"
    return [*passed, _ended(one, case.at, result=result, reason=unreached, tell=told)]


def _step_down(timer: Timer, case: Case) -> list[TimerEnded]:
    found = case.propose(timer)
    if case.at - timer.wake >= LATE:
        return [_ended(timer, case.at, end="held", reason=["outage"], tell=found.deciders)]
    if found.is_feed_silent:
        return [_ended(timer, case.at, end="held", reason=["silent_feed"], tell=found.deciders)]
    if found.waiting:
        return [_ended(timer, case.at, result="waiting", reason=found.waiting, tell=found.deciders)]
    return [_ended(timer, case.at, result="proposed", proposal=found, tell=found.deciders)]


def _alarm(timer: Timer, case: Case) -> list[TimerEnded]:
    """Tell who decided, and the superior; nothing is ever reverted by a clock."""
    authority = case.situation.authority
    return [_ended(timer, case.at, tell=[*([authority] if authority else []), SUPERIOR])]


def _approval(timer: Timer, case: Case) -> list[TimerEnded]:
    told = case.standing["proposal", timer.key].item.get("tell", ())
    return [_ended(timer, case.at, result="missed", tell=told)]


_RULES: Mapping[What, Callable[[Timer, Case], list[TimerEnded]]] = {
    "deadline": _deadline,
    "reminder": _reminder,
    "escalation": _escalation,
    "call": _call,
    "handover": _handover,
    "signature": _signature,
    "answer": _answer,
    "step_down": _step_down,
    "planned_end": _alarm,
    "confirmation": _alarm,
    "approval": _approval,
}
