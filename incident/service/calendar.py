"""Duty as a calendar (RFC 5545): a piece of duty is an event, under the same UID however it changes.

What follows from the record is final or as it stands; what is foreseen may still change, and is marked
TENTATIVE. A piece that was recorded and then given to somebody else is CANCELLED, so that whoever took the
file over before hears of it. SEQUENCE is the entry that says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from incident.domain.duty import Duty
from incident.service.rota import FORESEEN, Rota

if TYPE_CHECKING:
    from icalendar import Event

#: Who made the calendar.
PRODUCT = "-//incident//duty//EN"


def calendar(
    found: Rota,
    struck: Iterable[Duty],
    *,
    name: str,
    title: Callable[[Duty], str],
    description: Callable[[Duty], str],
) -> bytes:
    """Give a calendar of the pieces of a rota and of those that were struck; `title` puts one into words."""
    from icalendar import Calendar  # slow to import, and nothing else needs it

    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", name)
    made.add("x-wr-timezone", found.playbook.jurisdiction.zone)
    there = {uid_of(found, one): one for one in found.pieces if one.piece.holder is not None}
    gone = {uid_of(found, one): one for one in struck if one.piece.holder is not None}
    version = found.situation.version
    for uid, one in sorted(there.items()):
        made.add_component(_event(uid, one, version, title(one), description(one), _status(one)))
    for uid, one in sorted(gone.items()):
        if uid not in there:
            made.add_component(_event(uid, one, version, title(one), description(one), "CANCELLED"))
    body: bytes = made.to_ical()
    return body


def uid_of(found: Rota, one: Duty) -> str:
    """Name a piece: the same for ever for one post, person and beginning."""
    code, piece = found.situation.jurisdiction, one.piece
    return f"{code}-{one.roster}-{one.since}-{piece.post}-{piece.holder}@incident"


def _status(one: Duty) -> str:
    return "TENTATIVE" if one.seq == FORESEEN else "CONFIRMED"


def _event(uid: str, one: Duty, version: int, title: str, description: str, status: str) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", _at(one.since))
    event.add("dtstart", _at(one.since))
    event.add("dtend", _at(one.until))
    event.add("summary", title)
    event.add("description", description)
    event.add("status", status)
    event.add("sequence", version if one.seq == FORESEEN else one.ended or one.seq)
    return event


def _at(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)
