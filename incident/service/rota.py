"""Who is on duty, was, and will be.

What has passed is read as it was recorded. What is to come is computed by the resolver that will record it;
so is what should have been recorded already, where handovers wait for a worker. `shifts.py` has the acts by
which people change it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple

from msgspec.structs import replace

from incident.domain import clock, keeping, roster
from incident.domain.duty import Duty, Timeline, laid_out
from incident.domain.errors import JournalError, RequestError
from incident.domain.facts import DutyAssigned
from incident.domain.keeping import Case
from incident.domain.people import Person, people_of
from incident.domain.playbook import Playbook
from incident.domain.say import say
from incident.domain.situation import Situation
from incident.domain.tally import Tally, tally
from incident.service import queries
from incident.service.duty import case_of
from incident.service.opened import UNFOUNDED, disclosed, read_entry, with_disclosures
from incident.service.past import Past
from incident.service.ports import Reading

#: Number of the entry of a piece that is foreseen and not recorded.
FORESEEN = -1
#: Seconds ahead for which duty is computed: each shift on the way is given out.
AHEAD = 400 * 86400


class Order(NamedTuple):
    """Who set somebody by hand, and why; as it was said, and as far as the entry still discloses it."""

    by: str | None
    why: str | None


class Rota(NamedTuple):
    """Pieces of duty in a time, recorded and foreseen."""

    situation: Situation
    playbook: Playbook
    persons: dict[str, Person]
    case: Case
    pieces: list[Duty]
    #: Since when handovers have come that are not recorded; none: all are.
    behind: int | None
    #: By entry, who set people by hand in it and why.
    orders: dict[int, Order]


def must_be_near(at: int, now: int, zone: str) -> None:
    """Refuse a time too far ahead to be computed. Raises `RequestError`."""
    if at > now + AHEAD:
        raise RequestError(
            where=say("time"),
            expected=say("a time within {n} days", n=AHEAD // 86400),
            found=clock.shown(at, zone),
            do=say("give an earlier time"),
        )


def rota(tx: Reading, code: str, since: int, until: int, now: int) -> Rota:
    """Give all duty from one instant to before another; what is not recorded as it will be.

    Raises `JournalError` where what stands cannot be read.
    """
    situation, playbook = queries.present(tx, code)
    try:
        case = case_of(tx, playbook, code, tx.standing(code), now)
        behind = roster.behind(case, now)
        pieces = tx.duties(code, since=since, until=until)
        if until > (now if behind is None else behind):
            pieces = [*foreseen(case, pieces, since, until, now)]
    except UNFOUNDED as error:
        raise _unfounded(code, error) from error
    persons = {one.holder: one for one in tx.people(code)}
    orders = {seq: _order(tx, code, seq) for seq in _acts(pieces)}
    return Rota(situation, playbook, persons, case, pieces, behind, orders)


def as_of(tx: Reading, code: str, past: Past, now: int) -> Rota:
    """Give who was on duty at an instant that has passed: as the journal had it then.

    Of a roster whose shift was recorded only later, or is still to be, what is recorded or foreseen now: no
    entry tells another past than was recorded or foreseen before. What comes from rows is read in its entry.
    """
    found = rota(tx, code, past.at, past.at + 1, now)
    newest = past.replay.duties.newest
    there = [one for pieces in newest.values() for one in pieces if one.since <= past.at < one.until]
    known = {one.roster for one in there}
    later = [one for one in found.pieces if one.roster not in known]
    for one in later:
        _must_be_recorded(tx, code, one)
    try:
        people = people_of(past.standing)
        keepings = keeping.keepings(past.playbook, past.standing, people)
    except UNFOUNDED as error:
        raise _unfounded(code, error) from error
    return found._replace(
        situation=past.situation,
        playbook=past.playbook,
        case=found.case._replace(zone=past.situation.zone, keepings=keepings, people=people, newest=newest),
        pieces=sorted([*there, *later], key=lambda one: (one.since, one.roster, one.piece.post)),
        orders={seq: _order(tx, code, seq) for seq in _acts([*there, *later])},
    )


def _must_be_recorded(tx: Reading, code: str, one: Duty) -> None:
    """Hold a row against the entry that it names. Raises `JournalError` where that does not say so."""
    stored = None if one.seq == FORESEEN else next(tx.entries(code, since=one.seq), None)
    if one.seq == FORESEEN or (stored is not None and not stored.body):
        return  # foreseen, or nothing is left of its entry: verifying holds the rows against the rest
    said: list[Duty] = []
    for fact in read_entry(code, stored).facts if stored is not None and stored.seq == one.seq else ():
        if isinstance(fact, DutyAssigned):
            said += laid_out(fact, one.seq, len(said))
    if replace(one, ended=None, is_void=False) not in said:
        raise JournalError(
            jurisdiction=code,
            seq=one.seq,
            expected=say("an entry that says who is on duty as the row does"),
            found=repr(one),
        )


def _acts(pieces: Iterable[Duty]) -> set[int]:
    return {one.piece.act for one in pieces if one.piece.act is not None}


def _unfounded(code: str, error: Exception) -> JournalError:
    expected = say("rosters and people as this program writes them")
    return JournalError(jurisdiction=code, seq=None, expected=expected, found=str(error))


def _order(tx: Reading, code: str, seq: int) -> Order:
    """Read who set somebody in an entry; a damaged one tells nothing, and verifying finds it."""
    stored, remaining = next(with_disclosures(tx, code, since=seq), (None, {}))
    if stored is None or stored.seq != seq or not stored.body:
        return Order(None, None)
    try:
        words = disclosed(read_entry(code, stored), remaining)
    except JournalError:
        return Order(None, None)
    return Order(words.get("by") or words.get("os_user"), words.get("reason"))


def foreseen(case: Case, recorded: Sequence[Duty], since: int, until: int, now: int) -> Iterable[Duty]:
    """Put what is foreseen in the place of what is recorded, where that is another; and after it."""
    foreseen = [laid_out(fact, FORESEEN) for fact in roster.ahead(case, now, until)]
    anew = {(pieces[0].roster, pieces[0].shift) for pieces in foreseen if pieces}
    kept = [one for one in recorded if (one.roster, one.shift) not in anew]
    there = chain(kept, *foreseen)
    return sorted(
        (one for one in there if one.since < until and one.until > since),
        key=lambda one: (one.since, one.roster, one.piece.post),
    )


def on_duty(found: Rota, at: int) -> dict[str, Sequence[Duty]]:
    """Give who is on duty at an instant of a rota, by roster."""
    timeline = Timeline(found.pieces)
    there = {key: timeline.who(key, at) for key in {*timeline.rosters(), *found.case.keepings}}
    return {key: pieces for key, pieces in sorted(there.items()) if pieces}


def tally_until(found: Rota, one: Duty, at: int) -> Tally:
    """Count what of a piece lies before an instant."""
    return tally(one.since, min(one.until, at), found.case.zone, found.case.days)
