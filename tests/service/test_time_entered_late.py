"""What is entered after it was decided, and changes in the middle of a grace: no time is lost or doubled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from incident.domain import clock
from incident.domain.organisation import Text
from incident.domain.playbook import Event, Playbook, Tier, Transition
from incident.service.proposing import missing_reports
from incident.testing import Drill
from tests.service.test_time import PLAN, _keep_quiet, activate, facts, wall


@pytest.fixture
def drill() -> Iterator[Drill]:
    story = Drill(PLAN)
    yield story
    story.expect_account()
    story.dump()


def at(words: str) -> int:
    return clock.read_time(words, "Asia/Shanghai", 0)


def test_an_activation_entered_hours_after_it_was_decided_balances(drill: Drill) -> None:
    drill.after(hours=13, minutes=20)
    drill.activate("positive", origin="local", decided_by="command", effective_at=at("2026-03-01 14:00"))
    drill.after(days=2)
    assert drill.situation.since == at("2026-03-01 14:00")


def test_two_cases_of_one_minute_entered_hours_apart_each_have_their_receipt(drill: Drill) -> None:
    activate(drill)
    drill.after(hours=6)
    drill.signal("positive", origin="local", effective_at=at("2026-03-01 08:30"))
    drill.after(hours=3)
    drill.signal("positive", origin="local", effective_at=at("2026-03-01 08:30"))
    drill.after(days=1)
    due = [wall(drill, one.due) for one in facts(drill, key="first_report", what="deadline")]
    assert due == ["01 04:40", "01 10:40", "01 13:40"]


def test_an_older_case_that_is_entered_later_does_not_bring_the_step_down_nearer(drill: Drill) -> None:
    activate(drill)
    drill.after(days=3)
    drill.signal("positive", origin="local")
    drill.after(hours=1)
    drill.signal("positive", origin="local", effective_at=at("2026-03-02 09:00"))
    with drill.store.reading() as tx:
        (due,) = [one.due for one in tx.open_timers(drill.code) if one.what == "step_down"]
    assert wall(drill, clock.stamp(due)) == "10 00:00"


def test_a_change_inside_a_grace_leaves_the_report_that_is_due(drill: Drill) -> None:
    drill.after(hours=12, minutes=25)
    drill.activate("positive", origin="local", decided_by="command", effective_at=at("2026-03-01 14:58"))
    drill.after(hours=9)
    missed = [
        wall(drill, one.due) for one in facts(drill, key="group_report", of="stability", result="missed")
    ]
    assert missed == ["01 15:00", "01 18:58", "01 22:58"]


def test_a_series_that_was_replaced_does_not_come_back_with_the_next_change() -> None:
    """15:00 with ten minutes of grace; at 15:02 other times, at 15:04 another receiver alone."""
    drill = Drill(_with_a_worse_state())
    drill.after(hours=12, minutes=22)
    activate(drill)
    drill.after(minutes=2)
    drill.activate("worse", decided_by="command")
    drill.after(hours=9)
    due = [wall(drill, one.due) for one in facts(drill, key="group_report", of="stability", what="deadline")]
    assert due == ["01 15:00", "01 19:02", "01 23:02"]
    drill.expect_account()
    drill.dump()


def _worse(**deployment: Any) -> Drill:
    """Begin with the worse state, and a deployment report that differs there."""
    plan = _with_a_worse_state()
    state = plan.states["worse"]
    other = replace(state.obligations["deployment"], **deployment)
    worse = replace(state, obligations={**state.obligations, "deployment": other})
    return Drill(replace(plan, states={**plan.states, "worse": worse}))


def deployments(drill: Drill) -> list[tuple[str, str, str | None]]:
    found = facts(drill, key="deployment", what="deadline")
    return [(one.of, wall(drill, one.due), one.result) for one in found]


def test_what_counts_from_the_entry_into_a_state_counts_anew_in_the_next() -> None:
    drill = _worse()
    activate(drill)
    drill.after(hours=2)
    drill.activate("worse", decided_by="command")
    drill.after(days=1)
    assert deployments(drill) == [("stability", "01 08:40", "missed"), ("stability", "01 10:40", "missed")]
    drill.expect_account()
    drill.dump()


def test_two_states_entered_in_one_minute_ask_for_one_report() -> None:
    drill = _worse()
    activate(drill)
    drill.activate("worse", decided_by="command")
    drill.after(days=1)
    assert deployments(drill) == [("stability", "01 08:40", "missed")]
    drill.expect_account()
    drill.dump()


@pytest.mark.parametrize("is_filed", [True, False])
def test_state_entered_as_of_the_same_instant_asks_for_no_report_a_second_time(*, is_filed: bool) -> None:
    steps = [Tier("30m", ["command"]), Tier("4h", ["command.leader"])]
    drill = _worse()
    plan = drill.playbook
    soon = replace(plan.states["emergency"].obligations["deployment"], within="30m", escalate=steps)
    states = {
        key: replace(state, obligations={**state.obligations, "deployment": soon})
        if "deployment" in state.obligations
        else state
        for key, state in plan.states.items()
    }
    drill = Drill(replace(plan, states=states))
    began = drill.clock()
    activate(drill)
    drill.after(minutes=10)
    if is_filed:
        drill.file("stability", form="deployment")
    drill.after(minutes=55)
    drill.activate("worse", decided_by="command", effective_at=began)
    drill.after(hours=6)
    assert deployments(drill) == [("stability", "01 03:10", "met" if is_filed else "missed")]
    assert len(facts(drill, key="deployment", what="escalation")) == (0 if is_filed else 2)
    drill.expect_account()
    drill.dump()


def test_what_stood_only_after_the_clock_was_set_back_promised_nothing_before(drill: Drill) -> None:
    drill.after(hours=18)
    drill.clock.after(hours=-14)
    activate(drill)
    drill.after(hours=1)
    drill.stand_down("lifted")
    drill.after(days=3)


def test_who_has_filed_is_not_reminded_when_the_schedule_changes() -> None:
    plan = _with_a_worse_state()
    state = plan.states["worse"]
    twice = replace(state.obligations["town_report"], at=["15:30", "20:30"], remind="1h")
    worse = replace(state, obligations={**state.obligations, "town_report": twice})
    drill = Drill(replace(plan, states={**plan.states, "worse": worse}))
    activate(drill)
    drill.after(hours=11)
    drill.file("command", form="situation")
    drill.activate("worse", decided_by="command")
    drill.after(hours=8)
    reminders = facts(drill, key="town_report", what="reminder")
    assert [(wall(drill, one.due), one.end) for one in reminders] == [
        ("01 14:30", "superseded"),
        ("01 19:30", "fired"),
    ]
    drill.expect_account()
    drill.dump()


def test_what_was_filed_before_the_state_was_raised_is_not_missing_after_it() -> None:
    drill = _worse()
    activate(drill)
    drill.after(hours=1)
    drill.file("stability", form="deployment")
    drill.activate("worse", decided_by="command")
    drill.file("stability", form="deployment")
    drill.after(hours=8)
    with drill.store.reading() as tx:
        assert ("deployment", "stability") not in missing_reports(tx, drill.situation, drill.clock())


def test_a_step_down_clock_that_stands_in_the_next_state_too_counts_from_there() -> None:
    drill = _worse()
    activate(drill)
    drill.after(days=2)
    drill.activate("worse", decided_by="command")
    with drill.store.reading() as tx:
        (due,) = [one.due for one in tx.open_timers(drill.code) if one.what == "step_down"]
    assert wall(drill, clock.stamp(due)) == "09 00:00"
    drill.after(days=7)
    assert {wall(drill, one.due) for one in facts(drill, what="step_down")} == {"09 00:00"}
    drill.expect_account()
    drill.dump()


def test_what_was_asked_for_once_stays_with_whom_it_was_asked_of() -> None:
    drill = _worse(senders=["coordination"])
    activate(drill)
    drill.after(hours=2)
    drill.activate("worse", decided_by="command")
    drill.after(days=1)
    assert deployments(drill) == [("stability", "01 08:40", "missed"), ("coordination", "01 10:40", "missed")]
    drill.expect_account()
    drill.dump()


def _with_a_worse_state() -> Playbook:
    plan = Drill(PLAN).playbook
    worse = Text(zh="恶化", en="Worse")
    state = plan.states["emergency"]
    report = replace(state.obligations["group_report"], receivers=["县政府"])
    higher = replace(state, name=worse, obligations={**state.obligations, "group_report": report})
    step = Transition(name=worse, origins=["emergency"], on="worse", to="worse", decided_by=["command"])
    back = replace(plan.transitions["lift"], origins=["emergency", "worse"])
    stay = {
        key: replace(plan.transitions[key], name=worse, origins=["worse"], to="worse")
        for key in ("further", "agree", "confirm")
    }
    return replace(
        plan,
        events={**plan.events, "worse": Event(name=worse)},
        states={**plan.states, "worse": higher},
        transitions={
            **plan.transitions,
            "lift": back,
            "worsen": step,
            **{f"{key}_worse": one for key, one in stay.items()},
        },
    )


def test_a_first_report_that_is_missing_keeps_the_gate_shut_though_a_second_is_in(drill: Drill) -> None:
    activate(drill)
    drill.signal("agreed")
    drill.after(hours=3)
    drill.signal("positive", origin="imported")
    drill.after(minutes=5)
    drill.file("卫生院", form="first_report", due=drill.clock() + 115 * 60)
    _keep_quiet_but_for(drill, "first_report")
    assert facts(drill, what="step_down")[-1].reason == ["reports_in"]


def _keep_quiet_but_for(drill: Drill, key: str) -> None:
    """Let days pass in which all but one report come in."""
    end = drill.clock() + 6 * 86400
    while drill.clock() < end:
        for one in drill.reports():
            is_asked = one.state in ("open", "due", "late") and one.due - 600 <= drill.clock()
            if is_asked and one.key != key and one in drill.reports():
                drill.file(one.of, form=one.key)
        drill.after(minutes=10)


def test_reports_that_could_not_be_looked_at_are_no_reason_to_step_down(
    drill: Drill, monkeypatch: pytest.MonkeyPatch
) -> None:
    from incident.domain import firing

    activate(drill)
    drill.signal("agreed")
    _keep_quiet(drill, 5)
    deadline = firing._RULES["deadline"]
    monkeypatch.setattr(
        firing,
        "_RULES",
        {
            **firing._RULES,
            "deadline": lambda timer, case: (
                [firing.hold(timer, case.at, "fault")]
                if timer.key == "copy_report"
                else deadline(timer, case)
            ),
        },
    )
    drill.after(days=1)
    assert [(one.end, one.reason) for one in facts(drill, what="step_down")] == [("held", ["silent_feed"])]
