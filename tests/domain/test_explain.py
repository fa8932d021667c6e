"""Every decision has words, in Chinese and in English, and a plan and its history use the same ones."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from incident.domain import explain, posture
from incident.domain.decision import change_facts
from incident.domain.facts import (
    AnyFact,
    EventNoted,
    IncidentClosed,
    IncidentOpened,
    PlaybookAdopted,
    RequestRefused,
    SeatsCollided,
    StateEntered,
)
from incident.domain.playbook import (
    Measure,
    Obligation,
    Playbook,
    Range,
    Roster,
    StandingBody,
    StandingGroup,
    StepDown,
    Tier,
)
from incident.domain.posture import Change, Posture
from incident.domain.refusal import Refusal
from incident.domain.refusal import Rule as RefusalRule
from incident.domain.say import Words, render
from tests.domain.items import postures
from tests.domain.strategies import Walk, walks
from tests.playbooks import BAISHI, HASH, text


def reworded(msgid: str) -> str:
    """A translation that keeps the places of the values and changes every word around them."""
    places = re.findall(r"\{\w+\}", msgid)
    return "译：" + "，".join(reversed(places)) if places else "译"


def said(words: Words) -> str:
    """The English; on the way every language and catalogue is tried."""
    for lang in ("zh", "en"):
        for translate in (str, reworded):
            sentence = render(words, lang, translate)
            assert sentence.strip()
            assert "{" not in sentence
            assert "}" not in sentence
            # not an object's inside
            assert "Say(" not in sentence
            assert "Text(" not in sentence
    return render(words, "en", str)


@settings(max_examples=60)
@given(postures(), postures())
def test_every_change_has_words_and_its_fact_has_the_same(a: Posture, b: Posture) -> None:
    for change in posture.difference(a, b):
        sentence = said(explain.change(BAISHI, change))
        for fact in change_facts(change):
            assert said(explain.fact(BAISHI, fact)) == sentence


@settings(max_examples=30)
@given(walks())
def test_every_fact_and_refusal_of_any_walk_has_words(case: tuple[Playbook, list[Walk]]) -> None:
    plan, steps = case
    for step in steps:
        for fact in step.decision.facts:
            said(explain.fact(plan, fact))
        if step.decision.refusal is not None:
            said(explain.refusal(plan, step.decision.refusal))


@settings(max_examples=60)
@given(postures())
def test_everything_that_stands_has_words(held: Posture) -> None:
    for (_, key), item in held.items():
        said(explain.standing(BAISHI, key, item))


def test_switch_of_the_small_town_in_words() -> None:
    lines = [
        f"{change.op} {said(explain.change(BAISHI, change))}"
        for change in posture.switch(BAISHI, "raised", "emergency")
    ]

    assert lines == [
        "= Baishi leading group continues",
        "+ Task force activated",
        "~ Coordination → task-force coordination of Task force (duties +1, routine duties continue)",
        "~ Stability → lockdown group of Task force (routine duties continue)",
        "= Traffic continues",
        "~ watch: Coordination, 24 h a day → Coordination, 24 h a day in shifts of 8 h",
        "~ daily report: daily by 15:00 → every 4 h",
        "+ first report: within 2 h after receipt of positive reported",
        "+ masks worn in force",
    ]


def test_way_back_of_the_small_town_in_words() -> None:
    lines = [
        f"{change.op} {said(explain.change(BAISHI, change))}"
        for change in posture.switch(BAISHI, "emergency", "routine")
    ]

    assert lines == [
        "= Baishi leading group continues",
        "- Task force stood down",
        "~ task-force coordination of Task force → Coordination (routine duties only)",
        "~ lockdown group of Task force → Stability (routine duties only)",
        "= Traffic continues",
        "- watch ends",
        "~ daily report: every 4 h → daily by 17:00",
        "- first report is owed no more",
        "- masks worn lifted",
    ]


REPORT = Obligation(name=text("报告", "report"))
WHEN: list[tuple[dict[str, Any], str]] = [
    # a wall clock
    ({"every": "day", "at": ["15:30"]}, "daily by 15:30"),
    ({"every": "day", "at": ["09:00", "15:30"]}, "daily by 09:00, 15:30"),
    ({"every": "day"}, "daily, no hour is stated"),
    ({"every": "day", "times_a_day": 2}, "2 times a day"),
    ({"times_a_day": 2}, "2 times a day"),
    # elapsed time
    ({"every": "4h"}, "every 4 h"),
    ({"every": "2d"}, "every 2 days"),
    ({"within": "2h", "of": "receipt"}, "within 2 h after it becomes known"),
    ({"within": "2h", "of": "entry"}, "within 2 h after the state is entered"),
    ({"within": "2h"}, "within 2 h after it becomes known"),
    ({"within": "30m", "of": "entry"}, "within 30 min after the state is entered"),
    # from what is received
    ({"within": "2h", "of": "receipt", "on": ["positive"]}, "within 2 h after receipt of positive reported"),
    ({"within": "2h", "of": "receipt", "on": ["drought"]}, "within 2 h after receipt of drought"),
    ({"within": "2h", "of": "receipt", "after": "first_report"}, "within 2 h after first report is in"),
    # after another, known in some state or not
    ({"after": "daily_report"}, "after daily report, no hour of its own"),
    ({"after": "unheard_of"}, "after unheard_of, no hour of its own"),
    # the paper's own vagueness
    ({"urgency": "promptly"}, "promptly, no time is stated"),
    ({}, "no time is stated"),
    # to whom
    ({"every": "4h", "receivers": ["command", "县里"]}, "every 4 h, to Baishi leading group, 县里"),
]


@pytest.mark.parametrize(("fields", "expected"), WHEN)
def test_schedule_is_said_as_the_paper_gives_it(fields: dict[str, Any], expected: str) -> None:
    assert said(explain.schedule(BAISHI, replace(REPORT, **fields))) == expected


@given(
    st.lists(st.sampled_from(["00:00", "02:30", "15:30"]), unique=True, max_size=3),
    st.sampled_from(["day", "2d"]),
)
def test_no_hour_that_is_given_goes_unsaid(at: list[str], every: str) -> None:
    sentence = said(explain.schedule(BAISHI, replace(REPORT, every=every, at=at)))

    assert [hour for hour in at if hour not in sentence] == []


GROUPS: list[tuple[dict[str, Any], dict[str, Any] | None, str]] = [
    # what the paper says of a group while it acts
    ({}, {"reinforced": True}, "Traffic changed (routine duties continue, staff reinforced)"),
    ({}, {"co_located": True}, "Traffic changed (routine duties continue, works in one place)"),
    ({}, {"place": text("大厅", "hall")}, "Traffic changed (routine duties continue, together at hall)"),
    ({}, {"led_by": ["派出所"]}, "Traffic changed (routine duties continue, led by Police station)"),
    # it becomes another, another again, and itself
    ({}, {"acts_as": text("甲组", "group A")}, "Traffic → group A (routine duties continue)"),
    (
        {"acts_as": text("甲组", "group A")},
        {"acts_as": text("乙组", "group B")},
        "Traffic → group B (routine duties continue)",
    ),
    ({"acts_as": text("甲组", "group A")}, {}, "group A → Traffic (routine duties only)"),
    # it stays another
    (
        {"acts_as": text("甲组", "group A")},
        {"acts_as": text("甲组", "group A"), "reinforced": True},
        "Traffic changed (routine duties continue, staff reinforced)",
    ),
    ({}, None, "Traffic ends its work"),
]


@pytest.mark.parametrize(("before", "after", "expected"), GROUPS)
def test_group_is_said_to_change(before: dict[str, Any], after: dict[str, Any] | None, expected: str) -> None:
    new = None if after is None else StandingGroup(**after)
    change = Change("~" if after is not None else "-", "group", "traffic", StandingGroup(**before), new)

    assert said(explain.change(BAISHI, change)) == expected


#: The name of its step is said.
CLOCK = StepDown(name=text("解除提议", "step-down"), days=14, reset_by=["positive"], proposes="lift")
PROPOSAL = "proposes lift after 14 days without positive reported"
WATCH = Roster(name=text("值班", "watch"), of="coordination")
OTHERS: list[tuple[Change, str]] = [
    # a group that starts
    (Change("+", "group", "traffic", None, StandingGroup()), "Traffic starts work"),
    # a body that only moves
    (
        Change("~", "body", "command", StandingBody(), StandingBody(place=text("厅", "hall"))),
        "Baishi leading group changed",
    ),
    # a watch that begins, at its place, and one of which only the words change
    (Change("+", "roster", "watch", None, WATCH), "watch: Coordination, 24 h a day"),
    (
        Change("+", "roster", "watch", None, replace(WATCH, place=text("厅", "hall"), pattern="12h")),
        "watch: Coordination, 24 h a day in shifts of 12 h, at hall",
    ),
    (
        Change("~", "roster", "watch", replace(WATCH, name=text("班", "duty")), WATCH),
        "watch: Coordination, 24 h a day",
    ),
    # a report of which only the form changes
    (Change("~", "obligation", "r", REPORT, replace(REPORT, zero_report=True)), "report: no time is stated"),
    # a report of which only what surrounds its time changes
    (
        Change("~", "obligation", "r", REPORT, replace(REPORT, remind="30m")),
        "report: no time is stated (reminder 30 min before)",
    ),
    (
        Change(
            "~", "obligation", "r", replace(REPORT, remind="30m", every="4h"), replace(REPORT, every="4h")
        ),
        "report: every 4 h",
    ),
    # plans keep to what is due and when
    (Change("+", "obligation", "r", None, replace(REPORT, remind="30m")), "report: no time is stated"),
    # a clock
    (Change("+", "clock", "c", None, CLOCK), f"step-down: {PROPOSAL}"),
    (
        Change("~", "clock", "c", CLOCK, replace(CLOCK, days=1, gates=["ruled_out"], reports_in=True)),
        (
            f"step-down: {PROPOSAL} → proposes lift after 1 day without positive reported; "
            "needs ruled out, all reports in"
        ),
    ),
    (Change("~", "clock", "c", CLOCK, replace(CLOCK, starts="same_day")), f"step-down: {PROPOSAL}"),
    (Change("-", "clock", "c", CLOCK, None), "step-down ends"),
    # a measure
    (Change("+", "measure", "m", None, Measure(name=text("停课", "no school"))), "no school in force"),
]


@pytest.mark.parametrize(("change", "expected"), OTHERS)
def test_change_is_said(change: Change, expected: str) -> None:
    assert said(explain.change(BAISHI, change)) == expected


STANDS: list[tuple[Any, str, str]] = [
    (StandingBody(), "command", "Baishi leading group"),
    (StandingGroup(), "traffic", "Traffic"),
    (
        StandingGroup(acts_as=text("甲组", "group A"), under="task_force"),
        "traffic",
        "Traffic, acting as group A of Task force (routine duties continue)",
    ),
    (WATCH, "watch", "watch: Coordination, 24 h a day"),
    (REPORT, "r", "report: no time is stated"),
    (
        replace(
            REPORT,
            every="4h",
            receivers=["县里"],
            remind="30m",
            grace="10m",
            escalate=[Tier(after="30m", to=["command"]), Tier(after="2h", to=["镇长", "superior"])],
        ),
        "r",
        (
            "report: every 4 h, to 县里 (reminder 30 min before; missing 10 min after it was due; "
            "escalates after 30 min to Baishi leading group; "
            "escalates after 2 h to Baishi leading group, leader, the superior jurisdiction)"
        ),
    ),
    (
        replace(REPORT, kind="meeting", every="day", at=["09:00"], grace="1h"),
        "r",
        "report: daily by 09:00 (called up to 1 h late)",
    ),
    (CLOCK, "c", f"step-down: {PROPOSAL}"),
    # which of the events count
    (
        replace(CLOCK, when={"origin": "local", "cases": Range(at_least=2)}),
        "c",
        "step-down: proposes lift after 14 days without positive reported (origin: local, cases at least 2)",
    ),
    (
        replace(CLOCK, reset_by=["drought"], when={"depth": ["low"]}),
        "c",
        "step-down: proposes lift after 14 days without drought (depth: one of low)",
    ),
    (replace(CLOCK, days=1, reset_by=[], proposes="gone"), "c", "step-down: proposes gone after 1 day"),
    (Measure(name=text("停课", "no school")), "m", "no school"),
]


@pytest.mark.parametrize(("item", "key", "expected"), STANDS)
def test_what_stands_is_said_as_a_state(item: Any, key: str, expected: str) -> None:
    assert said(explain.standing(BAISHI, key, item)) == expected


FACTS: list[tuple[AnyFact, str]] = [
    (PlaybookAdopted(name="baishi", playbook=HASH), f"playbook baishi {HASH[:12]} adopted"),
    (IncidentOpened(incident="1-2026-001"), "incident 1-2026-001 opened"),
    (IncidentClosed(incident="1-2026-001"), "incident 1-2026-001 closed"),
    (EventNoted(event="positive"), "positive reported recorded; nothing that stands changes"),
    # an event and a state that only an older playbook knew
    (EventNoted(event="drought"), "drought recorded; nothing that stands changes"),
    (StateEntered(origin="routine", target="worst", since=""), "routine → worst"),
    (
        StateEntered(origin="routine", target="raised", since="", authority="command"),
        "routine → first-level response, decided by Baishi leading group",
    ),
    (
        SeatsCollided(holder="P1", seats=["coordination.deputy", "stability.deputy"]),
        "one holder (P1) holds 2 seats at once: Coordination, Stability",
    ),
    (
        RequestRefused(rule="authority", who_may_decide=["command"]),
        "refused: the body named may not decide this; it may be decided by: Baishi leading group",
    ),
    # a rule of another version of the program
    (RequestRefused(rule="moon_phase"), "refused: rule moon_phase"),
]


@pytest.mark.parametrize(("fact", "expected"), FACTS)
def test_fact_is_said(fact: AnyFact, expected: str) -> None:
    assert said(explain.fact(BAISHI, fact)) == expected


def test_every_kind_of_fact_and_every_rule_has_a_sentence_of_its_own() -> None:
    told = {said(explain.fact(BAISHI, fact)) for fact, _ in FACTS}
    rules = [Refusal(rule=rule) for rule in get_args(RefusalRule)]
    reasons = {said(explain.refusal(BAISHI, one)) for one in rules}

    assert len(told) == len(FACTS)
    assert len(reasons) == len(rules)
    assert not [reason for reason in reasons if reason.startswith("rule ")]


def test_refusal_names_what_is_missing_and_what_is_possible() -> None:
    missing = Refusal(rule="missing", missing=["matter", "decided_by", "basis"], who_may_decide=["county"])
    elsewhere = Refusal(rule="not_possible", possible=["positive", "lifted"])

    assert said(explain.refusal(BAISHI, missing)) == (
        "missing: the matter: the values of the event or why, the deciding body, "
        "the basis: instrument and clause; this may be decided by: County headquarters"
    )
    late = Refusal(rule="time", times=["in_future", "ends_early", "leap_year"])
    assert said(explain.refusal(BAISHI, late)) == (
        "the times do not fit: it would hold from a time to come, it would end before it begins, leap_year"
    )
    assert said(explain.refusal(BAISHI, elsewhere)).endswith("possible now: positive reported, lifted")


def test_item_of_a_kind_is_named_by_that_kind() -> None:
    """A group may bear the key of a body: they stand in different maps of the playbook."""
    plan = replace(BAISHI, groups={**BAISHI.groups, "command": BAISHI.groups["traffic"]})

    assert said(explain.item_name(plan, "command", StandingGroup())) == "Traffic"
    # without the item all that is known is the key
    assert said(explain.item_name(plan, "command")) == "Baishi leading group"
    assert said(explain.item_name(plan, "unheard_of")) == "unheard_of"
