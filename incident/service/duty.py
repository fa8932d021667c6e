"""Duty inside a transaction: who is on it from an entry on, assigned by that very entry.

Whatever touches rosters or people (a switch, an adoption, an import, somebody who falls ill) is followed, in
its own entry, by who is on duty from that second; a handover by who keeps the shift that begins. Nothing that
is wrong with it stands between an officer and an activation: then the posts are recorded as empty. The weeks
to come are looked through later (`outlook.py`): that is promised here, where they can have become others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from incident.domain import clock, gaps, keeping, roster, schedule
from incident.domain.callout import in_charge
from incident.domain.duty import Duty
from incident.domain.errors import IncidentError, JournalError, StoreError
from incident.domain.facts import (
    AnyFact,
    DutyAssigned,
    ItemChanged,
    ItemEnded,
    ItemStarted,
    OutlookPromised,
    Piece,
    PlaybookAdopted,
    TimerEnded,
)
from incident.domain.facts_record import DirectoryChanged, PersonErased
from incident.domain.keeping import Case, Known
from incident.domain.marking import marked_anew
from incident.domain.people import KINDS, Person, people_of
from incident.domain.playbook import Playbook
from incident.domain.situation import BrokenRecordError, Situation, Standing, stand
from incident.domain.timer import Timer
from incident.service.days import china
from incident.service.opened import UNFOUNDED
from incident.service.ports import Reading
from incident.service.snapshots import replayed

#: Kinds of items that say who can be on duty.
TOUCHING = ("roster", "group", "body", *KINDS)
#: Kinds of items that say who can be on duty in weeks.
_TOUCHING_WEEKS = ("roster", *KINDS)
#: Facts beside them by which somebody else has a seat, is known, or is reached.
_TOUCHING_FACTS = (PlaybookAdopted, DirectoryChanged, PersonErased)
#: What comes of rows and items that cannot be read, or cannot be so.
_AMISS = (IncidentError, *UNFOUNDED)


class Assigned(NamedTuple):
    """Who is on duty after an entry, where that is another than before; and the newest shifts before it."""

    facts: Sequence[DutyAssigned | OutlookPromised] = ()
    newest: Sequence[Duty] = ()


def case_of(
    tx: Reading,
    playbook: Playbook,
    code: str,
    standing: Standing,
    at: int,
    *,
    people: Iterable[Person] = (),
) -> Case:
    """Gather what the resolver looks at; `people` are known in place of those that are stored."""
    known = {one.holder: one for one in (*tx.people(code), *people)}
    newest: dict[str, list[Duty]] = {}
    for one in newest_of(tx, code):
        newest.setdefault(one.roster, []).append(one)
    there = people_of(standing)
    zone = playbook.jurisdiction.zone
    keepings = keeping.keepings(playbook, standing, there)
    year = keeping.year_of(keepings, newest, at, zone)
    return Case(
        zone=zone,
        keepings=keepings,
        people=there,
        newest=newest,
        served=tx.served(code, year=year),
        year=year,
        days=china,
        known=known_of(known.values()),
    )


def newest_of(tx: Reading, code: str) -> list[Duty]:
    """Give the newest shift of each roster; where its rows cannot be read, as the journal gives it.

    Raises `JournalError` when that does not hold either.
    """
    try:
        return tx.newest_duties(code)
    except (JournalError, StoreError):
        return replayed(tx, code).newest_duties()


def known_of(people: Iterable[Person]) -> Known:
    """Say whom the directory names, or named, and whom a message can reach."""
    there = [*people]
    return Known(
        named=frozenset(one.holder for one in there if one.name is not None or one.is_erased),
        reachable=frozenset(one.holder for one in there if one.channels),
        erased=frozenset(one.holder for one in there if one.is_erased),
    )


def settled(
    tx: Reading,
    playbook: Playbook,
    code: str,
    before: Standing,
    facts: Sequence[AnyFact],
    *,
    seq: int,
    at: int,
    people: Iterable[Person] = (),
) -> Assigned:
    """Say who is on duty once the facts of entry `seq` hold, if they can change that.

    `before` stands without them.
    """
    if not touches(facts, TOUCHING):
        return Assigned()
    moved = [fact for fact in facts if isinstance(fact, ItemStarted | ItemChanged | ItemEnded)]
    standing = dict(before)
    try:
        stand(standing, seq, moved)
    except BrokenRecordError:  # whoever writes the entry finds that, and says so
        return Assigned()
    if not any(kind == "roster" for kind, _ in [*standing, *before]):
        return Assigned()
    try:
        case = case_of(tx, playbook, code, standing, at, people=people)
        was = _as_before(tx, playbook, code, before, case)
        shifts, marked = marked_anew(case, roster.settle(case, at, was=was), at)
        told = gaps.alarmed(playbook, case, shifts, is_told=marked, since=at)
        return Assigned([*told, *_outlook(case, facts, at)], _flat(case))
    except _AMISS:
        return Assigned(_empty(standing, before, playbook, at), _newest_if_any(tx, code))


def _as_before(tx: Reading, playbook: Playbook, code: str, before: Standing, case: Case) -> Case:
    """Give the case as it was before some facts held; what is recorded is the same."""
    there = people_of(before)
    return case._replace(
        keepings=keeping.keepings(playbook, before, there), people=there, known=known_of(tx.people(code))
    )


def touches(facts: Iterable[AnyFact], kinds: Collection[str]) -> bool:
    """Tell whether some facts can change who is on duty: items of these kinds, or who is known or reached."""
    return any(
        fact.kind in kinds
        if isinstance(fact, ItemStarted | ItemChanged | ItemEnded)
        else isinstance(fact, _TOUCHING_FACTS)
        for fact in facts
    )


def _outlook(case: Case, facts: Iterable[AnyFact], at: int) -> list[OutlookPromised]:
    """Promise a look ahead at once, if the weeks to come can have become others and anybody is named."""
    is_called_for = case.people.tenures and touches(facts, _TOUCHING_WEEKS)
    return [OutlookPromised(due=clock.stamp(at))] if is_called_for else []


def _empty(standing: Standing, before: Standing, playbook: Playbook, at: int) -> list[DutyAssigned]:
    """Leave new rosters to nobody, for it cannot be said who keeps them."""
    new = [key for kind, key in sorted(standing) if kind == "roster" and (kind, key) not in before]
    return [_nobody(playbook, standing, key, at, playbook.jurisdiction.zone) for key in new]


def _nobody(
    playbook: Playbook | None,
    standing: Standing,
    key: str,
    at: int,
    zone: str,
    newest: Iterable[Duty] = (),
) -> DutyAssigned:
    """Leave all posts known of the shift that begins at an instant to nobody, and tell whoever leads."""
    kept = keeping.roster_of(standing["roster", key].item)
    since = clock.stamp(at)
    until = clock.stamp(schedule.first_handover(kept, at, zone))
    posts = dict.fromkeys(one.piece.post for one in newest if one.roster == key)
    empty = [
        Piece(post=post, since=since, until=until, rule="nobody", marks=["uncovered"])
        for post in posts or [keeping.LEAD]
    ]
    tell = [kept.of] if playbook is None else in_charge(playbook, kept.of)
    return DutyAssigned(roster=key, since=since, until=until, pieces=empty, tell=tell)


def held(tx: Reading, situation: Situation, timer: Timer) -> Assigned:
    """Leave the shift that a handover was to begin to nobody: it could not be carried out, and is held.

    Whoever is set, or whatever else touches people, fills it from then on. Nothing is recorded where an act
    has made up for it meanwhile.
    """
    code = situation.jurisdiction
    newest = _newest_if_any(tx, code)
    if any(one.roster == timer.key and timer.due < one.till for one in newest):
        return Assigned((), newest)
    try:
        playbook = tx.playbook(code, situation.playbook)
    except IncidentError:
        playbook = None
    empty = _nobody(playbook, tx.standing(code), timer.key, timer.due, situation.zone, newest)
    return Assigned([empty], newest)


def handed_over(tx: Reading, code: str, playbook_hash: str, ends: Sequence[AnyFact]) -> Assigned:
    """Say who keeps the shifts that begin with some handovers."""
    due = [
        (clock.read_stamp(one.due), one.key)
        for one in ends
        if isinstance(one, TimerEnded) and one.what == "handover" and one.end != "held"
    ]
    if not due:
        return Assigned()
    standing = tx.standing(code)
    try:
        playbook = tx.playbook(code, playbook_hash)
        case = case_of(tx, playbook, code, standing, min(due)[0])
        found = roster.hand_over(case, due)
        shifts = gaps.alarmed(playbook, case, found, is_told=[one.roster for one in found])
        return Assigned([*shifts], _flat(case))
    except _AMISS:
        playbook = tx.playbook(code, playbook_hash)
        newest, zone = _newest_if_any(tx, code), playbook.jurisdiction.zone
        recorded = {one.roster: one.till for one in newest}
        empty = [
            _nobody(playbook, standing, key, at, zone, newest)
            for at, key in sorted(due)
            if at >= recorded.get(key, at)
        ]
        return Assigned(empty, newest)


def _newest_if_any(tx: Reading, code: str) -> Sequence[Duty]:
    """Give the newest shifts, or none where neither rows nor journal say which: nobody waits for that."""
    try:
        return newest_of(tx, code)
    except IncidentError:
        return ()


def _flat(case: Case) -> list[Duty]:
    return [one for pieces in case.newest.values() for one in pieces]
