"""Messages that come late say what is so when they come: who is to answer, and that the state was left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from incident.domain.say import render
from incident.service.adopt import adopt
from incident.service.message import Composer, Message
from incident.service.who import Who
from incident.testing.given import fixed_chance
from tests.service.office import Office
from tests.service.posting import call_out

CHANGED = "CHANGED SINCE"


@pytest.fixture
def office() -> Iterator[Office]:
    story = Office("majian")
    yield story
    story.expect_account()


def messages(office: Office) -> list[Message]:
    """Give what waits, in words, as it would be sent now."""
    with office.store.reading() as look:
        return [Composer(look).compose(one) for one in look.undelivered(99)]


def english(message: Message) -> list[str]:
    return [render(one, "en", str) for one in message.sentences]


def test_who_is_called_out_is_asked_until_an_answer_came(office: Office) -> None:
    call_out(office)
    asked = {one.ref: (one.asks, one.parties) for one in messages(office) if one.asks is not None}
    assert asked["sampling"] == (1, ["sampling"])
    assert not any(said.startswith(CHANGED) for one in messages(office) for said in english(one))

    office.answer("sampling")
    asked = {one.ref: (one.asks, one.parties) for one in messages(office) if one.asks is not None}
    assert "sampling" not in asked
    assert "regional_cocheck" in asked


def test_whoever_is_asked_in_the_place_of_others_is_told_of_whom_and_can_answer_so(office: Office) -> None:
    call_out(office)
    office.after(minutes=31)
    asked = [one for one in messages(office) if one.asks is not None and one.seq > 1]
    assert {"general_coordination.deputy_leader", "command.leader"} <= {one.ref for one in asked}
    waiting = office.callouts()[0].callout.waiting
    assert {party for one in asked for party in one.parties} == {*waiting}
    for one in asked:
        left = [party for party in one.parties if party in waiting]
        if left:
            office.answer(*left, entry=one.asks)
            waiting = [party for party in waiting if party not in left]
    assert office.callouts() == []


def test_an_order_that_comes_after_the_stand_down_says_so_first_and_asks_nothing(office: Office) -> None:
    call_out(office)
    office.after(minutes=11)
    before = {one.key for one in messages(office)}
    assert before
    office.stand_down()

    for one in messages(office):
        said = english(one)
        assert one.asks is None
        assert said[0].startswith(CHANGED) == (one.key in before)
        if one.key in before:
            assert "routine" in said[0].lower()
            assert f"incident status {office.code}" in said[0]


def test_a_state_left_for_another_is_said_and_another_version_of_the_plan_is_not(office: Office) -> None:
    office.activate("first_level_response_declared")
    office.after(minutes=1)
    call_out(office)
    newest = office.situation.epoch
    for one in messages(office):
        assert english(one)[0].startswith(CHANGED) == (one.seq < newest)

    office.after(minutes=1)
    office.stand_down()
    newest = office.situation.epoch
    office.after(minutes=1)
    other = replace(office.playbook, answer="11m")
    adopt(office.store, other, Who(by="drill"), now=office.clock, chance=fixed_chance)
    assert office.situation.epoch > newest
    for one in messages(office):
        assert english(one)[0].startswith(CHANGED) == (one.seq < newest)
