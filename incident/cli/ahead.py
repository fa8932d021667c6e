"""What `incident status` says of time: reports due and late, directives, clocks, what waits for a person."""

from __future__ import annotations

from incident.cli.output import put, table
from incident.cli.reports import row_words
from incident.domain import explain
from incident.domain.explain_time import promised
from incident.domain.facts import ItemStarted
from incident.domain.say import Words, say
from incident.views.ahead import SHOWN, Ahead, row, stuck, what_of
from incident.views.reports import not_carried_out
from incident.views.times import put_time


def put_ahead(found: Ahead) -> None:
    """Show it in a few lines, alarms first."""
    playbook = found.board.playbook
    alarms = _alarms(found)
    if alarms:
        put()
        table(alarms)
    directives = _directives(found)
    if directives:
        put()
        put(say("Directives"))
        table([["", words] for words in directives])
    if found.reports:
        put()
        put(say("Reports late and next due"))
        table([row_words(found.board, row(one)) for one in found.reports[:SHOWN]])
    if len(found.reports) > SHOWN:
        more = len(found.reports) - SHOWN
        put(say("   … and {n} more: incident reports {name}", n=more, name=playbook.playbook))
    if found.missed:
        command = f"incident reports {playbook.playbook} --state missed"
        put()
        put(say("missed reports: {n}; list them: {command}", n=found.missed, command=command))
    for one in found.clocks:
        name, at = promised(playbook, one.key), put_time(one.due, playbook)
        put()
        put(say("{name}: {at} at the earliest; a person decides", name=name, at=at))


def _alarms(found: Ahead) -> list[list[Words]]:
    playbook = found.board.playbook
    lines: list[list[Words]] = [["!", stuck(playbook, one)] for one in found.board.held]
    lines += [
        ["!", say("{what}; tried too often and set aside", what=what_of(playbook, one))]
        for one in found.aside
    ]
    if found.overdue:
        lines.append(["!", not_carried_out(found.overdue)])
    return lines


def _directives(found: Ahead) -> list[Words]:
    standing = found.board.desk.standing
    return [
        explain.fact(found.board.playbook, ItemStarted(kind=kind, key=key, after=stood.item))
        for (kind, key), stood in standing.items()
        if kind == "directive"
    ]
