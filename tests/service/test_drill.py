"""A playbook's author tries it out: what the drill says when it goes as it should, and when not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from incident.domain.errors import PlaybookError, RequestError
from incident.testing import Drill, FakeClock, fixed_chance
from tests.playbooks import BAISHI, CODE
from tests.two import TWO


@pytest.fixture
def drill() -> Drill:
    return Drill(BAISHI)


def test_shipped_playbook_is_drilled_by_name() -> None:
    drill = Drill("majian")
    drill.expect_state("routine")
    drill.activate("local_positive_reported", origin="local", result="confirmed", cases=1)
    drill.expect_state("local_positive_detected")
    drill.expect_standing("group", "regional_cocheck", acts_as="区域协查组")
    drill.after(hours=2)
    drill.expect_report("first_report", "late")
    drill.stand_down()
    drill.expect_state("routine")
    drill.expect_standing("group", "regional_cocheck", acts_as=None)

    # adopted, activated, four times asked who does not answer, the first report missed, lifted
    lines = [json.loads(line) for line in drill.dump()]
    assert [(line["seq"], line.get("verb")) for line in lines] == [
        (0, None),
        (1, "activate"),
        *((n, None) for n in range(2, 7)),
        (7, "stand_down"),
    ]


@pytest.mark.parametrize("name", ["dongshan", "taiping", "taizhou", "wulipai"])
def test_every_shipped_playbook_activates_and_stands_down(name: str) -> None:
    drill = Drill(name)
    before = {key: stood.item for key, stood in drill.standing.items()}
    drill.activate("local_positive_reported", origin="local", result="confirmed", cases=1)
    assert {key: stood.item for key, stood in drill.standing.items()} != before
    drill.stand_down()

    assert {key: stood.item for key, stood in drill.standing.items()} == before
    assert len(drill.dump()) == 3


def test_story_goes_up_further_up_back_and_home(drill: Drill) -> None:
    drill.signal("ordered", decided_by="county")
    drill.expect_state("raised")
    drill.after(days=1, minutes=5)
    drill.activate("阳性", origin="本土", cases=2)
    drill.expect_state("emergency")
    drill.expect_standing("body", "task_force", place="command centre")
    drill.expect_standing("obligation", "daily_report", every="4h", at=[], from_=["command"])
    drill.expect_standing("roster", "watch", pattern="8h")
    drill.expect_notice("superior")
    drill.signal("positive", origin="local")
    drill.signal("ruled_out", decided_by="领导小组")
    drill.expect_state("raised")
    drill.expect_gone("body", "task_force")
    drill.stand_down("lifted", decided_by="command")
    # it was the county that raised it
    drill.expect_refused("authority")
    drill.stand_down("lifted", decided_by="county")
    drill.expect_state("routine")

    assert drill.situation.since == drill.clock.at
    # with the system's: a handover at 08:00, that nobody signs it, and a report that was missed at 15:00
    assert len(drill.dump()) == 7 + 3


def test_refusals_may_be_expected(drill: Drill) -> None:
    drill.activate("ordered", decided_by="task_force")
    drill.expect_refused("authority")
    drill.activate("ordered", basis=None, decided_by=None, reason=None)
    drill.expect_refused("missing")
    drill.stand_down("lifted")
    drill.expect_refused("not_possible")
    drill.activate("ordered", until=drill.clock.at - 1)
    drill.expect_refused("time")
    drill.activate("ordered")
    drill.activate("positive", origin="local", decided_by="command.leader")
    drill.expect_refused("authority")
    drill.activate("positive", origin="local")
    drill.activate("positive", origin="local")
    drill.expect_refused("already")

    assert len(drill.dump()) == 8


def test_refusal_that_nobody_expects_fails_at_the_next_line(drill: Drill) -> None:
    followings: list[Callable[[], None]] = [
        lambda: drill.expect_state("routine"),
        lambda: drill.expect_standing("body", "command"),
        lambda: drill.expect_gone("body", "task_force"),
        lambda: drill.expect_notice("superior"),
        lambda: drill.signal("ordered"),
    ]
    for following in followings:
        drill.stand_down("lifted")
        with pytest.raises(AssertionError, match="got a refusal by `not_possible`"):
            following()


def test_expectation_that_fails_says_what_is_so(drill: Drill) -> None:
    with pytest.raises(AssertionError, match="expected the state `raised`, got `routine`"):
        drill.expect_state("raised")
    with pytest.raises(AssertionError, match=r"expected body `task_force` to stand, got \['command'\]"):
        drill.expect_standing("body", "task_force")
    with pytest.raises(AssertionError, match="acts_as='专班', got None"):
        drill.expect_standing("group", "coordination", acts_as="专班")
    with pytest.raises(AssertionError, match="expected body `command` to be gone"):
        drill.expect_gone("body", "command")
    with pytest.raises(AssertionError, match="expected a refusal by the rule `authority`, got none"):
        drill.expect_refused("authority")
    with pytest.raises(AssertionError, match=r"expected a notice to `superior`, got \[\]"):
        drill.expect_notice("superior")


def test_what_the_playbook_does_not_know_is_the_authors_mistake(drill: Drill) -> None:
    with pytest.raises(RequestError, match="positive"):
        drill.signal("flood")
    with pytest.raises(RequestError, match="cases"):
        drill.signal("positive", origin="local", cases=0)
    with pytest.raises(RequestError, match="Baishi leading group"):
        drill.signal("ordered", decided_by="nobody")
    with pytest.raises(RequestError):
        Drill("no_such_playbook")


def test_playbook_with_errors_is_not_drilled() -> None:
    with pytest.raises(PlaybookError):
        Drill("tests/playbook_rules/P101_fails.yaml")


def test_clock_stands_until_it_is_told_to_go_on() -> None:
    now = FakeClock("2026-03-01T00:00:00Z")
    began = now()
    now.after(days=1, hours=1, minutes=1, seconds=1)
    assert now() - began == 86400 + 3600 + 60 + 1
    now.after(seconds=-1)
    assert now() - began == 90060


def test_chance_is_the_same_each_time() -> None:
    assert fixed_chance(16) == fixed_chance(16)
    assert len(fixed_chance(1000)) == 1000


def test_same_drill_writes_the_same_journal() -> None:
    def told() -> list[str]:
        drill = Drill(BAISHI)
        drill.activate("positive", origin="local")
        return drill.dump()

    assert told() == told()
    assert CODE in told()[0]


def test_testing_needs_no_test_framework_and_no_database() -> None:
    script = (
        "import sys, incident.testing; names = {name.partition('.')[0] for name in sys.modules};"
        "sys.exit(', '.join(names & {'pytest', 'sqlalchemy', 'ruamel', 'click', 'hypothesis'}) or 0)"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr.strip()) == (0, "")


def test_two_persons_are_played_by_two() -> None:
    drill = Drill(TWO)
    drill.activate("positive", origin="local")
    drill.expect_refused("two_persons")
    drill.propose("positive", origin="local")
    drill.expect_state("routine")
    drill.approve()
    drill.expect_state("emergency")
    drill.stand_down("lifted", break_glass=True)
    drill.expect_state("routine")
    drill.expect_standing("break_glass", f"break_glass-{drill.situation.version - 1}", step="lift")
    with pytest.raises(AssertionError, match="a proposal that stands"):
        drill.approve()
    drill.expect_account()
    drill.dump()
