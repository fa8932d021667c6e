"""What `incident status` says of duty: who is on it, and what is wrong with it in the weeks to come."""

from __future__ import annotations

from collections import Counter
from typing import Any

from msgspec import Struct

from incident.cli.duty import marks, not_recorded
from incident.cli.output import put, table
from incident.cli.people import named
from incident.domain import clock, explain_duty
from incident.domain.duty import Duty
from incident.domain.errors import JournalError
from incident.domain.explain_time import promised
from incident.domain.say import Words, say
from incident.language import speak
from incident.service import rota as service
from incident.service.past import Past
from incident.service.ports import Reading
from incident.service.rota import Rota

#: How far ahead it is looked for what is wrong.
WEEKS = 4


class OnDuty(Struct, frozen=True):
    """Who is on duty at an instant, and what is foreseen."""

    at: int
    #: None where it cannot be told.
    rota: Rota | None
    #: Pieces of the weeks to come with something wrong; none of a time that has passed.
    wrong: list[Duty] = []


def on_duty(tx: Reading, code: str, now: int, past: Past | None) -> OnDuty:
    """Look who is on duty now, or was in the past."""
    at = now if past is None else past.at
    try:
        if past is not None:
            return OnDuty(at, service.as_of(tx, code, past, now))
        found = service.rota(tx, code, at, at + WEEKS * 7 * 86400, now)
    except JournalError:
        return OnDuty(at, None)
    return OnDuty(at, found, [one for one in found.pieces if one.piece.marks])


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


def on_duty_json(told: OnDuty) -> dict[str, Any]:
    """Give it as the JSON contract has it."""
    found = told.rota
    if found is None:
        return {"duty": None, "gaps": None}
    return {
        "duty": [
            {
                "roster": key,
                "post": one.piece.post,
                "holder": one.piece.holder,
                "name": speak(named(found.playbook, one.piece.holder, found.persons)),
                "until": clock.stamp(one.until),
                "marks": one.piece.marks,
            }
            for key, pieces in service.on_duty(found, told.at).items()
            for one in pieces
        ],
        "gaps": [
            {
                "roster": one.roster,
                "post": one.piece.post,
                "since": clock.stamp(max(one.since, told.at)),
                "until": clock.stamp(one.until),
                "marks": one.piece.marks,
            }
            for one in told.wrong
        ],
    }
