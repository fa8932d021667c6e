"""`--at`: a look at the past, and by what the answer is known."""

from __future__ import annotations

from incident.cli.output import put, table
from incident.domain.say import Words, say
from incident.service import past as service
from incident.service.past import Past
from incident.service.ports import Reading
from incident.views.as_of import astray, known_by


def as_of(tx: Reading, code: str, at: int | None) -> Past | None:
    """Look at a jurisdiction as of an instant; none for the present."""
    return None if at is None else service.as_of(tx, code, at)


def put_as_of(past: Past | None, *, has_ends: bool = False) -> None:
    """Say of which instant an answer is, and by what it is known; `has_ends`: what had ended then, too."""
    if past is None:
        return
    lines: list[list[Words]] = [["", known_by(past)]]
    if has_ends:
        ends = say(
            "what had ended by then is read from rows; they are held against the journal by: {command}",
            command="incident journal verify",
        )
        lines.append(["", ends])
    if past.cut.astray:
        lines.append(["!", astray(past)])
    put()
    table(lines)
