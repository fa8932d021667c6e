"""The planned end is moved by the body that decided; it reminds and never ends anything by itself."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.desk import Desk, in_both_languages
from tests.cli.qingshi import active, adopted, local
from tests.cli.working import work_for
from tests.playbooks import DAY

EXTEND = ("extend", "clockwork")
DECIDED = ("--decided-by", "领导小组", "--basis", "县防控办〔2026〕9号", "--reason", "病例王五")


@pytest.fixture
def town(empty_desk: Desk) -> Desk:
    """Qingshi in its emergency since 02:40, planned for ten days."""
    return active(empty_desk)


def end(desk: Desk) -> str:
    return local(desk.done("status", "clockwork", "--json").object()["planned_end"])


def test_end_is_moved_to_a_time_or_by_a_duration(town: Desk) -> None:
    assert end(town) == "11 02:40"

    shown = town.done(*EXTEND, "--until", "2026-03-20 08:00", *DECIDED).out
    assert "planned end is now 2026-03-20 08:00 +08:00; entry 2" in shown
    assert end(town) == "20 08:00"

    answer = town.done(*EXTEND, "--until", "14d", *DECIDED, "--json").object()
    assert local(answer["planned_end"]) == end(town) == "15 02:40"
    assert (answer["authority"]["key"], answer["repeated"]) == ("command", False)


def test_old_end_is_cancelled_and_the_new_one_alarms(town: Desk) -> None:
    town.done(*EXTEND, "--until", "12d", *DECIDED)

    work_for(town, 13 * DAY)

    ends = [
        (local(one["due"]), one["end"])
        for one in town.done("account", "clockwork", "--all", "--json").object()["times"]
        if one["what"] == "planned_end"
    ]
    assert ends == [("11 02:40", "cancelled"), ("13 02:40", "fired")]
    status = town.done("status", "clockwork")
    assert "PASSED" in status.out
    assert town.done("status", "clockwork", "--json").object()["state"] == "emergency"


REFUSED: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    # nobody decided, on nothing
    (("--until", "20d"), {"rule": "missing", "missing": ["decided_by", "basis"]}),
    (("--until", "20d", "--decided-by", "command"), {"rule": "missing", "missing": ["basis"]}),
    (("--until", "20d", "--decided-by", " ", "--basis", " "), {"rule": "missing"}),
    # another body than the one that decided
    (("--until", "20d", "--decided-by", "县政府", "--basis", "令"), {"rule": "authority"}),
    # an end that has passed
    (("--until", "2026-02-28", *DECIDED), {"rule": "time"}),
]


@pytest.mark.parametrize(("words", "refused"), REFUSED)
def test_what_may_not_be_is_refused_and_recorded(
    town: Desk, words: tuple[str, ...], refused: dict[str, Any]
) -> None:
    said = town.run(*EXTEND, *words, "--json")

    assert said.code == 3
    assert said.object()["refused"].items() >= refused.items()
    assert "refused [" in said.err
    assert end(town) == "11 02:40"
    (line,) = town.done("history", "clockwork", "--kind", "RequestRefused", "--json").objects()
    assert line["data"]["rule"] == refused["rule"]


def test_refusal_is_told_in_both_languages(town: Desk) -> None:
    for said in in_both_languages(town, *EXTEND, "--until", "2026-02-28", *DECIDED):
        assert said.code == 3


def test_in_routine_nothing_ends(empty_desk: Desk) -> None:
    refused = adopted(empty_desk).run(*EXTEND, "--until", "20d", *DECIDED)

    assert refused.code == 3
    assert "no planned end" in refused.err


def test_body_that_nobody_knows_is_no_refusal_but_an_error(town: Desk) -> None:
    unknown = town.run(*EXTEND, "--until", "20d", "--decided-by", "nobody", "--basis", "令", "--json")

    assert (unknown.code, unknown.object()["error"]["where"]) == (2, "the deciding body")
    assert town.run(*EXTEND, "--until", "soon", *DECIDED).code == 2
    assert town.run(*EXTEND, *DECIDED).code == 2


def test_same_identity_counts_once(town: Desk) -> None:
    words = (*EXTEND, "--until", "2026-03-20", *DECIDED, "--event-id", "call", "--json")

    assert town.done(*words).object()["repeated"] is False
    assert town.done(*words).object()["repeated"] is True
    other = (*EXTEND, "--until", "2026-03-21", *DECIDED, "--event-id", "call")
    assert town.run(*other).code == 4


def test_refused_identity_stays_refused(town: Desk) -> None:
    words = (*EXTEND, "--until", "2026-03-20", "--event-id", "call")
    assert town.run(*words).code == 3

    again = town.run(*words, *DECIDED)

    assert again.code == 3
    assert "give a new --event-id or none" in again.err
