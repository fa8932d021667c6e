"""Many townships of the smallest plan that owes a report: one group, due every day at 15:00.

Their entries are composed as the services compose them and go in by the thousand: an adoption, without
looking whether another has the name, and where wanted one filing that closes the reports of the first days.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import _town
from bench._town import text
from incident import __version__
from incident.domain import clock, journal
from incident.domain.decision import change_facts
from incident.domain.facts import AnyFact, Closed, PlaybookAdopted, ReportFiled
from incident.domain.journal import Entry
from incident.domain.organisation import Body, Group, Jurisdiction
from incident.domain.paper import Document
from incident.domain.playbook import (
    Obligation,
    Playbook,
    StandingBody,
    StandingGroup,
    State,
    digest,
    encode,
)
from incident.domain.posture import difference, posture
from incident.service.ports import Log, Record
from incident.service.record import Frame, to_record
from incident.store.database import connect, prepare
from incident.store.sql import SqlStore

#: How many the issue of a whole country's townships asks for.
COUNTRY = 41_000
#: Adopted at this instant, in the night.
ADOPTED = _town.NIGHT
#: Time of day of the report, and the instant at which the first is due: 15:00 in Shanghai.
HOUR = "15:00"
FIRST = ADOPTED + 12 * 3600 + 20 * 60
DAY = 24 * 3600
_AT_ONCE = 1000


def playbook(number: int, hour: str = HOUR) -> Playbook:
    """Give the plan of one of them."""
    report = Obligation(
        name=text("日报", "daily report"), senders=["duty"], receivers=["command"], every="day", at=[hour]
    )
    routine = State(
        name=text("常态", "routine"),
        bodies={"command": StandingBody()},
        groups={"duty": StandingGroup()},
        obligations={"daily": report},
    )
    name = text(f"第{number}镇", f"town {number}")
    return Playbook(
        playbook=f"town_{number}",
        jurisdiction=Jurisdiction(code=f"9{number:08}", name=name, level="town"),
        document=Document(title=text("预案", "plan")),
        bodies={"command": Body(name=text("领导小组", "leading group"))},
        groups={"duty": Group(name=text("值班组", "duty group"))},
        events={},
        states={"routine": routine},
        transitions={},
    )


def adopt(url: str, count: int, *, at: int = ADOPTED, hour: str = HOUR, filed: int = 0) -> None:
    """Make a database in which `count` of them are adopted; the reports of the first `filed` days are in."""
    engine = connect(url)
    prepare(engine)
    store, records = SqlStore(engine), _adoptions(count, at, hour)
    while some := list(islice(records, _AT_ONCE)):
        with store.writing(some[0].after.jurisdiction) as tx:
            tx.write(some)
            if filed:
                tx.write([_filing(record, filed) for record in some])
            tx.commit()
    store.close()


def _adoptions(count: int, at: int, hour: str) -> Iterator[Record]:
    for number in range(count):
        plan = playbook(number, hour)
        body = encode(plan)
        name = digest(body)
        adopted = PlaybookAdopted(name=plan.playbook, playbook=name, state=plan.initial)
        changes = difference({}, posture(plan.states[plan.initial]))
        facts = [adopted, *(fact for change in changes for fact in change_facts(change))]
        entry = _entry(plan.jurisdiction.code, 0, at, name, facts)
        yield to_record(None, entry, Frame([], {}), playbook=(name, body))


def _filing(adoption: Record, days: int) -> Record:
    situation = adoption.after
    closes = [Closed(key="daily", of="duty", due=clock.stamp(FIRST + day * DAY)) for day in range(days)]
    fact = ReportFiled(sender="duty", form="daily", zero=True, closes=closes)
    entry = _entry(situation.jurisdiction, 1, adoption.at + 60, situation.playbook, [fact])
    return to_record(Log(situation, adoption.peaks), entry, Frame([], {}))


def _entry(code: str, seq: int, at: int, name: str, facts: list[AnyFact]) -> Entry:
    return Entry(
        v=journal.FORMAT,
        program=__version__,
        jurisdiction=code,
        seq=seq,
        at=clock.stamp(at),
        playbook=name,
        facts=facts,
    )
