"""Clocks that count from a receipt, and one report that answers several. Told of Qingshi."""

from __future__ import annotations

import pytest

from incident.domain import clock
from incident.domain.errors import RequestError
from incident.domain.facts import ReportFiled
from incident.service.handle import Outcome
from incident.testing import Drill
from tests.service.test_time import activate, drill, facts, wall

__all__ = ["drill"]


def filed_fact(outcome: Outcome) -> ReportFiled:
    fact = outcome.entry.facts[0]
    assert isinstance(fact, ReportFiled)
    return fact


# -- clocks that count from a receipt


def test_the_statutory_chain_gives_each_level_two_hours_from_its_receipt(drill: Drill) -> None:
    activate(drill)
    for sender, form in [
        ("卫生院", "first_report"),
        ("县疾控中心", "second_report"),
        ("县卫健局", "third_report"),
        ("县政府", "fourth_report"),
    ]:
        drill.after(hours=1, minutes=59)
        drill.file(sender, form=form)
        drill.expect_report(form, "filed", late=0)
    assert clock.stamp(drill.clock()) == "2026-03-01T02:36:00Z"  # nearly eight hours after 02:40 in China


def test_the_next_level_has_no_clock_before_it_received_anything(drill: Drill) -> None:
    activate(drill)
    drill.after(days=1)
    assert [one for one in drill.reports() if one.key == "second_report"] == []
    drill.expect_report("first_report", "late", of="卫生院")


def test_milestones_of_two_four_and_twenty_four_hours(drill: Drill) -> None:
    activate(drill)
    drill.after(hours=25)
    assert [
        wall(drill, one.due)
        for key in ("on_site", "core_data", "full_report")
        for one in facts(drill, key=key, result="missed")
    ] == ["01 04:40", "01 06:40", "02 02:40"]


def test_each_receipt_starts_its_own_clock_and_one_report_answers_all(drill: Drill) -> None:
    activate(drill)
    drill.after(minutes=30)
    drill.signal("positive", origin="imported")
    filed = drill.file("卫生院", form="first_report")
    assert [wall(drill, one.due) for one in filed_fact(filed).closes] == ["01 04:40", "01 05:10"]


def test_a_deadline_from_the_entry_comes_once(drill: Drill) -> None:
    activate(drill)
    drill.after(days=2)
    assert [wall(drill, one.due) for one in facts(drill, key="deployment", what="deadline")] == ["01 08:40"]


# -- report once, satisfy many


def test_one_filing_closes_every_open_report_of_the_same_form(drill: Drill) -> None:
    activate(drill)
    drill.after(hours=3)
    filed = drill.file("coordination")
    assert [one.key for one in filed_fact(filed).closes] == ["copy_report", "group_report"]


def test_a_report_that_gathers_others_says_what_came_in(drill: Drill) -> None:
    drill.file("coordination", zero=True)
    drill.after(hours=12, minutes=35)
    filed = drill.file("command")
    parts = filed_fact(filed).parts
    assert [(one.of, one.state) for one in parts] == [("coordination", "zero"), ("stability", "missing")]


def test_a_report_not_yet_due_is_awaited_and_not_missing(drill: Drill) -> None:
    drill.file("coordination", zero=True)
    drill.after(hours=12, minutes=15)
    filed = drill.file("command")
    parts = filed_fact(filed).parts
    assert [(one.of, one.state) for one in parts] == [("coordination", "zero"), ("stability", "awaited")]


def test_a_sender_who_owes_nothing_is_told_who_does(drill: Drill) -> None:
    with pytest.raises(RequestError):
        drill.file("派出所")
