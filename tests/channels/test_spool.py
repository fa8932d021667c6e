"""Letters as files: one each, whole or not there, the same when it comes twice, and nowhere else."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from incident.channels.files import FilesChannel
from incident.channels.spool import folder_outlet
from incident.domain.say import render
from incident.service.letters import Letter
from incident.service.message import Message

LETTER = Letter(key="330681111-000012-0", address="13900000000", subject="马剑镇", text="即刻到岗\n第二行\n")


def test_letter_is_a_file_of_its_key(tmp_path: Path) -> None:
    write = folder_outlet(tmp_path / "new" / "spool")
    write(LETTER)
    write(LETTER)

    [file] = (tmp_path / "new" / "spool").iterdir()
    assert file.name == "330681111-000012-0.txt"
    assert file.read_text(encoding="utf-8").splitlines() == [
        "马剑镇",
        "13900000000",
        "",
        "即刻到岗",
        "第二行",
        "",
        "330681111-000012-0",
    ]


@pytest.mark.skipif(os.name != "posix", reason="rights are told otherwise there")
def test_what_is_written_is_for_the_user_of_the_program_alone(tmp_path: Path) -> None:
    message = Message(
        key="1-000002-0", code="1", place="马剑镇", to="", ref="", seq=2, n=0, at=0, shown_at="", sentences=[]
    )
    before = os.umask(0)
    try:
        folder_outlet(tmp_path / "letters")(LETTER)
        FilesChannel(tmp_path / "messages", lambda words: render(words, "en", str))(message)
    finally:
        os.umask(before)
    made = [*tmp_path.iterdir(), *tmp_path.glob("*/*")]
    assert {(one.is_dir(), stat.S_IMODE(one.stat().st_mode)) for one in made} == {
        (True, 0o700),
        (False, 0o600),
    }


@pytest.mark.parametrize("key", ["../../etc/passwd", "a/b", "..", ".hidden", "a\0b", "/"])
def test_key_leads_nowhere_else(tmp_path: Path, key: str) -> None:
    folder_outlet(tmp_path / "spool")(Letter(key=key, address="a", subject="s", text="t"))
    assert [one.name for one in tmp_path.iterdir()] == ["spool"]
    [file] = (tmp_path / "spool").iterdir()
    assert file.is_file()
    assert not file.name.startswith(".")


def test_file_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []
    monkeypatch.setattr(os, "fsync", lambda _file: seen.append([one.name for one in tmp_path.iterdir()]))
    folder_outlet(tmp_path)(LETTER)

    written, named = seen
    assert [name.startswith(".") for name in written] == [True]
    assert named == ["330681111-000012-0.txt"]


def test_what_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        folder_outlet(tmp_path)(LETTER)
    assert list(tmp_path.iterdir()) == []
