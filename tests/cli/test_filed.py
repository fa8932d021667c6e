"""What a report said is read again at the terminal: text, figures, files, corrections, what was erased."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from incident.cli.filed import _safe
from tests.cli.desk import Desk
from tests.cli.qingshi import active
from tests.playbooks import HOUR

FILE = ("report", "file", "clockwork")
SHOW = ("report", "show", "clockwork")


@pytest.fixture
def emergency(empty_desk: Desk) -> Desk:
    """Qingshi in its emergency since 02:40; it is 03:40."""
    active(empty_desk).clock.at += HOUR
    return empty_desk


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
    assert _safe(name, "attachment_1") in ("evil", "attachment_1")


def test_erased_parts_are_shown_as_erased(with_papers: Desk, tmp_path: Path) -> None:
    with_papers.sql(
        "DELETE FROM disclosure WHERE name IN ('data.text', 'data.value.1', 'data.file.2', 'data.digest.2')",
        "DELETE FROM attachment WHERE length(body) = 256",
    )

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


@pytest.mark.parametrize("entry", ["0", "77", "9007199254740993", "-1", "x"])
def test_entry_without_a_report_is_refused(emergency: Desk, entry: str) -> None:
    assert emergency.run(*SHOW, entry).code == 2
