"""A handover that cannot be carried out leaves its shift to nobody, in the record and aloud."""

from __future__ import annotations

from typing import NoReturn

import pytest

from incident.domain import roster
from incident.domain.errors import StoreError
from incident.domain.facts import TimerEnded
from incident.service import opened
from incident.service.tick import TRIES, sweep
from incident.service.verify import verify
from incident.testing.memory_reading import MemoryReading
from tests.service.office import Office, assigned


def broken(*_: object) -> NoReturn:
    raise RuntimeError("a fault of ours")


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Office:
    """An office whose handover of eight o'clock is held."""
    story = Office("majian")
    story.after(hours=5)
    monkeypatch.setattr(roster, "hand_over", broken)
    fail(story)
    monkeypatch.undo()
    return story


def fail(office: Office) -> None:
    office.clock.after(minutes=20)
    for _ in range(TRIES):
        sweep(office.store, now=office.clock, node="drill")
        office.clock.after(minutes=1)


def test_the_posts_of_a_handover_that_is_held_are_recorded_as_empty_and_told(office: Office) -> None:
    with office.store.reading() as tx:
        *_others, last = tx.entries(office.code)
        verify(tx, office.code)
    entry = opened.read_entry(office.code, last)
    (shift,) = assigned(entry.facts)
    assert (shift.since, shift.until) == ("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z")
    assert [(one.post, one.rule, one.marks) for one in shift.pieces] == [
        ("lead", "nobody", ["uncovered"]),
        ("officer.1", "nobody", ["uncovered"]),
    ]
    office.expect_notice("command.leader")
    with office.store.reading() as tx:
        there = tx.duties(office.code, since=office.clock(), until=office.clock() + 1)
    assert [(one.piece.post, one.piece.holder) for one in there] == [("lead", None), ("officer.1", None)]


def test_one_that_is_held_after_somebody_acted_takes_nobody_off_duty(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office("majian")
    office.after(hours=5)
    with monkeypatch.context() as fault:
        fault.setattr(roster, "hand_over", broken)
        office.clock.after(minutes=20)
        sweep(office.store, now=office.clock, node="drill")
        office.clock.after(minutes=1)
        office.cover("P1", until="2026-03-04 08:00")
        there = office.who("watch")
        for _ in range(TRIES):
            office.clock.after(minutes=1)
            sweep(office.store, now=office.clock, node="drill")
    assert there["lead"] == "P2"
    assert office.who("watch") == there
    ends = [fact.end for fact in office.facts() if isinstance(fact, TimerEnded) and fact.what == "handover"]
    assert ends == ["held"]


def test_whatever_touches_people_fills_them_again(office: Office) -> None:
    outcome = office.cover("P1", until="2026-03-04 08:00")
    (shift,) = assigned(outcome.entry.facts)
    now = outcome.entry.at
    assert [(one.post, one.holder) for one in shift.pieces if one.since == now] == [
        ("lead", "P2"),
        ("officer.1", "@全体机关干部"),
    ]
    office.after(days=1)
    office.expect_account()


def test_what_cannot_even_be_read_keeps_it_not_from_being_held(monkeypatch: pytest.MonkeyPatch) -> None:
    office = Office("majian")
    office.after(hours=5)

    def unreadable(*_: object, **__: object) -> NoReturn:
        raise StoreError(where="playbook")

    monkeypatch.setattr(roster, "hand_over", broken)
    monkeypatch.setattr(MemoryReading, "playbook", unreadable)
    fail(office)
    monkeypatch.undo()
    facts = office.facts()
    assert [one.what for one in facts if getattr(one, "end", "") == "held"] == ["handover"]  # type: ignore[union-attr]
    assert assigned(facts)[-1].tell == ["duty"]
