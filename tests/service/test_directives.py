"""A leader's directive is chased and answered like a report, and can be taken back. Told of Qingshi."""

from __future__ import annotations

from typing import Any, Final

import pytest

from incident.domain.errors import Conflict, RequestError
from incident.domain.facts import ItemEnded
from incident.domain.ledger import Occurrence
from incident.service.filing import Contents, Order, issue
from incident.testing import Drill, fixed_chance
from tests.service.qingshi import HOUR, closed, command, drill, emergency, history, origin, put_in, take_back

__all__ = ["drill", "emergency"]


# -- directives


def test_directive_is_chased_like_a_report(emergency: Drill) -> None:
    key = command(emergency, remind="30m", escalate=[("1h", "command.deputy"), ("30m", "command.leader")])

    emergency.after(hours=1, minutes=30)
    emergency.expect_notice("stability")
    emergency.after(hours=2)

    assert history(emergency, key) == ["Reminded", "ReportMissed", "Escalated", "Escalated"]
    assert [one.state for one in emergency.reports() if one.key == key] == ["late"]


def test_directive_without_steps_goes_to_who_issued_it(emergency: Drill) -> None:
    command(emergency)

    emergency.after(hours=2)
    emergency.expect_notice("command.leader")
    emergency.after(minutes=30)
    emergency.expect_notice("command.leader")


def test_directive_is_answered_like_a_report_and_then_rests(emergency: Drill) -> None:
    key = command(emergency)
    emergency.after(hours=2, minutes=12)

    outcome = put_in(emergency, "stability", form=key)

    assert closed(emergency, outcome) == [(key, "stability", "01 05:40", 12)]
    assert [fact.key for fact in outcome.entry.facts if isinstance(fact, ItemEnded)] == [key]
    emergency.expect_gone("directive", key)
    emergency.expect_notice("command.leader")
    emergency.after(hours=2)
    assert history(emergency, key) == ["ReportMissed"]
    assert [(one.state, one.late) for one in emergency.reports() if one.key == key] == [("filed", 12)]


def test_directive_answered_in_time_is_neither_late_nor_missing(emergency: Drill) -> None:
    key = command(emergency, remind="30m")

    put_in(emergency, "stability", form=key)

    emergency.after(hours=3)
    assert history(emergency, key) == []
    assert [(one.state, one.late) for one in emergency.reports() if one.key == key] == [("filed", 0)]


def test_answer_to_a_directive_leaves_the_daily_report_owed(emergency: Drill) -> None:
    key = command(emergency)
    assert [one for one, *_rest in closed(emergency, put_in(emergency, "stability", form=key))] == [key]
    assert "group_report" in {one.key for one in still_owed(emergency) if one.of == "stability"}


def still_owed(drill: Drill) -> list[Occurrence]:
    return [one for one in drill.reports() if one.state in ("open", "due", "late")]


def test_directive_that_is_taken_back_is_chased_no_more(emergency: Drill) -> None:
    key = command(emergency, remind="30m")

    take_back(emergency, key)

    emergency.after(hours=5)
    assert history(emergency, key) == []
    assert [one.state for one in emergency.reports() if one.key == key] == ["withdrawn"]
    with pytest.raises(RequestError, match="none is open"):
        take_back(emergency, key)


def test_who_was_ordered_is_told_that_the_order_is_taken_back(emergency: Drill) -> None:
    outcome = take_back(emergency, command(emergency))

    told = [one.to for seq, one in emergency.store.outbox(emergency.code) if seq == outcome.entry.seq]
    assert told == ["stability", "command.leader"]


def test_directive_is_answered_however_late_and_in_whatever_state(emergency: Drill) -> None:
    key = command(emergency)
    emergency.after(hours=3)
    emergency.stand_down("lifted")
    emergency.after(days=50)

    assert [one.state for one in emergency.reports() if one.key == key] == ["late"]
    assert [one for one, *_rest in closed(emergency, put_in(emergency, "stability", form=key))] == [key]


def test_order_whose_time_counts_from_now_is_the_same_when_it_is_said_again(emergency: Drill) -> None:
    key = command(emergency, id_="E1", due=emergency.clock() + 4 * HOUR)
    emergency.after(minutes=1)

    assert command(emergency, id_="E1", due=emergency.clock() + 4 * HOUR) == key


def test_directive_is_taken_back_with_a_reason(emergency: Drill) -> None:
    key = command(emergency)
    with pytest.raises(RequestError, match="why it is taken back"):
        take_back(emergency, key, " ")


def test_directive_stays_owed_when_the_state_changes(emergency: Drill) -> None:
    key = command(emergency, due=emergency.clock() + 24 * HOUR)

    emergency.stand_down("lifted")
    emergency.after(days=1, hours=1)

    assert [one.state for one in emergency.reports() if one.key == key] == ["late"]


WRONG: Final[list[tuple[dict[str, Any], str]]] = [
    ({"by": "nobody"}, "who issues it"),
    ({"to": "宣传组"}, "who answers; Coordination group"),
    ({"escalate": [("30m", "nobody")]}, "who is told when it is not answered"),
    ({"escalate": [("soon", "command")]}, "a duration such as 30m"),
    ({"remind": "0m"}, "reminder"),
    # a group leads nobody, and nobody orders from himself
    ({"by": "stability", "to": "command"}, "who issues it; Leading group"),
    ({"by": "stability", "to": "stability"}, "who issues it"),
    ({"by": "卫生院"}, "name the seat, body or office that orders"),
    ({"by": "command", "to": "领导小组"}, "who answers; another than who orders; Leading group"),
    # as long as there is, and longer
    ({"remind": "2h"}, "reminder; less than the 120 minutes until it is due; 2h"),
    ({"remind": "3h"}, "reminder"),
    ({"due": 0}, "a time to come"),
    ({"due": 1_900_000_000}, "within 400 days"),
]


@pytest.mark.parametrize(("words", "expected"), WRONG, ids=repr)
def test_directive_that_cannot_be_understood_is_refused(
    emergency: Drill, words: dict[str, Any], expected: str
) -> None:
    before = emergency.situation.version

    with pytest.raises(RequestError, match=expected):
        command(emergency, **words)

    assert emergency.situation.version == before


def test_whoever_can_owe_a_report_can_answer_a_directive(emergency: Drill) -> None:
    for to in ("stability", "卫生院", "command", "command.deputy"):
        command(emergency, to=to)


def test_reminder_that_comes_in_time_is_accepted(emergency: Drill) -> None:
    key = command(emergency, remind="119m")

    emergency.after(minutes=2)

    assert history(emergency, key) == ["Reminded"]


def test_several_are_told_after_the_same_time(emergency: Drill) -> None:
    key = command(
        emergency,
        escalate=[
            ("60m", "command.deputy"),
            ("10m", "command"),
            ("1h", "command.leader"),
            ("1h", "command.leader"),
        ],
    )

    item = still_ordered(emergency, key)

    assert item["escalate"] == [
        {"after": "10m", "to": ["command"]},
        {"after": "60m", "to": ["command.deputy", "command.leader"]},
    ]


def still_ordered(drill: Drill, key: str) -> dict[str, Any]:
    with drill.store.reading() as tx:
        return tx.standing(drill.code)["directive", key].item


def test_directive_is_not_answered_with_nothing(emergency: Drill) -> None:
    key = command(emergency)

    with pytest.raises(RequestError, match="an answer to the directive"):
        put_in(emergency, "stability", Contents(), form=key, zero=True)


def test_identity_of_a_directive_with_other_words_is_a_conflict(emergency: Drill) -> None:
    key = command(emergency, id_="call")

    with pytest.raises(Conflict, match="other words or files"):
        command(emergency, id_="call", text="另一件事")
    assert command(emergency, id_="call") == key


def test_directive_orders_something(emergency: Drill) -> None:
    with pytest.raises(RequestError, match="what is ordered"):
        issue(
            emergency.store,
            emergency.code,
            Order(by="command", to="stability", due=emergency.clock() + HOUR, text=" "),
            origin=origin("empty"),
            now=emergency.clock,
            chance=fixed_chance,
        )
