"""Looking duty through weeks ahead, when a promised look comes; the alarms themselves are `domain/gaps.py`.

    what is known, without a lock → give the weeks out → lock → is this look still due? → record

Giving four weeks out takes longer than anything else here, so nobody waits for it: no act carries it out
(`firing.py` leaves it to the worker), and no lock is held meanwhile. Whatever touches people or rosters in
between has promised another look, which takes the place of this one; nothing is recorded then.
"""

from __future__ import annotations

from incident.domain import clock, schedule
from incident.domain.facts import AnyFact, OutlookPromised
from incident.domain.firing import look
from incident.domain.gaps import foreseen
from incident.domain.timer import ALL_ROSTERS, OUTLOOK, Timer
from incident.service.duty import case_of
from incident.service.ports import Reading


def due_look(tx: Reading, code: str, at: int) -> Timer | None:
    """Give the look that is due in a jurisdiction; none when none is."""
    looks = (one for one in tx.open_timers(code) if one.what == "outlook" and one.wake <= at)
    return next(looks, None)


def looked(tx: Reading, code: str, timer: Timer, at: int) -> list[AnyFact]:
    """Give what is recorded of a look carried out now. Raises whatever keeps it from being carried out."""
    log = tx.log(code)
    assert log is not None, "its timer is open"
    playbook = tx.playbook(code, log.situation.playbook)
    standing = tx.standing(code)
    case = case_of(tx, playbook, code, standing, at)
    news = foreseen(playbook, case, standing.get((OUTLOOK, ALL_ROSTERS)), at)
    return [look(timer, at), *news, promised(at, log.situation.zone)]


def promised(at: int, zone: str) -> OutlookPromised:
    """Promise the look of next Monday."""
    return OutlookPromised(due=clock.stamp(schedule.next_monday(at, zone)))
