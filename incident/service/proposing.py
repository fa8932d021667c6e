"""What a step-down clock finds when it has run: which step, which gates are open, whether the feed is alive.

Looked up only when such a clock comes, a few times an incident; everything else that comes due needs no
playbook and no look back.
"""

from __future__ import annotations

import msgspec

from incident.domain import schedule
from incident.domain.decision import make_plan
from incident.domain.facts import RequestRefused
from incident.domain.firing import Proposal
from incident.domain.machine import target
from incident.domain.owing import obligation, senders
from incident.domain.playbook import Playbook, StepDown
from incident.domain.situation import Situation, Standing
from incident.domain.timer import Timer
from incident.service.opened import first_body, read_entry
from incident.service.ports import Reading


def propose(tx: Reading, situation: Situation, timer: Timer, at: int) -> Proposal:
    """Say what the clock of `timer` would propose at the instant `at`."""
    code = situation.jurisdiction
    playbook = tx.playbook(code, situation.playbook)
    one = msgspec.convert(tx.standing(code)["clock", timer.key].item, StepDown)
    missing = missing_reports(tx, situation, at)
    waiting = ["reports_in"] if one.reports_in and missing else []
    waiting += [gate for gate in one.gates if gate not in _heard(tx, code, timer.opened)]
    is_silent = one.feed in {key for key, _of in missing}
    return proposal(playbook, situation, one, waiting, is_feed_silent=is_silent)


def proposal(
    playbook: Playbook, situation: Situation, one: StepDown, waiting: list[str], *, is_feed_silent: bool
) -> Proposal:
    """Give what a clock proposes of which it is known what it waits for."""
    leads = target(playbook, one.proposes, situation.state, situation.previous)
    plan = None if leads is None else make_plan(playbook, situation, one.proposes)
    return Proposal(
        step=one.proposes,
        plan=None if plan is None else plan.hash,
        waiting=waiting,
        is_feed_silent=is_feed_silent,
        deciders=[] if plan is None else list(plan.who_may_decide),
    )


def missing_reports(tx: Reading, situation: Situation, at: int) -> set[tuple[str, str]]:
    """Give (obligation or directive, sender) of what is owed in the present state, was due and is not in.

    Of what recurs the newest counts, of what is owed once each. How its timer ended, carried out, held or not
    at all, makes no difference; what was cancelled, or is owed no more, is not missing.
    """
    code = situation.jurisdiction
    standing = tx.standing(code)
    entered = next(tx.entries(code, since=situation.epoch)).at
    timers = tx.timers(code, since=max(situation.since, entered), until=at + 1)
    # a report is filed after it was asked for, and perhaps in the state before
    first = min((timer.seq for timer in timers), default=situation.version)
    filed = {(one.key, one.of, one.due) for _seq, one in tx.closings(code, since=first)}
    is_missing: dict[tuple[str, str, int], bool] = {}
    for timer in timers:
        if timer.what == "deadline" and timer.end != "cancelled" and timer.wake <= at:
            recurs = _recurs(standing, timer)
            if recurs is not None:
                occurrence = (timer.key, timer.of, 0 if recurs else timer.due)
                is_missing[occurrence] = (timer.key, timer.of, timer.due) not in filed
    return {(key, of) for (key, of, _due), missing in is_missing.items() if missing}


def _recurs(standing: Standing, timer: Timer) -> bool | None:
    """Tell whether what a timer is about recurs; None when it is owed no more by that sender."""
    stood = standing.get(("obligation", timer.key))
    if stood is None:
        return False if ("directive", timer.key) in standing else None
    owed = obligation(stood.item)
    return schedule.recurs(owed) if timer.of in senders(owed, standing) else None


def _heard(tx: Reading, code: str, since: int) -> set[str]:
    """Give the events that came, and were not refused, from entry `since` on."""
    heard = set()
    for stored in tx.entries(code, since=max(since, first_body(tx, code))):
        entry = read_entry(code, stored)
        if (
            entry.came is not None
            and entry.step is not None
            and not any(isinstance(fact, RequestRefused) for fact in entry.facts)
        ):
            heard.add(entry.came.type)
    return heard
