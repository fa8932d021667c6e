"""Cases of rules of time that decide by a table: schedules, grace, reminders, escalation, terms."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from incident.domain import playbook
from incident.domain.check import clocks, proposals, timers
from incident.domain.playbook import Event, Obligation, Playbook, State
from incident.domain.problem import Path
from tests.playbook_rules.one_state import NAME, town


def owed(**fields: object) -> Obligation:
    return msgspec.convert({"name": {"zh": "报", "en": "report"}, "from": ["command"], **fields}, Obligation)


@pytest.mark.parametrize(
    ("obligation", "wrong"),
    [
        (owed(every="day"), []),  # the paper gives no hour
        (owed(every="day", at=["09:00"], times_a_day=1), []),
        (owed(every="2d", at=["09:00"]), []),
        (owed(every="day", after="first"), []),
        (owed(after="first"), []),
        (owed(within="2h", of="entry", urgency="at_once"), []),  # at once, within two hours
        (owed(every="day", urgency="promptly"), []),
        (owed(urgency="as_needed", window="as_needed"), []),
        (owed(), ["many"]),
        (owed(window="same_day"), ["many"]),  # what a report covers is not when it is due
        (owed(at=["09:00"]), ["at"]),
        (owed(every="4h", at=["09:00"]), ["at"]),
        (owed(every="2d", times_a_day=2), ["times_a_day"]),
        (owed(times_a_day=2), ["times_a_day"]),
        (owed(within="2h"), ["within"]),
        (owed(every="day", of="entry"), ["of"]),
        (owed(every="4h", within="2h", of="entry"), ["within"]),
        (owed(every="day", urgency="any_time"), ["urgency"]),
        # a term has one start
        (owed(within="2h", of="receipt"), []),
        (owed(within="2h", of="receipt", on=["e"]), []),
        (owed(within="2h", of="receipt", after="first"), []),
        (owed(within="2h", of="receipt", on=["e"], after="first"), ["on"]),
        (owed(within="2h", of="entry", on=["e"]), ["on"]),
        (owed(within="2h", of="entry", after="first"), ["of"]),
        (owed(every="day", on=["e"]), ["on"]),
    ],
)
def test_a_schedule_is_one_of_four_kinds(obligation: Obligation, wrong: list[str]) -> None:
    found = clocks.find(town(State(name=NAME, obligations={"many": obligation})))
    assert [one.path[-1] for one in found if one.rule == "P301"] == wrong


@pytest.mark.parametrize(
    ("obligation", "is_computed"),
    [
        (owed(every="day", at=["09:00"]), True),
        (owed(every="day"), True),  # the end of the day
        (owed(every="2d"), True),
        (owed(every="day", kind="meeting"), False),
        (owed(every="day", times_a_day=3, kind="check"), False),
        (owed(every="day", at=["09:00"], kind="meeting"), True),
        (owed(every="4h", kind="check"), True),
        (owed(within="2h", of="entry"), True),
        (owed(within="2h", of="receipt"), False),
        (owed(within="2h", of="receipt", on=["e"]), True),
        (owed(within="2h", of="receipt", after="first"), True),
        (owed(within="2h", of="entry", after="first"), False),
        (owed(within="2h"), False),
        (owed(after="first"), False),
        (owed(urgency="at_once"), False),
    ],
)
def test_a_grace_needs_times_that_are_computed(obligation: Obligation, *, is_computed: bool) -> None:
    state = State(name=NAME, obligations={"many": msgspec.structs.replace(obligation, grace="10m")})
    found = [one.path[-1] for one in timers.find(town(state)) if one.rule == "P308"]
    assert found == ([] if is_computed else ["grace"])
    assert timers.promises_times(obligation) is is_computed


@pytest.mark.parametrize(
    ("obligation", "least"),
    [
        (owed(every="day", at=["09:00"]), 24 * 60),
        (owed(every="day", at=["15:00", "09:00"]), 6 * 60),  # in any order
        (owed(every="day", at=["01:00", "23:00"]), 2 * 60),  # across midnight
        (owed(every="2d", at=["01:00", "23:00"]), 22 * 60),
        (owed(every="2d"), 48 * 60),
        (owed(every="day"), 24 * 60),
        (owed(every="day", times_a_day=3), 8 * 60),
        (owed(every="4h"), 4 * 60),
        (owed(within="2h", of="entry"), 2 * 60),
        (owed(within="2h", of="receipt", on=["e"]), 2 * 60),
    ],
)
def test_a_reminder_comes_after_the_time_before(obligation: Obligation, least: int) -> None:
    for minutes, is_wrong in ((least - 1, False), (least, True)):
        state = State(
            name=NAME, obligations={"many": msgspec.structs.replace(obligation, remind=f"{minutes}m")}
        )
        found = [one.path[-1] for one in timers.find(town(state)) if one.severity == "error"]
        assert found == (["remind"] if is_wrong else [])


@pytest.mark.parametrize(
    ("obligation", "least"),
    [
        (owed(every="2h", remind="30m"), 90),
        (owed(every="2h"), 120),
        (owed(every="day", at=["02:30", "03:00"], remind="25m"), 5),
        (owed(every="2h", remind="2h"), None),  # the reminder itself is wrong
        (owed(kind="meeting", every="2h"), None),  # is called at its hour
        (owed(within="2h", of="entry"), None),  # nothing comes after it
    ],
)
def test_a_grace_ends_before_the_next_is_asked_for(obligation: Obligation, least: int | None) -> None:
    for minutes in (1, 4, 5, 89, 90, 119, 120, 5000):
        state = State(
            name=NAME, obligations={"many": msgspec.structs.replace(obligation, grace=f"{minutes}m")}
        )
        found = [one.path[-1] for one in timers.find(town(state)) if one.path[-1] == "grace"]
        assert found == (["grace"] if least is not None and minutes >= least else [])


@pytest.mark.parametrize(
    ("grace", "tiers", "wrong"),
    [
        (None, [("30m", ["command"]), ("2h", ["superior"])], []),
        (None, [("30m", ["command"]), ("30m", ["superior"])], [(1, "after")]),
        # each is compared with the longest before it
        (
            None,
            [("2h", ["command"]), ("30m", ["superior"]), ("1h", ["superior"])],
            [(1, "after"), (2, "after")],
        ),
        ("1h", [("1h", ["command"]), ("2h", ["superior"])], [(0, "after")]),
        ("59m", [("1h", ["command"])], []),
        (None, [("30m", [])], [(0, "to")]),
        ("1h", [("30m", [])], [(0, "after"), (0, "to")]),
    ],
)
def test_tiers_come_one_after_the_other_and_reach_somebody(
    grace: str | None, tiers: list[tuple[str, list[str]]], wrong: list[tuple[int, str]]
) -> None:
    one = owed(every="day", grace=grace, escalate=[{"after": after, "to": to} for after, to in tiers])
    found = rule_of_timers(town(State(name=NAME, obligations={"many": one})))
    assert [path[-2:] for path in found] == wrong


def rule_of_timers(plan: Playbook) -> list[Path]:
    return [one.path for one in timers.find(plan) if one.rule == "P308"]


def waiting(**fields: object) -> Playbook:
    """Give a plan of two states, with one step each way, a step back, and a duty that waits for an event."""
    step = playbook.Transition(name=NAME, origins=["routine"], on="up", to="alert", decided_by=["command"])
    plan = town(State(name=NAME))
    alert = State(name=NAME, obligations={"many": owed(within="2h", of="receipt", **fields)})
    return msgspec.structs.replace(
        plan,
        events={key: Event(name=NAME) for key in ("up", "down", "note", "never", "back")},
        states={"routine": State(name=NAME), "alert": alert, "worst": State(name=NAME)},
        transitions={
            "up": step,
            "down": msgspec.structs.replace(step, origins=["alert"], on="down", to="routine"),
            "note": msgspec.structs.replace(step, origins=["alert"], on="note", to="alert"),
            "worse": msgspec.structs.replace(step, origins=["alert"], on="down", to="worst"),
            "back": msgspec.structs.replace(step, origins=["worst"], on="back", to="previous"),
        },
    )


@pytest.mark.parametrize(
    ("event", "comes"),
    [
        ("up", True),  # the event that enters the state
        ("back", True),  # from the worst one, back to it
        ("down", True),
        ("note", True),
        ("never", False),
        ("unheard_of", True),  # P107 says so
    ],
)
def test_a_term_starts_with_an_event_that_the_state_takes_or_that_enters_it(
    event: str, *, comes: bool
) -> None:
    found = [one.path for one in proposals.find(waiting(on=[event])) if one.rule == "P311"]
    assert found == ([] if comes else [("states", "alert", "obligations", "many", "on", 0)])


@pytest.mark.parametrize(
    ("step", "rules"),
    [
        ({"confirm_within": "1d", "confirmed_by": "note"}, []),
        ({"confirm_within": "1d"}, ["P310"]),
        ({"confirmed_by": "note"}, ["P310"]),
        ({"confirm_within": "1d", "confirmed_by": "up"}, ["P311"]),
        ({"confirm_within": "1d", "confirmed_by": "unheard_of"}, []),  # P107 says so
        ({"confirm_within": "1d", "confirmed_by": "note", "to": "routine"}, ["P310"]),
        # back to where it came from: the alert, which takes it
        ({"confirm_within": "1d", "confirmed_by": "note", "origins": ["worst"], "to": "previous"}, []),
        ({"confirm_within": "1d", "confirmed_by": "back", "origins": ["worst"], "to": "previous"}, ["P311"]),
        (
            {"confirm_within": "1d", "confirmed_by": "up", "origins": ["alert"], "to": "previous"},
            ["P310", "P311"],
        ),
    ],
)
def test_a_provisional_step_can_be_confirmed_where_it_leads(step: dict[str, Any], rules: list[str]) -> None:
    plan = waiting(on=["note"])
    changed = msgspec.structs.replace(plan.transitions["up"], **step)
    plan = msgspec.structs.replace(plan, transitions={**plan.transitions, "up2": changed})
    found = [one.rule for one in proposals.find(plan) if one.path[:2] == ("transitions", "up2")]
    assert found == rules


@pytest.mark.parametrize(
    ("part", "whole", "is_late"),
    [
        (["09:00"], ["10:00"], False),
        (["09:00"], ["09:00"], True),
        (["09:00", "15:00"], ["10:00", "16:00"], False),
        (["09:00", "15:00"], ["10:00", "14:00"], True),  # the second comes before its part
        (["09:00", "15:00"], ["16:00"], False),  # one summary of two reports
        (["09:00", "15:00"], ["10:00"], True),
    ],
)
def test_what_follows_is_due_later_each_time(part: list[str], whole: list[str], *, is_late: bool) -> None:
    both = {"part": owed(every="day", at=part), "whole": owed(every="day", at=whole, after="part")}
    found = [one.rule for one in clocks.find(town(State(name=NAME, obligations=both)))]
    assert found == (["P304"] if is_late else [])
