"""What each of the five papers says, in sentences: the facts that must not be lost."""

from __future__ import annotations

from typing import Final

import pytest

from incident.domain.collisions import collisions
from incident.domain.playbook import Playbook, StandingGroup
from tests.shipped import plan

STATES: Final = ("routine", "first_level_response", "local_positive_detected")


# Majian


def acting(book: Playbook) -> dict[str, StandingGroup]:
    """Give the groups that act as another in the emergency."""
    groups = book.states["local_positive_detected"].groups
    return {key: group for key, group in groups.items() if group.acts_as is not None}


def test_in_majian_six_groups_become_task_force_groups_and_eight_continue() -> None:
    book = plan("majian")
    six = {book.groups[key].name.zh: group.acts_as.zh for key, group in acting(book).items() if group.acts_as}
    assert six == {
        "综合协调组": "综合协调组",
        "宣传舆情组": "宣传舆情组",
        "社会稳定组": "社区封控组",
        "区域协查管控专班": "区域协查组",
        "转运隔离组": "转运隔离组",
        "核酸采样工作组": "核酸筛查组",
    }
    before, after = (book.states[state].groups for state in ("routine", "local_positive_detected"))
    assert len([key for key in before if before[key] == after[key]]) == 8


def test_in_majian_the_six_are_reinforced_and_work_together_under_the_task_force() -> None:
    six = acting(plan("majian"))
    assert all(one.reinforced and one.co_located for one in six.values())
    assert {one.under for one in six.values()} == {"outbreak_task_force"}
    assert [len(one.duties) for one in six.values()] == [5, 2, 1, 0, 2, 2]
    assert {key: one.led_by for key, one in six.items() if one.led_by} == {
        "publicity": ["宣传线"],
        "sampling": ["社会事务服务管理办", "卫生院"],
    }


def test_in_majian_regional_tracing_alone_works_24_hours_in_the_command_room() -> None:
    book = plan("majian")
    assert [key for key, one in acting(book).items() if one.place] == ["regional_cocheck"]
    watch = book.states["local_positive_detected"].rosters["regional_cocheck_watch"]
    assert (watch.of, watch.pattern, watch.source) == ("regional_cocheck", "24h", "一(八)+")
    assert watch.place is not None
    assert watch.place.zh == "综合信息指挥室"


def test_majian_announces_five_groups_and_six_are_found() -> None:
    book = plan("majian")
    assert book.bodies["outbreak_task_force"].announced_groups == 5
    assert [one.about for one in book.conflicts if one.rule == "P401"] == ["outbreak_task_force"]


def test_in_majian_one_person_sits_in_four_task_force_groups_and_one_in_three() -> None:
    found = collisions(plan("majian"), "local_positive_detected")
    assert {holder: len(seats) for holder, seats in found} == {"P2": 4, "P9": 3}


def test_in_majian_one_person_holds_nine_seats() -> None:
    book = plan("majian")
    office = book.bodies["command"].office
    assert office is not None
    held = [one.seats for one in book.bodies.values()] + [one.seats for one in book.groups.values()]
    seats = [seat for owner in [*held, office.seats] for seat in owner.values()]
    assert sum("P2" in seat.holders for seat in seats) == 9


def test_majian_activates_at_once_upon_a_preliminary_local_positive_on_two_cited_orders() -> None:
    book = plan("majian")
    step = book.transitions["activate_on_positive"]
    assert (step.source, step.immediate) == ("preamble", True)
    assert step.when == {"origin": "local", "result": ["preliminary_positive", "confirmed"]}
    assert [book.document.basis[key].number for key in step.basis] == [
        "省疫情防控办〔2021〕97号",
        "诸市防控〔2021〕4号",
    ]


# The paper does not say who decides; see its silences.
@pytest.mark.parametrize("name", ["majian", "taiping", "wulipai", "taizhou"])
def test_who_decides_is_the_projects_where_the_paper_is_silent(name: str) -> None:
    for step in plan(name).transitions.values():
        assert step.source is None or not step.decided_by or "decided_by" in step.project


# Dongshan


def test_in_dongshan_the_standing_committee_decides_and_the_response_holds_from_25_january() -> None:
    book = plan("dongshan")
    step = book.transitions["declare_first_level"]
    assert (step.decided_by, step.source) == (["standing_committee"], "preamble")
    assert "decided_by" not in step.project
    assert book.bodies["standing_committee"].name.zh == "区委常委会"
    assert book.document.effective_from == "2020-01-25"


def test_in_dongshan_nobody_but_the_committee_leads_out_of_routine() -> None:
    leaving = [step for step in plan("dongshan").transitions.values() if "routine" in step.origins]
    assert [step.decided_by for step in leaving] == [["standing_committee"]] * 2


def test_dongshan_meets_at_nine_with_towns_street_offices_and_eight_groups() -> None:
    meeting = plan("dongshan").states["first_level_response"].obligations["daily_meeting"]
    assert (meeting.kind, meeting.at, meeting.source) == ("meeting", ["09:00"], "三(一)")
    assert meeting.together_with == ["各乡镇", "街道办事处", *plan("dongshan").groups]


def test_dongshan_reports_before_three_over_two_different_periods() -> None:
    owed = plan("dongshan").states["first_level_response"].obligations
    groups, towns = owed["group_report"], owed["town_report"]
    assert (groups.senders, groups.at, groups.window) == (["each_group"], ["15:00"], "same_day")
    assert (towns.senders, towns.at, towns.window) == (["各乡镇", "办事处"], ["15:00"], "previous_24h")
    assert groups.receivers == towns.receivers == ["command.office"]
    assert groups.project == towns.project == ["remind", "escalate"]


def test_in_dongshan_a_late_report_reaches_the_headquarters_and_then_its_commander() -> None:
    state = plan("dongshan").states["local_positive_detected"]
    assert state.clocks["step_down"].feed == "town_report"
    for key in ("group_report", "town_report"):
        told = [(tier.after, tier.to) for tier in state.obligations[key].escalate]
        assert told == [("30m", ["command"]), ("2h", ["command.commander"])]


def test_dongshan_takes_temperatures_twice_a_day_for_fourteen_days() -> None:
    follow_ups = plan("dongshan").follow_ups
    assert [one.days for one in follow_ups.values()] == [14, 14, 14, 14]
    assert follow_ups["home_temperature"].times_a_day == 2


def test_dongshan_pays_two_thousand_yuan_for_a_verified_report() -> None:
    assert [one.yuan for one in plan("dongshan").rewards.values()] == [2000]


def test_dongshan_has_a_leading_group_of_two_leaders_beside_a_headquarters_of_eleven_commanders() -> None:
    bodies = plan("dongshan").bodies
    assert [seat.count for seat in bodies["command"].seats.values()] == [1, 1, 9]
    assert [seat.count for seat in bodies["leading_group"].seats.values()] == [2]
    assert bodies["leading_group"].beside == "command"


def test_in_dongshan_one_group_alone_may_publish_what_the_office_approved() -> None:
    release = plan("dongshan").releases["all_information"]
    assert (release.approver, release.publisher) == (["command.office"], ["publicity_opinion"])
    assert release.exclusive


# Wulipai


def test_wulipai_reports_in_writing_by_half_past_three_and_then_upward_without_an_hour() -> None:
    book = plan("wulipai")
    for state in STATES:
        owed = book.states[state].obligations
        report, summary = owed["group_report"], owed["daily_report"]
        assert (report.receivers, report.at, report.written) == (["general"], ["15:30"], True)
        assert (summary.senders, summary.receivers) == (["general"], ["上级有关部门"])
        assert (summary.after, summary.at, summary.every) == ("group_report", [], None)
        assert {"window", "zero_report"} <= set(summary.project)
        assert (summary.remind, summary.escalate) == (None, [])
    assert book.groups["general"].name.zh == "综合组"


def test_in_wulipai_the_clock_watches_the_groups_reports_for_the_summary_has_no_hour() -> None:
    state = plan("wulipai").states["local_positive_detected"]
    assert state.clocks["step_down"].feed == "group_report"
    told = [(tier.after, tier.to) for tier in state.obligations["group_report"].escalate]
    assert told == [("30m", ["command"]), ("2h", ["command.leader"])]


def test_in_wulipai_no_group_has_a_lead_unit_so_that_the_group_reports_by_the_projects_reading() -> None:
    book = plan("wulipai")
    assert [group.lead_unit for group in book.groups.values()] == [None] * 6
    assert book.states["routine"].obligations["group_report"].project == ["from", "remind", "escalate"]


def test_wulipai_was_published_ten_days_before_it_was_signed() -> None:
    document = plan("wulipai").document
    assert (document.published, document.date) == ("2020-01-17", "2020-01-27")


# Taizhou


def test_taizhou_has_one_office_and_nine_groups_each_set_up_somewhere_and_led_by_nobody() -> None:
    book = plan("taizhou")
    command = book.bodies["command"]
    assert command.office is not None
    assert command.office.host_unit == "市政府办公室"
    assert command.announced_groups == len(book.groups) == 9
    assert all(group.host_unit and not group.lead_unit and not group.seats for group in book.groups.values())


def test_in_taizhou_the_health_commission_is_in_the_office_and_all_nine_groups() -> None:
    book = plan("taizhou")
    office = book.bodies["command"].office
    assert office is not None
    assert "市卫生健康委" in office.units
    assert all("市卫生健康委" in (*one.units, one.host_unit) for one in book.groups.values())


def test_no_hour_in_taizhou_is_the_papers() -> None:
    for state in plan("taizhou").states.values():
        for owed in state.obligations.values():
            assert owed.source is None or not (owed.at or owed.every or owed.within)


# Taiping


def test_taiping_has_twenty_departments_no_groups_and_twenty_three_posts() -> None:
    book = plan("taiping")
    command = book.bodies["command"]
    assert (len(book.departments), len(book.groups), command.announced_groups) == (20, 0, 0)
    members = command.seats["members"]
    assert (members.count, len(members.posts)) == (23, 23)
    assert [seat.count for seat in command.seats.values()] == [1, 1, 4, 23]


def test_the_only_daily_duty_of_taiping_is_to_know_the_health_of_students() -> None:
    owed = plan("taiping").states["routine"].obligations
    daily = [key for key, one in owed.items() if one.every and one.source and "every" not in one.project]
    assert daily == ["student_health_check"]
