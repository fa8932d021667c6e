"""What one filing closes: all its sender owes in the same form, and never what is not asked for yet."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest
from msgspec.structs import replace

from incident.domain import clock
from incident.domain.errors import RequestError
from incident.domain.facts import AnyFact, ItemEnded, ReportFiled
from incident.domain.filing import (
    Corrected,
    Desk,
    Filing,
    Valid,
    decide_filing,
    find_sender,
    form_of,
    owed_forms,
    parts_of,
)
from incident.domain.ledger import occurrences
from incident.domain.playbook import Obligation
from incident.domain.situation import Standing, Stood
from incident.domain.timer import Closing, Directive, Timer
from tests.playbooks import BAISHI, DAY, HOUR, NIGHT, text

ZONE: Final = BAISHI.jurisdiction.zone


def owed(name: str, *by: str, to: str = "command", **changes: Any) -> Obligation:
    fields: dict[str, Any] = {"senders": [*by], "receivers": [to], "every": "4h"}
    return Obligation(name=text(f"{name}表", name), **{**fields, **changes})


#: Two reports in one form, one in a form of its own, and one that gathers the first.
OWED: Final = {
    "situation": owed("situation", "each_group", form="daily"),
    "copy": owed("copy", "综合协调组", to="county", form="daily"),
    "first": owed(
        "first", "coordination", to="county", every=None, within="2h", of="receipt", on=["positive"]
    ),
    "town": owed("town", "command", to="county", every="day", at=["15:00"]),
}
ORDER: Final = Directive(by="command.leader", to="stability", due=clock.stamp(NIGHT + HOUR))


def standing() -> Standing:
    stood = {("group", key): Stood({}, 0) for key in ("coordination", "stability")}
    stood |= {("obligation", key): Stood(msgspec.to_builtins(one), 0) for key, one in OWED.items()}
    return {**stood, ("directive", "directive-5"): Stood(msgspec.to_builtins(ORDER), 5)}


def deadline(key: str, of: str, due: int = NIGHT, **changes: Any) -> Timer:
    fields: dict[str, Any] = {"seq": 0, "n": 0, "opened": 0, "what": "deadline", "wake": due, "about": due}
    return Timer(key=key, of=of, due=due, **{**fields, **changes})


TIMERS: Final = [
    deadline("situation", "coordination"),
    deadline("situation", "stability"),
    deadline("copy", "综合协调组"),
    deadline("first", "coordination", NIGHT + HOUR),
    deadline("directive-5", "stability", NIGHT + HOUR),
    deadline("town", "command", NIGHT + 12 * HOUR),
]


def desk(at: int, *closings: Closing, timers: list[Timer] = TIMERS, **changes: Any) -> Desk:
    stands = standing()
    found = occurrences(timers, closings, stands, at, ZONE)
    return replace(Desk(playbook=BAISHI, standing=stands, occurrences=found, at=at), **changes)


def decided(laid: Desk, sender: str, **words: Any) -> list[AnyFact]:
    return decide_filing(laid, Filing(sender=sender, **words))


def filed(laid: Desk, sender: str, **words: Any) -> ReportFiled:
    fact = decided(laid, sender, **words)[0]
    assert isinstance(fact, ReportFiled)
    return fact


def closes(laid: Desk, sender: str, **words: Any) -> list[tuple[str, str, int]]:
    return [(one.key, one.of, one.late) for one in filed(laid, sender, **words).closes]


def test_one_filing_closes_all_that_asks_for_its_form_however_the_sender_is_written() -> None:
    assert closes(desk(NIGHT - 1), "协调组", form="daily") == [
        ("copy", "综合协调组", 0),
        ("situation", "coordination", 0),
    ]


def test_lateness_is_counted_in_whole_minutes_from_the_hour() -> None:
    # what was counted as missing is never in time
    for seconds, minutes in ((-1, 0), (0, 1), (59, 1), (60, 1), (3 * HOUR + 119, 181)):
        laid = desk(NIGHT + seconds)
        assert {late for _key, _of, late in closes(laid, "coordination", form="daily")} == {minutes}


def test_what_is_in_is_not_closed_again() -> None:
    done = Closing("copy", "综合协调组", NIGHT, 3, NIGHT, 0, zero=False)

    assert closes(desk(NIGHT - 1, done), "coordination", form="daily") == [("situation", "coordination", 0)]


def test_seat_owes_what_is_asked_of_the_seat_and_not_what_its_group_owes() -> None:
    with pytest.raises(RequestError, match="a sender who owes a report"):
        decided(desk(NIGHT), "coordination.deputy")


def test_only_form_that_is_awaited_needs_no_name() -> None:
    laid = desk(NIGHT, timers=[deadline("first", "coordination", NIGHT + HOUR)])

    assert filed(laid, "coordination").form == "first"


def test_only_form_that_is_owed_at_all_needs_no_name_either() -> None:
    assert filed(desk(NIGHT, timers=[]), "command").form == "town"
    assert closes(desk(NIGHT, timers=[]), "command") == []


def test_time_that_is_named_says_which_form_is_meant() -> None:
    laid = desk(NIGHT)

    assert filed(laid, "coordination", due=NIGHT + HOUR).form == "first"
    # to the minute, as it is shown
    assert closes(laid, "coordination", due=NIGHT + HOUR + 59) == [("first", "coordination", 0)]


def test_overtaken_report_is_closed_by_its_time_alone() -> None:
    later = [deadline("situation", "stability", NIGHT + 4 * HOUR, seq=1)]
    laid = desk(NIGHT + 5 * HOUR, timers=[*TIMERS, *later])

    assert closes(laid, "stability", form="daily") == [("situation", "stability", 60)]
    assert closes(laid, "stability", form="daily", due=NIGHT) == [("situation", "stability", 300)]


def test_wrong_time_is_answered_with_the_right_ones() -> None:
    with pytest.raises(RequestError) as caught:
        decided(desk(NIGHT), "coordination", form="daily", due=NIGHT - DAY)

    assert "2026-03-01 02:40 +08:00" in str(caught.value)
    assert "2026-02-28 02:40 +08:00" in str(caught.value)


def test_answer_ends_the_directive_and_leaves_reports_as_they_are() -> None:
    filing, ended = decided(desk(NIGHT), "stability", form="directive-5")

    assert isinstance(filing, ReportFiled)
    assert [one.key for one in filing.closes] == ["directive-5"]
    assert ended == ItemEnded(kind="directive", key="directive-5", before=msgspec.to_builtins(ORDER))


def test_zero_and_attachments_are_recorded() -> None:
    fact = filed(desk(NIGHT), "coordination", form="daily", zero=True, attachments=1)

    assert (fact.zero, fact.attachments) == (True, 1)


def test_report_that_gathers_records_what_of_the_others_is_in() -> None:
    zero = Closing("situation", "coordination", NIGHT, 3, NIGHT, 0, zero=True)
    laid = desk(NIGHT + 12 * HOUR, zero)

    assert [(one.key, one.of, one.state, one.entry) for one in filed(laid, "command").parts] == [
        ("situation", "coordination", "zero", 3),
        ("situation", "stability", "missing", None),
    ]


def test_correction_of_a_part_counts() -> None:
    zero = Closing("situation", "coordination", NIGHT, 3, NIGHT, 0, zero=True)
    laid = desk(NIGHT + 12 * HOUR, zero, valid=lambda _closing: Valid(4, zero=False))

    assert filed(laid, "command").parts[0].state == "filed"


def test_report_that_closes_nothing_gathers_nothing() -> None:
    assert filed(desk(NIGHT, timers=TIMERS[:3]), "command").parts == []


def test_newest_of_each_report_is_gathered() -> None:
    older = deadline("situation", "stability", NIGHT - 4 * HOUR)
    withdrawn = deadline("situation", "stability", NIGHT + HOUR, end="cancelled")
    laid = desk(NIGHT, timers=[older, *TIMERS, withdrawn])

    parts = parts_of(laid, "command", NIGHT + 2 * HOUR)

    assert [(one.of, one.due) for one in parts if one.key == "situation"] == [
        ("stability", NIGHT),
        ("coordination", NIGHT),
    ]


def test_correction_closes_nothing_and_keeps_the_form() -> None:
    laid = desk(NIGHT, corrected=Corrected("daily", "coordination"))

    for form in (None, "daily", "copy"):
        (fact,) = decided(laid, "coordination", corrects=3, form=form, zero=True)
        assert fact == ReportFiled(sender="coordination", form="daily", corrects=3, zero=True)


def test_correction_of_a_form_that_stands_in_another_state_is_known_by_its_name() -> None:
    key, one = next((key, one) for state in BAISHI.states.values() for key, one in state.obligations.items())
    laid = desk(NIGHT, corrected=Corrected(one.form or key, "coordination"))

    for form in (key, one.name.zh, one.name.en):
        (fact,) = decided(laid, "coordination", corrects=3, form=form)
        assert isinstance(fact, ReportFiled)


def test_correction_in_another_form_is_refused() -> None:
    laid = desk(NIGHT, corrected=Corrected("daily", "coordination"))

    with pytest.raises(RequestError, match="which report; the form of entry 3: daily; `first`"):
        decided(laid, "coordination", corrects=3, form="first")


def test_correction_takes_no_time_of_its_own() -> None:
    laid = desk(NIGHT, corrected=Corrected("daily", "coordination"))

    with pytest.raises(RequestError, match="due; no time: a correction closes what entry 3 closed"):
        decided(laid, "coordination", corrects=3, due=NIGHT + HOUR)


def test_only_the_newest_correction_is_corrected() -> None:
    laid = desk(NIGHT, corrected=Corrected("daily", "coordination", 14))

    with pytest.raises(RequestError, match="entry 3, corrected by entry 14; correct entry 14"):
        decided(laid, "coordination", corrects=3)


def test_directive_is_not_answered_with_nothing() -> None:
    with pytest.raises(RequestError, match="an answer to the directive: words or a file"):
        decided(desk(NIGHT), "stability", form="directive-5", zero=True)
    with pytest.raises(RequestError, match="an answer to the directive"):
        decided(
            desk(NIGHT, corrected=Corrected("directive-5", "stability")), "stability", corrects=3, zero=True
        )


@pytest.mark.parametrize("corrected", [None, Corrected("daily", "stability")])
def test_nothing_of_others_is_corrected(corrected: Corrected | None) -> None:
    with pytest.raises(RequestError, match="the filing to correct"):
        decided(desk(NIGHT, corrected=corrected), "coordination", corrects=3)


def test_forms_are_listed_with_what_asks_for_them_awaited_ones_first() -> None:
    forms = owed_forms(desk(NIGHT, timers=TIMERS[3:4]), "coordination")

    assert [(form, [name.en for name in asking]) for form, asking in forms.items()] == [
        ("first", ["first"]),
        ("daily", ["situation", "copy"]),
    ]


@pytest.mark.parametrize("words", ["nobody", "组长"])
def test_sender_that_is_nobody_is_refused(words: str) -> None:
    with pytest.raises(RequestError, match="the sender"):
        find_sender(BAISHI, words)


def test_form_is_the_key_of_what_asks_for_it_unless_one_is_named() -> None:
    assert [form_of(standing(), key) for key in ("situation", "first", "directive-5", "gone")] == [
        "daily",
        "first",
        "directive-5",
        "gone",
    ]
