"""Two persons at two terminals: one proposes, another approves; what one did alone is never overlooked."""

from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from incident.cli import session
from tests.cli.desk import Desk, Said, in_both_languages
from tests.cli.terminal import Screen, Talk, at_terminal
from tests.playbooks import HOUR
from tests.two import PLAN

CASE = ("positive", "--set", "cases=1", "--set", "remark=一例")
DECIDED = ("--decided-by", "command", "--basis", "县防控办〔2026〕4号")
PROPOSE = ("propose", "two", *CASE, *DECIDED, "--reason", "确诊", "--yes")
ACTIVATE = ("activate", "two", "--event", *CASE, *DECIDED, "--yes")
ALONE = (*ACTIVATE, "--break-glass", "--reason", "无人可批")


class Town:
    """Shuangxi, where everybody sits at a terminal of their own."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def run(self, *words: str, user: str = "wang") -> Said:
        with mock.patch.object(session, "os_user", return_value=user):
            return self.desk.run(*words)

    def done(self, *words: str, user: str = "wang") -> Said:
        said = self.run(*words, user=user)
        assert said.code == 0, said
        return said

    def screen(self, *words: str, talk: Talk, user: str = "li") -> Screen:
        with mock.patch.object(session, "os_user", return_value=user):
            return at_terminal(self.desk, *words, talk=talk)

    def status(self) -> dict[str, Any]:
        return self.done("status", "two", "--json").object()

    def must_hold(self) -> None:
        for command in (("journal", "verify", "two"), ("account", "two")):
            self.done(*command)


@pytest.fixture
def town(empty_desk: Desk) -> Town:
    """Shuangxi in routine."""
    empty_desk.done("adopt", PLAN)
    return Town(empty_desk)


def test_one_person_is_told_to_propose(town: Town) -> None:
    said = town.run(*ACTIVATE)

    assert said.code == 3
    assert "refused [two_persons]" in said.err
    assert "incident propose two EVENT" in said.err
    answer = town.run(*ACTIVATE, "--json").object()["refused"]
    assert (answer["rule"], answer["missing"]) == ("two_persons", [])


def test_plan_says_that_it_needs_two(town: Town) -> None:
    plan = ("propose", "two", *CASE, *DECIDED, "--plan")
    shown = town.done(*plan).out

    assert "needs two persons: one proposes it, another approves it" in shown
    assert "! proposal 1: Rise is proposed" in shown
    assert town.done(*plan, "--json").object()["approval"] == "two_persons"
    other = ("activate", "two", "--event", "ordered", "--plan")
    assert town.done(*other, "--json").object()["approval"] is None
    assert "two persons" not in town.done(*other).out
    town.must_hold()


def test_another_approves_what_was_proposed(town: Town) -> None:
    made = town.done(*PROPOSE, "--json").object()
    assert (made["from"], made["to"], made["proposal"], made["break_glass"]) == (
        "routine",
        "routine",
        1,
        False,
    )
    own = town.run("approve", "two", "1", "--by", "li", "--yes")
    assert (own.code, "refused [same_person]" in own.err) == (3, True)

    done = town.done("approve", "two", "1", "--yes", "--json", user="li").object()

    assert (done["from"], done["to"], done["proposal"]) == ("routine", "emergency", 1)
    late = town.run("approve", "two", "1", "--yes", user="zhao")
    assert late.code == 4
    assert "approved, in entry 3" in late.err
    town.must_hold()


def test_proposal_says_how_it_is_approved_and_stands_in_the_status(town: Town) -> None:
    assert "another person approves it with: incident approve two 1" in town.done(*PROPOSE).out

    for said in in_both_languages(town.desk, "status", "two"):
        assert "incident approve two 1" in said.out
    for said in in_both_languages(town.desk, "proposals"):
        assert "一例" in said.out
        assert "确诊" in said.out
        assert "wang" in said.out
    (listed,) = town.done("proposals", "two", "--json").objects()
    (waiting,) = town.status()["proposals"]
    assert listed == {"jurisdiction": "330999103", **waiting}
    assert (waiting["proposal"], waiting["step"], waiting["by"], waiting["actor"]) == (
        1,
        "rise",
        "wang",
        "os",
    )


def test_nothing_that_waits_is_said(town: Town) -> None:
    for said in in_both_languages(town.desk, "proposals", "two"):
        assert said.code == 0
    assert town.done("proposals", "--json").out == ""


def test_whoever_approves_sees_what_will_run_and_is_asked(town: Town) -> None:
    town.done(*PROPOSE, "--by", "王五")
    assert town.run("approve", "two", "1", user="li").code == 2
    looked = town.done("approve", "two", "1", "--plan", user="li").out
    assert "王五 (as typed), user here: wang" in looked
    assert "Coordination group → Task-force coordination" in looked
    assert town.done("approve", "two", "1", "--plan", "--json", user="li").object()["to"] == "emergency"

    no = town.screen("approve", "two", "1", talk=[("[y/N]", "n\n")])
    assert (no.code, town.status()["state"]) == (2, "routine")
    yes = town.screen("approve", "two", "1", talk=[("Routine → Emergency. Approve this", "y\n")])
    assert yes.code == 0
    assert "县防控办〔2026〕4号" in yes.text
    assert town.status()["state"] == "emergency"


def test_proposer_is_asked_too(town: Town) -> None:
    talk = [("Routine → Emergency. Propose this?", "y\n")]
    screen = town.screen("propose", "two", *CASE, *DECIDED, talk=talk)
    assert screen.code == 0
    assert town.status()["proposals"][0]["by"] == "li"


def test_same_approval_again_is_answered_from_the_record(town: Town) -> None:
    town.done(*PROPOSE)
    yes = ("approve", "two", "1", "--yes", "--event-id", "yes")
    town.done(*yes, user="li")
    assert "answered before, in entry 2" in town.done(*yes, user="li").err


@pytest.mark.parametrize(
    ("user", "command", "outcome"),
    [("wang", "withdraw", "withdrawn"), ("wang", "reject", "withdrawn"), ("li", "reject", "rejected")],
)
def test_proposal_is_ended_without_its_step(town: Town, user: str, command: str, outcome: str) -> None:
    town.done(*PROPOSE)
    ended = town.done(command, "two", "1", "--reason", "误报", "--json", user=user).object()

    assert (ended["of"], ended["outcome"], ended["seq"]) == (1, outcome, 2)
    assert town.status()["proposals"] == []
    assert town.run("approve", "two", "1", "--yes", user="zhao").code == 4
    for said in in_both_languages(town.desk, "history", "two", "--kind", f"Proposal{outcome.capitalize()}"):
        assert "误报" in said.out


def test_nobody_takes_back_what_another_proposed(town: Town) -> None:
    town.done(*PROPOSE)
    said = town.run("withdraw", "two", "1", "--reason", "误报", user="li")

    assert said.code == 2
    assert "one of your own" in said.err
    assert [one["proposal"] for one in town.status()["proposals"]] == [1]


def test_rejection_is_told(town: Town) -> None:
    town.done(*PROPOSE)
    shown = town.done("reject", "two", "1", "--reason", "误报", user="li").out
    assert "proposal 1 (Rise): rejected; entry 2" in shown


def test_proposal_expires_and_that_is_told_and_accounted_for(town: Town) -> None:
    town.done(*PROPOSE)
    town.desk.clock.at += 2 * HOUR
    assert town.status()["overdue"] == 1
    town.done("run", "--once", "--node", "n1")

    for said in in_both_languages(town.desk, "history", "two", "--kind", "ApprovalMissed"):
        assert "2026-03-01 04:10" in said.out
    assert (
        town.done("history", "two", "--kind", "ProposalExpired", "--json").object()["data"]["outcome"]
        == "expired"
    )
    account = town.done("account", "two", "--json").object()
    assert account["ends"]["approval"] == {"fired_late": 1}
    assert town.run("approve", "two", "1", "--yes", user="li").code == 4


def test_broken_glass_is_loud_everywhere_until_another_has_reviewed_it(town: Town) -> None:
    assert town.run(*ACTIVATE, "--break-glass").code == 3
    planned = town.done(
        "activate", "two", "--event", *CASE, *DECIDED, "--break-glass", "--reason", "x", "--plan"
    )
    assert "! BREAK-GLASS: one person alone" in planned.out
    done = town.done(*ALONE, "--json").object()
    assert (done["to"], done["break_glass"], done["proposal"]) == ("emergency", True, None)
    seq = str(done["seq"])

    for words in (("status", "two"), ("history", "two", "--kind", "GlassBroken")):
        for said in in_both_languages(town.desk, *words):
            assert f"incident review two {seq}" in said.out
    assert "BREAK-GLASS, not reviewed" in town.done("status").out
    doctor = town.run("doctor")
    assert doctor.code == 1
    assert f"330999103 entry {seq}" in doctor.out
    assert [one["entry"] for one in town.status()["unreviewed"]] == [int(seq)]
    messages = town.done("messages", "two", "--json").object()["waiting"]
    assert {"command.leader", "superior"} <= {one["to"] for one in messages}

    own = town.run("review", "two", seq, "--finding", "没有问题")
    assert (own.code, "same_person" in own.err) == (3, True)
    review = ("review", "two", seq, "--finding", "属实")
    reviewed = town.done(*review, "--json", user="li").object()
    assert (reviewed["of"], reviewed["outcome"]) == (int(seq), "reviewed")
    assert town.run(*review, user="li").code == 2
    assert "BREAK-GLASS" not in town.done("status").out + town.done("status", "two").out
    assert town.run("doctor").code == 0
    assert "属实" in town.done("history", "two", "--kind", "GlassReviewed").out
    town.must_hold()


def test_broken_glass_says_so_when_it_is_done(town: Town) -> None:
    assert "! BREAK-GLASS: one person alone took the step Rise" in town.done(*ALONE).out


def test_past_status_shows_what_waited_then(town: Town) -> None:
    town.done(*PROPOSE)
    town.desk.clock.at += 60
    town.done("approve", "two", "1", "--yes", user="li")
    (then,) = town.done("status", "two", "--at", "02:40", "--json").object()["proposals"]
    assert then["proposal"] == 1
    assert town.status()["proposals"] == []


def test_playbook_shows_which_steps_need_two(town: Town) -> None:
    shown = town.done("playbook", "show", PLAN, "--section", "transitions.rise.approval").out
    assert shown.startswith("transitions.rise.approval: two_persons  [project]")
    assert town.done("playbook", "show", PLAN, "--section", "approval_term").out.startswith(
        "approval_term: 90m"
    )


def test_user_is_who_runs_the_program_and_not_whom_the_surroundings_name(town: Town) -> None:
    """Or one person would be two by a word before the command."""
    user = session.os_user()
    town.desk.said |= {"LOGNAME": "li", "USER": "li", "LNAME": "li", "USERNAME": "li"}
    with town.desk.seated():
        assert session.os_user() == user != "li"
    with mock.patch("pwd.getpwuid", side_effect=KeyError), mock.patch("os.getuid", return_value=4711):
        assert session.os_user() == "uid 4711"
