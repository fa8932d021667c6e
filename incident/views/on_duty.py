"""Who is on duty at an instant, and what is wrong with duty in the weeks to come."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from incident.domain import clock
from incident.domain.duty import Duty
from incident.domain.errors import JournalError
from incident.domain.facts import Mark
from incident.language import speak
from incident.service import rota as service
from incident.service.past import Past
from incident.service.ports import Reading
from incident.service.rota import Rota
from incident.views.people import named

#: How far ahead it is looked for what is wrong.
WEEKS = 4


class PostKept(Struct, frozen=True, kw_only=True):
    """A post, and who keeps it."""

    #: Key of the roster.
    roster: str
    post: str
    #: Sign; `@` and a seat or unit where nobody is named; null where the post is empty.
    holder: str | None
    #: In words, with the sign.
    name: str
    until: str
    marks: list[Mark]


class Gap(Struct, frozen=True, kw_only=True):
    """A piece of duty to come with something wrong."""

    roster: str
    post: str
    since: str
    until: str
    marks: list[Mark]


class DutyParts(Struct, frozen=True, kw_only=True):
    """What a status says of duty; null where it cannot be told."""

    duty: list[PostKept] | None
    gaps: list[Gap] | None


class OnDuty(NamedTuple):
    """Who is on duty at an instant, and what is foreseen."""

    at: int
    #: None where it cannot be told.
    rota: Rota | None
    #: Pieces of the weeks to come with something wrong; none of a time that has passed.
    wrong: list[Duty]


def look(tx: Reading, code: str, now: int, past: Past | None) -> OnDuty:
    """Look who is on duty now, or was in the past."""
    at = now if past is None else past.at
    try:
        if past is not None:
            return OnDuty(at, service.as_of(tx, code, past, now), [])
        found = service.rota(tx, code, at, at + WEEKS * 7 * 86400, now)
    except JournalError:
        return OnDuty(at, None, [])
    return OnDuty(at, found, [one for one in found.pieces if one.piece.marks])


def coming(told: OnDuty) -> dict[str, list[Duty]]:
    """Give the shift that follows the one on duty, by roster; nothing where none is foreseen."""
    found: dict[str, list[Duty]] = {}
    for one in [] if told.rota is None else told.rota.pieces:
        if one.shift > told.at:
            first = found.setdefault(one.roster, [one])[0]
            if one is not first and one.shift == first.shift:
                found[one.roster].append(one)
    return found


def on_duty(told: OnDuty) -> DutyParts:
    """Give what was found."""
    found = told.rota
    if found is None:
        return DutyParts(duty=None, gaps=None)
    return DutyParts(
        duty=[
            PostKept(
                roster=key,
                post=one.piece.post,
                holder=one.piece.holder,
                name=speak(named(found.playbook, one.piece.holder, found.persons)),
                until=clock.stamp(one.until),
                marks=one.piece.marks,
            )
            for key, pieces in service.on_duty(found, told.at).items()
            for one in pieces
        ],
        gaps=[
            Gap(
                roster=one.roster,
                post=one.piece.post,
                since=clock.stamp(max(one.since, told.at)),
                until=clock.stamp(one.until),
                marks=one.piece.marks,
            )
            for one in told.wrong
        ],
    )
