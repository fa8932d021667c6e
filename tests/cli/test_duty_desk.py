"""Duty and rosters at the desk: who is there and why, who comes, what is wrong, and a calendar of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import icalendar
import pytest
import recurring_ical_events

from tests.cli.desk import ACTIVATE, LANGUAGES, STAND_DOWN, Desk
from tests.playbooks import DAY, HOUR

STAFF = "seat,holder,name,from,channels\n" + "".join(
    f"全体机关干部,H{n},干部{n},2025-01-01,mail:h{n}@example.cn\n" for n in range(1, 5)
)


@pytest.fixture
def staffed(desk: Desk, tmp_path: Path) -> Desk:
    path = tmp_path / "people.csv"
    path.write_text(STAFF, encoding="utf-8")
    desk.done("people", "import", str(path))
    return desk


def posts(desk: Desk, *words: str) -> dict[tuple[str, str], str]:
    found = desk.done("duty", "majian", *words, "--json").object()["rosters"]
    return {(one["roster"], one["post"]): one["holder"] for roster in found for one in roster["posts"]}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_who_is_on_duty_is_shown_with_the_reason(staffed: Desk, lang: str) -> None:
    staffed.done(*ACTIVATE)
    shown = staffed.done("duty", "majian", "--why", "--lang", lang).out
    assert {"zh": "区域协查24小时工作", "en": "Round-the-clock regional tracing"}[lang] in shown
    assert {"zh": "值得最少", "en": "has served least"}[lang] in shown
    assert "干部" in shown
    assert "h1@example.cn" not in shown
    assert "h1@example.cn" in staffed.done("duty", "majian", "--numbers").out


def test_answer_about_that_night_stays_the_same(staffed: Desk) -> None:
    staffed.done(*ACTIVATE)
    staffed.clock.at += HOUR
    then = posts(staffed, "--at", "2026-03-01 03:10")
    staffed.clock.at += 20 * DAY
    staffed.done("run", "--once")
    staffed.done(*STAND_DOWN)
    staffed.clock.at += 300 * DAY
    assert posts(staffed, "--at", "2026-03-01 03:10") == then
    assert then[("regional_cocheck_watch", "lead")] == "P9"


def test_week_ahead_is_what_comes(staffed: Desk) -> None:
    week = staffed.done("duty", "majian", "--week", "--json").object()["shifts"]
    staffed.clock.at += 7 * DAY
    staffed.done("run", "--once")
    came = staffed.done("roster", "show", "majian", "--since", "2026-03-01 02:40", "--until", "7d", "--json")
    keys = ("roster", "post", "holder", "since", "until", "rule")
    assert [[one[key] for key in keys] for one in week] == [
        [one[key] for key in keys] for one in came.object()["shifts"]
    ]
    assert {one["seq"] for one in week if one["since"] > "2026-03-01T00"} == {None}
    assert None not in {one["seq"] for one in came.object()["shifts"]}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_with_no_worker_what_was_foreseen_is_shown_and_that_it_is_not_recorded(
    staffed: Desk, lang: str
) -> None:
    foreseen = posts(staffed, "--at", "2026-03-04 10:00")
    staffed.clock.at += 3 * DAY + 9 * HOUR
    told = {"zh": "尚未记录", "en": "are not recorded yet"}[lang]
    shown = staffed.done("duty", "majian", "--lang", lang)
    assert told in shown.err
    assert "2026-03-04 08:00" in shown.out
    assert told in staffed.done("roster", "show", "majian", "--lang", lang).err
    assert told in staffed.done("status", "majian", "--lang", lang).out
    assert posts(staffed) == posts(staffed, "--at", "2026-03-04 10:00") == foreseen
    assert posts(staffed, "--at", "2026-03-02 12:00") != {}
    staffed.done("run", "--once")
    assert posts(staffed) == foreseen
    assert told not in staffed.done("duty", "majian", "--lang", lang).err


def test_shifts_are_set_exchanged_and_covered(staffed: Desk) -> None:
    words = ("roster", "override", "majian", "watch", "--holder", "H4", "--post", "officer")
    said = staffed.done(
        *words,
        "--from",
        "2026-03-03 08:00",
        "--until",
        "24h",
        "--why",
        "熟悉情况",
        "--by",
        "值班员",
        "--lang",
        "zh",
    )
    assert "被指定" in said.out
    assert posts(staffed, "--at", "2026-03-03 12:00")[("watch", "officer.1")] == "H4"
    told = staffed.done("duty", "majian", "--at", "2026-03-03 12:00", "--why", "--lang", "en").out
    assert re.search(r"officer 1: set by hand in entry \d+, by 值班员, 熟悉情况", told)
    back = staffed.done(*words[:4], "--post", "officer", "--withdraw", "--from", "2026-03-03 09:00", "--json")
    assert "H4" in back.object()["changes"][0]
    days = ("2026-03-03 12:00", "2026-03-05 12:00")
    other = posts(staffed, "--at", days[1])[("watch", "officer.1")]
    staffed.done("roster", "swap", "majian", "watch", *days, "--post", "officer")
    assert posts(staffed, "--at", days[0])[("watch", "officer.1")] == other
    now = posts(staffed)[("watch", "lead")]
    covered = staffed.done("roster", "cover", "majian", now, "--as", "sick", "--json").object()
    assert len(covered["changes"]) == 3
    assert posts(staffed)[("watch", "lead")] != now


@pytest.mark.parametrize(
    "words",
    [
        ("roster", "override", "majian", "watch"),
        ("roster", "override", "majian", "watch", "--holder", " "),
        ("roster", "override", "majian", "watch", "--withdraw"),
        ("roster", "override", "majian", "watch", "--withdraw", "--holder", "H1"),
        ("roster", "override", "majian", "watch", "--withdraw", "--until", "1d"),
        ("roster", "override", "majian", "no-such", "--holder", "H1"),
        ("roster", "override", "majian", "watch", "--holder", "H77"),
        ("roster", "override", "majian", "watch", "--holder", "H1", "--from", "soon"),
        ("roster", "show", "majian", "no-such"),
        ("roster", "show", "majian", "--since", "2026-03-05", "--until", "2026-03-04"),
        ("roster", "show", "majian", "--until", "900d"),
        ("roster", "swap", "majian", "watch", "2026-03-03 12:00", "later"),
        ("roster", "cover", "majian", "H77", "--until", "1d"),
        ("roster", "export", "majian", "--ics", "/no/such/folder/duty.ics"),
        ("duty", "majian", "--at", "2029-01-01"),
        ("duty", "nowhere"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(staffed: Desk, words: tuple[str, ...]) -> None:
    before = staffed.stored()
    assert staffed.run(*words).code == 2
    assert staffed.stored() == before


def test_same_act_again_is_answered_from_the_record(staffed: Desk) -> None:
    words = ("roster", "cover", "majian", "H2", "--until", "2026-03-09", "--event-id", "call-7", "--json")
    first = staffed.done(*words).object()
    again = staffed.done(*words).object()
    assert (again["seq"], again["repeated"]) == (first["seq"], True)
    other = ("roster", "cover", "majian", "H3", "--until", "2026-03-09", "--event-id", "call-7")
    assert staffed.run(*other).code == 4


def test_gaps_are_known_weeks_ahead_and_by_the_exit_code(staffed: Desk) -> None:
    found = staffed.run("roster", "gaps", "majian", "watch", "--lang", "en")
    assert found.code == 1
    assert "the directory does not name who that is" in found.out  # the leaders are of the paper alone
    assert "On duty" in staffed.done("status", "majian", "--lang", "en").out
    assert staffed.done("status", "majian", "--json").object()["gaps"]


def test_no_gap_is_said_so(staffed: Desk, tmp_path: Path) -> None:
    path = tmp_path / "leaders.csv"
    rows = "".join(f"duty.leader,P{n},领导{n},2025-01-01,sms:1390000000{n}\n" for n in (1, 2))
    path.write_text("seat,holder,name,from,channels\n" + rows, encoding="utf-8")
    staffed.done("people", "import", str(path))
    staffed.clock.at += 5 * DAY
    staffed.done("run", "--once")
    assert staffed.done("roster", "gaps", "majian", "watch", "--until", "3d").out


def test_hours_served_are_added_up(staffed: Desk) -> None:
    staffed.clock.at += 8 * DAY
    staffed.done("run", "--once")
    served = staffed.done("roster", "fairness", "majian", "watch", "--json").object()["served"]
    officers = [one["minutes"]["hours"] for one in served if one["holder"].startswith("H")]
    assert len(officers) == 4
    assert max(officers) - min(officers) <= 24 * 60
    assert staffed.done("roster", "fairness", "majian", "--lang", "en").out.startswith("holder")


def calendar_of(desk: Desk, tmp_path: Path, *words: str) -> Any:
    file = tmp_path / "duty.ics"
    desk.done("roster", "export", "majian", *words, "--ics", str(file))
    body = file.read_bytes()
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    found: Any = icalendar.Calendar.from_ical(body)
    for event in found.walk("VEVENT"):
        assert event.errors == []
        assert isinstance(event.start, datetime)
    return found


def test_calendar_is_read_back_and_unrolled_by_others(staffed: Desk, tmp_path: Path) -> None:
    shown = staffed.done("roster", "show", "majian", "watch", "--until", "7d", "--json").object()["shifts"]
    found = calendar_of(staffed, tmp_path, "watch", "--until", "7d")
    unrolled = recurring_ical_events.of(found).between(
        datetime(2026, 2, 28, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC)
    )
    events = [event for event in unrolled if event["STATUS"] != "CANCELLED"]
    ends = [f"{event.end.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for event in events]
    assert sorted(ends) == sorted(end for _post, end in {(one["post"], one["until"]) for one in shown})
    mine = calendar_of(staffed, tmp_path, "--holder", "H2", "--until", "14d")
    names = {str(event["SUMMARY"]).split()[-2:][0] for event in mine.walk("VEVENT")}
    assert names == {"干部2"}


def test_event_of_a_shift_names_each_once_however_many_pieces_they_keep(staffed: Desk) -> None:
    words = ("roster", "override", "majian", "watch", "--post", "officer", "--holder", "H4", "--until")
    for until in ("1h", "2h"):
        staffed.done(*words, until)
    told = staffed.done("roster", "export", "majian", "watch", "--ics", "-").out.replace("\r\n ", "")
    (summary,) = [one for one in told.splitlines() if one.startswith("SUMMARY") and "04:40" in one]
    assert summary.count("H4") == 1


def test_calendar_goes_to_stdout_too(staffed: Desk) -> None:
    out = staffed.done("roster", "export", "majian", "--ics", "-").out
    assert out.startswith("BEGIN:VCALENDAR")
    told = staffed.done("roster", "export", "majian", "--ics", "-", "--json").object()
    assert told["file"] is None
    assert told["calendar"].count("BEGIN:VEVENT") == told["events"] == out.count("BEGIN:VEVENT")


def test_damaged_people_are_told_and_stop_no_status(staffed: Desk) -> None:
    staffed.sql("UPDATE standing SET item = '{}' WHERE kind = 'tenure'")
    assert staffed.run("duty", "majian").code == 1
    assert "journal verify" in staffed.done("status", "majian", "--lang", "en").out
    assert staffed.done("status", "majian", "--json").object()["duty"] is None


@pytest.mark.parametrize("lang", LANGUAGES)
def test_rota_is_drawn(staffed: Desk, tmp_path: Path, lang: str) -> None:
    file = tmp_path / "duty.svg"
    staffed.done(*ACTIVATE)
    staffed.done("roster", "chart", "majian", "--out", str(file), "--lang", lang)
    drawn = file.read_text(encoding="utf-8")
    assert {"zh": "区域协查24小时工作", "en": "Majian Town"}[lang] in drawn
    assert "干部1" in drawn
    only = staffed.done("roster", "chart", "majian", "watch", "--out", "-", "--lang", lang).out
    assert only.startswith("<svg")
    assert len(only) < len(drawn)
    assert staffed.done("roster", "chart", "majian", "--out", str(file), "--json").object()["bars"] > 20
    assert staffed.run("roster", "chart", "majian", "--out", "/no/such/folder/duty.svg").code == 2
