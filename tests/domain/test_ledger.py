"""Where a report stands follows from its time, its grace, what came after it and what came in."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest

from incident.domain.ledger import Occurrence, awaited, occurrences
from incident.domain.playbook import Obligation
from incident.domain.situation import Standing, Stood
from incident.domain.timer import Closing, Timer
from tests.playbooks import HOUR, NIGHT, text

MINUTE: Final = 60
ZONE: Final = "Asia/Shanghai"


def standing(**changes: Any) -> Standing:
    """A report every four hours stands; reminded of half an hour before, missing ten minutes after."""
    fields: dict[str, Any] = {"senders": ["duty"], "every": "4h", "remind": "30m", "grace": "10m"}
    owed = Obligation(name=text("日报", "report"), **{**fields, **changes})
    return {("obligation", "report"): Stood(msgspec.to_builtins(owed), 0)}


def deadline(due: int = NIGHT, **changes: Any) -> Timer:
    fields: dict[str, Any] = {"seq": 0, "n": 0, "opened": 0, "key": "report", "of": "duty"}
    timer = {**fields, "what": "deadline", "due": due, "about": due, "wake": due + 10 * MINUTE}
    return Timer(**{**timer, **changes})


def closing(due: int = NIGHT, *, late: int = 0, zero: bool = False) -> Closing:
    return Closing("report", "duty", due, 7, due + late * MINUTE, late, zero)


def one(at: int, *filings: Closing, stands: Standing | None = None, **changes: Any) -> Occurrence:
    """Give the only report there is, at an instant."""
    known = standing() if stands is None else stands
    (found,) = occurrences([deadline(**changes)], filings, known, at, ZONE)
    return found


MOMENTS: Final = [
    # long before
    (-HOUR, "open", 0),
    # a second before its reminder, and with it
    (-30 * MINUTE - 1, "open", 0),
    (-30 * MINUTE, "due", 0),
    # its time has come, its grace not passed
    (0, "due", 0),
    (10 * MINUTE - 1, "due", 0),
    # missing, and late from its hour on
    (10 * MINUTE, "late", 10),
    (25 * HOUR + 59, "late", 1500),
]


@pytest.mark.parametrize(("after", "state", "late"), MOMENTS)
def test_report_is_open_then_due_then_late(after: int, state: str, late: int) -> None:
    found = one(NIGHT + after)

    assert (found.state, found.late) == (state, late)


def test_without_a_reminder_a_report_is_due_an_hour_before() -> None:
    stands = standing(remind=None)

    assert one(NIGHT - HOUR - 1, stands=stands).state == "open"
    assert one(NIGHT - HOUR, stands=stands).state == "due"


def test_report_that_is_in_is_filed_and_keeps_its_lateness() -> None:
    found = one(NIGHT + HOUR, closing(late=12, zero=True))

    assert (found.state, found.late) == ("filed", 12)
    assert found.filing is not None
    assert found.filing.zero


def test_filing_of_another_time_is_not_taken_for_this_one() -> None:
    assert one(NIGHT + HOUR, closing(NIGHT + 1)).state == "late"


def test_what_was_cancelled_is_withdrawn_unless_it_was_in() -> None:
    assert one(NIGHT + HOUR, end="cancelled").state == "withdrawn"
    assert one(NIGHT + HOUR, end="cancelled").late == 0
    assert one(NIGHT + HOUR, closing(), end="cancelled").state == "filed"


def test_report_is_missed_once_the_next_of_its_series_is_late_too() -> None:
    timers = [deadline(), deadline(NIGHT + 4 * HOUR, seq=1)]

    before = occurrences(timers, [], standing(), NIGHT + 4 * HOUR + 9 * MINUTE, ZONE)
    after = occurrences(timers, [], standing(), NIGHT + 4 * HOUR + 10 * MINUTE, ZONE)

    assert [found.state for found in before] == ["late", "due"]
    assert [found.state for found in after] == ["missed", "late"]


def test_report_of_another_sender_overtakes_nothing() -> None:
    timers = [deadline(), deadline(NIGHT + 4 * HOUR, of="other")]

    found = occurrences(timers, [], standing(), NIGHT + 5 * HOUR, ZONE)

    assert [each.state for each in found] == ["late", "late"]


def test_what_is_owed_once_is_never_overtaken() -> None:
    timers = [deadline(), deadline(NIGHT + HOUR, seq=1, opened=1)]
    stands = standing(every=None, within="2h", of="receipt", on=["positive"])

    found = occurrences(timers, [], stands, NIGHT + 9 * HOUR, ZONE)

    assert [each.state for each in found] == ["late", "late"]
    assert awaited(found, stands, NIGHT + 9 * HOUR) == found


def test_of_what_stands_no_more_a_series_is_what_one_entry_opened() -> None:
    """Whether it recurred cannot be asked any more; each receipt opened its own."""
    series = [deadline(), deadline(NIGHT + 4 * HOUR, seq=1)]
    receipts = [deadline(), deadline(NIGHT + 4 * HOUR, seq=1, opened=1)]

    states = [
        [found.state for found in occurrences(timers, [], {}, NIGHT + 9 * HOUR, ZONE)]
        for timers in (series, receipts)
    ]

    assert states == [["missed", "late"], ["late", "late"]]


def test_time_that_was_cancelled_and_promised_anew_is_one_report() -> None:
    timers = [deadline(end="cancelled"), deadline(seq=3, opened=3)]

    (found,) = occurrences(timers, [], standing(), NIGHT, ZONE)

    assert found.state == "due"


def test_only_deadlines_are_reports() -> None:
    others = [deadline(what=what) for what in ("reminder", "escalation", "call", "handover")]

    assert occurrences(others, [], standing(), NIGHT, ZONE) == []


def test_reports_come_by_time() -> None:
    timers = [deadline(NIGHT + HOUR), deadline(of="other"), deadline()]

    found = occurrences(timers, [], standing(), NIGHT, ZONE)

    assert [(each.due, each.of) for each in found] == [
        (NIGHT, "duty"),
        (NIGHT, "other"),
        (NIGHT + HOUR, "duty"),
    ]


# -- what a filing would close


def test_late_one_is_awaited_before_that_of_now() -> None:
    timers = [deadline(), deadline(NIGHT + 4 * HOUR, seq=1)]
    at = NIGHT + HOUR

    late = awaited(occurrences(timers, [], standing(), at, ZONE), standing(), at)
    rest = awaited(occurrences(timers, [closing()], standing(), at, ZONE), standing(), at)

    assert [each.due for each in late] == [NIGHT]
    assert [each.due for each in rest] == [NIGHT + 4 * HOUR]


def test_the_next_is_awaited_too_once_it_is_nearer_than_the_late_one() -> None:
    timers = [deadline(), deadline(NIGHT + 4 * HOUR, seq=1)]
    for at, count in ((NIGHT + 2 * HOUR, 1), (NIGHT + 2 * HOUR + 1, 2)):
        found = occurrences(timers, [], standing(), at, ZONE)
        assert len(awaited(found, standing(), at)) == count


def test_report_is_awaited_from_when_its_window_opens() -> None:
    stands = standing(every="day", at=["15:00"], window="same_day")
    due = NIGHT + 36 * HOUR + 20 * MINUTE  # 15:00 of the next day
    midnight = due - 15 * HOUR

    for at, count in ((midnight - 1, 0), (midnight, 1)):
        found = occurrences([deadline(due)], [], stands, at, ZONE)
        assert [each.opens for each in found] == [midnight]
        assert len(awaited(found, stands, at)) == count


def test_nothing_is_awaited_of_what_is_in_withdrawn_or_overtaken() -> None:
    timers = [
        deadline(),
        deadline(NIGHT + 4 * HOUR, seq=1),
        deadline(NIGHT + 8 * HOUR, seq=2, end="cancelled"),
    ]
    at = NIGHT + 5 * HOUR

    found = occurrences(timers, [closing(NIGHT + 4 * HOUR)], standing(), at, ZONE)

    assert [each.state for each in found] == ["missed", "filed", "withdrawn"]
    assert awaited(found, standing(), at) == []
