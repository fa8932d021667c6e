"""Whom a signature that is missing or a step of a call-out asks, and whether a handover is to be signed.

Looked up only when such a time comes.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from incident.domain import callout, clock, handing
from incident.domain.callout import Asked
from incident.domain.duty import Duty, laid_out
from incident.domain.errors import JournalError, StoreError
from incident.domain.facts import AnyFact, DutyAssigned, TimerEnded
from incident.domain.keeping import roster_of
from incident.domain.people import WHOEVER
from incident.domain.situation import Situation
from incident.domain.timer import Timer
from incident.service.ports import Reading


def asked(tx: Reading, situation: Situation, timer: Timer) -> Asked:
    """Say whom a timer asks."""
    code = situation.jurisdiction
    playbook, standing = tx.playbook(code, situation.playbook), tx.standing(code)
    if timer.what == "answer":
        waiting = callout.read(standing[callout.CALLOUT, timer.key].item).waiting
        return callout.next_step(playbook, waiting, timer.tier, situation.authority)
    of = roster_of(standing["roster", timer.key].item).of
    sides = handing.signed(standing, timer.key, clock.stamp(timer.about))
    try:
        gave, took = sides_of(tx, code, timer.key, timer.about)
    except (JournalError, StoreError):  # who leads is told all the same
        gave, took = [], []
    missing = [*(gave if sides.gave is None else ()), *(took if sides.took is None else ())]
    return Asked(list(dict.fromkeys([*missing, of, *callout.in_charge(playbook, of)])))


def to_be_signed(facts: Sequence[AnyFact], newest: Sequence[Duty]) -> list[AnyFact]:
    """Let a handover wait for its signatures only where somebody handed over to somebody.

    `facts` are the ends of an entry with who keeps the shifts that begin, `newest` the shifts before them.
    Where one side was empty the other may sign, and nobody is chased for it.
    """
    there = [*newest, *(one for fact in facts if isinstance(fact, DutyAssigned) for one in laid_out(fact, 0))]
    return [
        replace(fact, result=None)
        if isinstance(fact, TimerEnded)
        and (fact.what, fact.result) == ("handover", "waiting")
        and not _has_sides(fact, there)
        else fact
        for fact in facts
    ]


def _has_sides(came: TimerEnded, there: Sequence[Duty]) -> bool:
    at = clock.read_stamp(came.due)
    mine = [one for one in there if one.roster == came.key and one.piece.holder is not None]
    gave = any(one.shift < at and one.since < at <= one.until for one in mine)
    return gave and any(one.shift == at for one in mine)


def sides_of(tx: Reading, code: str, roster: str, at: int) -> tuple[list[str], list[str]]:
    """Give who hands over at an instant and who takes over, each a sign or a seat; the leaders come first."""
    there = [one for one in tx.duties(code, since=at - 1, until=at + 1) if one.roster == roster]
    there.sort(key=lambda one: (one.piece.post != "lead", one.piece.post))
    gave = [one.piece.holder for one in there if one.until <= at]
    took = [one.piece.holder for one in there if one.shift == at and one.since <= at < one.until]
    return _refs(gave), _refs(took)


def _refs(holders: list[str | None]) -> list[str]:
    """Write stand-ins as the seats or units for which they stand."""
    named = (one.removeprefix(WHOEVER).partition("/")[0] for one in holders if one is not None)
    return list(dict.fromkeys(named))
