"""What a journal promised is found again by walking its schedules, without a look at any timer.

Journals come from stories of Qingshi (`tests/plans/clockwork.yaml`); what they promised is told here by hand.
That walk and timers agree whatever happens is tried in `tests/service/test_account.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from incident.domain import clock
from incident.domain.journal import Entry
from incident.domain.promised import promised
from incident.service import opened
from incident.testing import Drill

PLAN: Final = str(Path(__file__).parent.parent / "plans" / "clockwork.yaml")
HOUR: Final = 3600


@pytest.fixture
def drill() -> Drill:
    """Qingshi, adopted at 02:40 on the first of March."""
    return Drill(PLAN)


def activate(drill: Drill) -> None:
    drill.activate("positive", origin="local", decided_by="command")


def journal(drill: Drill) -> list[Entry]:
    with drill.store.reading() as tx:
        return [opened.read_entry(drill.code, stored) for stored in tx.entries(drill.code)]


def of(drill: Drill, key: str, sender: str, *, hours: int = 48) -> list[str]:
    """Give the local times promised of a sender's thing in the first hours."""
    until = clock.read_stamp(journal(drill)[0].at) + hours * HOUR
    found = sorted(one.due for one in promised(journal(drill), until) if (one.key, one.of) == (key, sender))
    return [f"{clock.local(due, drill.playbook.jurisdiction.zone):%d %H:%M}" for due in found]


def test_what_stands_is_promised_to_the_end_of_the_period_and_no_further(drill: Drill) -> None:
    assert of(drill, "group_report", "stability") == ["01 15:00", "02 15:00"]
    assert of(drill, "group_report", "stability", hours=13) == ["01 15:00"]
    assert of(drill, "group_report", "stability", hours=12) == []


def test_calls_and_handovers_are_promised_too(drill: Drill) -> None:
    assert of(drill, "morning_meeting", "command") == ["01 09:00", "02 09:00"]
    assert of(drill, "watch", "command") == ["01 08:00", "02 08:00"]


def test_another_rhythm_leaves_the_one_time_that_had_been_made_and_begins_its_own(drill: Drill) -> None:
    drill.after(hours=1)
    activate(drill)

    assert of(drill, "group_report", "stability", hours=14) == [
        "01 07:40",
        "01 11:40",
        "01 15:00",
        "01 15:40",
    ]


def test_what_ends_leaves_the_one_time_that_had_been_made(drill: Drill) -> None:
    activate(drill)
    drill.after(hours=5)
    drill.stand_down("lifted")

    assert of(drill, "copy_report", "coordination") == ["01 06:40", "01 10:40"]


def test_report_in_its_grace_still_comes_and_nothing_was_made_after_it(drill: Drill) -> None:
    activate(drill)
    drill.after(hours=4, minutes=5)
    drill.stand_down("lifted")

    # at 06:45 that of 06:40 is open, and that of 10:40 would have been made at 06:50
    assert of(drill, "group_report", "lockdown") == ["01 06:40"]


def test_group_that_begins_to_work_is_promised_from_then_on(drill: Drill) -> None:
    activate(drill)

    assert of(drill, "group_report", "lockdown", hours=9) == ["01 06:40", "01 10:40"]


def test_receipt_is_promised_once_for_each_event_and_once_within_one_second(drill: Drill) -> None:
    activate(drill)
    drill.signal("positive", origin="local")
    assert of(drill, "first_report", "卫生院") == ["01 04:40"]

    drill.after(minutes=30)
    drill.signal("positive", origin="imported")
    assert of(drill, "first_report", "卫生院") == ["01 04:40", "01 05:10"]


def test_refused_event_promises_nothing(drill: Drill) -> None:
    activate(drill)
    drill.after(minutes=30)
    drill.ask("stand_down", "positive", origin="local")
    drill.expect_refused("wrong_verb")

    assert of(drill, "first_report", "卫生院") == ["01 04:40"]


def test_report_that_follows_another_is_promised_by_its_receipt(drill: Drill) -> None:
    activate(drill)
    assert of(drill, "second_report", "县疾控中心") == []

    drill.after(hours=1)
    drill.file("卫生院", form="first_report")

    assert of(drill, "second_report", "县疾控中心") == ["01 05:40"]


def test_what_was_promised_stays_promised_when_the_state_is_left_and_entered_again(drill: Drill) -> None:
    activate(drill)
    drill.stand_down("lifted")
    activate(drill)

    assert of(drill, "first_report", "卫生院") == ["01 04:40", "01 04:40"]


def test_within_a_time_of_the_entry_is_promised_once(drill: Drill) -> None:
    activate(drill)

    assert of(drill, "deployment", "stability") == ["01 08:40"]


def test_empty_journal_promises_nothing() -> None:
    assert promised([], 2**40) == []
