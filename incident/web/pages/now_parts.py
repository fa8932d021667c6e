"""Parts of the page of a jurisdiction: what is wrong, who is on duty and who comes, what is due."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from incident.domain import clock, explain_duty, names
from incident.domain.duty import Duty
from incident.domain.explain_time import lateness, promised
from incident.domain.ledger import Occurrence
from incident.domain.playbook import Playbook
from incident.domain.say import Words, say
from incident.service import rota
from incident.service.handover import Handover
from incident.views import duty as duty_views
from incident.views import on_duty, reports
from incident.views.ahead import SHOWN, Ahead, stuck, what_of
from incident.views.on_duty import WEEKS, OnDuty
from incident.views.people import named
from incident.views.standing import lines
from incident.views.status import Looked


class Fault(NamedTuple):
    """Something that somebody should see to."""

    words: Words
    #: The page where it is seen to: the end of its address; empty where there is none.
    page: str = ""


def wrong(looked: Looked, at: int) -> list[Fault]:
    """Give what is wrong or waits for a person, gravest first; call-outs are shown by themselves."""
    found, playbook = looked.found, looked.found.playbook
    end = found.situation.planned_end
    faults = [
        Fault(say("{name}: missing in the record", name=line.words(playbook)), "/record")
        for line in lines(found)
        if line.stood is None
    ]
    faults += [
        Fault(say("{name}: stands, but not in the playbook", name=line.words(playbook)), "/record")
        for line in lines(found)
        if line.stood is not None and not line.in_playbook
    ]
    if end is not None and end <= at:
        faults.append(
            Fault(say("the planned end has passed: extend it or stand down; it does not end by itself"))
        )
    return [*faults, *_of_time(looked.ahead), *_of_duty(looked.duty), *_of_waiting(looked, playbook)]


def _of_time(found: Ahead) -> list[Fault]:
    playbook = found.board.playbook
    faults = [Fault(stuck(playbook, one), "/act") for one in found.board.held]
    faults += [
        Fault(say("{what}; tried too often and set aside", what=what_of(playbook, one)))
        for one in found.aside
    ]
    if found.overdue:
        words = say(
            "{n} promised times have passed and were not carried out: no worker runs", n=found.overdue
        )
        faults.append(Fault(words))
    late = [one for one in found.reports if one.state == "late"]
    if late:
        first = _owed(playbook, max(late, key=lambda one: one.late))
        words = say(
            "reports late: {n}; longest: {name} of {who}, {late}",
            n=len(late),
            name=first.name,
            who=first.of,
            late=first.late,
        )
        faults.append(Fault(words, "/reports"))
    if found.missed:
        faults.append(Fault(say("missed reports: {n}", n=found.missed), "/reports"))
    return faults


def _of_duty(told: OnDuty) -> list[Fault]:
    found = told.rota
    if found is None:
        return [Fault(say("who is on duty cannot be told: the record does not hold"), "/record")]
    faults = []
    if found.behind is not None and told.at >= found.behind:
        since = clock.minute(found.behind, found.case.zone)
        faults.append(
            Fault(say("handovers since {at} are not recorded yet; shown is what will be", at=since), "/duty")
        )
    for key in dict.fromkeys(one.roster for one in told.wrong):
        mine = [one for one in told.wrong if one.roster == key]
        counted = Counter(mark for one in mine for mark in one.piece.marks)
        often: Words = [
            say("{n} × {what}", n=n, what=explain_duty.MARKS[mark]) for mark, n in counted.items()
        ]
        words = say(
            "{roster}, next {weeks} weeks: {often}; first {at}",
            roster=promised(found.playbook, key),
            weeks=WEEKS,
            often=often,
            at=clock.minute(max(mine[0].since, told.at), found.case.zone),
        )
        faults.append(Fault(words, "/duty"))
    return faults


def _of_waiting(looked: Looked, playbook: Playbook) -> list[Fault]:
    faults = [Fault(_unsigned(playbook, one), "/duty") for one in looked.waiting.unsigned]
    if looked.waiting.lost:
        words = say("{n} messages of the last day reached nobody", n=looked.waiting.lost)
        faults.append(Fault(words, "/messages"))
    return faults


def _unsigned(playbook: Playbook, one: Handover) -> Words:
    sides: list[Words] = []
    if "gave" in one.missing:
        sides.append(say("who hands over"))
    if "took" in one.missing:
        sides.append(say("who takes over"))
    return say(
        "{roster}: the handover at {at} is not signed by {sides}",
        roster=promised(playbook, one.roster),
        at=clock.minute(one.at, playbook.jurisdiction.zone),
        sides=sides,
    )


class Post(NamedTuple):
    """A post of a roster, and who keeps it from when to when."""

    post: Words
    who: Words
    since: int
    until: int
    marks: list[Words]


class Watch(NamedTuple):
    """A roster: who is on duty, and who comes next."""

    name: Words
    now: list[Post]
    next: list[Post]


def duty(told: OnDuty, *, has_names: bool) -> list[Watch]:
    """Give who is on duty and who comes, roster by roster; by their signs, unless names may be seen."""
    found = told.rota
    if found is None:
        return []
    there, coming = rota.on_duty(found, told.at), on_duty.coming(told)
    persons = found.persons if has_names else {}

    def post(one: Duty) -> Post:
        who = named(found.playbook, one.piece.holder, persons)
        return Post(explain_duty.post(one.piece.post), who, one.since, one.until, duty_views.marks(one))

    return [
        Watch(
            promised(found.playbook, key),
            [post(one) for one in there.get(key, ())],
            [post(one) for one in coming.get(key, ())],
        )
        for key in sorted({*there, *coming})
    ]


class Owed(NamedTuple):
    """A report that is awaited."""

    due: int
    state: str
    words: Words
    name: Words
    of: Words
    #: How late it is; nothing where it is not.
    late: Words


class Order(NamedTuple):
    """A directive that is not answered."""

    key: str
    name: Words
    by: Words
    to: Words
    due: str


class Due(NamedTuple):
    """What is due."""

    reports: list[Owed]
    #: How many more are awaited.
    more: int
    directives: list[Order]
    #: Clocks that will propose to step down: name, and when at the earliest.
    clocks: list[tuple[Words, int]]


def due(found: Ahead) -> Due:
    """Give what is due next."""
    playbook = found.board.playbook
    return Due(
        [_owed(playbook, one) for one in found.reports[:SHOWN]],
        max(0, len(found.reports) - SHOWN),
        [
            Order(
                key,
                promised(playbook, key),
                names.name_of(playbook, stood.item["by"]),
                names.name_of(playbook, stood.item["to"]),
                stood.item["due"],
            )
            for (kind, key), stood in found.board.desk.standing.items()
            if kind == "directive"
        ],
        [(promised(playbook, one.key), one.due) for one in found.clocks],
    )


def _owed(playbook: Playbook, one: Occurrence) -> Owed:
    return Owed(
        one.due,
        one.state,
        reports.STATES[one.state],
        promised(playbook, one.key),
        names.name_of(playbook, one.of),
        say("{late} late", late=lateness(one.late)) if one.late else "",
    )
