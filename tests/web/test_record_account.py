"""What became of every promised time, on a page: the sums, what went amiss, what does not balance."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import pytest

from incident.service.tick import sweep
from tests.web.recorded import Pressing, positive
from tests.web.serving import TOWN, Served

ACCOUNT = f"/j/{TOWN}/record/account"


@pytest.fixture
def day(served: Served) -> Served:
    """A day after an activation; all that fell due was carried out, and no report came in."""
    positive(served)
    for _ in range(24):
        served.clock.after(hours=1)
        sweep(served.workplace.store, now=served.clock, node="a")
    return served


def test_an_account_that_balances_says_so_and_lists_what_did_not_simply_come(day: Served) -> None:
    with Pressing(day, "auditor") as auditor:
        said = auditor.look(ACCOUNT)
        all_said = auditor.look(f"{ACCOUNT}?all=1")
        later = auditor.look(f"{ACCOUNT}?since=2026-03-02+02:00")
    assert "✓ balances: each of" in said
    assert "from 2026-03-01 02:40 to before 2026-03-02 02:40" in said
    listed = [one[one.index("why node entry") :] for one in (said, all_said)]
    assert [bool(re.search("carried out (?!late)", one)) for one in listed] == [False, True]
    assert "from 2026-03-02 02:00 to before 2026-03-02 02:40" in later


def test_a_promised_time_that_vanished_is_found_and_said_what_to_do_about(day: Served) -> None:
    with closing(sqlite3.connect(day.url.removeprefix("sqlite:///"))) as opened:
        for (trigger,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            opened.execute(f"DROP TRIGGER {trigger}")
        opened.execute("DELETE FROM timer WHERE what = 'deadline' AND ended IS NOT NULL")
        opened.commit()
    with Pressing(day, "auditor") as auditor:
        said = auditor.look(ACCOUNT)
    assert "✕ does not balance:" in said
    assert "promised, and no trace of it is left: run: incident journal verify" in said


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("since=soon", "expected a time such as"),
        ("since=2026-03-02&until=2026-03-01", "expected a time later than 2026-03-02 00:00"),
    ],
)
def test_what_is_no_period_is_refused_in_place(served: Served, query: str, words: str) -> None:
    with Pressing(served, "auditor") as auditor:
        assert words in auditor.look(f"{ACCOUNT}?{query}", 422)
