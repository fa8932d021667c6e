"""What a report said is read again at the terminal: text, figures, files, corrections, what was erased."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from incident.views.filing import safe_name
from tests.cli.desk import AGREED, Desk
from tests.cli.qingshi import owed
from tests.cli.reporting import FILE, SHOW, emergency

__all__ = ["emergency"]


# -- what it said


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    """A folder with two files of one name and one of another."""
    for name, body in (("a/表.csv", b"1,2\n"), ("b/表.csv", b"3,4\n"), ("c.bin", bytes(range(256)))):
        path = tmp_path / "papers" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return tmp_path / "papers"


@pytest.fixture
def with_papers(emergency: Desk, papers: Path) -> Desk:
    """A report with text, two figures and three files, in entry 2."""
    files = [word for name in ("a/表.csv", "b/表.csv", "c.bin") for word in ("--file", str(papers / name))]
    emergency.done(
        *(*FILE, "--from", "coordination", "--text", "王五确诊", "--set", "cases=3", "--set", "王五=38.5"),
        *files,
    )
    return emergency


def test_what_was_filed_is_shown(with_papers: Desk) -> None:
    shown = with_papers.done(*SHOW, "2").out

    digest = hashlib.sha256(b"1,2\n").hexdigest()
    for part in ("王五确诊", "cases  3", "王五   38.5", f"4 bytes    sha256 {digest}", "256 bytes"):
        assert part in shown


def test_what_was_filed_is_data(with_papers: Desk) -> None:
    found = with_papers.done(*SHOW, "2", "--json").object()

    assert found["text"] == "王五确诊"
    assert found["values"] == [{"name": "cases", "value": "3"}, {"name": "王五", "value": "38.5"}]
    assert [(one["name"], one["bytes"]) for one in found["attachments"]] == [
        ("表.csv", 4),
        ("表.csv", 4),
        ("c.bin", 256),
    ]
    assert (found["erased"], found["corrected_by"]) == ([], [])


def test_attachments_are_written_as_they_were_and_over_nothing(with_papers: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "saved"

    with_papers.done(*SHOW, "2", "--save", str(folder))

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "表.csv": b"1,2\n",
        "2_表.csv": b"3,4\n",
        "c.bin": bytes(range(256)),
    }
    again = with_papers.run(*SHOW, "2", "--save", str(folder), "--json")
    assert (again.code, again.object()["error"]["where"]) == (2, "--save")
    nowhere = with_papers.run(*SHOW, "2", "--save", str(tmp_path / "no" / "folder"))
    assert nowhere.code == 2


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "..", "a\\evil", "\n", "."])
def test_name_of_an_attachment_leads_nowhere_else(name: str) -> None:
    assert safe_name(name, "attachment_1") in ("evil", "attachment_1")


def test_erased_parts_are_shown_as_erased(with_papers: Desk, tmp_path: Path) -> None:
    parts = ("data.text", "data.value.1", "data.file.2", "data.digest.2")
    with_papers.done("journal", "redact", "330999102", "2", *parts, *AGREED)

    shown = with_papers.done(*SHOW, "2").out
    saved = with_papers.done(*SHOW, "2", "--save", str(tmp_path / "left"), "--json")

    assert "王五" not in shown
    assert shown.count("(erased; its digest remains)") == 5
    assert saved.object()["erased"] == ["digest.2", "file.2", "text", "value.1"]
    assert saved.object()["attachments"][2]["bytes"] is None
    assert len(list((tmp_path / "left").iterdir())) == 2
    assert "attachment 3 is erased" in saved.err
    # erasing changes no hash
    assert with_papers.done("journal", "verify").code == 0


def test_exchanged_attachment_is_a_fault(with_papers: Desk) -> None:
    with_papers.sql(
        "DROP TRIGGER attachment_no_update", "UPDATE attachment SET body = X'00' WHERE length(body) = 256"
    )

    broken = with_papers.run(*SHOW, "2", "--json")

    assert broken.code == 5
    assert hashlib.sha256(bytes(range(256))).hexdigest() in str(broken.object()["error"])


def test_correction_takes_the_place_and_what_was_said_first_stays(emergency: Desk) -> None:
    emergency.done(*FILE, "--from", "coordination", "--text", "一例")
    shown = emergency.done(*FILE, "--from", "coordination", "--text", "两例", "--corrects", "2").out

    assert "it takes the place of entry 2, which stays as it is" in shown
    assert "!  corrected by entry 3" in emergency.done(*SHOW, "2").out
    assert "一例" in emergency.done(*SHOW, "2").out
    assert emergency.done(*SHOW, "2", "--json").object()["corrected_by"] == [3]
    assert "两例" in emergency.done(*SHOW, "3").out


def test_only_the_newest_correction_is_corrected(emergency: Desk) -> None:
    emergency.done(*FILE, "--from", "coordination", "--text", "一例")
    words = (*FILE, "--from", "coordination", "--text", "两例", "--corrects", "2", "--event-id", "call")
    emergency.done(*words)
    before = emergency.stored()

    refused = emergency.run(*FILE, "--from", "coordination", "--text", "三例", "--corrects", "2", "--json")

    assert refused.code == 2
    error = refused.object()["error"]
    assert (error["found"], error["do"]) == ("entry 2, corrected by entry 3", "correct entry 3")
    assert emergency.stored() == before
    assert emergency.done(*words, "--json").object()["seq"] == 3


def test_reports_name_the_entry_that_is_valid(emergency: Desk) -> None:
    emergency.done(*FILE, "--from", "coordination", "--zero")
    emergency.done(*FILE, "--from", "coordination", "--text", "一例", "--corrects", "2")
    filing = owed(emergency)["copy_report", "coordination", "01 06:40"]["filing"]
    shown = emergency.done("reports", "clockwork").out

    assert (filing["seq"], filing["valid_seq"], filing["zero"]) == (2, 3, False)
    assert "entry 2, corrected by entry 3" in shown


def test_correction_is_in_the_form_of_what_it_corrects(emergency: Desk) -> None:
    emergency.done(*FILE, "--from", "coordination", "--text", "一例")
    words = (*FILE, "--from", "coordination", "--text", "两例", "--corrects", "2", "--form")

    refused = emergency.run(*words, "first_report", "--json")

    assert (refused.code, refused.object()["error"]["where"]) == (2, "--form")
    emergency.done(*words, "Copy to the county")


def test_same_identity_with_other_words_is_a_conflict(emergency: Desk) -> None:
    words = (*FILE, "--from", "coordination", "--event-id", "call", "--text")
    emergency.done(*words, "一例")

    assert emergency.run(*words, "两例").code == 4


def test_what_was_erased_is_not_compared(emergency: Desk) -> None:
    words = (*FILE, "--from", "coordination", "--event-id", "call", "--text")
    emergency.done(*words, "一例")
    emergency.sql("DELETE FROM disclosure WHERE name = 'data.text'")

    assert "answered before, in entry 2" in emergency.done(*words, "两例").err


# -- what is no file


def test_what_is_no_ordinary_file_is_refused_and_never_waited_for(emergency: Desk, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    before = emergency.stored()

    for path in (str(tmp_path / "pipe"), "/dev/null", str(tmp_path)):
        refused = emergency.run(*FILE, "--from", "coordination", "--file", path, "--json")
        error = refused.object()["error"]
        assert (refused.code, error["where"], error["expected"]) == (2, path, "an ordinary file")

    assert emergency.stored() == before


def test_number_of_an_entry_is_called_so_in_both_languages(emergency: Desk) -> None:
    words = (*FILE, "--from", "coordination", "--zero", "--corrects", "x")
    chinese, english = (emergency.in_process_of_its_own("--lang", lang, *words) for lang in ("zh", "en"))

    assert (chinese.code, english.code) == (2, 2)
    assert "不是有效的 条目编号" in chinese.err
    assert "not a valid number of an entry" in english.err


@pytest.mark.parametrize("entry", ["0", "77", "9007199254740993", "-1", "x"])
def test_entry_without_a_report_is_refused(emergency: Desk, entry: str) -> None:
    assert emergency.run(*SHOW, entry).code == 2
