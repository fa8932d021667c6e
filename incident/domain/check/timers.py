"""Rules of promised times: what counts from a receipt is started, and what hangs on a time has one.

P307  a term from receipt that nothing starts
P308  a grace, reminder or escalation that never comes, or in the wrong order

Which times a schedule promises is decided by `domain/schedule.py`. Reports and notices are filed, so they can
be missing; meetings, checks, watches and acts are called, and nobody is reminded of what nobody has to file.
"""

from __future__ import annotations

from collections.abc import Iterator

from incident.domain import clock, schedule
from incident.domain.check.report import error, warning
from incident.domain.playbook import Obligation, Playbook
from incident.domain.problem import Path, Problem
from incident.domain.say import Words, say

TITLES = {
    "P307": say("a term that nothing starts"),
    "P308": say("a grace, reminder or escalation out of place"),
}

_DAY = 24 * 60
#: Only for what is filed.
_OF_FILINGS = ("remind", "escalate")


def find(playbook: Playbook) -> Iterator[Problem]:
    """Find terms without a start, and what hangs on times that never come."""
    for name, state in playbook.states.items():
        for key, owed in state.obligations.items():
            path = ("states", name, "obligations", key)
            yield from _start(path, owed)
            misplaced = list(_misplaced(path, owed))
            yield from misplaced
            if not misplaced:
                yield from _remind(path, owed)
                yield from _grace(path, owed)
                yield from _escalate(path, owed)


def promises_times(owed: Obligation) -> bool:
    """Tell whether times of an obligation can be computed, at once or from a receipt."""
    if owed.within is None:
        return schedule.recurs(owed)
    if owed.of == "receipt":
        return bool(owed.on) or owed.after is not None
    return owed.of == "entry" and owed.after is None


def _start(path: Path, owed: Obligation) -> Iterator[Problem]:
    if owed.within is not None and owed.of == "receipt" and not owed.on and owed.after is None:
        yield warning(
            "P307",
            (*path, "of"),
            expected=say("`on`, the events whose receipt starts it, or `after` another report"),
            found=say("neither, so no time is ever computed"),
            do=say("name the events in `on:`"),
        )


def _misplaced(path: Path, owed: Obligation) -> Iterator[Problem]:
    """Find what hangs on a time where nothing is filed, or nothing is ever due."""
    for field in ("grace", "remind", "escalate"):
        if not getattr(owed, field):
            continue
        if field in _OF_FILINGS and not schedule.is_filing(owed):
            yield error(
                "P308",
                (*path, field),
                expected=say("`{field}` only with `kind: report` or `notice`", field=field),
                found=f"`kind: {owed.kind}`",
                do=say("remove it: a meeting or check is called at its time, and nothing can be missing"),
            )
        elif not promises_times(owed):
            yield error(
                "P308",
                (*path, field),
                expected=say("a schedule from which times follow"),
                found=say("none: nothing is ever due, so nothing is late"),
                do=say("give it a time (`at`, `every: 4h`, `within`), or remove it with `null`"),
            )


def _remind(path: Path, owed: Obligation) -> Iterator[Problem]:
    least = _least_minutes(owed)
    if owed.remind is not None and clock.seconds(owed.remind) >= least * 60:
        yield error(
            "P308",
            (*path, "remind"),
            expected=say("less than {n} min, the time there is for the report", n=least),
            found=f"`{owed.remind}`",
            do=say("remind later, for instance `remind: 30m`"),
        )


def _grace(path: Path, owed: Obligation) -> Iterator[Problem]:
    """Find a grace that lasts into the reminder of the next report: that one is asked for when it ends."""
    if owed.grace is None or not (schedule.is_filing(owed) and schedule.recurs(owed)):
        return
    most = _least_minutes(owed) - (0 if owed.remind is None else clock.seconds(owed.remind) // 60)
    if 0 < most * 60 <= clock.seconds(owed.grace):
        yield error(
            "P308",
            (*path, "grace"),
            expected=say("less than {n} min, the time until the next report or its reminder", n=most),
            found=f"`{owed.grace}`",
            do=say("shorten it: once the next is asked for, what is not in is missing"),
        )


def _least_minutes(owed: Obligation) -> int:
    """Give the shortest time from the start, or from one time to the next."""
    if owed.within is not None:
        return clock.seconds(owed.within) // 60
    every = owed.every or "day"
    if every.endswith("h"):
        return clock.seconds(every) // 60
    minutes = sorted({int(time[:2]) * 60 + int(time[3:]) for time in owed.at})
    if minutes:
        days = 1 if every == "day" else int(every[:-1])
        ends = [*minutes[1:], minutes[0] + days * _DAY]
        return min(end - start for start, end in zip(minutes, ends, strict=True))
    return _DAY // (owed.times_a_day or 1) if every == "day" else clock.seconds(every) // 60


def _escalate(path: Path, owed: Obligation) -> Iterator[Problem]:
    """Find tiers that come too early, and tiers that reach nobody."""
    before = 0
    for at, tier in enumerate(owed.escalate):
        after = clock.seconds(tier.after)
        wrong: tuple[Words, Words] | None = None
        if after <= before:
            wrong = (
                say("more than {after}, as in the tier before", after=owed.escalate[at - 1].after),
                say("order the tiers by `after`, each later than the one before"),
            )
        elif owed.grace is not None and after <= clock.seconds(owed.grace):
            wrong = (
                say("more than {grace}, the grace after which it counts as missing", grace=owed.grace),
                say("escalate later, or shorten `grace`"),
            )
        if wrong is not None:
            expected, do = wrong
            place = (*path, "escalate", at, "after")
            yield error("P308", place, expected=expected, found=f"`{tier.after}`", do=do)
        if not tier.to:
            yield error(
                "P308",
                (*path, "escalate", at, "to"),
                expected=say("who is told"),
                found=say("nobody"),
                do=say("name them in `to:`, for instance `[superior]`, or remove the tier"),
            )
        before = max(before, after)
