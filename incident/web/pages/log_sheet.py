"""The sheet of a shift, beside the form that writes into it: who kept it, what was noted (fields of ICS 214).

What was noted may name people: whoever asks shows it to those alone who may see names, and notes that.
"""

from __future__ import annotations

from typing import NamedTuple

from incident.domain import clock, explain_duty, inputs
from incident.domain.errors import RequestError
from incident.domain.explain_time import promised
from incident.domain.organisation import Text
from incident.domain.people import Person
from incident.domain.say import Words
from incident.service import log as service
from incident.service.intake import read_time
from incident.service.log import Sheet
from incident.service.ports import Reading
from incident.service.queries import present
from incident.views.log import in_words
from incident.views.people import named


class Kept(NamedTuple):
    """Who was at a post of the shift."""

    post: Words
    who: Words
    since: int
    until: int


class Line(NamedTuple):
    """Something that was noted, or done, in the shift."""

    at: int
    seq: int
    words: Words


class Shown(NamedTuple):
    """The sheet of a shift."""

    roster: Text
    since: str
    until: str
    kept: list[Kept]
    lines: list[Line]
    #: A time in the shift before, as it is read again.
    before: str


def shown(tx: Reading, code: str, shift: str | None, roster: str | None, now: int) -> Shown | None:
    """Give the sheet of the shift on duty at a time, or now; none now where nobody is on duty.

    Raises `RequestError` for a time that cannot be read, or at which nobody was on duty.
    """
    at = read_time(inputs.SHIFT, shift, present(tx, code)[1], now)
    try:
        found = service.sheet(tx, code, now if at is None else at, roster)
    except RequestError:
        if at is None and roster is None:
            return None
        raise
    return _drawn(found, {one.holder: one for one in tx.people(code)})


def _drawn(found: Sheet, persons: dict[str, Person]) -> Shown:
    playbook, first = found.playbook, found.pieces[0]
    zone = playbook.jurisdiction.zone
    return Shown(
        promised(playbook, first.roster),
        clock.minute(first.shift, zone),
        clock.minute(first.till, zone),
        [
            Kept(
                explain_duty.post(one.piece.post),
                named(playbook, one.piece.holder, persons),
                one.since,
                one.until,
            )
            for one in found.pieces
        ],
        [Line(line.at, line.entry.seq, in_words(found, line)) for line in found.lines],
        clock.minute(first.shift - 60, zone),
    )
