"""On a terminal: what is missing is asked for, the plan is shown, and only a yes does it."""

from __future__ import annotations

import pytest

from tests.cli.desk import ACTIVATE, DECLARE, LANGUAGES, MAJIAN, ORDERED, POSITIVE, Desk
from tests.cli.terminal import Talk, at_terminal, in_a_shell
from tests.playbooks import HOUR

EVENT = ("local_positive_reported", "2\n")
ORIGIN = ("origin", "1\n")
RESULT = ("Test result", "初筛阳性\n")
CASES = ("Cases", "3\n")
DECIDED = ("decided by", "\n")
BASIS = ("basis", "省疫情防控办〔2021〕97号\n")
YES, NO = ("[y/N]", "y\n"), ("[y/N]", "n\n")
ALL_ASKED: Talk = [EVENT, ("imported", "local\n"), ("confirmed", "初筛阳性\n"), CASES, DECIDED, BASIS]


def test_everything_is_asked_for(desk: Desk) -> None:
    screen = at_terminal(desk, "activate", "majian", talk=[*ALL_ASKED, YES])

    assert screen.code == 0
    assert "[project:" in screen.text
    assert "plan hash:" in screen.text
    assert f"incident {MAJIAN}-2026-001" in screen.text
    values = desk.done("history", "majian", "--kind", "StateEntered").out
    assert "cases=3, origin=local, result=preliminary_positive" in values
    assert "省疫情防控办〔2021〕97号" in values


def test_no_changes_nothing(desk: Desk) -> None:
    entries = desk.version()

    screen = at_terminal(desk, "activate", "majian", talk=[*ALL_ASKED, NO])

    assert screen.code == 2
    assert "nothing was changed" in screen.text
    assert desk.version() == entries
    assert desk.done("status", "majian", "--json").object()["state"] == "routine"


LEAVING: list[Talk] = [
    # before the first answer
    [("number", "\x04")],
    # half-way
    [EVENT, ("imported", "1\n"), ("confirmed", "\x04")],
    # at the last question
    [*ALL_ASKED, ("[y/N]", "\x04")],
    # a yes that is not one
    [*ALL_ASKED, ("[y/N]", "maybe\n"), NO],
    # nothing but Enter is a no
    [*ALL_ASKED, ("[y/N]", "\n")],
]


@pytest.mark.parametrize("talk", LEAVING)
def test_leaving_at_any_question_changes_nothing(desk: Desk, talk: Talk) -> None:
    entries = desk.version()

    assert at_terminal(desk, "activate", "majian", talk=talk).code == 2

    assert desk.version() == entries


def test_what_was_typed_is_not_asked_for(desk: Desk) -> None:
    screen = at_terminal(desk, *POSITIVE, *ORDERED, talk=[YES])

    assert screen.code == 0
    assert screen.text.count("?") == 1


def test_yes_is_not_asked_again(desk: Desk) -> None:
    assert at_terminal(desk, *ACTIVATE).code == 0


def test_plan_asks_nothing(desk: Desk) -> None:
    entries = desk.version()

    screen = at_terminal(desk, "activate", "majian", "--event", "local_positive_reported", "--plan")

    assert screen.code == 0
    assert desk.version() == entries


def test_only_event_is_taken_without_a_question(desk: Desk) -> None:
    desk.done(*DECLARE)

    screen = at_terminal(desk, "activate", "majian", *POSITIVE[4:], *ORDERED, talk=[YES])

    assert screen.code == 0
    assert "local_positive_reported" not in screen.text.partition("[y/N]")[0].partition("playbook")[0]


def test_wrong_choice_is_asked_again(desk: Desk) -> None:
    talk = [("number", "3\n"), ("none of those", "nonsense\n"), ("none of those", "2\n"), *ALL_ASKED[1:], YES]

    assert at_terminal(desk, "activate", "majian", talk=talk).code == 0


def test_other_body_is_refused_after_being_asked(desk: Desk) -> None:
    talk = [("decided by", "疫情处置专班\n"), BASIS]

    screen = at_terminal(desk, *POSITIVE, talk=talk)

    assert screen.code == 3
    assert "leading group" in screen.text


def test_json_is_never_asked(desk: Desk) -> None:
    assert at_terminal(desk, *POSITIVE, *ORDERED, "--json").code == 2


def test_plan_that_nobody_can_see_is_not_asked_about(desk: Desk) -> None:
    """With stdout in a file the question would come without what it is about."""
    screen = at_terminal(desk, *POSITIVE, *ORDERED, out=desk.file.with_suffix(".txt"))

    assert screen.code == 2
    assert "--yes" in screen.text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_stand_down_asks_for_the_body_that_decided(active_desk: Desk, lang: str) -> None:
    active_desk.lang = lang
    name = {"zh": "马剑镇新型冠状病毒肺炎疫情联防联控领导小组", "en": "Majian town joint"}[lang]

    screen = in_a_shell(active_desk, "stand-down", "majian", talk=[(name, "\n"), ("", "令\n"), YES])

    assert screen.code == 0
    assert active_desk.done("status", "majian", "--json").object()["state"] == "routine"


def test_officer_activates_in_a_real_shell(desk: Desk) -> None:
    screen = in_a_shell(desk, "activate", "majian", talk=[*ALL_ASKED, YES])

    assert screen.code == 0
    assert "\x1b[" in screen.raw, "colours are for terminals"
    assert desk.done("status", "majian", "--json").object()["state"] == "local_positive_detected"


def test_what_falls_due_meanwhile_is_no_other_plan(desk: Desk) -> None:
    """The day's report was missed an hour before the officer looks, and nobody worked."""
    desk.clock.at += 16 * HOUR

    screen = at_terminal(desk, "activate", "majian", talk=[*ALL_ASKED, YES])

    assert screen.code == 0
    assert len(desk.done("history", "majian", "--kind", "ReportMissed", "--json").objects()) == 1


def test_interrupt_at_a_question_changes_nothing(desk: Desk) -> None:
    screen = in_a_shell(desk, "activate", "majian", talk=[*ALL_ASKED, ("[y/N]: ", "\x03")])

    assert screen.code == 2
    assert desk.done("status", "majian", "--json").object()["state"] == "routine"
