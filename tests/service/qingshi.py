"""Qingshi tells stories of reports and directives (`tests/plans/clockwork.yaml`).

Each group reports to the leading group, which reports to the county; in the emergency the coordination group
copies its report to the county's health office, in the same form.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from incident.domain import clock
from incident.domain.fact_names import kind_of
from incident.domain.facts import ReportFiled, TimerEnded
from incident.domain.filing import Filing
from incident.service import opened
from incident.service.filing import Contents, Order, file, issue, withdraw
from incident.service.handle import Outcome
from incident.service.who import Origin, Who
from incident.testing import Drill, fixed_chance

PLAN: Final = str(Path(__file__).parent.parent / "plans" / "clockwork.yaml")
HOUR: Final = 3600
SAID: Final = Contents(text="情况正常")


@pytest.fixture
def drill() -> Iterator[Drill]:
    story = Drill(PLAN)
    yield story
    story.sweep()
    story.expect_account()
    story.dump()


@pytest.fixture
def emergency(drill: Drill) -> Drill:
    """Qingshi an hour after its activation at 02:40."""
    drill.activate("positive", origin="local", decided_by="command")
    drill.after(hours=1)
    return drill


def origin(id_: str) -> Origin:
    return Origin(Who(by="王小明", os_user="duty", actor="os"), "test", id_)


def put_in(drill: Drill, sender: str, said: Contents = SAID, *, id_: str = "", **words: Any) -> Outcome:
    """File a report; each has an identity of its own unless one is given."""
    return file(
        drill.store,
        drill.code,
        Filing(sender=sender, **words),
        said,
        origin=origin(id_ or f"filing {drill.situation.version}"),
        now=drill.clock,
        chance=fixed_chance,
    )


def command(drill: Drill, *, id_: str = "", **words: Any) -> str:
    """Let the leader order something of the stability group; gives the directive's key."""
    due = drill.clock() + 2 * HOUR
    told = {"by": "command.leader", "to": "stability", "due": due, "text": "查清王五去向"}
    outcome = issue(
        drill.store,
        drill.code,
        Order(**{**told, **words}),
        origin=origin(id_ or f"order {drill.situation.version}"),
        now=drill.clock,
        chance=fixed_chance,
    )
    return f"directive-{outcome.entry.seq}"


def take_back(drill: Drill, key: str, reason: str = "已查清", *, id_: str = "") -> Outcome:
    return withdraw(
        drill.store,
        drill.code,
        key,
        reason,
        origin=origin(id_ or f"back {drill.situation.version}"),
        now=drill.clock,
        chance=fixed_chance,
    )


def filed(outcome: Outcome) -> ReportFiled:
    (fact,) = [fact for fact in outcome.entry.facts if isinstance(fact, ReportFiled)]
    return fact


def closed(drill: Drill, outcome: Outcome) -> list[tuple[str, str, str, int]]:
    return [(one.key, one.of, wall(drill, one.due), one.late) for one in filed(outcome).closes]


def wall(drill: Drill, stamp: str) -> str:
    return f"{clock.local(clock.read_stamp(stamp), drill.playbook.jurisdiction.zone):%d %H:%M}"


def states(drill: Drill, key: str, of: str) -> list[tuple[str, str]]:
    """Give (local time, state) of the reports of a sender, but for those that are open."""
    mine = [one for one in drill.reports() if (one.key, one.of) == (key, of) and one.state != "open"]
    return [(wall(drill, clock.stamp(one.due)), one.state) for one in mine]


def history(drill: Drill, key: str) -> list[str]:
    """Give what became of a thing's times, in order."""
    with drill.store.reading() as tx:
        entries = [opened.read_entry(drill.code, stored) for stored in tx.entries(drill.code)]
    return [
        kind_of(fact)
        for entry in entries
        for fact in entry.facts
        if isinstance(fact, TimerEnded) and fact.key == key
    ]
