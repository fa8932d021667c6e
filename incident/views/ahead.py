"""What a jurisdiction has before it: reports due and late, directives, clocks, what waits for a person."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from incident.domain import clock
from incident.domain.explain_time import WHATS, promised, reasons
from incident.domain.facts import What
from incident.domain.ledger import Occurrence
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.domain.timer import Timer
from incident.language import speak
from incident.service import reports as service
from incident.service.past import Past
from incident.service.ports import Reading
from incident.service.reports import AWAITED, Board, Row
from incident.views import naming, reports
from incident.views.naming import Name, Who
from incident.views.reports import Report
from incident.views.times import put_time

#: Reports that are shown; the rest are counted.
SHOWN = 5


class ReportsAhead(Struct, frozen=True, kw_only=True):
    """How many reports stand how, and which come first."""

    open: int
    due: int
    late: int
    #: Overtaken and not in.
    missed: int
    next: list[Report]


class OpenDirective(Struct, frozen=True, kw_only=True):
    """A directive that is not answered yet."""

    key: str
    by: Who
    to: Who
    due: str
    #: Entry that issued it.
    since_seq: int


class StepDownClock(Struct, frozen=True, kw_only=True):
    """A clock that runs."""

    key: str
    name: Name
    #: When it proposes to step down at the earliest.
    due: str


class Held(Struct, frozen=True, kw_only=True):
    """A promised time that waits for a person."""

    what: What
    key: str
    due: str
    reason: str | None
    text: str


class AheadParts(Struct, frozen=True, kw_only=True):
    """What a status says of the time to come."""

    reports: ReportsAhead
    directives: list[OpenDirective]
    step_down: list[StepDownClock]
    held: list[Held]
    #: How many promised times failed so often that they are tried no more.
    set_aside: int
    #: How many promised times have passed and were not carried out.
    overdue: int


class Ahead(NamedTuple):
    """What was found of the time to come."""

    board: Board
    #: Reports that are awaited, by time.
    reports: list[Occurrence]
    missed: int
    #: Open step-down clocks.
    clocks: list[Timer]
    overdue: int
    #: Times that failed so often that they are tried no more.
    aside: list[Timer]


def look(tx: Reading, code: str, now: int, past: Past | None) -> Ahead:
    """Look at what is owed now, or was in the past."""
    found = service.board(tx, code, at=now, past=past)
    shelved = service.aside(tx, code) if past is None else []
    return Ahead(
        board=found,
        reports=[one for one in found.desk.occurrences if one.state in AWAITED],
        missed=sum(one.state == "missed" for one in found.desk.occurrences),
        clocks=[one for one in found.open if one.what == "step_down"],
        overdue=service.overdue(found, {(one.seq, one.n) for one in shelved}),
        aside=shelved,
    )


def ahead(found: Ahead) -> AheadParts:
    """Give what was found."""
    playbook, states = found.board.playbook, [one.state for one in found.reports]
    return AheadParts(
        reports=ReportsAhead(
            open=states.count("open"),
            due=states.count("due"),
            late=states.count("late"),
            missed=found.missed,
            next=[reports.report(found.board, row(one)) for one in found.reports[:SHOWN]],
        ),
        directives=[
            OpenDirective(
                key=key,
                by=naming.who(playbook, stood.item["by"]),
                to=naming.who(playbook, stood.item["to"]),
                due=stood.item["due"],
                since_seq=stood.since,
            )
            for (kind, key), stood in found.board.desk.standing.items()
            if kind == "directive"
        ],
        step_down=[
            StepDownClock(
                key=one.key, name=naming.name(promised(playbook, one.key)), due=clock.stamp(one.due)
            )
            for one in found.clocks
        ],
        held=[
            Held(
                what=one.what,
                key=one.key,
                due=clock.stamp(one.due),
                reason=one.reason,
                text=speak(stuck(playbook, one)),
            )
            for one in found.board.held
        ],
        set_aside=len(found.aside),
        overdue=found.overdue,
    )


def row(one: Occurrence) -> Row:
    """Give a report that is not in as a row."""
    return Row(report=one, zero=False)


def stuck(playbook: Playbook, one: Timer) -> Words:
    """Say that a promised time waits for a person, and why."""
    why = reasons(playbook, one.reason.split(", ")) if one.reason else []
    return say("{what}: held for a person: {why}", what=what_of(playbook, one), why=why)


def what_of(playbook: Playbook, one: Timer) -> Words:
    """Say what a promised time is."""
    at = put_time(one.due, playbook)
    return say("{what} {name} of {at}", what=WHATS[one.what], name=promised(playbook, one.key), at=at)
