"""What comes by itself after an activation, told as stories of Qingshi (`tests/plans/clockwork.yaml`).

Each begins at 02:40 on 1 March 2026 in China. At the end of each story every promised time is accounted for
and the journal gives the stored timers again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from incident.domain import clock
from incident.domain.fact_names import kind_of
from incident.domain.facts import TimerEnded
from incident.service import opened
from incident.testing import Drill

PLAN = str(Path(__file__).parent.parent / "plans" / "clockwork.yaml")


@pytest.fixture
def drill() -> Iterator[Drill]:
    story = Drill(PLAN)
    yield story
    story.expect_account()
    story.dump()


def facts(drill: Drill, **wanted: Any) -> list[TimerEnded]:
    """Give the ends of promised times in the journal, only those with the values wanted."""
    with drill.store.reading() as tx:
        entries = [opened.read_entry(drill.code, stored) for stored in tx.entries(drill.code)]
    ends = [fact for entry in entries for fact in entry.facts if isinstance(fact, TimerEnded)]
    return [one for one in ends if all(getattr(one, name) == value for name, value in wanted.items())]


def told(drill: Drill, **wanted: Any) -> list[tuple[str, str, list[str]]]:
    """Give (kind, local time promised, who was told)."""
    return [(kind_of(one), wall(drill, one.due), one.tell) for one in facts(drill, **wanted)]


def wall(drill: Drill, stamp: str) -> str:
    zone = drill.playbook.jurisdiction.zone
    return f"{clock.local(clock.read_stamp(stamp), zone):%d %H:%M}"


def activate(drill: Drill) -> None:
    drill.activate("positive", origin="local", decided_by="command")


def cancelled(drill: Drill, key: str) -> list[tuple[str, str, str | None]]:
    with drill.store.reading() as tx:
        timers = tx.timers(drill.code, since=0, until=2**40)
    zone = drill.playbook.jurisdiction.zone
    return [
        (one.of, f"{clock.local(one.due, zone):%d %H:%M}", one.reason)
        for one in timers
        if one.end == "cancelled" and one.key == key and one.what == "deadline"
    ]


# -- a day of reports


def test_a_missing_report_is_reminded_of_recorded_and_climbs(drill: Drill) -> None:
    drill.file("stability", zero=True)
    drill.after(hours=20)

    assert told(drill, key="group_report", of="coordination") == [
        ("Reminded", "01 14:30", ["coordination"]),
        ("ReportMissed", "01 15:00", ["coordination", "command"]),
        ("Escalated", "01 15:30", ["command"]),
        ("Escalated", "01 17:00", ["command.leader"]),
    ]
    drill.expect_report("group_report", "late", of="coordination", late=7 * 60 + 40)


def test_a_report_that_is_in_is_neither_reminded_of_nor_escalated_and_its_deadline_is_met(
    drill: Drill,
) -> None:
    for group in ("stability", "coordination"):
        drill.file(group, zero=True)
    drill.after(hours=20)

    assert {kind for kind, _, _ in told(drill, key="group_report")} == {"ReportMet"}
    drill.expect_report("group_report", "filed", of="stability", late=0)


def test_silence_is_no_zero_report(drill: Drill) -> None:
    drill.after(hours=13)
    drill.expect_report("group_report", "late", of="stability")
    assert not any(one.filing for one in drill.reports())


def test_a_late_report_keeps_its_lateness_by_the_minute_and_ends_the_climb(drill: Drill) -> None:
    drill.after(hours=12, minutes=37)
    drill.file("coordination")
    drill.after(hours=8)

    drill.expect_report("group_report", "filed", of="coordination", late=17)
    assert told(drill, key="group_report", of="coordination", what="escalation") == []


def test_a_report_is_late_only_after_its_grace_but_counts_from_its_hour(drill: Drill) -> None:
    drill.after(hours=12, minutes=29)
    drill.expect_report("group_report", "due", of="coordination")
    drill.after(minutes=1)
    drill.expect_report("group_report", "late", of="coordination", late=10)


def test_a_report_of_tomorrow_cannot_be_filed_today(drill: Drill) -> None:
    drill.file("coordination")
    drill.after(hours=14)
    filed = drill.file("coordination", form="situation")
    assert filed.entry.facts[0].closes == []  # type: ignore[union-attr]


def test_a_report_just_before_its_time_answers_the_late_one_of_yesterday_too(drill: Drill) -> None:
    drill.after(days=1, hours=11, minutes=55)
    filed = drill.file("coordination")
    assert [(wall(drill, one.due), one.late) for one in filed.entry.facts[0].closes] == [  # type: ignore[union-attr]
        ("01 15:00", 23 * 60 + 35),
        ("02 15:00", 0),
    ]


def test_a_meeting_is_called_and_duty_handed_over_at_their_hours(drill: Drill) -> None:
    drill.after(days=2)
    assert told(drill, key="morning_meeting") == [
        ("Called", "01 09:00", ["command", "coordination"]),
        ("Called", "02 09:00", ["command", "coordination"]),
    ]
    assert told(drill, key="watch") == [
        ("HandoverCame", "01 08:00", ["command"]),
        ("HandoverUnsigned", "01 08:30", ["command.leader", "command.deputy", "command"]),
        ("HandoverCame", "02 08:00", ["command"]),
        ("HandoverUnsigned", "02 08:30", ["command.deputy", "command.leader", "command"]),
    ]


# -- a change of state


def test_raising_the_frequency_cancels_the_old_times_and_opens_the_new_from_that_minute(drill: Drill) -> None:
    activate(drill)
    drill.after(hours=9)

    assert cancelled(drill, "group_report") == [
        ("coordination", "01 15:00", "changed"),
        ("stability", "01 15:00", "changed"),
    ]
    assert [one[1] for one in told(drill, key="group_report", of="stability", what="deadline")] == [
        "01 06:40",
        "01 10:40",
    ]


def test_a_group_that_begins_to_work_owes_what_each_group_owes_until_it_ends(drill: Drill) -> None:
    activate(drill)
    drill.after(hours=5)
    assert told(drill, key="group_report", of="lockdown", what="deadline") != []
    drill.stand_down("lifted")
    drill.after(days=1)
    assert ("lockdown", "01 10:40", "changed") in cancelled(drill, "group_report")
    assert told(drill, key="group_report", of="lockdown", due="2026-03-01T07:00:00Z") == []


def test_lowering_it_again_leaves_what_was_missed_missed(drill: Drill) -> None:
    activate(drill)
    drill.after(hours=5)
    drill.stand_down("lifted")
    drill.after(hours=12)
    missed = facts(drill, key="group_report", of="stability", result="missed")
    assert [wall(drill, one.due) for one in missed] == ["01 06:40", "01 15:00"]


def test_what_was_due_before_an_order_is_carried_out_before_it_even_without_a_worker(drill: Drill) -> None:
    drill.clock.after(hours=14)
    activate(drill)
    assert [one.of for one in facts(drill, key="group_report", result="missed")] == [
        "coordination",
        "stability",
    ]


# -- after an outage


def test_after_an_outage_each_missed_report_is_recorded_and_one_message_tells_of_the_newest(
    drill: Drill,
) -> None:
    drill.outage(days=3)
    missed = facts(drill, key="group_report", of="stability", result="missed")
    assert [wall(drill, one.due) for one in missed] == ["01 15:00", "02 15:00", "03 15:00"]
    assert [one.tell for one in missed] == [[], [], ["stability", "command"]]
    assert [one.end for one in missed] == ["fired_late"] * 3
    assert missed[-1].late == 11 * 60 + 30


def test_after_an_outage_reminders_and_meetings_have_expired(drill: Drill) -> None:
    drill.outage(days=2)
    assert Counter(one.end for one in facts(drill, what="reminder")) == {"expired": 4}
    assert Counter(one.end for one in facts(drill, key="morning_meeting")) == {"expired": 2}


def test_a_meeting_is_still_called_a_few_minutes_late(drill: Drill) -> None:
    drill.outage(hours=6, minutes=30)
    assert [(one.end, one.late) for one in facts(drill, key="morning_meeting")] == [("fired_late", 10)]


def test_after_an_outage_duty_is_with_the_shift_of_now(drill: Drill) -> None:
    drill.outage(days=3)
    assert [one.end for one in facts(drill, key="watch")] == ["superseded", "superseded", "fired_late"]


def test_after_an_outage_the_escalation_stands_where_the_time_elapsed_has_taken_it(drill: Drill) -> None:
    drill.outage(hours=15)
    climbed = facts(drill, key="group_report", of="stability", what="escalation")
    assert [(one.tier, one.end, one.tell) for one in climbed] == [
        (1, "superseded", []),
        (2, "fired_late", ["command.leader"]),
    ]


def test_an_outage_of_years_is_caught_up_in_entries_of_bounded_size(drill: Drill) -> None:
    drill.outage(days=400)
    with drill.store.reading() as tx:
        sizes = [len(opened.read_entry(drill.code, stored).facts) for stored in tx.entries(drill.code)]
    # at most so many ends of each of two kinds, and a shift for each handover
    assert max(sizes) < 3 * 200 + 1
    assert len(facts(drill, key="group_report", of="stability", what="deadline")) == 400
    assert (
        sum(bool(one.tell) for one in facts(drill, key="group_report", of="stability", what="deadline")) == 1
    )


def test_nothing_comes_twice_when_swept_twice(drill: Drill) -> None:
    drill.outage(days=2)
    assert drill.sweep().ended == 0


# -- step-down


def _keep_quiet(drill: Drill, days: int) -> None:
    """Let days pass in which every report that is asked for comes in ten minutes before its time."""
    end = drill.clock() + days * 86400
    while drill.clock() < end:
        for one in drill.reports():
            is_asked = one.state in ("open", "due", "late") and one.due - 600 <= drill.clock()
            if is_asked and one in drill.reports():  # not closed by the filing just before
                drill.file(one.of, form=one.key)
        drill.after(minutes=10)


def test_a_step_down_is_proposed_when_days_reports_and_the_superior_agree(drill: Drill) -> None:
    activate(drill)
    drill.signal("agreed")
    _keep_quiet(drill, 6)
    proposals = facts(drill, what="step_down")
    assert [(wall(drill, one.due), one.result, one.step) for one in proposals] == [
        ("07 00:00", "proposed", "lift")
    ]
    assert proposals[0].plan is not None
    assert proposals[0].tell == ["command"]
    drill.expect_state("emergency")


def test_a_further_local_case_starts_the_count_anew_and_an_imported_one_does_not(drill: Drill) -> None:
    activate(drill)
    drill.after(days=2)
    drill.signal("positive", origin="local")
    drill.after(days=1)
    drill.signal("positive", origin="imported")
    with drill.store.reading() as tx:
        due = [one.due for one in tx.open_timers(drill.code) if one.what == "step_down"]
    assert [wall(drill, clock.stamp(one)) for one in due] == ["09 00:00"]


def test_it_asks_again_each_midnight_while_a_gate_is_open(drill: Drill) -> None:
    activate(drill)
    _keep_quiet(drill, 7)
    assert [(wall(drill, one.due), one.reason) for one in facts(drill, what="step_down")] == [
        ("07 00:00", ["agreed"]),
        ("08 00:00", ["agreed"]),
    ]
    drill.signal("agreed")
    _keep_quiet(drill, 1)
    assert facts(drill, what="step_down")[-1].result == "proposed"


def test_it_is_held_for_a_person_when_it_came_due_during_an_outage(drill: Drill) -> None:
    activate(drill)
    drill.signal("agreed")
    drill.outage(days=6)
    assert [(one.end, one.reason) for one in facts(drill, what="step_down")] == [("held", ["outage"])]


def test_it_is_held_while_nobody_would_hear_of_a_case(drill: Drill) -> None:
    activate(drill)
    drill.signal("agreed")
    drill.after(days=6)
    assert [(one.end, one.reason) for one in facts(drill, what="step_down")] == [("held", ["silent_feed"])]


# -- ends and terms


def test_a_planned_end_alarms_and_reverts_nothing(drill: Drill) -> None:
    activate(drill)
    drill.after(days=11)
    drill.expect_state("emergency")
    assert told(drill, what="planned_end") == [("PlannedEndReached", "11 02:40", ["command", "superior"])]


def test_a_provisional_act_that_nobody_confirms_alarms_and_reverts_nothing(drill: Drill) -> None:
    activate(drill)
    drill.after(days=2)
    drill.expect_state("emergency")
    assert told(drill, what="confirmation") == [("ConfirmationOverdue", "02 02:40", ["command", "superior"])]


def test_a_confirmed_act_has_no_term_any_more(drill: Drill) -> None:
    activate(drill)
    drill.after(hours=3)
    drill.signal("confirmed")
    drill.after(days=2)
    assert facts(drill, what="confirmation") == []


def test_standing_down_leaves_nothing_of_the_emergency_to_come(drill: Drill) -> None:
    activate(drill)
    drill.after(days=1)
    drill.stand_down("lifted")
    with drill.store.reading() as tx:
        left = {(one.what, one.key) for one in tx.open_timers(drill.code)}
    assert {key for _what, key in left} == {"group_report", "town_report", "morning_meeting", "watch"}
