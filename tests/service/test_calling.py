"""Majian is called out in the night: who answers, who is asked in their place, who is not reached."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from incident.domain import callout
from incident.domain.errors import Conflict, RequestError
from incident.domain.fact_names import kind_of
from incident.domain.facts import TimerEnded
from incident.domain.journal import Entry
from incident.service import calling, opened
from incident.service.ports import Stored
from tests.service.office import Office, row


@pytest.fixture
def office() -> Iterator[Office]:
    story = Office("majian")
    yield story
    story.expect_account()
    story.dump()


def activate(office: Office) -> list[str]:
    """Call out, and give whom."""
    office.activate("local_positive_reported", origin="local", result="confirmed", cases=1)
    (one,) = office.callouts()
    return one.callout.waiting


def steps(office: Office) -> list[tuple[str, int, str | None, list[str], list[str]]]:
    """Give what became of the steps: end, step, result, whom it asks, who is not reached."""
    with office.store.reading() as tx:
        entries = [opened.read_entry(office.code, one) for one in tx.entries(office.code)]
    return [
        (fact.end, fact.tier, fact.result, fact.tell, fact.reason)
        for entry in entries
        for fact in entry.facts
        if isinstance(fact, TimerEnded) and fact.what == "answer"
    ]


def test_a_switch_calls_out_everybody_for_whom_something_begins_or_changes(office: Office) -> None:
    waiting = activate(office)

    assert {"regional_cocheck", "social_stability", "general_coordination", "duty"} < {*waiting}
    assert "market_order" not in waiting, "it continues as it was"
    assert "superior" not in waiting, "that is no part of this town"
    (one,) = office.callouts()
    assert (one.key, one.step, one.unreached) == ("callout-1", 0, [])
    assert one.next_at == office.clock() + 600


def test_who_has_answered_is_asked_no_more_and_the_last_answer_ends_it(office: Office) -> None:
    first, *others = activate(office)
    office.after(minutes=3)
    outcome = office.answer(first)

    assert [kind_of(fact) for fact in outcome.entry.facts] == ["CalloutAnswered"]
    assert office.callouts()[0].callout.waiting == others
    last = office.answer(*others)
    assert [kind_of(fact) for fact in last.entry.facts] == ["CalloutAnswered", "CalloutClosed"]
    assert office.callouts() == []
    office.after(hours=2)
    assert steps(office) == [], "nobody is asked once all have answered"


def test_deputy_lead_and_the_lead_above_are_asked_and_then_it_is_said_who_is_not_reached(
    office: Office,
) -> None:
    office.answer(*[party for party in activate(office) if party != "regional_cocheck"])
    lines = callout.in_place_of(office.playbook, "regional_cocheck")
    office.after(hours=1)

    found = steps(office)
    assert [one[3] for one in found[: len(lines)]] == lines
    assert lines[-1] == ["command.leader"], "the lead of the body above comes last"
    assert found[-1][2:] == ("unreached", [office.situation.authority], ["regional_cocheck"])
    (one,) = office.callouts()
    assert (one.unreached, one.next_at) == (["regional_cocheck"], None)
    late = office.answer("regional_cocheck")
    assert kind_of(late.entry.facts[-1]) == "CalloutClosed", "somebody who comes late has come"


def test_an_outage_passes_steps_over_and_takes_the_one_that_is_reached(office: Office) -> None:
    activate(office)
    office.outage(minutes=25)

    assert [one[:2] for one in steps(office)] == [("superseded", 1), ("fired_late", 2)]


@pytest.mark.parametrize("minutes", [31, 55, 26 * 60])
def test_an_outage_leaves_nobody_unasked_and_nobody_unsaid(office: Office, minutes: int) -> None:
    """What three steps would have asked and said on time is asked and said by the one that comes late."""
    timely = Office("majian")
    activate(timely)
    timely.after(minutes=minutes)
    activate(office)
    office.outage(minutes=minutes)

    ((*_, told, unreached),) = [one for one in steps(office) if one[0] == "fired_late"]
    assert {*told} == {ref for one in steps(timely) for ref in one[3]}
    assert {*unreached} == {party for one in steps(timely) for party in one[4]} > {"outbreak_task_force"}
    assert [one[1:3] for one in steps(office)][-1] == [one[1:3] for one in steps(timely)][-1]


def test_a_holder_answers_for_all_for_which_they_are_on_duty_or_stand_in(office: Office) -> None:
    activate(office)
    (one,) = office.callouts()
    office.answer(holder="P9")

    left = office.callouts()[0].callout
    assert "regional_cocheck" not in left.waiting, "P9 leads its duty now"
    assert {party for party in one.callout.waiting if party not in left.waiting} == {
        party for party, by in left.answered.items() if by == "P9"
    }
    with pytest.raises(RequestError, match="P77"):
        office.answer(holder="P77")


def test_whoever_leads_above_answers_for_others_once_they_are_asked_and_not_before(office: Office) -> None:
    office.take_in(row("command.leader", "L1", since="2026-01-01"))
    activate(office)
    office.after(minutes=9)
    with pytest.raises(RequestError, match="who answers"):
        office.answer(holder="L1")
    office.answer("publicity", holder="L1")  # who is named is answered for
    for minutes in (12, 10):
        office.after(minutes=minutes)
        step = steps(office)[-1][1]
        before = office.callouts()[0].callout.waiting
        office.answer(holder="L1")
        left = [one.callout.waiting for one in office.callouts()]
        asked = {
            party
            for party in before
            if ["command.leader"] in callout.in_place_of(office.playbook, party)[:step]
        }
        assert {*before}.difference(*left) == asked != set()
    assert step == 3


def test_a_second_answer_is_told_who_was_first_and_when(office: Office) -> None:
    first, *others = activate(office)
    office.after(minutes=3)
    office.answer(first, holder="P2")
    said = office.shown(office.clock())
    office.after(minutes=2)
    for again in ({"holder": "P9"}, {}, {"entry": 1}):
        with pytest.raises(Conflict, match=f"answered already by P2 at {said}"):
            office.answer(first, **again)
    office.answer(*others)
    with pytest.raises(Conflict, match="answered already at"):
        office.answer(others[0], entry=1)
    with pytest.raises(Conflict, match="answered already"):
        office.answer(holder="P9")


def test_a_call_out_that_is_over_says_so(office: Office) -> None:
    first, *_others = activate(office)
    office.stand_down()
    with pytest.raises(RequestError, match="1, which is over"):
        office.answer(first, entry=1)
    with pytest.raises(RequestError, match="no answer is waited for"):
        office.answer(first)


def test_a_slip_reads_no_more_of_the_journal_than_the_call_out(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *others = activate(office)
    office.answer(first, *others)
    office.stand_down()
    office.after(days=9)
    read: list[int] = []

    def watched(code: str, one: Stored) -> Entry:
        read.append(one.seq)
        return opened.read_entry(code, one)

    monkeypatch.setattr(calling, "read_entry", watched)
    with pytest.raises(RequestError):
        office.answer(first)
    assert read == [], "nobody is called out in routine"
    with pytest.raises(Conflict):
        office.answer(first, entry=1)
    assert {*read} == {1, 2}
    read.clear()
    with pytest.raises(RequestError, match="`3`"):
        office.answer(first, entry=3)
    assert {*read} == {3}


def test_a_sign_that_nobody_knows_or_that_was_erased_answers_for_nobody(office: Office) -> None:
    first, *_others = activate(office)
    office.take_in(row("综合信息指挥室", "H1", name="甲", since="2026-01-01"))
    with pytest.raises(RequestError, match="Z99"):
        office.answer(first, holder="Z99")
    office.erase("H1")
    with pytest.raises(RequestError, match="H1, who was erased"):
        office.answer(first, holder="H1")
    assert first in office.callouts()[0].callout.waiting


@pytest.mark.parametrize("words", ["王小明 13900000001", "p9", "P9\n", "@command.leader"])
def test_nothing_but_a_sign_goes_into_the_open_record(office: Office, words: str) -> None:
    (first, *_others) = activate(office)
    with pytest.raises(RequestError, match="sign of a holder"):
        office.answer(first, holder=words)
    with office.store.reading() as tx:
        assert all(words.encode() not in one.body for one in tx.entries(office.code))
    (key, stood), *_ = [one for one in office.standing.items() if one[0][0] == callout.CALLOUT]
    with pytest.raises(RequestError, match="sign of a holder"):
        callout.answer(key[1], stood.item, [first], words)
    office.answer(first)


def test_nobody_can_answer_for_whom_nobody_waits(office: Office) -> None:
    waiting = activate(office)
    for wrong in ("market_order", "nowhere"):
        with pytest.raises(RequestError) as caught:
            office.answer(wrong)
        assert waiting[0] in str(caught.value.parts())
    with pytest.raises(RequestError, match=r"entry.*answer: 1.*`7`"):
        office.answer(waiting[0], entry=7)
    office.answer(waiting[0], entry=1)


def test_the_way_back_calls_nobody_out_and_ends_what_was_asked(office: Office) -> None:
    activate(office)
    office.after(minutes=5)
    office.stand_down()

    assert office.outcome is not None
    kinds = [kind_of(fact) for fact in office.outcome.entry.facts]
    assert "CalloutClosed" in kinds
    assert "CalledOut" not in kinds
    assert office.callouts() == []


def test_an_order_that_is_replaced_or_taken_back_is_chased_no_longer(office: Office) -> None:
    office.activate("first_level_response_declared")
    office.after(minutes=5)
    office.activate("local_positive_reported", origin="local", result="confirmed", cases=1)
    asked = {one.key: one.callout.waiting for one in office.callouts()}
    assert len({party for there in asked.values() for party in there}) == sum(map(len, asked.values()))
    assert "outbreak_task_force" in asked["callout-2"]

    office.after(minutes=1)
    office.ask("signal", "positive_ruled_out")
    assert office.situation.state == "first_level_response"
    asked = {one.key: one.callout.waiting for one in office.callouts()}
    waiting = [party for there in asked.values() for party in there]
    assert len({*waiting}) == len(waiting), "nobody is asked twice, with contrary orders"
    assert "outbreak_task_force" not in waiting, "it is stood down"
    with office.store.reading() as tx:
        newest = opened.read_entry(office.code, [*tx.entries(office.code)][-1])
    kinds = [kind_of(fact) for fact in newest.facts]
    assert ("CalloutReplaced" in kinds, "CalloutAnswered" in kinds) == (True, False)


def test_people_on_duty_are_who_is_told(office: Office) -> None:
    """The group's own seat holder is away; whoever keeps its roster is told."""
    office.take_in(row("综合信息指挥室", "T1", name="乙", channels=("mail:t1@b.cn",), since="2026-01-01"))
    activate(office)
    office.cover("P9", until="2026-03-02 08:00")
    assert "P9" not in office.who("regional_cocheck_watch").values()
    office.answer(holder="T1")
    assert "regional_cocheck" not in office.callouts()[0].callout.waiting
