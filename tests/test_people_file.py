"""A file of people as it is read: all its faults, each with its row, and no word of it in any."""

from __future__ import annotations

import csv
import io
import re
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident.domain.directory import DirectoryError
from incident.domain.say import render
from incident.playbook_text.directory import MOST_ROWS, read_sheet
from incident.service import people
from tests.service.office import Office

HEADS = ("seat", "holder", "name", "from", "until", "channels")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], str]:
    """Import a file for Majian and give all that is said of it."""
    office = Office("majian")
    folder = tmp_path_factory.mktemp("files")

    def tell(kind: str, text: str) -> str:
        file = folder / f"people.{kind}"
        file.write_text(text, encoding="utf-8")
        return said(office, file)

    return tell


def said(office: Office, file: Path) -> str:
    try:
        with office.store.reading() as tx:
            people.difference(tx, office.code, read_sheet(str(file)), office.clock())
    except DirectoryError as error:
        lines = [
            f"{one.rule} {one.mark.line if one.mark else 0}: {render(one.found, 'en', str)}"
            for one in error.problems
        ]
        return "\n".join([*lines, *map(repr, error.problems), *traceback.format_exception(error)])
    return ""


# -- no word of it in any fault

KNOWN = st.sampled_from(["", "duty.leader", "全体机关干部", "P1", "H7", "2026-03-01", "-", "sms:13900000000"])
SECRET = st.text("鑫淼焱垚", min_size=2, max_size=4) | st.text("68", min_size=4, max_size=11)
CELL = KNOWN | SECRET | st.builds("{}{}{}".format, SECRET, st.sampled_from(":@-.， \n\"'"), SECRET)
ROWS = st.lists(st.lists(CELL, min_size=1, max_size=8), min_size=1, max_size=4)
HEAD = st.permutations(HEADS) | st.lists(st.sampled_from(HEADS) | SECRET, max_size=7)


def secrets(text: str) -> set[str]:
    """Give the runs of letters and digits in a text that nobody may read in an error."""
    words = "".join(sign if sign in "鑫淼焱垚68" else " " for sign in text).split()
    # a shorter number may be that of a line
    return {word for word in words if len(word) > (3 if word.isdigit() else 1)}


@given(head=HEAD, rows=ROWS)
@settings(max_examples=80)
def test_no_word_of_a_table_is_told(
    told: Callable[[str, str], str], head: list[str], rows: list[list[str]]
) -> None:
    written = io.StringIO()
    csv.writer(written).writerows([head, *rows])
    text = written.getvalue()
    shown = told("csv", text)
    assert [word for word in secrets(text) if word in shown] == []


YAML = st.recursive(
    CELL.map(lambda cell: cell.replace("\n", " ")) | st.text("68", min_size=4, max_size=11).map(int),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(HEADS) | SECRET, inner),
    max_leaves=8,
)


@given(st.lists(YAML, min_size=1, max_size=4))
@settings(max_examples=80)
def test_no_word_of_a_list_is_told(told: Callable[[str, str], str], rows: list[object]) -> None:
    text = "\n".join(f"- {row!r}" for row in rows)
    shown = told("yaml", text)
    assert [word for word in secrets(text) if word in shown] == []


@pytest.mark.parametrize(
    ("kind", "text", "form"),
    [
        # shifted by a column
        ("csv", "seat,holder,name\n鑫淼焱,P1,13900006868\n", "D001 2: `***` under `seat`"),
        ("csv", "seat,holder,from\nduty.leader,P1,13900006868\n", "D003 2: `***********` under `from`"),
        ("csv", "seat,holder,until\nduty.leader,P1,2026/3/1\n", "D003 2: `****/*/*` under `until`"),
        ("csv", "seat,holder,channels\nduty.leader,P1,鑫淼：6868\n", "D006 2: `**：****` under `channels`"),
        ("csv", "seat,holder,name\nduty.leader,鑫淼,a\n卫生院,鑫淼,b\n", "D007 3: another than in row 2"),
        # no head row
        ("csv", "鑫淼,holder,6868\n", "D008 1: `**`, `holder`, `****`"),
        ("csv", f"seat,holder,{'6' * 40}\n", f"`seat`, `holder`, `{'*' * 24}…`"),
        ("yaml", "- 鑫淼焱\n", "D008 1: `***`"),
        ("yaml", "- 6868\n", "D008 1: `****`"),
        ("yaml", "鑫淼焱\n", "D008 1: `***`"),
        ("yaml", "- {鑫淼: 6868}\n", "D008 1: `**`"),
        ("yaml", "- {鑫淼: 6868, 鑫淼: 6868}\n", "P005 1: `…` again; first at line 1"),
        ("yaml", "- {6868: 鑫淼}\n", "P008 1: something else"),
        ("yaml", "- {seat: duty.leader, 鑫淼}\n", "P008 1: nothing"),
    ],
)
def test_what_stands_in_the_wrong_place_is_told_by_its_form(
    told: Callable[[str, str], str], kind: str, text: str, form: str
) -> None:
    shown = told(kind, text)
    assert form in shown
    assert [word for word in secrets(text) if word in shown] == []


# -- where and how many


@pytest.mark.parametrize(
    ("text", "places"),
    [
        # a line break within quotes: the next record begins a line later
        ('seat,holder,name\nduty.leader,P1,"鑫\n淼"\nnowhere,"P\n2",\nnowhere,P3,\n', ["4", "4", "6"]),
        ('seat,holder\r\nduty.leader,P1\r\n"nowhere\r\n",P2\r\n', ["3"]),
        # lines without anything count
        ("seat,holder\n\n\nnowhere,P3\n", ["4"]),
        # a quote that nobody closes is told where it is opened
        ('seat,holder\nduty.leader,P1\n"duty.leader,P2\n\n\n\n', ["3"]),
        (f"seat,holder,name\nduty.leader,P1,{'焱' * 64}\nduty.leader,P2,{'焱' * 65}\n", ["3"]),
    ],
)
def test_a_fault_is_told_where_its_record_begins(
    told: Callable[[str, str], str], text: str, places: list[str]
) -> None:
    assert re.findall(r"^D\d{3} (\d+):", told("csv", text), re.MULTILINE) == places


def test_one_error_is_no_plural(told: Callable[[str, str], str]) -> None:
    assert "1 error;" in told("csv", "seat,holder\nnowhere,P1\n")
    assert "2 errors;" in told("csv", "seat,holder\nnowhere,P1\nnowhere,P2\n")


# -- all faults at once


@pytest.mark.parametrize(
    ("kind", "text", "rules"),
    [
        # more values than heads: which belongs to which is not known, so no more is said of that row
        (
            "csv",
            "seat,holder,from\nnowhere,P1,,,x\nnowhere,P2,\nduty.leader,p,2026-99-99\n",
            ["D008 2", "D001 3", "D003 4", "D002 4"],
        ),
        # a head that is not ours: the other columns are read
        ("csv", "seat,holder,shoe\nnowhere,P1,42\nduty.leader,p,43\n", ["D008 1", "D001 2", "D002 3"]),
        (
            "yaml",
            "- {seat: nowhere, shoe: 4, holder: p}\n- {seat: a, seat: b}\n- {seat: {a: b}, holder: 1}\n- x\n",
            ["D008 1", "D001 1", "D002 1", "P005 2", "D008 3", "D008 4"],
        ),
    ],
)
def test_a_fault_of_form_hides_no_other(
    told: Callable[[str, str], str], kind: str, text: str, rules: list[str]
) -> None:
    shown = told(kind, text).splitlines()
    assert [line.partition(":")[0] for line in shown if re.match(r"[DP]\d{3} ", line)] == rules


# -- how much of it


def test_a_table_may_hold_many_rows_and_any_number_of_blank_ones(tmp_path: Path) -> None:
    """Spreadsheets save blank rows by the hundred thousand; a mebibyte of short rows took half a gigabyte."""
    file = tmp_path / "people.csv"
    file.write_text("seat,holder\n" + "duty.leader,P1\n,\n\n" * MOST_ROWS)
    assert len(read_sheet(str(file)).rows) == MOST_ROWS

    file.write_text(file.read_text() + "duty.leader,P2\n")
    with pytest.raises(DirectoryError) as caught:
        read_sheet(str(file))
    (problem,) = caught.value.problems
    assert problem.mark is not None
    assert problem.mark.line == 3 * MOST_ROWS + 2
