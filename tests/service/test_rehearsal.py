"""A month in seconds: the same code on a virtual clock, through outages, kills and several nodes."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from incident.domain import clock
from incident.domain.errors import Conflict, RequestError
from incident.domain.facts import RequestRefused, TimerEnded
from incident.domain.playbook import Playbook
from incident.playbook_text.load import must_load, shipped_names
from incident.service.ports import Store
from incident.testing import MemoryStore
from incident.testing.rehearsal import Act, Outage, Rehearsed, Undone, rehearse
from incident.testing.story import story
from tests.two import PLAN as TWO

PLAN = str(Path(__file__).parent.parent / "plans" / "clockwork.yaml")
START = clock.read_stamp("2026-02-28T16:00:00Z")
DAY = 86400


@cache
def plan(name: str, zone: str | None = None) -> Playbook:
    playbook = must_load(name).playbook
    assert playbook is not None
    if zone is None:
        return playbook
    return replace(playbook, jurisdiction=replace(playbook.jurisdiction, zone=zone))


def month(
    name: str, *, days: int = 30, zone: str | None = None, store: Store | None = None, **how: Any
) -> Rehearsed:
    playbook = plan(name, zone)
    acts = story(playbook, START, days)
    return rehearse(store or MemoryStore(), playbook, acts, since=START, until=START + days * DAY, **how)


@cache
def plain(name: str, days: int) -> Rehearsed:
    """Rehearse as usual; several tests look at the same one, which takes seconds."""
    return month(name, days=days)


def ends(done: Rehearsed) -> Counter[tuple[str, str]]:
    return Counter(
        (one.what, one.end) for one in (line.fact for line in done.lines) if isinstance(one, TimerEnded)
    )


@pytest.mark.parametrize("name", shipped_names())
def test_a_month_of_every_shipped_plan_is_accounted_for(name: str) -> None:
    done = plain(name, 30)
    assert done.account.faults == []
    assert done.undone == []
    assert done.account.promised > 30


def test_a_month_of_majian_in_emergency_with_an_outage_over_a_change_of_the_clocks() -> None:
    """Clocks go forward in Berlin at 02:00 on 29 March 2026, in the middle of the outage."""
    outage = Outage(clock.read_stamp("2026-03-28T21:15:00Z"), clock.read_stamp("2026-03-29T09:00:00Z"))
    done = month("majian", zone="Europe/Berlin", outage=outage, days=40)

    assert done.account.faults == []
    found = ends(done)
    assert found["deadline", "fired_late"] == 3
    assert found["handover", "fired_late"] == 2
    assert found["reminder", "expired"] >= 2
    handovers = [
        clock.local(clock.read_stamp(line.fact.due), "Europe/Berlin").hour
        for line in done.lines
        if isinstance(line.fact, TimerEnded) and line.fact.what == "handover"
    ]
    assert set(handovers) == {8}


@pytest.mark.parametrize(("name", "days"), [("majian", 30), (PLAN, 10)])
def test_nodes_that_are_killed_leave_the_same_record_as_one_that_is_not(name: str, days: int) -> None:
    killed = month(name, days=days, nodes=4, kill=True)
    assert killed.kills > 20
    assert [line.fact for line in killed.lines] == [line.fact for line in plain(name, days).lines]
    assert killed.account.faults == []


def test_a_rehearsal_may_be_repeated_to_the_letter() -> None:
    assert [line.fact for line in month(PLAN, days=10).lines] == [line.fact for line in plain(PLAN, 10).lines]


def test_the_end_of_an_outage_catches_up_what_ticking_through_would_have_found() -> None:
    outage = Outage(START + 4 * DAY, START + 9 * DAY)
    through = month(PLAN, days=14, punctuality=None)
    after = month(PLAN, days=14, punctuality=None, outage=outage)

    def promised(done: Rehearsed) -> set[tuple[str, str, str, str]]:
        facts = [line.fact for line in done.lines if isinstance(line.fact, TimerEnded)]
        return {
            (one.what, one.key, one.of, one.due)
            for one in facts
            if one.what in ("deadline", "call", "handover")
        }

    assert promised(after) == promised(through)
    assert after.account.faults == []


def undone(*acts: Act) -> list[Undone]:
    return rehearse(MemoryStore(), plan("majian"), acts, since=START, until=START + 3 * DAY).undone


def test_what_a_script_asks_and_the_plan_refuses_is_told() -> None:
    act = replace(story(plan("majian"), START, 10)[0], do="stand_down")
    (told,) = undone(act)
    assert told.act == act
    assert isinstance(told.why, RequestRefused)
    assert told.why.rule == "wrong_verb"


def test_what_a_script_asks_and_nobody_understands_is_told() -> None:
    unknown = Act(at=START, do="activate", what="nosuch")
    nobody = Act(at=START + 60, do="file", what="nobody")
    first, second = undone(nobody, unknown)
    assert (first.act, second.act) == (unknown, nobody)
    assert isinstance(first.why, RequestError)
    assert isinstance(second.why, RequestError)


def test_who_comes_second_in_a_script_does_not_end_the_rehearsal() -> None:
    first = story(plan("majian"), START, 10)[0]
    (told,) = undone(first, replace(first, at=first.at + 60))
    assert told.act.at == first.at + 60
    assert isinstance(told.why, Conflict)


def test_on_a_real_database_it_is_the_same(sqlite_store: Store) -> None:
    kept, in_memory = month(PLAN, days=10, store=sqlite_store), plain(PLAN, 10)
    assert [line.fact for line in kept.lines] == [line.fact for line in in_memory.lines]
    assert kept.account.faults == []


def test_steps_of_two_are_rehearsed_by_two() -> None:
    done = month(TWO, days=9)

    kinds = Counter(line.kind for line in done.lines)
    assert (kinds["ProposalMade"], kinds["ProposalApproved"], kinds["RequestRefused"]) == (2, 2, 0)
    assert kinds["StateEntered"] == 2
    assert done.undone == []
    assert done.account.faults == []


def test_what_would_be_refused_of_a_step_of_two_is_not_approved() -> None:
    act = Act(at=START + 60, do="activate", what="positive", values={"cases": 1}, decided_by="command.leader")
    done = rehearse(MemoryStore(), plan(TWO), [act], since=START, until=START + DAY)

    assert [type(one.why) for one in done.undone] == [RequestRefused]
