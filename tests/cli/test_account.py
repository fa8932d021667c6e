"""The account at the terminal: what was promised, how it ended, and exit code 1 when it does not balance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from incident.domain import clock
from tests.cli.desk import ACTIVATE, Desk, in_both_languages
from tests.cli.qingshi import CODE, UNGUARDED, active, adopted, local
from tests.cli.working import copied, work_for
from tests.playbooks import DAY, HOUR

ACCOUNT = ("account", "clockwork")
PROMISED = {"jurisdiction", "from", "to", "balances", "promised", "ends", "times", "faults"}


@pytest.fixture(scope="module")
def a_day_later(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of Qingshi in its emergency since 02:40, where a worker ran for a day; copied."""
    desk = Desk(f"sqlite:///{tmp_path_factory.mktemp('qingshi') / 'incident.db'}")
    work_for(active(desk), DAY)
    return desk.file


@pytest.fixture
def town(empty_desk: Desk, a_day_later: Path) -> Desk:
    """Qingshi after the first day of its emergency."""
    empty_desk.clock.at += DAY
    return copied(a_day_later, empty_desk)


def told(desk: Desk, code: int, *words: str) -> dict[str, Any]:
    said = desk.run(*ACCOUNT, *words, "--json")
    assert said.code == code, said
    found = said.object()
    assert found["balances"] is (code == 0)
    return found


def faults(desk: Desk, *words: str) -> set[tuple[str, str, str]]:
    return {(one["fault"], one["what"], one["key"]) for one in told(desk, 1, *words)["faults"]}


def test_day_balances(town: Desk) -> None:
    found = told(town, 0)

    assert found.keys() >= PROMISED
    assert found["jurisdiction"] == {"code": CODE, "name": "Qingshi"}
    assert found["ends"]["deadline"]["fired"] > 5
    assert found["ends"]["handover"] == {"fired": 1}
    assert found["faults"] == []


def test_account_is_told_as_a_table_with_what_did_not_simply_come(town: Desk) -> None:
    shown = town.done(*ACCOUNT).out

    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert lines[0] == "Qingshi 330999102 from 2026-03-01 02:40 +08:00 to before 2026-03-02 02:40 +08:00"
    assert any(line.startswith("deadline ") for line in lines)
    assert "deadline Daily report of the groups Stability group cancelled the schedule changed" in " ".join(
        lines
    )
    assert lines[-1].startswith("balances: each of")
    # what simply came is counted and not listed
    assert "Morning meeting" not in shown
    assert "Morning meeting" in town.done(*ACCOUNT, "--all").out


def test_account_is_told_in_both_languages(town: Desk) -> None:
    chinese, _english = in_both_languages(town, *ACCOUNT)

    assert "报送时限" in chinese.out


def test_every_row_says_when_how_late_by_whom_and_why(town: Desk) -> None:
    times = told(town, 0, "--all")["times"]

    fired = [one for one in times if one["end"] == "fired"]
    assert fired
    assert {one["node"] for one in fired} == {"n1"}
    assert {one["late"] for one in fired} == {0}
    assert {one["end"] for one in told(town, 0)["times"]} == {"cancelled"}


def test_without_an_incident_the_last_thirty_days_are_accounted_for(empty_desk: Desk) -> None:
    adopted(empty_desk)
    work_for(empty_desk, 2 * DAY)

    found = told(empty_desk, 0)

    assert clock.read_stamp(found["to"]) - clock.read_stamp(found["from"]) == 30 * DAY
    assert found["ends"]["handover"] == {"fired": 2}


def test_since_the_incident_opened_is_the_default(empty_desk: Desk) -> None:
    adopted(empty_desk)
    work_for(empty_desk, 2 * DAY)
    active(empty_desk)
    work_for(empty_desk, HOUR)

    assert local(told(empty_desk, 0)["from"]) == "03 02:40"


def test_clock_that_was_set_back_leaves_an_empty_period(town: Desk) -> None:
    town.clock.at -= 3 * DAY

    found = told(town, 0)
    said = town.run(*ACCOUNT)

    assert (found["from"], found["ends"], found["promised"]) == (found["to"], {}, 0)
    assert said.code == 0
    assert "no time was promised in this period" in said.out
    assert "the clock here says 2026-02-27 02:40 +08:00, before this period begins" in said.err


def test_period_that_begins_in_the_future_is_refused_by_the_option_that_was_given(town: Desk) -> None:
    late = town.run(*ACCOUNT, "--from", "2026-03-03", "--json").object()["error"]
    early = town.run(*ACCOUNT, "--to", "2026-02-27", "--json").object()["error"]

    assert (late["where"], late["found"]) == ("--from", "2026-03-03 00:00 +08:00")
    assert late["expected"] == "a time before 2026-03-02 02:40 +08:00"
    assert (early["where"], early["found"]) == ("--to", "2026-02-27 00:00 +08:00")


def test_period_is_what_was_asked_for(town: Desk) -> None:
    found = told(town, 0, "--from", "2026-03-01 06:00", "--to", "2026-03-01 07:00", "--all")

    assert {local(one["due"]) for one in found["times"]} == {"01 06:10", "01 06:40"}
    refused = town.run(*ACCOUNT, "--from", "2026-03-02", "--to", "2026-03-01", "--json")
    assert (refused.code, refused.object()["error"]["where"]) == (2, "--to")


def test_what_lies_ahead_is_not_due_yet_and_no_fault(town: Desk) -> None:
    found = told(town, 0, "--to", "2026-03-09")

    assert found["ends"]["step_down"] == {"open": 1}


def test_raised_frequency_is_visible(town: Desk) -> None:
    cancelled = [
        (one["key"], one["of"]["key"], local(one["due"]), one["reason"])
        for one in told(town, 0, "--all")["times"]
        if one["end"] == "cancelled" and one["what"] == "deadline"
    ]
    opened = [
        local(one["due"])
        for one in told(town, 0, "--all")["times"]
        if (one["what"], one["key"]) == ("deadline", "group_report") and one["end"] == "fired"
    ]

    assert cancelled == [
        ("group_report", "coordination", "01 15:00", "changed"),
        ("group_report", "stability", "01 15:00", "changed"),
    ]
    assert opened[0] == "01 06:40"


def test_when_no_worker_runs_it_does_not_balance_and_says_what_to_do(empty_desk: Desk) -> None:
    active(empty_desk).clock.at += 9 * HOUR

    assert ("overdue", "deadline", "first_report") in faults(empty_desk)
    said = empty_desk.run(*ACCOUNT)
    assert said.code == 1
    assert "does not balance" in said.out
    assert "incident run" in said.out


GONE = [
    # a report that was missed
    ("what = 'deadline' AND key = 'on_site'", ("vanished", "deadline", "on_site")),
    # one of many
    ("what = 'deadline' AND key = 'group_report' AND of = 'lockdown' AND end = 'fired'", None),
    # the trace that somebody was told
    ("what = 'escalation' AND key = 'first_report'", ("vanished", "escalation", "first_report")),
    ("what = 'reminder'", ("vanished", "reminder", "group_report")),
    # a handover
    ("what = 'handover' AND end = 'fired'", ("vanished", "handover", "watch")),
]


@pytest.mark.parametrize(("rows", "fault"), GONE)
def test_row_that_was_deleted_is_missed(town: Desk, rows: str, fault: tuple[str, str, str] | None) -> None:
    town.sql(*UNGUARDED, f"DELETE FROM timer WHERE {rows}")

    found = faults(town)

    assert {kind for kind, *_rest in found} == {"vanished"}
    assert fault is None or fault in found
    said = town.run(*ACCOUNT)
    assert "promised, and no trace of it is left" in said.out
    assert "incident journal verify" in said.out


def test_next_time_that_was_deleted_is_missed_when_it_should_have_come(town: Desk) -> None:
    town.sql(*UNGUARDED, "DELETE FROM timer WHERE key = 'copy_report' AND ended IS NULL")
    assert told(town, 0)["faults"] == []

    work_for(town, 5 * HOUR)

    assert faults(town) == {("vanished", "deadline", "copy_report")}


ADDED = [
    # a report that nobody asked for
    ("deadline", "copy_report", "fired", ("not_promised", "deadline", "copy_report")),
    # of something that there is not
    ("deadline", "bogus", "fired", ("not_promised", "deadline", "bogus")),
    # a reminder that was never to come
    ("reminder", "group_report", "fired", ("not_promised", "reminder", "group_report")),
]


@pytest.mark.parametrize(("what", "key", "end", "fault"), ADDED)
def test_row_that_was_added_is_found(
    town: Desk, what: str, key: str, end: str, fault: tuple[str, str, str]
) -> None:
    due = town.clock.at - HOUR - 7
    _add(town, what=what, key=key, due=due, about=due, wake=due, end=end)

    assert faults(town) == {fault}


def test_row_that_was_doubled_is_found(town: Desk) -> None:
    ((due,),) = town.sql("SELECT due FROM timer WHERE key = 'on_site' AND what = 'deadline'")
    _add(town, key="on_site", of="卫生院", due=due, about=due, wake=due)

    assert faults(town) == {("twice", "deadline", "on_site")}


def _add(desk: Desk, **values: Any) -> None:
    """Put a timer into the database by hand: a copy of one that ended, with other values."""
    columns = [row[1] for row in desk.sql("PRAGMA table_info(timer)")]
    changed = {"n": 99, **values}
    chosen = ", ".join(
        f"'{changed[name]}'" if isinstance(changed.get(name), str) else str(changed.get(name, f'"{name}"'))
        for name in columns
    )
    desk.sql(
        *UNGUARDED,
        f"INSERT INTO timer SELECT {chosen} FROM timer WHERE what = 'deadline' AND key = 'copy_report' "
        "AND end = 'fired' LIMIT 1",
    )


def test_time_that_was_set_aside_does_not_balance(town: Desk) -> None:
    town.sql("UPDATE timer SET next_at = NULL WHERE key = 'copy_report' AND ended IS NULL")
    town.clock.at += HOUR * 5

    assert ("set_aside", "deadline", "copy_report") in faults(town)


def test_town_that_is_not_adopted_has_no_account(empty_desk: Desk) -> None:
    assert empty_desk.run("account", CODE).code == 2
    assert empty_desk.run("account").code == 2


def test_majian_balances_after_a_night(desk: Desk) -> None:
    work_for(desk, HOUR)
    desk.done(*ACTIVATE)
    work_for(desk, DAY)

    assert desk.done("account", "majian", "--json").object()["balances"] is True
