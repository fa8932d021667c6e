"""`--at`: a look at the past, and by what the answer is known."""

from __future__ import annotations

from typing import Any

from incident.cli.output import put, table
from incident.cli.times import put_time
from incident.domain import clock
from incident.domain.say import Words, say
from incident.service import past as service
from incident.service.past import Past
from incident.service.ports import Reading


def as_of(tx: Reading, code: str, at: int | None) -> Past | None:
    """Look at a jurisdiction as of an instant; none for the present."""
    return None if at is None else service.as_of(tx, code, at)


def put_as_of(past: Past | None) -> None:
    """Say of which instant the answer is, and by which entries it is known."""
    if past is None:
        return
    put()
    table([["" if n == 0 else "!", words] for n, words in enumerate(_words(past))])


def _words(past: Past) -> list[Words]:
    by = say(
        "as of {at}, by entries 0 to {last}; rebuilt from the journal",
        at=put_time(past.at, past.playbook),
        last=past.cut.size - 1,
    )
    if not past.cut.astray:
        return [by]
    astray = say(
        "the clock was set meanwhile: {n} entries lie on the other side of this instant by their own times; "
        "look: {command}",
        n=past.cut.astray,
        command=f"incident history {past.playbook.playbook}",
    )
    return [by, astray]


def as_of_json(past: Past | None) -> dict[str, Any]:
    """Give it as the JSON contract has it; nothing for the present.

    `snapshot` counts the entries that the snapshot covers with which the rebuilding began.
    """
    if past is None:
        return {}
    return {
        "as_of": {
            "at": clock.stamp(past.at),
            "entries": past.cut.size,
            "astray": past.cut.astray,
            "snapshot": past.snapshot,
        }
    }
