"""Decided again: what has become due, reports, directives and planned ends; what does not follow is found."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from incident.domain import clock
from incident.domain.facts import EventNoted, PlannedEndMoved, ReportFiled, RequestRefused, TimerEnded
from incident.domain.filing import Filing
from incident.service.extend import extend
from incident.service.filing import Contents, Order, file, issue, withdraw
from incident.service.ports import Store
from incident.service.tick import sweep
from incident.service.verify import verify
from incident.service.who import Origin, Who
from incident.testing import MemoryStore, fixed_chance
from tests.playbooks import CODE, DAY, HOUR, NIGHT
from tests.service.forging import Doing, Forge, changing, forged, found, instead, with_facts
from tests.service.story import OFFICER, activate, begin, morning


@pytest.fixture
def town(memory: MemoryStore) -> tuple[MemoryStore, str]:
    """Qingshi, in the morning after: entries 0 to 5."""
    return memory, morning(memory)


def _filed(code: str) -> Doing:
    return lambda store: file(
        store,
        code,
        Filing(sender="coordination"),
        Contents(text="晚了"),
        origin=Origin(Who(by=OFFICER), "test", "late"),
        now=lambda: NIGHT + 8 * HOUR + 600,
        chance=fixed_chance,
    )


def _made_on_time(fact: Any) -> Any:
    if not isinstance(fact, ReportFiled):
        return fact
    assert any(one.late for one in fact.closes), "one of them is late"
    return replace(fact, closes=[replace(one, late=0) for one in fact.closes])


FILINGS: dict[str, Forge] = {
    "late, and marked on time": with_facts(_made_on_time),
    "closing what it does not": changing(ReportFiled, closes=[]),
    "in another's name": changing(ReportFiled, sender="command"),
    "in a form that is not owed": changing(ReportFiled, form="daily"),
    "with a file that did not come": changing(ReportFiled, attachments=1),
    "zero without having said so is another": changing(ReportFiled, zero=True, closes=[]),
    "with what it gathers": changing(ReportFiled, corrects=0),
}


@pytest.mark.parametrize("what", FILINGS)
def test_filing_that_does_not_follow_is_found(town: tuple[MemoryStore, str], what: str) -> None:
    store, code = town
    sweep(store, now=lambda: NIGHT + 7 * HOUR, node="n1")
    with store.reading() as tx:
        before = verify(tx, code).entries
    forged(store, _filed(code), FILINGS[what])

    level, seq = found(store, code)
    assert level == "decisions"
    assert seq is not None
    assert seq >= before


TIMES: dict[str, Forge] = {
    "missed, made met": changing(TimerEnded, result="met"),
    "told to nobody": changing(TimerEnded, tell=[]),
    "late, made punctual": changing(TimerEnded, late=0, end="fired"),
    "held for no reason": changing(TimerEnded, end="held"),
    "by a person": lambda entry: replace(entry, actor="os"),
    "with a state besides": lambda entry: replace(entry, facts=[*entry.facts, EventNoted(event="positive")]),
}


@pytest.mark.parametrize("what", TIMES)
def test_end_of_a_time_that_does_not_follow_is_found(town: tuple[MemoryStore, str], what: str) -> None:
    store, code = town
    forged(store, lambda there: sweep(there, now=lambda: NIGHT + 9 * HOUR + 300, node="n1"), TIMES[what])

    assert found(store, code)[0] == "decisions"


def test_directive_issued_and_taken_back_holds_and_forged_is_found(town: tuple[MemoryStore, str]) -> None:
    store, code = town
    order = Order(by="command", to="coordination", due=NIGHT + 9 * HOUR, text="核查")
    given: Any = {"chance": fixed_chance, "now": lambda: NIGHT + 5 * HOUR}
    issue(store, code, order, origin=Origin(Who(by=OFFICER), "test", "issued"), **given)
    with store.reading() as tx:
        size = verify(tx, code).entries
    key = f"directive-{size - 1}"

    def back(there: Store) -> object:
        return withdraw(there, code, key, "误发", origin=Origin(Who(by=OFFICER), "test", "back"), **given)

    forged(store, back, lambda entry: replace(entry, reason=None))

    assert found(store, code) == ("decisions", size)


ENDS: dict[str, Forge] = {
    "moved by another body": changing(PlannedEndMoved, authority="county"),
    "moved elsewhere than was asked for": changing(
        PlannedEndMoved, planned_end=clock.stamp(NIGHT + 99 * DAY)
    ),
    "moved without a basis": lambda entry: replace(entry, basis=None, basis_ref=None),
    "refused though it may be": instead(RequestRefused(rule="time", times=["no_end"])),
}


@pytest.mark.parametrize("what", ENDS)
def test_planned_end_that_does_not_follow_is_found(memory: MemoryStore, what: str) -> None:
    begin(memory)
    activate(memory)
    forged(
        memory,
        lambda store: extend(
            store,
            CODE,
            NIGHT + 20 * DAY,
            decided_by="领导小组",
            basis="突发事件应对法",
            reason="疫情未止",
            origin=Origin(Who(by=OFFICER), "test", "longer"),
            now=lambda: NIGHT + HOUR,
            chance=fixed_chance,
        ),
        ENDS[what],
    )

    assert found(memory) == ("decisions", 2)
