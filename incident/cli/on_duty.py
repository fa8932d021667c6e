"""What `incident status` says of duty: who is on it, and what is wrong with it in the weeks to come."""

from __future__ import annotations

from collections import Counter

from incident.cli.duty import not_recorded
from incident.cli.output import put, table
from incident.domain import clock, explain_duty
from incident.domain.explain_time import promised
from incident.domain.say import Words, say
from incident.service import rota as service
from incident.service.rota import Rota
from incident.views.duty import marks
from incident.views.on_duty import WEEKS, OnDuty
from incident.views.people import named


def put_on_duty(told: OnDuty) -> None:
    """Show it in a few lines."""
    found = told.rota
    if found is None:
        put()
        table([["!", say("who is on duty cannot be told; run: incident journal verify")]])
        return
    rows = [
        [
            "!" if one.piece.marks else "",
            promised(found.playbook, key),
            explain_duty.post(one.piece.post),
            named(found.playbook, one.piece.holder, found.persons),
            say("until {at}", at=clock.minute(one.until, found.case.zone)),
            [*marks(one)],
        ]
        for key, pieces in service.on_duty(found, told.at).items()
        for one in pieces
    ]
    if rows:
        put()
        put(say("On duty"))
        table(rows)
    if found.behind is not None and told.at >= found.behind:
        table([["!", not_recorded(found)]])
    if told.wrong:
        table([["!", words] for words in _alarms(found, told)])


def _alarms(found: Rota, told: OnDuty) -> list[Words]:
    """Give a line for each roster with something wrong: how often, and when first."""
    lines: list[Words] = []
    for key in dict.fromkeys(one.roster for one in told.wrong):
        mine = [one for one in told.wrong if one.roster == key]
        counted = Counter(mark for one in mine for mark in one.piece.marks)
        often = [say("{n} × {what}", n=n, what=explain_duty.MARKS[mark]) for mark, n in counted.items()]
        lines.append(
            say(
                "{roster}, next {weeks} weeks: {often}; first {at}; list them: {command}",
                roster=promised(found.playbook, key),
                weeks=WEEKS,
                often=often,
                at=clock.minute(max(mine[0].since, told.at), found.case.zone),
                command=f"incident roster gaps {found.playbook.playbook} {key}",
            )
        )
    return lines
