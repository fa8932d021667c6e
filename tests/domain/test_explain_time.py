"""What became of a promised time, a filing and a directive has words, and they say what matters."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from incident.domain import explain
from incident.domain.explain_time import ENDS, REASONS, WHATS, form_name, lateness, promised, reasons
from incident.domain.fact_names import kind_of, kinds_of_time
from incident.domain.facts import (
    ActivationConfirmed,
    AnyFact,
    ClockReset,
    Closed,
    End,
    ItemEnded,
    ItemStarted,
    PlannedEndMoved,
    ReportFiled,
    Result,
    TimerEnded,
    What,
)
from tests.domain.test_explain import said
from tests.playbooks import BAISHI

DUE = "2026-03-01T07:00:00Z"
ORDER: dict[str, Any] = {"by": "command.leader", "to": "stability", "due": DUE}


def ended(what: What, end: End = "fired", **changes: Any) -> TimerEnded:
    key = {"planned_end": "emergency", "confirmation": "emergency", "handover": "watch"}.get(
        what, "daily_report"
    )
    return TimerEnded(**{"what": what, "key": key, "of": "command", "due": DUE, "end": end, **changes})


@pytest.mark.parametrize("what", get_args(What))
@pytest.mark.parametrize("end", get_args(End))
@pytest.mark.parametrize("result", [None, *get_args(Result)])
def test_every_end_of_every_time_has_words_and_a_name(what: What, end: End, result: Result | None) -> None:
    fact = ended(what, end, result=result, reason=["outage"], tell=["command"], late=61, step="lift", tier=1)

    sentence = said(explain.fact(BAISHI, fact))

    assert ("1 h 1 min late" in sentence) is (end == "fired_late")
    if end not in ("fired", "fired_late"):
        assert kind_of(fact) in kinds_of_time()


SENTENCES: list[tuple[AnyFact, str]] = [
    (
        ended("deadline", result="met"),
        "daily report of Baishi leading group, due 2026-03-01 15:00 +08:00: in",
    ),
    (
        ended("deadline", result="missed"),
        "daily report of Baishi leading group, due 2026-03-01 15:00 +08:00: missing",
    ),
    (
        ended("reminder", about="2026-03-01T07:30:00Z"),
        "reminder to Baishi leading group: daily report is due 2026-03-01 15:30 +08:00",
    ),
    (
        ended("escalation", about="2026-03-01T06:30:00Z", tier=2, tell=["superior"]),
        (
            "daily report of Baishi leading group, due 2026-03-01 14:30 +08:00, is still missing: "
            "step 2, told to the superior jurisdiction"
        ),
    ),
    (ended("handover", of="coordination"), "watch: handover of Coordination at 2026-03-01 15:00 +08:00"),
    (
        ended("step_down", result="proposed", step="lift", tell=["command"]),
        "daily report has run: lift is proposed; a person decides: Baishi leading group",
    ),
    (
        ended("step_down", result="waiting", reason=["reports_in", "ordered"]),
        "daily report has run and waits for: all reports to be in, ordered",
    ),
    (ended("planned_end"), "the planned end of local positive detected is reached; nothing ends by itself"),
    (ended("deadline", "cancelled"), "deadline daily report of 2026-03-01 15:00 +08:00: cancelled"),
    (
        ended("step_down", "held", reason=["outage"]),
        "step-down daily report of 2026-03-01 15:00 +08:00: held for a person: it came late, after an outage",
    ),
    (ClockReset(clock="daily_report", event="positive"), "daily report counts anew: positive reported"),
    (PlannedEndMoved(planned_end=DUE), "planned end is now 2026-03-01 15:00 +08:00"),
    (ActivationConfirmed(state="emergency"), "the provisional act is confirmed"),
    (
        ReportFiled(
            sender="coordination",
            form="daily_report",
            zero=True,
            closes=[
                Closed(key="daily_report", of="coordination", due=DUE, late=12),
                Closed(key="directive-7", of="coordination", due=DUE),
            ],
        ),
        (
            "Coordination filed zero report daily report, which closes: "
            "daily report of 2026-03-01 15:00 +08:00, 12 min late, directive 7 of 2026-03-01 15:00 +08:00"
        ),
    ),
    (
        ReportFiled(sender="coordination", form="first_report"),
        "Coordination filed first report; none was asked for at this time",
    ),
    (
        ReportFiled(sender="coordination", form="daily_report", corrects=3),
        "Coordination corrects the daily report of entry 3",
    ),
    (
        ItemStarted(kind="directive", key="directive-7", after=ORDER),
        "Baishi leading group, leader orders Stability (directive 7), due 2026-03-01 15:00 +08:00",
    ),
    (ItemEnded(kind="directive", key="directive-7", before=ORDER), "directive 7 is closed"),
]


@pytest.mark.parametrize(("fact", "sentence"), SENTENCES)
def test_sentence_says_what_matters(fact: AnyFact, sentence: str) -> None:
    assert said(explain.fact(BAISHI, fact)) == sentence


def test_everything_that_can_be_recorded_of_a_time_has_a_word() -> None:
    assert WHATS.keys() == {*get_args(What)}
    assert ENDS.keys() == {*get_args(End)}


def test_reasons_are_words_of_ours_or_events() -> None:
    assert [said(one) for one in reasons(BAISHI, [*REASONS, "positive"])] == [
        *map(said, REASONS.values()),
        "positive reported",
    ]


def test_what_a_time_belongs_to_is_named_whatever_it_is() -> None:
    names = [promised(BAISHI, key).en for key in ("first_report", "watch", "raised", "directive-12", "gone")]

    assert names == ["first report", "watch", "first-level response", "directive 12", "gone"]


def test_form_is_named_after_what_asks_for_it() -> None:
    assert [form_name(BAISHI, form).en for form in ("first_report", "directive-3", "gone")] == [
        "first report",
        "directive 3",
        "gone",
    ]


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "0 min"), (59, "59 min"), (60, "1 h 0 min"), (1500, "25 h 0 min")]
)
def test_lateness_is_said_in_hours_and_minutes(minutes: int, words: str) -> None:
    assert said(lateness(minutes)) == words
