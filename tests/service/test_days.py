"""Which day is a public holiday: the whole of an announced holiday, and nothing is asked of a library."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from incident.domain.tally import Day
from incident.service import china_days
from incident.service.days import china
from tools.china_days import lines

WHOLE: list[tuple[str, str, Day]] = [
    # 国办发明电〔2025〕7号, 2026: from the first day off to the last, weekends within and beside them
    ("2026-01-01", "2026-01-03", "holiday"),
    ("2026-02-15", "2026-02-23", "holiday"),
    ("2026-04-04", "2026-04-06", "holiday"),
    ("2026-05-01", "2026-05-05", "holiday"),
    ("2026-06-19", "2026-06-21", "holiday"),
    ("2026-09-25", "2026-09-27", "holiday"),
    ("2026-10-01", "2026-10-07", "holiday"),
    # people work in exchange
    ("2026-01-04", "2026-01-04", "work"),
    ("2026-02-14", "2026-02-14", "work"),
    ("2026-02-28", "2026-02-28", "work"),
    ("2026-05-09", "2026-05-09", "work"),
    ("2026-09-20", "2026-09-20", "work"),
    ("2026-10-10", "2026-10-10", "work"),
    # any week
    ("2026-03-02", "2026-03-06", "work"),
    ("2026-03-07", "2026-03-08", "rest"),
    # a holiday in the middle of a week makes no weekend one
    ("2025-01-01", "2025-01-01", "holiday"),
    ("2024-12-28", "2024-12-29", "rest"),
    # across the turn of the year
    ("2022-12-31", "2023-01-02", "holiday"),
    # not announced: the holidays themselves are known
    ("2027-10-01", "2027-10-03", "holiday"),
    # beyond the table weekends alone
    ("2099-10-01", "2099-10-02", "work"),
    ("2099-10-03", "2099-10-04", "rest"),
]


@pytest.mark.parametrize(("first", "last", "day"), WHOLE)
def test_what_a_day_is(first: str, last: str, day: Day) -> None:
    begins, ends = date.fromisoformat(first).toordinal(), date.fromisoformat(last).toordinal()
    assert {china(date.fromordinal(n)) for n in range(begins, ends + 1)} == {day}


def test_the_table_is_what_the_library_knows() -> None:
    """Red after a new announcement: write it anew, `tools/china_days.py`."""
    assert Path(china_days.__file__).read_text("utf-8") == "\n".join(lines()) + "\n"


def test_no_year_makes_anybody_wait_for_a_library() -> None:
    look = (
        "import sys; from datetime import date; from incident.service.days import china;"
        "china(date(2026, 12, 31)), china(date(2027, 1, 1)), china(date(2099, 1, 1));"
        "print('holidays' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"
