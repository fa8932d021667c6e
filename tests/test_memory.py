"""Where what tests write lies."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import cast
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


class Config:
    """What is asked of pytest's: to call something at its end."""

    def __init__(self) -> None:
        self.at_end: list[Callable[[], None]] = []

    def add_cleanup(self, act: Callable[[], None]) -> None:
        self.at_end.append(act)


def chosen(config: Config, folder: Path, **surroundings: str) -> dict[str, str]:
    """Choose with a folder in memory; gives what the surroundings say then."""
    kept = {name: value for name, value in os.environ.items() if not name.endswith(("TMPDIR", "TEMPROOT"))}
    with (
        mock.patch.dict(os.environ, kept | surroundings, clear=True),
        mock.patch.object(memory, "MEMORY", folder),
        mock.patch.object(tempfile, "tempdir", None),
    ):
        memory.pytest_configure(cast("pytest.Config", config))
        return {**os.environ}


def test_what_is_left_there_goes_with_the_run_but_what_pytest_keeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "serves", lambda folder: folder == tmp_path)
    config = Config()
    said = chosen(config, tmp_path)
    (made,) = tmp_path.iterdir()
    assert (said["TMPDIR"], said["PYTEST_DEBUG_TEMPROOT"]) == (str(made), str(tmp_path))
    assert made.stat().st_mode & 0o777 == 0o711

    (made / "left").write_bytes(b"x")
    for act in config.at_end:
        act()
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(("does_serve", "surroundings"), [(False, {}), (True, {"TMPDIR": "/var/tmp"})])
def test_nothing_is_chosen_where_it_does_not_serve_or_somebody_chose(
    does_serve: object, surroundings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "serves", lambda _folder: does_serve)
    config = Config()
    said = chosen(config, tmp_path, **surroundings)
    assert (said.get("TMPDIR"), "PYTEST_DEBUG_TEMPROOT" in said) == (surroundings.get("TMPDIR"), False)
    assert (config.at_end, [*tmp_path.iterdir()]) == ([], [])
