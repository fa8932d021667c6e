"""Where what tests write lies."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from unittest import mock

import pytest

from tests import memory


def found(**changed: int) -> os.statvfs_result:
    """What the system says of a folder: roomy and open, but for what is said otherwise."""
    names = ["bsize", "frsize", "blocks", "bfree", "bavail", "files", "ffree", "favail", "flag", "namemax"]
    usual = dict.fromkeys((f"f_{name}" for name in names), 0) | {
        "f_frsize": 4096,
        "f_bavail": memory.ROOM // 4096,
    }
    return os.statvfs_result((usual | changed).values())


def test_folder_in_memory_serves_if_it_is_open_and_has_room_for_what_runs_there(tmp_path: Path) -> None:
    with mock.patch.object(os, "statvfs", return_value=found()):
        assert memory.serves(tmp_path)
        assert not memory.serves(tmp_path / "missing")
    for changed in (found(f_bavail=memory.ROOM // 4096 - 1), found(f_flag=os.ST_NOEXEC)):
        with mock.patch.object(os, "statvfs", return_value=changed):
            assert not memory.serves(tmp_path)
    assert not memory.serves(tmp_path / "missing")


@pytest.mark.parametrize(("set_by_hand", "serving", "chosen"), [
    (None, {memory.MEMORY}, str(memory.MEMORY)),
    (None, set(), None),
    ("/var/tmp", {memory.MEMORY}, "/var/tmp"),
])  # fmt: skip
def test_it_is_chosen_where_it_serves_and_nobody_chose_another(
    set_by_hand: str | None, serving: set[Path], chosen: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(memory, "serves", lambda folder: folder in serving)
    with mock.patch.dict(os.environ):
        os.environ.pop("TMPDIR", None)
        if set_by_hand is not None:
            os.environ["TMPDIR"] = set_by_hand
        memory.pytest_configure()
        assert os.environ.get("TMPDIR") == chosen
