"""The state of one jurisdiction, and how facts change it.

`evolve` is the only way a situation changes: deciding uses it to go forward, verifying uses it to rebuild
the stored situation from the journal. What it gives therefore cannot differ from what the record says.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from incident.domain import clock
from incident.domain.facts import (
    ActivationConfirmed,
    AnyFact,
    IncidentClosed,
    IncidentOpened,
    ItemChanged,
    ItemEnded,
    ItemStarted,
    Plain,
    PlannedEndMoved,
    PlaybookAdopted,
    StateEntered,
)
from incident.domain.facts_record import JournalRecovered


class Situation(Struct, frozen=True, kw_only=True):
    """Where one jurisdiction stands."""

    #: Statistical code.
    jurisdiction: str
    #: Name of its playbook.
    name: str
    #: SHA-256 of the playbook that governs it.
    playbook: str
    #: Time zone of its wall clock (IANA name).
    zone: str
    #: Present state.
    state: str
    #: Instant from which the state holds.
    since: int
    #: State before the present one, who decided it, and when its end was planned.
    previous: str | None = None
    previous_authority: str | None = None
    previous_end: int | None = None
    #: Number of the running incident.
    incident: str | None = None
    #: Number of the incident opened last, running or not.
    last_incident: str | None = None
    #: Who decided the present state, and therefore lifts it.
    authority: str | None = None
    #: Instant at which its end is planned.
    planned_end: int | None = None
    #: Instant until which it is to be confirmed; none when it is final or confirmed.
    confirm_by: int | None = None
    #: Entry that entered the present state or adopted the playbook: timers of another epoch do not fire.
    epoch: int = 0
    #: Entry that opened the origin of its checkpoints: the first, or one by which a lost end was given up.
    origin: int = 0
    #: Number of entries in its journal; grows by one with each.
    version: int = 0


class Stood(Struct, frozen=True):
    """A posture item as it stands: its plain data and the entry that made it so."""

    item: Plain
    since: int


#: Facts that change a situation, and those that change what stands: most of a journal are neither.
_MOVING: Final = frozenset(
    {
        PlaybookAdopted,
        IncidentOpened,
        StateEntered,
        PlannedEndMoved,
        ActivationConfirmed,
        JournalRecovered,
        IncidentClosed,
    }
)
_ITEMS: Final = frozenset({ItemStarted, ItemChanged, ItemEnded})
#: What stands, by (kind, key).
Standing = dict[tuple[str, str], Stood]


class BrokenRecordError(ValueError):
    """A fact does not follow from those before it."""


def evolve(situation: Situation | None, jurisdiction: str, at: int, facts: Iterable[AnyFact]) -> Situation:
    """Give the situation after one entry; `version` counts the entry."""
    moving = [fact for fact in facts if situation is None or type(fact) in _MOVING]
    for fact in moving:
        match fact:
            case PlaybookAdopted():
                situation = _adopted(situation, jurisdiction, at, fact)
            case _ if situation is None:
                raise BrokenRecordError("a journal begins with PlaybookAdopted")
            case IncidentOpened():
                situation = replace(situation, incident=fact.incident, last_incident=fact.incident)
            case StateEntered():
                situation = _entered(situation, fact)
            case PlannedEndMoved():
                situation = replace(situation, planned_end=clock.read_stamp(fact.planned_end))
            case ActivationConfirmed():
                situation = replace(situation, confirm_by=None)
            case JournalRecovered():
                situation = replace(situation, origin=situation.version)
            case IncidentClosed():
                if situation.incident != fact.incident:
                    raise BrokenRecordError(f"{fact.incident} was not running")
                situation = replace(situation, incident=None)
            case _:
                pass
    if situation is None:
        raise BrokenRecordError("a journal begins with PlaybookAdopted")
    return replace(situation, version=situation.version + 1)


def _adopted(situation: Situation | None, jurisdiction: str, at: int, fact: PlaybookAdopted) -> Situation:
    if situation is not None:
        return replace(
            situation, name=fact.name, playbook=fact.playbook, zone=fact.zone, epoch=situation.version
        )
    if fact.state is None:
        raise BrokenRecordError("the first PlaybookAdopted names a state")
    return Situation(
        jurisdiction=jurisdiction,
        name=fact.name,
        playbook=fact.playbook,
        zone=fact.zone,
        state=fact.state,
        since=at,
    )


def _entered(situation: Situation, fact: StateEntered) -> Situation:
    if situation.state != fact.origin:
        raise BrokenRecordError(f"left {fact.origin} while in {situation.state}")
    return replace(
        situation,
        state=fact.target,
        since=clock.read_stamp(fact.since),
        previous=fact.origin,
        previous_authority=situation.authority,
        previous_end=situation.planned_end,
        authority=fact.held_by or fact.authority,
        planned_end=_instant(fact.planned_end),
        confirm_by=_instant(fact.confirm_by),
        epoch=situation.version,
    )


def _instant(stamp: str | None) -> int | None:
    return None if stamp is None else clock.read_stamp(stamp)


def stand(standing: Standing, seq: int, facts: Iterable[AnyFact]) -> None:
    """Carry the facts of entry `seq` into what stands, in place."""
    for fact in facts:
        if type(fact) not in _ITEMS:
            continue
        match fact:
            case ItemStarted():
                if (fact.kind, fact.key) in standing:
                    raise BrokenRecordError(f"{fact.kind} {fact.key} stood already")
                standing[fact.kind, fact.key] = Stood(fact.after, seq)
            case ItemChanged():
                _check_before(standing, fact.kind, fact.key, fact.before)
                standing[fact.kind, fact.key] = Stood(fact.after, seq)
            case ItemEnded():
                _check_before(standing, fact.kind, fact.key, fact.before)
                del standing[fact.kind, fact.key]
            case _:
                pass


def _check_before(standing: Standing, kind: str, key: str, before: Plain) -> None:
    stood = standing.get((kind, key))
    if stood is None or stood.item != before:
        raise BrokenRecordError(f"{kind} {key} did not stand as the fact says")
