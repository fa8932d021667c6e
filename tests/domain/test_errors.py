"""An error says where, what was expected, what was found and what to do, to a person and as data."""

from __future__ import annotations

import pytest

from incident.domain.errors import (
    Conflict,
    IncidentError,
    JournalError,
    PlaybookError,
    Refused,
    RequestError,
    StoreError,
)
from incident.domain.problem import Mark, Problem
from incident.domain.say import say
from tests.playbooks import text

FAMILIES = [PlaybookError, RequestError, Refused, Conflict, StoreError, JournalError]
ONE = Problem(rule="P101", severity="error", expected="a state", found="emergancy", do="correct it")


def test_families_are_told_apart_by_whose_turn_it_is() -> None:
    assert set(IncidentError.__subclasses__()) >= set(FAMILIES)


def test_error_reads_as_one_line_whatever_its_parts_are() -> None:
    error = RequestError(
        where=text("事件", "event"),
        expected=["alarm", say("or {n} more", n=2), text("阳性", "positive")],
        found=say("`{word}`", word="alram"),
        do=say("did you mean `{name}`?", name="alarm"),
    )

    assert str(error) == "event; alarm, or 2 more, positive; `alram`; did you mean `alarm`?"


def test_part_that_is_not_there_leaves_no_gap() -> None:
    assert str(StoreError(where="db", do="start it")) == "db; start it"


def test_parts_are_data() -> None:
    error = Conflict(where="here", expected=1, found=2, do="look again")

    assert error.parts() == ("here", 1, 2, "look again")
    assert (error.where, error.expected, error.found, error.do) == error.parts()


def test_playbook_error_carries_all_problems_at_once() -> None:
    error = PlaybookError("majian", [ONE, ONE])

    assert error.problems == [ONE, ONE]
    assert str(error) == (
        "majian; a playbook without errors; 2 errors; "
        "mend the lines named, then run: incident playbook check majian"
    )


@pytest.mark.parametrize(
    ("seq", "where"),
    [
        # the journal as a whole
        (None, "journal of 330999101"),
        # one entry of it, the first included
        (0, "journal of 330999101, entry 0"),
        (7, "journal of 330999101, entry 7"),
    ],
)
def test_journal_error_names_the_entry_and_both_values(seq: int | None, where: str) -> None:
    error = JournalError(jurisdiction="330999101", seq=seq, expected="aa", found="bb")

    assert str(error).startswith(f"{where}; aa; bb; keep the database as it is")
    assert (error.jurisdiction, error.seq) == ("330999101", seq)


def test_refusal_carries_who_may_decide() -> None:
    error = Refused(rule="authority", where="step", who_may_decide=("command",), missing=("basis",))

    assert (error.rule, error.who_may_decide, error.missing) == ("authority", ["command"], ["basis"])


def test_place_in_a_file_reads_as_editors_read_it() -> None:
    assert str(Mark("playbooks/majian.yaml", 14, 9)) == "playbooks/majian.yaml:14:9"
