"""What was promised is found again from what entries left whose bodies were dropped, wherever they end."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from incident.domain import clock
from incident.domain.agenda import Agenda
from incident.domain.facts import EventNoted, ItemEnded, ItemStarted, StateEntered
from incident.domain.journal import Came
from incident.domain.playbook import Roster
from incident.domain.promised import WALKED, Left, promised
from incident.domain.situation import Standing, evolve, stand
from incident.domain.timer import Directive
from tests.domain.life import Life
from tests.domain.test_agenda import (
    GROUPS,
    LAWS,
    REPORT,
    Story,
    changed,
    live,
    living,
    promise,
    started,
    stories,
)
from tests.playbooks import DAY, HOUR, NIGHT, text


def left_by(life: Life, size: int) -> Left:
    """Give what the first entries of a life left, from the entries alone."""
    agenda, situation, standing, at = Agenda(), None, Standing(), 0
    for entry in life.entries[:size]:
        at = clock.read_stamp(entry.at)
        before, situation = situation, evolve(situation, life.code, at, entry.facts)
        stand(standing, entry.seq, entry.facts)
        agenda.follow(entry, before, situation, standing)
    assert situation is not None
    return Left(situation, standing, [*agenda.open.values()], at)


def agree(life: Life, at: int, size: int) -> None:
    """Hold what is walked on from a cut against the rows; of what had ended before nothing is known."""
    rows = Counter(
        promise(one)
        for one in life.rows.values()
        if one.what in WALKED and one.due <= at and (one.ended is None or one.ended >= size)
    )
    assert Counter(promised(life.entries[size:], at + 1, left_by(life, size))) == rows


def agree_everywhere(life: Life, at: int) -> None:
    life.tick(at)
    for size in range(1, len(life.entries) + 1):
        agree(life, at, size)


@LAWS
@given(stories(), st.data())
def test_walking_on_from_what_entries_left_promises_what_came(story: Story, data: st.DataObject) -> None:
    for life, at in live(story, Life.tick):
        life.catch_up(at)
        agree(life, at, data.draw(st.integers(1, len(life.entries))))


def test_report_in_its_grace_comes_and_its_rhythm_of_before_does_not_go_on() -> None:
    life = living(*GROUPS, started("obligation", "report", REPORT))
    at = NIGHT + 12 * HOUR + 25 * 60  # 15:05, in the grace of 15:00
    life.tick(at)
    # beta owes no other from then on
    other = replace(REPORT, every="4h", at=[], senders=["alpha"])
    life.put(at, changed("obligation", "report", REPORT, other))
    life.put(at + 60)
    agree_everywhere(life, at + 2 * DAY)


def test_report_in_its_grace_comes_when_nothing_stands_any_more() -> None:
    life = living(*GROUPS, started("obligation", "report", REPORT))
    at = NIGHT + 12 * HOUR + 25 * 60
    life.tick(at)
    life.put(at, ItemEnded(kind="obligation", key="report", before=msgspec.to_builtins(REPORT)))
    life.put(at + 60)
    agree_everywhere(life, at + 2 * DAY)


def test_what_counts_from_the_entry_into_a_state_and_again_from_the_next_comes_twice() -> None:
    once = replace(REPORT, every=None, at=[], within="8h", of="entry")
    life = living(*GROUPS, started("obligation", "report", once))
    for at, origin, target in ((NIGHT + HOUR, "calm", "grave"), (NIGHT + 2 * HOUR, "grave", "calm")):
        life.put(at, StateEntered(origin=origin, target=target, since=clock.stamp(at)))
    agree_everywhere(life, NIGHT + DAY)


def test_what_is_asked_for_once_by_a_receipt_or_an_order_is_asked_for_still() -> None:
    order = Directive(by="county", to="command", due=clock.stamp(NIGHT + HOUR), remind="10m")
    first = replace(REPORT, every=None, at=[], within="2h", of="receipt", on=["rain"])
    life = living(*GROUPS, started("obligation", "first", first), started("directive", "directive-1", order))
    came = Came(id="1", source="test", type="rain", time=clock.stamp(NIGHT), data={})
    for at in (NIGHT, NIGHT, NIGHT + 60):  # twice within one second, which is one report
        life.put(at, EventNoted(event="rain"), came=came, step="rise")
    life.put(NIGHT + 90, ItemEnded(kind="group", key="beta", before={}))
    agree_everywhere(life, NIGHT + DAY)


@pytest.mark.parametrize("pattern", ["24h", "8h"])
def test_handovers_go_on(pattern: Literal["24h", "8h"]) -> None:
    roster = Roster(name=text("值班", "watch"), of="command", pattern=pattern)
    life = living(started("roster", "watch", roster))
    life.tick(NIGHT + DAY)
    other = replace(roster, pattern="12h")
    life.put(NIGHT + DAY, changed("roster", "watch", roster, other))
    life.put(NIGHT + DAY + 60, ItemStarted(kind="group", key="gamma", after={}))
    agree_everywhere(life, NIGHT + 3 * DAY)
