"""What needs somebody, of all jurisdictions: below the list that `incident status` gives without a name."""

from __future__ import annotations

from collections.abc import Iterable

from incident.cli.output import put, table
from incident.domain.say import Words, say
from incident.service.glance import Glance, worst_first
from incident.service.outlines import Outlines
from incident.service.overview import look
from incident.service.ports import Reading
from incident.views import glances as views


def glances(tx: Reading, at: int) -> dict[str, Glance]:
    """Look at all jurisdictions, by code."""
    return {one.code: one for one in look(tx, at, Outlines()).glances}


def put_needs(found: Iterable[Glance], at: int) -> None:
    """Show what needs somebody, the worst first; nothing where all is well."""
    there = {one.code: one for one in found}
    rows: list[list[Words]] = [
        [
            one.name or one.code,
            [*views.late(one, at)],
            [*views.unsettled(one)],
            [*views.following(one, None if one.behind not in there else there[one.behind].name)],
        ]
        for one in worst_first(there.values())
    ]
    if rows:
        put()
        put(say("Needs attention"))
        table(rows, [say("name"), say("Late"), say("Waiting"), say("Following")])
