"""Reports filed: what one filing closes, how late, what is missing, what is refused. Told of Qingshi."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest

from incident.domain.errors import Conflict, RequestError
from incident.service import act, opened, reports
from incident.service.filing import MOST_BYTES, Contents
from incident.service.ports import Stored
from incident.testing import Drill
from tests.service.qingshi import (
    HOUR,
    closed,
    command,
    drill,
    emergency,
    filed,
    history,
    put_in,
    states,
    take_back,
)

__all__ = ["drill", "emergency"]


# -- report once, satisfy many


def test_one_filing_closes_all_open_reports_of_its_form_to_all_receivers_and_says_which(
    emergency: Drill,
) -> None:
    outcome = put_in(emergency, "coordination")

    assert closed(emergency, outcome) == [
        ("copy_report", "coordination", "01 06:40", 0),
        ("group_report", "coordination", "01 06:40", 0),
    ]
    # others owe theirs all the same
    assert states(emergency, "group_report", "stability")[-1:] != [("01 06:40", "filed")]


def test_report_of_another_form_closes_nothing_of_this_one(emergency: Drill) -> None:
    outcome = put_in(emergency, "卫生院", form="first_report")

    assert [key for key, *_rest in closed(emergency, outcome)] == ["first_report"]


def test_sender_answers_to_every_name(emergency: Drill) -> None:
    assert filed(put_in(emergency, "综合协调组")).sender == "coordination"


def test_form_is_known_by_key_by_the_name_of_what_asks_for_it_and_by_its_obligation(emergency: Drill) -> None:
    for form in ("situation", "抄报", "Copy to the county", "copy_report"):
        assert filed(put_in(emergency, "coordination", form=form)).form == "situation"


def test_filing_that_is_not_asked_for_closes_nothing_and_is_kept(emergency: Drill) -> None:
    put_in(emergency, "coordination")
    assert filed(put_in(emergency, "coordination")).closes == []


def test_lateness_is_kept_by_the_minute(emergency: Drill) -> None:
    emergency.after(hours=3, minutes=17)  # 06:57, seventeen minutes after it was due

    outcome = put_in(emergency, "coordination")

    assert {late for *_what, late in closed(emergency, outcome)} == {17}
    emergency.after(days=1)
    emergency.expect_report("group_report", "late", of="coordination")
    kept = [one.late for one in emergency.reports() if one.filing is not None and one.of == "coordination"]
    assert kept == [17, 17]


def test_without_a_worker_what_was_due_is_recorded_before_the_report_comes_in(emergency: Drill) -> None:
    emergency.clock.after(hours=4)

    outcome = put_in(emergency, "coordination")

    assert {late for *_what, late in closed(emergency, outcome)} == {60}
    assert history(emergency, "copy_report") == ["ReportMissed"]


# -- missing is not zero


def test_zero_report_is_a_filing_that_says_there_is_nothing(emergency: Drill) -> None:
    put_in(emergency, "coordination", Contents(), zero=True)

    emergency.after(hours=3)
    (one,) = [one for one in emergency.reports() if one.key == "copy_report" and one.filing is not None]
    assert one.filing is not None
    assert one.filing.zero is True
    assert history(emergency, "copy_report") == ["ReportMet"]


@pytest.mark.parametrize("said", [Contents(), Contents(text=""), Contents(text=" \n")], ids=repr)
def test_report_that_says_nothing_is_refused_and_what_to_do_is_said(emergency: Drill, said: Contents) -> None:
    before = emergency.situation.version

    with pytest.raises(RequestError, match="a missing report is never a zero report: say nothing to report"):
        put_in(emergency, "coordination", said)

    assert emergency.situation.version == before


@pytest.mark.parametrize("said", [Contents(values={"cases": "3"}), Contents(files=[("a", b"b")])], ids=repr)
def test_zero_report_with_figures_or_files_is_refused(emergency: Drill, said: Contents) -> None:
    with pytest.raises(RequestError, match="zero report"):
        put_in(emergency, "coordination", said, zero=True)


def test_silence_stays_missing_whatever_comes_after(emergency: Drill) -> None:
    emergency.after(hours=8)

    assert states(emergency, "copy_report", "coordination") == [("01 06:40", "missed"), ("01 10:40", "late")]


# -- overtaken


def test_what_was_overtaken_is_missed_and_is_filed_by_its_time_alone(emergency: Drill) -> None:
    emergency.after(hours=8)  # 11:40: that of 06:40 was overtaken by that of 10:40

    assert {at for _key, _of, at, _late in closed(emergency, put_in(emergency, "coordination"))} == {
        "01 10:40"
    }
    due = emergency.clock() - 5 * HOUR
    outcome = put_in(emergency, "coordination", due=due)

    assert {(at, late) for _key, _of, at, late in closed(emergency, outcome)} == {("01 06:40", 300)}
    assert [state for _at, state in states(emergency, "copy_report", "coordination")] == ["filed", "filed"]


def test_time_at_which_nothing_was_owed_is_refused_with_the_times_there_are(emergency: Drill) -> None:
    emergency.after(hours=4)

    with pytest.raises(RequestError) as caught:
        put_in(emergency, "coordination", form="situation", due=emergency.clock() - HOUR // 2)

    assert "2026-03-01 06:40 +08:00" in str(caught.value)


def test_what_is_owed_once_stays_late_until_it_is_in(emergency: Drill) -> None:
    emergency.after(days=3)

    outcome = put_in(emergency, "卫生院", form="core_data")

    assert [(key, at) for key, _of, at, _late in closed(emergency, outcome)] == [("core_data", "01 06:40")]


def test_each_receipt_is_owed_a_report_and_one_filing_answers_them_all(emergency: Drill) -> None:
    emergency.signal("positive", origin="local")
    emergency.after(hours=2)

    outcome = put_in(emergency, "卫生院", form="first_report")

    assert [(at, late) for _key, _of, at, late in closed(emergency, outcome)] == [
        ("01 04:40", 60),
        ("01 05:40", 1),
    ]


def test_after_the_response_what_was_missed_in_it_stays_missed(emergency: Drill) -> None:
    emergency.after(hours=8)
    emergency.stand_down("lifted")

    assert states(emergency, "copy_report", "coordination") == [
        ("01 06:40", "missed"),
        ("01 10:40", "late"),
        ("01 14:40", "withdrawn"),
    ]
    due = emergency.clock() - 5 * HOUR
    outcome = put_in(emergency, "coordination", due=due, form="copy_report")
    assert [(key, at) for key, _of, at, _late in closed(emergency, outcome)] == [("copy_report", "01 06:40")]


# -- who and what is not understood


def test_unknown_sender_is_told_who_there_is(drill: Drill) -> None:
    with pytest.raises(RequestError) as caught:
        put_in(drill, "宣传组")

    assert "Coordination group" in str(caught.value)


def test_sender_who_owes_nothing_is_told_so(drill: Drill) -> None:
    with pytest.raises(RequestError, match="a sender who owes a report; nothing that is owed"):
        put_in(drill, "派出所")


def test_of_several_forms_one_has_to_be_named_and_they_are_listed(emergency: Drill) -> None:
    with pytest.raises(RequestError) as caught:
        put_in(emergency, "卫生院")

    for part in (
        "first_report (First report)",
        "core_data",
        "milestone",
        "several, and none named",
        "name one of those",
    ):
        assert part in str(caught.value)


def test_form_that_the_sender_does_not_owe_is_refused_with_those_it_owes(emergency: Drill) -> None:
    with pytest.raises(RequestError) as caught:
        put_in(emergency, "coordination", form="first_report")

    assert "situation (" in str(caught.value)
    assert "`first_report`" in str(caught.value)


def test_half_a_character_is_refused_and_nothing_is_written(emergency: Drill) -> None:
    before = emergency.situation.version

    for said in (
        Contents(text="\ud800"),
        Contents(values={"\ud800": "1"}),
        Contents(files=[("\udcff", b"")]),
    ):
        with pytest.raises(RequestError, match="text"):
            put_in(emergency, "coordination", said)
    with pytest.raises(RequestError, match="text"):
        put_in(emergency, "coordination", id_="\0")

    assert emergency.situation.version == before


# -- what it says, and what came with it


def test_what_it_says_stands_apart_and_can_name_people(emergency: Drill) -> None:
    said = Contents(text="王五确诊", values={"王五": "38.5"}, files=[("王五.txt", b"1")])

    outcome = put_in(emergency, "coordination", said)

    with emergency.store.reading() as tx:
        (stored,) = [one for one in tx.entries(emergency.code) if one.seq == outcome.entry.seq]
        found = reports.filed(tx, emergency.code, outcome.entry.seq)
    assert "王五" not in stored.body.decode()
    assert found.disclosed["text"] == "王五确诊"
    assert found.disclosed["value.0"] == "王五=38.5"
    assert [(one.name, one.body) for one in found.attached] == [("王五.txt", b"1")]


def test_same_bytes_are_kept_once_and_found_by_both_names(emergency: Drill) -> None:
    put_in(emergency, "stability", Contents(files=[("c", b"same")]), form="situation")
    outcome = put_in(emergency, "coordination", Contents(files=[("a", b"same"), ("b", b"same")]))

    with emergency.store.reading() as tx:
        found = reports.filed(tx, emergency.code, outcome.entry.seq)
    assert [(one.name, one.body) for one in found.attached] == [("a", b"same"), ("b", b"same")]


def test_attachment_too_large_is_refused(emergency: Drill) -> None:
    with pytest.raises(RequestError, match="at most 20 MB"):
        put_in(emergency, "coordination", Contents(files=[("a", bytes(MOST_BYTES + 1))]))


@pytest.mark.parametrize(
    ("seq", "found"), [(0, "files nothing"), (99, "no such entry"), (-1, "no such entry")]
)
def test_entry_that_files_nothing_is_refused(emergency: Drill, seq: int, found: str) -> None:
    with emergency.store.reading() as tx, pytest.raises(RequestError, match=found):
        reports.filed(tx, emergency.code, seq)


# -- once


def test_same_identity_is_answered_from_the_record(emergency: Drill) -> None:
    first = put_in(emergency, "coordination", id_="call")
    emergency.after(hours=9)
    before = emergency.situation.version

    again = put_in(emergency, "coordination", id_="call")

    assert again.repeated
    assert again.entry == first.entry
    assert emergency.situation.version == before


OTHERS: Final[list[dict[str, Any]]] = [
    {"sender": "stability", "form": "situation"},
    {"sender": "coordination", "zero": True},
    {"sender": "coordination", "said": Contents(files=[("a", b"b")])},
]


@pytest.mark.parametrize("other", OTHERS, ids=repr)
def test_identity_of_another_report_is_a_conflict(emergency: Drill, other: dict[str, Any]) -> None:
    put_in(emergency, "coordination", id_="call")

    with pytest.raises(Conflict, match="the same event as in entry"):
        put_in(emergency, id_="call", **other)


FULL: Final = Contents(text="一例", values={"cases": "1"}, files=[("a", b"b")])
OTHER_WORDS: Final = [
    Contents(text="两例", values={"cases": "1"}, files=[("a", b"b")]),
    Contents(text="一例", values={"cases": "2"}, files=[("a", b"b")]),
    Contents(text="一例", values={"cases": "1"}, files=[("c", b"b")]),
    # the same name, other bytes
    Contents(text="一例", values={"cases": "1"}, files=[("a", b"c")]),
    # less was said, and more
    Contents(text="一例", files=[("a", b"b")]),
    Contents(text="一例", values={"cases": "1", "deaths": "0"}, files=[("a", b"b")]),
]


@pytest.mark.parametrize("other", OTHER_WORDS, ids=repr)
def test_identity_with_other_words_or_files_is_a_conflict(emergency: Drill, other: Contents) -> None:
    first = put_in(emergency, "coordination", FULL, id_="call")
    # what other entries say is not taken for it
    put_in(emergency, "stability", form="situation")

    with pytest.raises(Conflict, match="other words or files"):
        put_in(emergency, "coordination", other, id_="call")

    assert put_in(emergency, "coordination", FULL, id_="call").entry == first.entry


def test_words_that_were_erased_are_not_compared(emergency: Drill, monkeypatch: pytest.MonkeyPatch) -> None:
    first = put_in(emergency, "coordination", FULL, id_="call")
    kept = opened.with_disclosures

    def erased(*words: Any, **named: Any) -> Iterator[tuple[Stored, dict[str, str]]]:
        for stored, remaining in kept(*words, **named):
            yield stored, {name: text for name, text in remaining.items() if name != "data.text"}

    monkeypatch.setattr(act, "with_disclosures", erased)

    assert put_in(emergency, "coordination", OTHER_WORDS[0], id_="call").entry == first.entry
    with pytest.raises(Conflict):
        put_in(emergency, "coordination", OTHER_WORDS[1], id_="call")


# -- corrections


def test_corrections_are_a_chain_and_only_its_newest_is_corrected(emergency: Drill) -> None:
    first = put_in(emergency, "coordination").entry.seq
    second = put_in(emergency, "coordination", Contents(text="两例"), corrects=first, id_="call").entry.seq

    with pytest.raises(
        RequestError, match=f"entry {first}, corrected by entry {second}; correct entry {second}"
    ):
        put_in(emergency, "coordination", Contents(text="三例"), corrects=first)

    third = put_in(emergency, "coordination", Contents(text="三例"), corrects=second).entry.seq
    with pytest.raises(RequestError, match=f"correct entry {third}"):
        put_in(emergency, "coordination", Contents(text="四例"), corrects=first)
    # the same one again is answered as before
    again = put_in(emergency, "coordination", Contents(text="两例"), corrects=first, id_="call")
    assert (again.repeated, again.entry.seq) == (True, second)


def test_row_names_the_entry_that_is_valid(emergency: Drill) -> None:
    key = command(emergency)
    first = put_in(emergency, "stability", form=key).entry.seq
    second = put_in(emergency, "stability", Contents(text="更正"), corrects=first).entry.seq
    plain = put_in(emergency, "coordination").entry.seq

    with emergency.store.reading() as tx:
        found = reports.board(tx, emergency.code, at=emergency.clock())
        listed = reports.rows(found.desk, found.desk.occurrences)
    valid = {row.report.key: row.valid for row in listed if row.report.filing is not None}
    assert valid == {key: second, "copy_report": plain, "group_report": plain}


# -- figures


def test_figure_without_a_name_is_refused(emergency: Drill) -> None:
    with pytest.raises(RequestError, match="figures; a figure with a name"):
        put_in(emergency, "coordination", Contents(values={" ": "3"}))


def test_identity_of_another_act_is_a_conflict(emergency: Drill) -> None:
    key = command(emergency, id_="call")
    with pytest.raises(Conflict):
        put_in(emergency, "coordination", id_="call")
    with pytest.raises(Conflict):
        take_back(emergency, key, id_="call")
    with pytest.raises(Conflict):
        command(emergency, id_="call", to="coordination")
    assert command(emergency, id_="call", due=emergency.clock() + 2 * HOUR) == key
