"""Duty as a calendar to take away: what its events are called, and what is said in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from msgspec.structs import replace

from incident.domain import explain_duty
from incident.domain.duty import Duty
from incident.domain.explain_time import promised
from incident.domain.say import Words, say
from incident.language import speak
from incident.service import calendar as service
from incident.service.calendar import Shifts
from incident.service.rota import Rota
from incident.views.duty import marks, part
from incident.views.people import named


def calendar(told: Shifts, *, roster: str | None = None, holder: str | None = None) -> bytes:
    """Give a calendar of some shifts, of one roster or holder if named, in the language in force."""
    found = told.found
    return service.calendar(
        told,
        roster=roster,
        holder=holder,
        name=speak(say("Duty, {name}", name=found.playbook.jurisdiction.name)),
        title=lambda pieces: speak(_title(found, pieces)),
        description=lambda pieces: speak([_description(found, one) for one in pieces]),
    )


def _title(found: Rota, pieces: Sequence[Duty]) -> Words:
    """Say who keeps a post of a shift, one after the other."""
    what, post = promised(found.playbook, pieces[0].roster), explain_duty.post(pieces[0].piece.post)
    who: list[Words] = []
    for one in _in_a_row(pieces):
        there, of = named(found.playbook, one.piece.holder, found.persons), part(found, one)
        who.append(say("{who} {part}", who=there, part=of) if of else there)
    return say("{roster}: {post} {who}", roster=what, post=post, who=who)


def _in_a_row(pieces: Sequence[Duty]) -> Iterator[Duty]:
    """Give as one what one person keeps in several pieces."""
    for _holder, mine in groupby(pieces, key=lambda one: one.piece.holder):
        first, *rest = mine
        yield replace(first, until=max(one.until for one in (first, *rest)))


def _description(found: Rota, one: Duty) -> Words:
    wrong = marks(one)
    reasons = explain_duty.why(one.piece, lambda holder: named(found.playbook, holder, found.persons))
    return [reasons, *wrong]
