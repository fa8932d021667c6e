"""What `incident status` says of time: reports due and late, directives, clocks, what waits for a person."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from incident.cli.output import put, table
from incident.cli.reports import name_json, not_carried_out, row_json, row_words, who_json
from incident.domain import clock, explain
from incident.domain.explain_time import WHATS, promised, reasons
from incident.domain.facts import ItemStarted
from incident.domain.ledger import Occurrence
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.domain.timer import Timer
from incident.language import speak
from incident.service.past import Past
from incident.service.ports import Reading
from incident.service.reports import AWAITED, Board, Row, aside, board, overdue
from incident.views.times import put_time

#: Reports that are shown; the rest are counted.
_SHOWN = 5


class Ahead(Struct, frozen=True, kw_only=True):
    """What a jurisdiction has before it."""

    board: Board
    #: Reports that are awaited, by time.
    reports: list[Occurrence]
    #: How many were overtaken and are not in.
    missed: int
    #: Open step-down clocks.
    clocks: list[Timer]
    #: How many promised times have passed and were not carried out.
    overdue: int
    #: Times that failed so often that they are tried no more.
    aside: list[Timer]


def ahead(tx: Reading, code: str, now: int, past: Past | None) -> Ahead:
    """Look at what is owed now, or was in the past."""
    found = board(tx, code, at=now, past=past)
    shelved = aside(tx, code) if past is None else []
    return Ahead(
        board=found,
        reports=[one for one in found.desk.occurrences if one.state in AWAITED],
        missed=sum(one.state == "missed" for one in found.desk.occurrences),
        clocks=[one for one in found.open if one.what == "step_down"],
        overdue=overdue(found, {(one.seq, one.n) for one in shelved}),
        aside=shelved,
    )


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
        table([row_words(found.board, _row(one)) for one in found.reports[:_SHOWN]])
    if len(found.reports) > _SHOWN:
        more = len(found.reports) - _SHOWN
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
    lines: list[list[Words]] = [["!", _stuck(playbook, one)] for one in found.board.held]
    lines += [
        ["!", say("{what}; tried too often and set aside", what=_what(playbook, one))] for one in found.aside
    ]
    if found.overdue:
        lines.append(["!", not_carried_out(found.overdue)])
    return lines


def _stuck(playbook: Playbook, one: Timer) -> Words:
    why = reasons(playbook, one.reason.split(", ")) if one.reason else []
    return say("{what}: held for a person: {why}", what=_what(playbook, one), why=why)


def _what(playbook: Playbook, one: Timer) -> Words:
    at = put_time(one.due, playbook)
    return say("{what} {name} of {at}", what=WHATS[one.what], name=promised(playbook, one.key), at=at)


def _directives(found: Ahead) -> list[Words]:
    standing = found.board.desk.standing
    return [
        explain.fact(found.board.playbook, ItemStarted(kind=kind, key=key, after=stood.item))
        for (kind, key), stood in standing.items()
        if kind == "directive"
    ]


def _row(one: Occurrence) -> Row:
    return Row(report=one, zero=False)


def ahead_json(found: Ahead) -> dict[str, Any]:
    """Give it as the JSON contract has it."""
    playbook = found.board.playbook
    return {
        "reports": {
            **{state: sum(one.state == state for one in found.reports) for state in AWAITED},
            "missed": found.missed,
            "next": [row_json(found.board, _row(one)) for one in found.reports[:_SHOWN]],
        },
        "directives": [
            {
                "key": key,
                "by": who_json(playbook, stood.item["by"]),
                "to": who_json(playbook, stood.item["to"]),
                "due": stood.item["due"],
                "since_seq": stood.since,
            }
            for (kind, key), stood in found.board.desk.standing.items()
            if kind == "directive"
        ],
        "step_down": [
            {"key": one.key, "name": name_json(promised(playbook, one.key)), "due": clock.stamp(one.due)}
            for one in found.clocks
        ],
        "held": [
            {
                "what": one.what,
                "key": one.key,
                "due": clock.stamp(one.due),
                "reason": one.reason,
                "text": speak(_stuck(playbook, one)),
            }
            for one in found.board.held
        ],
        "set_aside": len(found.aside),
        "overdue": found.overdue,
    }
