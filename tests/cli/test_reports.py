"""Reports at the terminal: what is owed is listed, counted by the status, and told by the history."""

from __future__ import annotations

from incident.domain import clock
from tests.cli.desk import Desk, in_both_languages
from tests.cli.qingshi import CODE, active, owed
from tests.cli.reporting import FILE, emergency, town
from tests.cli.working import work, work_for
from tests.playbooks import DAY, HOUR

__all__ = ["emergency", "town"]

PROMISED_OF_A_REPORT = {
    *("key", "name", "kind", "form", "of", "to", "due", "opens", "state", "late", "filing", "gathers"),
}


# -- what is owed


def test_reports_are_listed_by_time_with_sender_and_state(emergency: Desk) -> None:
    emergency.done(*FILE, "--from", "coordination", "--zero")
    work_for(emergency, 4 * HOUR)

    shown = emergency.done("reports", "clockwork").out

    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert "Qingshi 330999102 reports at 2026-03-01 07:40 +08:00" in lines[0]
    assert "2026-03-01 06:40 +08:00 in Copy to the county Coordination group zero report, entry 2" in lines
    assert "! 2026-03-01 06:40 +08:00 late Daily report of the groups Stability group 1 h 0 min late" in lines
    times = [line[line.index("2026") :][:16] for line in lines[2:] if "2026" in line]
    assert times == sorted(times)


def test_every_report_answers_with_what_was_promised(emergency: Desk) -> None:
    for one in emergency.done("reports", "clockwork", "--json").objects():
        assert one.keys() >= PROMISED_OF_A_REPORT
        assert one["name"].keys() == {"zh", "en"}
        assert one["of"].keys() == {"key", "name"}


def test_reports_are_told_in_both_languages(emergency: Desk) -> None:
    emergency.clock.at += 8 * HOUR
    chinese, english = in_both_languages(emergency, "reports", "clockwork", "--all")

    assert "各组日报" in chinese.out
    assert "Daily report of the groups" in english.out


def test_list_holds_what_is_awaited_and_what_was_a_day_ago(emergency: Desk) -> None:
    work_for(emergency, 3 * DAY)

    near = owed(emergency)
    everything = owed(emergency, "--all")

    day_ago = emergency.clock.at - DAY
    gone = {key for key, one in everything.items() if one["state"] in ("missed", "withdrawn", "filed")}
    assert near.keys() < everything.keys()
    assert {key for key in gone if everything[key]["due"] >= clock.stamp(day_ago)} == gone & near.keys()
    # what is late stays in the list until it is in
    assert near["full_report", "卫生院", "02 02:40"]["state"] == "late"


def test_list_is_narrowed_by_sender_state_and_time(emergency: Desk) -> None:
    work_for(emergency, 9 * HOUR)  # 12:40

    assert {of for _key, of, _at in owed(emergency, "--from", "综合协调组")} == {"coordination"}
    assert {one["state"] for one in owed(emergency, "--state", "missed").values()} == {"missed"}
    both = owed(emergency, "--state", "missed", "--state", "late")
    assert {one["state"] for one in both.values()} == {"missed", "late"}
    span = owed(emergency, "--since", "06:40", "--until", "10:40")
    assert {at for _key, _of, at in span} == {"01 06:40", "01 08:40"}


def test_raised_frequency_is_seen(town: Desk) -> None:
    town.clock.at += HOUR
    active(town)

    seen = owed(town, "--from", "stability")

    assert seen["group_report", "stability", "01 15:00"]["state"] == "withdrawn"
    assert seen["group_report", "stability", "01 07:40"]["state"] == "open"


def test_what_has_no_hour_of_its_own_is_listed_with_all(desk: Desk) -> None:
    """Majian's urgent matters are reported at once: no hour can be computed."""
    assert "Urgent matters to Zhuji's duty group" not in desk.done("reports", "majian").out
    assert "Urgent matters to Zhuji's duty group" in desk.done("reports", "majian", "--all").out
    timeless = [
        one for one in desk.done("reports", "majian", "--all", "--json").objects() if one["due"] is None
    ]
    assert {one["state"] for one in timeless} == {"no_time"}
    assert "document_link" in {one["key"] for one in timeless}
    assert "document_link" not in {
        one["key"]
        for one in desk.done("reports", "majian", "--all", "--from", "publicity", "--json").objects()
    }


def test_gathering_report_says_what_is_in_zero_missing_and_awaited(town: Desk) -> None:
    town.done(*FILE, "--from", "coordination", "--zero")

    early = town.done("reports", "clockwork").out
    work_for(town, 12 * HOUR + 45 * 60)  # 15:25: a grace of ten minutes has passed
    late = town.done("reports", "clockwork").out
    gathers = owed(town)["town_report", "command", "01 15:30"]["gathers"]

    assert "gathers: in 0; zero 1; awaited: Stability group" in early or "in 0, zero 1, awaited" in early
    assert "missing: Stability group" in late
    assert [one["of"]["key"] for one in gathers["zero"]] == ["coordination"]
    assert [one["of"]["key"] for one in gathers["missing"]] == ["stability"]


def test_list_as_it_was_is_what_it_was(emergency: Desk) -> None:
    work(emergency)
    at, then = emergency.clock.at, emergency.done("reports", "clockwork", "--json").objects()
    emergency.clock.at += HOUR
    emergency.done(*FILE, "--from", "coordination", "--zero")
    work_for(emergency, 9 * HOUR)

    found = emergency.done("reports", "clockwork", "--at", clock.stamp(at), "--json").objects()
    known = [one.pop("as_of") for one in found]
    assert (found, known) == (then, [known[0]] * len(then))
    assert known[0]["at"] == clock.stamp(at)
    refused = emergency.run("reports", "clockwork", "--at", "23:59", "--json")
    assert (refused.code, refused.object()["error"]["where"]) == (2, "--at")


def test_list_says_when_nobody_works(emergency: Desk) -> None:
    assert "were not carried out" not in emergency.done("reports", "clockwork").out
    emergency.clock.at += 8 * HOUR

    _chinese, english = in_both_languages(emergency, "reports", "clockwork")
    data = emergency.done("reports", "clockwork", "--all", "--json")

    overdue = emergency.done("status", "clockwork", "--json").object()["overdue"]
    words = f"{overdue} promised times have passed and were not carried out; look: incident doctor"
    assert words in english.out
    assert words in data.err
    assert {one["overdue"] for one in data.objects()} == {overdue}
    # what is set aside is tried no more: status lists it
    emergency.sql("UPDATE timer SET next_at = NULL WHERE ended IS NULL AND what = 'deadline'")
    fewer = emergency.done("status", "clockwork", "--json").object()["overdue"]
    assert fewer < overdue
    assert {one["overdue"] for one in emergency.done("reports", "clockwork", "--json").objects()} == {fewer}


def test_list_before_the_adoption_says_the_time_as_people_read_it(town: Desk) -> None:
    for command in ("reports", "status"):
        refused = town.run(command, "clockwork", "--at", "2020-01-01", "--json")
        assert (refused.code, refused.object()["error"]["found"]) == (2, "2020-01-01 00:00 +08:00")


def test_nothing_owed_is_said(town: Desk) -> None:
    assert "no report is owed in this time" in town.done("reports", "clockwork", "--until", "02:00").out


# -- status


def test_status_shows_what_is_late_and_next_in_five_lines(emergency: Desk) -> None:
    emergency.clock.at += 4 * HOUR
    work(emergency)

    shown = emergency.done("status", "clockwork").out

    block = shown.partition("Reports late and next due")[2].splitlines()[1:]
    assert len([line for line in block if "2026-03-01" in line]) == 5
    assert "more: incident reports clockwork" in shown
    assert block[0].startswith("!")
    assert "Step-down proposal: 2026-03-07 00:00 +08:00 at the earliest; a person decides" in shown


def test_status_counts_what_is_late_and_next(emergency: Desk) -> None:
    emergency.clock.at += 4 * HOUR
    work(emergency)

    status = emergency.done("status", "clockwork", "--json").object()

    listed = emergency.done("reports", "clockwork", "--json").objects()
    for state in ("late", "due", "open"):
        assert status["reports"][state] == sum(one["state"] == state for one in listed)
    assert status["reports"]["missed"] == 0
    assert len(status["reports"]["next"]) == 5
    assert [one["key"] for one in status["step_down"]] == ["step_down"]
    assert (status["held"], status["set_aside"], status["overdue"]) == ([], 0, 0)


def test_status_counts_what_was_missed(emergency: Desk) -> None:
    assert "missed reports" not in emergency.done("status", "clockwork").out
    work_for(emergency, 8 * HOUR)

    status = emergency.done("status", "clockwork", "--json").object()
    listed = owed(emergency, "--state", "missed")

    assert status["reports"]["missed"] == len(listed) > 0
    words = f"missed reports: {len(listed)}; list them: incident reports clockwork --state missed"
    assert words in emergency.done("status", "clockwork").out


def test_status_says_when_nobody_works(emergency: Desk) -> None:
    emergency.clock.at += 8 * HOUR

    _chinese, english = in_both_languages(emergency, "status", "clockwork")

    assert "promised times have passed and were not carried out; look: incident doctor" in english.out
    assert emergency.done("status", "clockwork", "--json").object()["overdue"] > 0


def test_status_says_what_is_held_for_a_person(emergency: Desk) -> None:
    """The step-down clock ran out while nothing worked: a person has to look."""
    emergency.clock.at += 7 * DAY
    work(emergency)

    shown = emergency.done("status", "clockwork").out
    (held,) = emergency.done("status", "clockwork", "--json").object()["held"]

    assert "!  step-down Step-down proposal of 2026-03-07 00:00 +08:00: held for a person" in shown
    assert (held["what"], held["reason"]) == ("step_down", "outage")


def test_status_says_what_was_set_aside(town: Desk) -> None:
    town.sql("UPDATE timer SET next_at = NULL WHERE what = 'call'")

    shown = town.done("status", "clockwork").out

    assert "call Morning meeting of 2026-03-01 09:00 +08:00; tried too often and set aside" in shown
    assert town.done("status", "clockwork", "--json").object()["set_aside"] == 1


# -- history


def test_history_tells_reports_and_can_be_asked_for_them(emergency: Desk) -> None:
    emergency.done(*FILE, "--from", "coordination", "--set", "cases=3", "--text", "a")
    emergency.done(*FILE, "--from", "coordination", "--zero", "--corrects", "2")
    work_for(emergency, 9 * HOUR)

    shown = emergency.done("history", "clockwork").out
    assert "cases=3" in shown
    assert "a report came in" in shown
    lines = emergency.done("history", "clockwork", "--json").objects()
    kinds = {line["kind"] for line in lines}
    assert {"ReportFiled", "ReportCorrected", "ReportMet", "ReportMissed", "Reminded", "Escalated"} <= kinds
    for kind in kinds:
        assert emergency.done("history", "clockwork", "--kind", kind, "--json").objects() == [
            line for line in lines if line["kind"] == kind
        ]


def test_town_that_is_not_adopted_has_no_reports(empty_desk: Desk) -> None:
    for words in (("reports",), ("report", "file"), ("report", "show")):
        more = {"file": ("--from", "x"), "show": ("1",)}.get(words[-1], ())
        assert empty_desk.run(*words, CODE, *more).code == 2
