"""A folder of messages: one file each, whole or not there, the same when it comes twice."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from incident.channels.files import FilesChannel
from incident.domain.organisation import Text
from incident.domain.say import Words, render, say
from incident.service.message import Message
from tests.playbooks import CODE, NIGHT

MESSAGE = Message(
    key=f"{CODE}-000012-0",
    code=CODE,
    place=Text(zh="白石镇", en="Baishi Town"),
    to=Text(zh="社区封控组", en="Lockdown group"),
    ref="social_stability",
    seq=12,
    n=0,
    at=NIGHT,
    shown_at="2026-03-01 02:40 +08:00",
    sentences=[say("{name} activated", name=Text(zh="专班", en="Task force")), "two\nlines"],
)


def english(words: Words) -> str:
    return render(words, "en", str)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "out" / "messages"


@pytest.fixture
def channel(folder: Path) -> FilesChannel:
    return FilesChannel(folder, english)


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_message_is_a_file_of_its_key(channel: FilesChannel, folder: Path) -> None:
    channel(MESSAGE)

    assert names(folder) == [f"{CODE}-000012-0.txt"]
    assert (folder / f"{CODE}-000012-0.txt").read_text(encoding="utf-8").splitlines() == [
        f"Baishi Town {CODE}",
        "To: Lockdown group",
        "Recorded: 2026-03-01 02:40 +08:00",
        "",
        "Task force activated",
        "two\\u000alines",
        "",
        f"Entry 12 of the journal; message {CODE}-000012-0",
    ]


def test_who_is_asked_for_others_reads_how_to_answer_for_them(channel: FilesChannel, folder: Path) -> None:
    channel(replace(MESSAGE, asks=12, parties=["sampling", "publicity"]))

    said = (folder / f"{CODE}-000012-0.txt").read_text(encoding="utf-8")
    assert f"incident ack {CODE} --for sampling --for publicity --entry 12\n" in said


def test_message_that_comes_twice_is_one_file(channel: FilesChannel, folder: Path) -> None:
    channel(MESSAGE)
    channel(MESSAGE)

    assert names(folder) == [f"{CODE}-000012-0.txt"]


def test_what_fails_leaves_nothing_behind(
    channel: FilesChannel, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(OSError, match="No space"):
        channel(MESSAGE)
    assert names(folder) == []


def test_file_is_on_the_disk_before_it_has_its_name(
    channel: FilesChannel, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    monkeypatch.setattr(os, "fsync", lambda _file: seen.append(names(folder)))

    folder.mkdir(parents=True)
    channel(MESSAGE)

    written, named = seen
    assert [name.startswith(".") for name in written] == [True]
    assert named == [f"{CODE}-000012-0.txt"]


def test_a_folder_that_was_made_has_its_name_on_the_disk_too(
    channel: FilesChannel, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else all in it is gone when the power fails."""
    kept: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda file: kept.append(str(Path(f"/proc/self/fd/{file}").readlink())))

    channel(MESSAGE)

    assert kept[0] == str(folder.parent)
    assert kept[-1] == str(folder)


def test_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        FilesChannel(tmp_path / "file" / "messages", english)(MESSAGE)
