"""What a report gathers, what a correction changes, where reports stood at an instant. Told of Qingshi."""

from __future__ import annotations

import pytest

from incident.domain.errors import RequestError
from incident.service import reports
from incident.service.filing import Contents
from incident.service.handle import Outcome
from incident.service.past import as_of
from incident.testing import Drill
from tests.service.qingshi import command, drill, emergency, filed, put_in

__all__ = ["drill", "emergency"]


# -- what one gathers


def gathered(drill: Drill, outcome: Outcome) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"filed": [], "zero": [], "missing": []}
    for part in filed(outcome).parts:
        found[part.state].append(part.of)
    return found


def at_half_past_three(drill: Drill) -> Drill:
    """Let it be 15:30 of a routine day."""
    drill.after(hours=12, minutes=50)
    return drill


def test_report_that_gathers_others_says_what_is_in_what_is_zero_and_what_is_missing(drill: Drill) -> None:
    put_in(drill, "coordination", zero=True)

    outcome = put_in(at_half_past_three(drill), "command")

    assert gathered(drill, outcome) == {"filed": [], "zero": ["coordination"], "missing": ["stability"]}


def test_correction_changes_what_is_gathered(drill: Drill) -> None:
    """A group said that there was nothing and corrected it: its receiver must not pass on a zero."""
    first = put_in(drill, "coordination", zero=True).entry.seq
    second = put_in(drill, "coordination", Contents(text="两例"), corrects=first).entry.seq
    assert gathered(drill, put_in(at_half_past_three(drill), "command"))["filed"] == ["coordination"]

    put_in(drill, "coordination", Contents(text="误报"), corrects=second, zero=True)

    with drill.store.reading() as tx:
        board = reports.board(tx, drill.code, at=drill.clock())
        town = [one for one in board.desk.occurrences if one.key == "town_report" and one.filing is not None]
        (row,) = reports.rows(board.desk, town)
    assert row.gathers is not None
    assert [one.of for one in row.gathers.zero] == ["coordination"]


def test_board_says_what_is_gathered_so_far_and_what_is_not_late_yet(drill: Drill) -> None:
    put_in(drill, "coordination", zero=True)

    def row() -> reports.Gathered:
        with drill.store.reading() as tx:
            board = reports.board(tx, drill.code, at=drill.clock())
            town = [one for one in board.desk.occurrences if one.key == "town_report"]
            found = reports.rows(board.desk, town)[0].gathers
        assert found is not None
        return found

    assert [one.of for one in row().awaited] == ["stability"]
    at_half_past_three(drill)
    assert [one.of for one in row().missing] == ["stability"]
    assert [one.of for one in row().zero] == ["coordination"]


# -- corrections


def test_correction_supersedes_and_edits_nothing(emergency: Drill) -> None:
    first = put_in(emergency, "coordination", Contents(text="一例"))
    before = [one for one in emergency.reports() if one.filing is not None]
    with emergency.store.reading() as tx:
        bytes_before = [one.body for one in tx.entries(emergency.code)]
    emergency.after(minutes=30)

    second = put_in(emergency, "coordination", Contents(text="两例"), corrects=first.entry.seq)

    assert filed(second).closes == []
    assert filed(second).form == "situation"
    assert [one.filing for one in emergency.reports() if one.filing] == [one.filing for one in before]
    with emergency.store.reading() as tx:
        assert [one.body for one in tx.entries(emergency.code)][: len(bytes_before)] == bytes_before
        assert reports.filed(tx, emergency.code, first.entry.seq).corrected_by == [second.entry.seq]
        assert reports.filed(tx, emergency.code, first.entry.seq).disclosed["text"] == "一例"


def test_correction_can_be_corrected(emergency: Drill) -> None:
    seqs = [put_in(emergency, "coordination").entry.seq]
    for _time in range(2):
        seqs.append(put_in(emergency, "coordination", corrects=seqs[-1]).entry.seq)

    with emergency.store.reading() as tx:
        assert reports.filed(tx, emergency.code, seqs[0]).corrected_by == seqs[1:]


def test_only_who_filed_can_correct_and_only_what_was_filed(emergency: Drill) -> None:
    seq = put_in(emergency, "coordination").entry.seq

    for sender, entry in (
        ("stability", seq),
        ("coordination", 0),
        ("coordination", 999),
        ("coordination", -1),
    ):
        with pytest.raises(RequestError, match="the filing to correct"):
            put_in(emergency, sender, corrects=entry)


# -- as it was


def test_board_of_an_instant_that_has_passed_is_what_it_was_then(drill: Drill) -> None:
    looks: list[tuple[int, list[tuple[str, str, int, str, int]]]] = []

    def shown(at: int, *, is_past: bool) -> list[tuple[str, str, int, str, int]]:
        with drill.store.reading() as tx:
            past = as_of(tx, drill.code, at) if is_past else None
            board = reports.board(tx, drill.code, at=at, past=past)
        return [(one.key, one.of, one.due, one.state, one.late) for one in board.desk.occurrences]

    def look() -> None:
        looks.append((drill.clock(), shown(drill.clock(), is_past=False)))
        drill.after(seconds=1)

    look()
    drill.activate("positive", origin="local", decided_by="command")
    look()
    command(drill)
    put_in(drill, "coordination", zero=True)
    look()
    drill.after(hours=9)
    put_in(drill, "卫生院", form="first_report")
    look()
    drill.stand_down("lifted")
    drill.after(days=1)

    for at, then in looks:
        assert shown(at, is_past=True) == then


def test_board_of_a_time_before_the_adoption_is_refused(drill: Drill) -> None:
    with drill.store.reading() as tx, pytest.raises(RequestError, match="was adopted"):
        as_of(tx, drill.code, 0)


def test_what_is_held_for_a_person_is_shown_until_the_count_begins_anew(emergency: Drill) -> None:
    emergency.outage(days=6)

    def held() -> list[str]:
        with emergency.store.reading() as tx:
            return [one.what for one in reports.board(tx, emergency.code, at=emergency.clock()).held]

    assert held() == ["step_down"]
    emergency.signal("positive", origin="local")
    assert held() == []
