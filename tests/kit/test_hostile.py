"""A file made to do harm is refused before it does: at once, with a clear word, in little memory."""

from __future__ import annotations

import struct
import time
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.desk import Said
from tests.kit.kits import Files, Kit, about, pack, seal, verified

MEGABYTE = 1 << 20


def refused(kit: Kit) -> Said:
    """Verify a kit that must not hold, within the bounds of time and memory."""
    tracemalloc.start()
    began = time.process_time()
    said = verified(kit)
    spent, (_now, most) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert said.code in (1, 2), said
    assert spent < 8, "traced memory takes four times as long"
    assert most < 150 * MEGABYTE
    return said


PATHS = [
    "../evil",
    "/etc/passwd",
    "\\evil",
    "C:evil",
    "attachments/../../evil",
    "timeline.html\x00.txt",
    "attachments/evil.exe",
    "tile/0/x001/1",
    "folder/",
    "timeline.HTML",
]


@pytest.mark.parametrize("path", PATHS)
def test_path_outside_the_layout_is_refused(whole: Kit, tmp_path: Path, path: str) -> None:
    kit = pack(tmp_path / "kit.zip", whole.files() | {path.replace("\x00", "~"): b"x"})
    raw = kit.path.read_bytes()  # zipfile itself writes no zero in a name
    kit.path.write_bytes(raw.replace(path.replace("\x00", "~").encode(), path.encode()))

    said = refused(kit)

    assert said.code == 1
    assert "a path" in said.err or "layout" in said.err or "twice" in said.err
    assert not (tmp_path / "evil").exists()


def test_member_that_is_there_twice_is_refused(whole: Kit, tmp_path: Path) -> None:
    kit = pack(tmp_path / "kit.zip", whole.files())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(kit.path, "a") as zipped:
            zipped.writestr("timeline.html", b"another")

    assert "it is there twice" in refused(kit).err


def test_bomb_is_refused_unread(whole: Kit, tmp_path: Path) -> None:
    kit = whole.changed(tmp_path / "kit.zip", lambda files: files.update({"duty.csv": bytes(100 * MEGABYTE)}))

    assert kit.path.stat().st_size < 2 * MEGABYTE
    assert "unpack to a size" in refused(kit).err


def test_many_small_bombs_are_refused(whole: Kit, tmp_path: Path) -> None:
    def many(files: Files) -> None:
        body = bytes(MEGABYTE)
        files.update({f"attachments/{n:064x}": body for n in range(120)})

    assert "unpack to a size" in refused(whole.changed(tmp_path / "kit.zip", many)).err


def test_member_that_says_less_than_it_holds_is_refused(whole: Kit, tmp_path: Path) -> None:
    kit = whole.changed(tmp_path / "kit.zip", lambda files: files.update({"duty.csv": bytes(30 * MEGABYTE)}))
    raw = bytearray(kit.path.read_bytes())
    with zipfile.ZipFile(kit.path) as zipped:
        size = zipped.getinfo("duty.csv").file_size
    # in both headers it says that it unpacks to a thousand bytes
    kit.path.write_bytes(bytes(raw).replace(struct.pack("<L", size), struct.pack("<L", 1000)))

    assert "duty.csv" in refused(kit).err


def test_members_over_one_another_are_refused(whole: Kit, tmp_path: Path) -> None:
    kit = pack(tmp_path / "kit.zip", whole.files())
    with zipfile.ZipFile(kit.path) as zipped:
        members = {one.filename: one.header_offset for one in zipped.infolist()}
    raw = kit.path.read_bytes()
    directory = raw.rindex(b"duty.csv") - 46
    over = members["timeline.html"] + 10
    kit.path.write_bytes(raw[: directory + 42] + struct.pack("<L", over) + raw[directory + 46 :])

    assert "one over another" in refused(kit).err


def test_link_is_refused(whole: Kit, tmp_path: Path) -> None:
    kit = pack(
        tmp_path / "kit.zip", {name: body for name, body in whole.files().items() if name != "duty.csv"}
    )
    link = zipfile.ZipInfo("duty.csv")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(kit.path, "a") as zipped:
        zipped.writestr(link, "/etc/passwd")

    assert "a link" in refused(kit).err


def test_rare_packing_is_refused(whole: Kit, tmp_path: Path) -> None:
    files = whole.files()
    body = files.pop("duty.csv")
    kit = pack(tmp_path / "kit.zip", files)
    with zipfile.ZipFile(kit.path, "a") as zipped:
        zipped.writestr("duty.csv", body, zipfile.ZIP_LZMA)

    assert "packed otherwise" in refused(kit).err


def empty_lines(files: Files) -> None:
    """A hundred million entries whose bodies are said to have been dropped."""
    about(files, size=100_000_000, bodies_from=100_000_000)
    files["entries.jsonl"] = b"\n" * (50 * MEGABYTE)


def endless_line(files: Files) -> None:
    files["entries.jsonl"] = b"[" * (90 * MEGABYTE)


def deep(files: Files) -> None:
    files["entries.jsonl"] = b"[" * MEGABYTE + b"\n"


def many_withheld(files: Files) -> None:
    about(files, withheld=[[0, "a"]] * 400_000)


HOSTILE: list[Callable[[Files], None]] = [empty_lines, endless_line, deep, many_withheld]


@pytest.mark.parametrize("change", HOSTILE)
def test_hostile_contents_take_little_time_and_memory(
    whole: Kit, tmp_path: Path, change: Callable[[Files], None]
) -> None:
    files = whole.files()
    change(files)
    seal(files)

    refused(pack(tmp_path / "kit.zip", files))


def test_every_cut_of_a_kit_is_refused(whole: Kit, tmp_path: Path) -> None:
    raw, path = whole.path.read_bytes(), tmp_path / "cut.zip"
    for end in (0, 1, 22, len(raw) // 2, len(raw) - 1):
        path.write_bytes(raw[:end])

        assert verified(Kit(path)).code == 2


def test_every_flipped_byte_of_some_is_found(whole: Kit, tmp_path: Path) -> None:
    raw, path = whole.path.read_bytes(), tmp_path / "flipped.zip"
    missed: list[int] = []
    for place in range(0, len(raw), len(raw) // 60):
        path.write_bytes(raw[:place] + bytes([raw[place] ^ 0x41]) + raw[place + 1 :])
        if verified(Kit(path)).code not in (1, 2):
            missed.append(place)
    # what a ZIP says beside its members (times, rights, versions) is no part of a kit
    assert len(missed) <= 3


@pytest.mark.parametrize("name", ["nothing.zip", "folder.zip", "text.zip"])
def test_what_is_no_kit_is_no_fault_of_one(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.zip").mkdir()
    (tmp_path / "text.zip").write_text("hello")

    assert verified(Kit(tmp_path / name)).code == 2


def test_kit_without_what_each_has_is_refused(whole: Kit, tmp_path: Path) -> None:
    for name in ("kit.json", "entries.jsonl", "verify.py"):
        files = whole.files()
        del files[name]

        assert name in refused(pack(tmp_path / "kit.zip", files)).err
