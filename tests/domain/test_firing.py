"""Each rule of what follows when a promised time comes, by example, to the second."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from incident.domain import clock
from incident.domain.effects import SUPERIOR
from incident.domain.facts import TimerEnded, What
from incident.domain.firing import CALL_GRACE, LATE, MOST, Case, Proposal, fire, hold
from incident.domain.playbook import Obligation, Roster, Tier
from incident.domain.situation import Stood
from incident.domain.timer import Directive, Timer
from tests.playbooks import DAY, EMERGENCY, HOUR, text

#: 15:00 in China, on the day of the night.
DUE = clock.read_stamp("2026-03-01T07:00:00Z")
GRACE = 600
REPORT = Obligation(
    name=text("日报", "daily report"),
    senders=["stability"],
    receivers=["command", "county"],
    every="day",
    at=["15:00"],
    grace="10m",
    remind="30m",
    escalate=[Tier(after="30m", to=["command"]), Tier(after="2h", to=["county", SUPERIOR])],
)
MEETING = Obligation(
    name=text("例会", "meeting"),
    kind="meeting",
    senders=["command"],
    together_with=["coordination", "command"],
    every="day",
    at=["15:00"],
)
WATCH = Roster(name=text("值班", "watch"), of="command", pattern="8h", handover="15:00")
ORDER = Directive(by="county", to="command", due=clock.stamp(DUE), escalate=[Tier(after="1h", to=["county"])])
FOUND = Proposal(step="lift", plan="f" * 64, waiting=[], is_feed_silent=False, deciders=["command"])


def timer(what: What = "deadline", key: str = "report", **changes: Any) -> Timer:
    fields: dict[str, Any] = {
        "seq": 1,
        "n": 0,
        "opened": 1,
        "of": "stability",
        "due": DUE,
        "about": DUE,
        "wake": DUE,
        **changes,
    }
    return Timer(what=what, key=key, **fields)


def plain(item: Any, since: int = 1) -> Stood:
    return Stood(msgspec.to_builtins(item), since)


def case(at: int, found: Proposal = FOUND, **changes: Any) -> Case:
    standing = {
        ("obligation", "report"): plain(REPORT),
        ("obligation", "meeting"): plain(MEETING),
        ("roster", "watch"): plain(WATCH),
        ("directive", "directive-7"): plain(ORDER),
    }
    fields: dict[str, Any] = {
        "situation": EMERGENCY,
        "standing": standing,
        "filed": {},
        "at": at,
        "propose": lambda _timer: found,
        **changes,
    }
    return Case(**fields)


def one(timers: Timer, at: int, **changes: Any) -> TimerEnded:
    (found,) = fire([timers], case(at, **changes))
    return found


def several(timers: Timer, at: int, **changes: Any) -> list[tuple[str, str, list[str]]]:
    """Give (end, day and hour promised in China, who is told)."""
    ends = fire([timers], case(at, **changes))
    return [(end.end, f"{clock.local(clock.read_stamp(end.due), ZONE):%d %H:%M}", end.tell) for end in ends]


ZONE = EMERGENCY.zone
DEADLINE = timer(wake=DUE + GRACE)
REMINDER = timer("reminder", due=DUE - 1800, wake=DUE - 1800)
CALL = timer("call", "meeting", of="command")
HANDOVER = timer("handover", "watch", of="command")


# -- late


@pytest.mark.parametrize(
    ("behind", "end", "late"),
    [
        (0, "fired", 0),
        (LATE - 1, "fired", 0),
        (LATE, "fired_late", 1),
        (119, "fired_late", 1),
        (120, "fired_late", 2),
        (86399, "fired_late", 1439),
    ],
)
def test_late_is_what_comes_a_minute_or_more_after_its_time(behind: int, end: str, late: int) -> None:
    found = one(timer("planned_end", "emergency", of=""), DUE + behind)
    assert (found.end, found.late) == (end, late)


def test_nothing_is_late_before_its_time() -> None:
    assert (hold(DEADLINE, DUE, "fault").late, one(DEADLINE, DUE + GRACE).late) == (0, 0)


# -- deadlines


def test_report_that_is_not_in_is_missed_and_its_sender_and_receivers_are_told() -> None:
    found = one(DEADLINE, DUE + GRACE)
    assert found == TimerEnded(
        what="deadline",
        key="report",
        of="stability",
        due="2026-03-01T07:00:00Z",
        end="fired",
        result="missed",
        tell=["stability", "command", "county"],
    )


def test_report_that_is_in_is_met_and_nobody_is_told() -> None:
    found = one(DEADLINE, DUE + GRACE, filed={("report", "stability", DUE): 7})
    assert (found.result, found.filing, found.tell) == ("met", 7, [])


def test_report_of_another_sender_or_time_meets_nothing() -> None:
    others = {("report", "traffic", DUE): 7, ("report", "stability", DUE + DAY): 8}
    assert one(DEADLINE, DUE + GRACE, filed=others).result == "missed"


def test_of_several_missed_at_once_each_is_recorded_and_the_newest_is_told() -> None:
    at = DUE + 2 * DAY + GRACE
    assert several(DEADLINE, at - 1)[-1][1] == "02 15:00"
    assert [(when, bool(told)) for _, when, told in several(DEADLINE, at)] == [
        ("01 15:00", False),
        ("02 15:00", False),
        ("03 15:00", True),
    ]


def test_of_several_of_which_the_newest_is_in_nobody_is_told() -> None:
    found = fire([DEADLINE], case(DUE + DAY + GRACE, filed={("report", "stability", DUE + DAY): 7}))
    assert [(end.result, end.tell, end.late) for end in found] == [("missed", [], 1440), ("met", [], 0)]


def test_series_that_was_replaced_does_not_go_on() -> None:
    standing = {("obligation", "report"): plain(REPORT, since=2)}
    assert len(several(DEADLINE, DUE + 9 * DAY, standing=standing)) == 1


def test_deadline_whose_item_is_gone_is_recorded_and_told_to_who_owed_it() -> None:
    assert several(DEADLINE, DUE + 9 * DAY, standing={}) == [("fired_late", "01 15:00", ["stability"])]


def test_directive_that_is_not_answered_is_told_to_who_owes_it_and_who_issued_it() -> None:
    assert several(timer(key="directive-7", of="command"), DUE + 9 * DAY) == [
        ("fired_late", "01 15:00", ["command", "county"])
    ]


# -- reminders


@pytest.mark.parametrize(
    ("at", "end", "told"),
    [
        (DUE - 1800, "fired", ["stability"]),
        (DUE - 1, "fired_late", ["stability"]),
        (DUE, "expired", []),
        (DUE + DAY, "expired", []),
    ],
)
def test_reminder_comes_only_before_what_it_reminds_of(at: int, end: str, told: list[str]) -> None:
    found = one(REMINDER, at)
    assert (found.end, found.tell, found.about) == (end, told, "2026-03-01T07:00:00Z")


def test_nobody_is_reminded_of_what_is_in_already() -> None:
    found = one(REMINDER, REMINDER.due, filed={("report", "stability", DUE): 7})
    assert (found.end, found.tell, found.filing) == ("superseded", [], 7)


# -- escalations


def escalation(tier: int, after: int, key: str = "report") -> Timer:
    return timer("escalation", key, tier=tier, due=DUE + after, wake=DUE + after)


@pytest.mark.parametrize(
    ("at", "ends"),
    [
        (DUE + 1800, [("fired", 1, ["command"])]),
        (DUE + 2 * HOUR - 1, [("fired_late", 1, ["command"])]),
        (DUE + 2 * HOUR, [("superseded", 1, []), ("fired", 2, ["county", SUPERIOR])]),
        (DUE + 9 * DAY, [("superseded", 1, []), ("fired_late", 2, ["county", SUPERIOR])]),
    ],
)
def test_escalation_stands_where_the_time_elapsed_has_taken_it(
    at: int, ends: list[tuple[str, int, list[str]]]
) -> None:
    found = fire([escalation(1, 1800)], case(at))
    assert [(end.end, end.tier, end.tell) for end in found] == ends


def test_last_step_of_an_escalation_comes_alone() -> None:
    assert one(escalation(2, 2 * HOUR), DUE + 2 * HOUR).tell == ["county", SUPERIOR]


def test_step_that_lies_after_one_that_has_not_come_is_not_jumped_to() -> None:
    odd = replace(REPORT, escalate=[Tier(after=after, to=["command"]) for after in ("30m", "1d", "2h")])
    standing = {("obligation", "report"): plain(odd)}
    assert len(fire([escalation(1, 1800)], case(DUE + 3 * HOUR, standing=standing))) == 1


def test_escalation_of_a_directive_takes_the_steps_it_was_given() -> None:
    assert one(escalation(1, HOUR, "directive-7"), DUE + HOUR).tell == ["county"]


def test_escalation_whose_steps_are_gone_comes_and_tells_nobody() -> None:
    assert one(escalation(1, 1800), DUE + HOUR, standing={}).tell == []
    shorter = {("obligation", "report"): plain(replace(REPORT, escalate=[]))}
    assert one(escalation(2, 1800), DUE + HOUR, standing=shorter).tell == []


# -- calls


@pytest.mark.parametrize(
    ("grace", "behind", "end"),
    [
        (None, 0, "fired"),
        (None, CALL_GRACE, "fired_late"),
        (None, CALL_GRACE + 1, "expired"),
        ("1h", HOUR, "fired_late"),
        ("1h", HOUR + 1, "expired"),
    ],
)
def test_meeting_is_called_within_its_grace(grace: str | None, behind: int, end: str) -> None:
    standing = {("obligation", "meeting"): plain(replace(MEETING, grace=grace))}
    found = one(CALL, DUE + behind, standing=standing)
    assert (found.end, found.tell) == (end, [] if end == "expired" else ["command", "coordination"])


def test_meetings_that_were_missed_have_expired_and_the_one_of_now_is_called() -> None:
    assert [(end, when) for end, when, _ in several(CALL, DUE + 2 * DAY + 60)] == [
        ("expired", "01 15:00"),
        ("expired", "02 15:00"),
        ("fired_late", "03 15:00"),
    ]


def test_meeting_whose_item_is_gone_is_called_for_who_was_to_hold_it() -> None:
    assert several(CALL, DUE + 60, standing={}) == [("fired_late", "01 15:00", ["command"])]


# -- handovers


def test_duty_is_handed_over_at_its_instant() -> None:
    assert several(HANDOVER, DUE) == [("fired", "01 15:00", ["command"])]
    assert len(several(HANDOVER, DUE + 8 * HOUR - 1)) == 1


def test_handovers_that_have_passed_are_superseded_by_the_newest() -> None:
    assert several(HANDOVER, DUE + 16 * HOUR) == [
        ("superseded", "01 15:00", []),
        ("superseded", "01 23:00", []),
        ("fired", "02 07:00", ["command"]),
    ]


def test_handover_of_a_roster_that_was_replaced_does_not_go_on() -> None:
    standing = {("roster", "watch"): plain(WATCH, since=2)}
    assert several(HANDOVER, DUE + 16 * HOUR, standing=standing) == [("fired_late", "01 15:00", ["command"])]


# -- clocks


CLOCK = timer("step_down", "step_down", of="")


def test_step_down_is_proposed_with_its_plan() -> None:
    found = one(CLOCK, DUE)
    assert (found.end, found.result, found.step, found.plan, found.tell) == (
        "fired",
        "proposed",
        "lift",
        "f" * 64,
        ["command"],
    )


@pytest.mark.parametrize(
    ("behind", "changes", "expected"),
    [
        # late by a minute: nobody knows what came in meanwhile
        (LATE - 1, {}, ("fired", "proposed", [])),
        (LATE, {}, ("held", None, ["outage"])),
        (LATE, {"waiting": ["agreed"], "is_feed_silent": True}, ("held", None, ["outage"])),
        (0, {"is_feed_silent": True}, ("held", None, ["silent_feed"])),
        (0, {"is_feed_silent": True, "waiting": ["agreed"]}, ("held", None, ["silent_feed"])),
        (0, {"waiting": ["reports_in", "agreed"]}, ("fired", "waiting", ["reports_in", "agreed"])),
    ],
)
def test_step_down_waits_or_is_held(
    behind: int, changes: dict[str, Any], expected: tuple[str, str | None, list[str]]
) -> None:
    found = one(CLOCK, DUE + behind, found=FOUND._replace(**changes))
    assert (found.end, found.result, found.reason) == expected
    assert (found.tell, found.plan is None) == (["command"], found.result != "proposed")


def test_clock_waits_for_an_entry_of_its_own_after_the_rest() -> None:
    assert [end.what for end in fire([CLOCK, DEADLINE], case(DUE + GRACE))] == ["deadline"]
    assert [end.what for end in fire([CLOCK, CLOCK], case(DUE))] == ["step_down"] * 2


# -- alarms


@pytest.mark.parametrize("what", ["planned_end", "confirmation"])
@pytest.mark.parametrize("behind", [0, 9 * DAY])
def test_end_that_was_planned_is_an_alarm_and_reverts_nothing(what: What, behind: int) -> None:
    found = one(timer(what, "emergency", of=""), DUE + behind)
    assert (found.end, found.result, found.tell) == (
        "fired_late" if behind else "fired",
        None,
        ["command", SUPERIOR],
    )


def test_alarm_of_a_state_that_nobody_decided_goes_to_the_superior() -> None:
    nobody = replace(EMERGENCY, authority=None)
    assert one(timer("planned_end", "calm", of=""), DUE, situation=nobody).tell == [SUPERIOR]


# -- one entry


def test_timer_that_cannot_be_carried_out_is_held_for_a_person() -> None:
    found = hold(DEADLINE, DUE + GRACE + 120, "fault")
    assert (found.end, found.reason, found.late, found.result, found.tell) == ("held", ["fault"], 2, None, [])


def test_ends_come_in_the_order_of_their_instants() -> None:
    timers = [timer("planned_end", str(n), of="", wake=DUE - n % 3, seq=n % 2, n=n) for n in range(9)]
    found = [int(end.key) for end in fire(timers, case(DUE))]
    assert found == sorted(found, key=lambda n: (-(n % 3), n % 2, n))


def test_one_entry_holds_a_bounded_number_of_ends() -> None:
    timers = [timer("planned_end", str(n), of="", n=n) for n in range(MOST + 50)]
    assert [end.key for end in fire(timers, case(DUE))] == [str(n) for n in range(MOST)]
    long_ago = timer(wake=DUE + GRACE)
    assert len(fire([long_ago], case(DUE + 999 * DAY))) == MOST
    assert len(fire([*timers[1:MOST], long_ago], case(DUE + 999 * DAY))) == 2 * MOST - 1


def test_newest_is_not_told_of_in_an_entry_that_does_not_reach_it() -> None:
    assert not any(end.tell for end in fire([DEADLINE], case(DUE + 999 * DAY)))


@given(st.integers(0, 40 * DAY))
def test_what_has_passed_comes_exactly_once_and_nothing_that_has_not(behind: int) -> None:
    at = DUE + GRACE + behind
    for armed, grace in ((DEADLINE, GRACE), (CALL, 0), (HANDOVER, 0)):
        found = [clock.read_stamp(end.due) for end in fire([armed], case(at))]
        step = 8 * HOUR if armed is HANDOVER else DAY
        assert found == [*range(DUE, at - grace + 1, step)]
