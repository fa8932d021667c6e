"""Whatever is named where a file belongs is refused when it is none, and never waited for."""

from __future__ import annotations

import io
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from incident.cli import filing
from incident.service.filing import MOST_BYTES
from tests.cli.desk import Desk

FILE = ("report", "file", "majian", "--from", "duty", "--text", "x")


@pytest.mark.parametrize(
    "words",
    [
        ("people", "import"),
        ("run", "--once", "--outgoing"),
        ("playbook", "rehearse", "majian", "--script"),
        ("playbook", "check"),
        ("adopt",),
        (*FILE, "--file"),
    ],
    ids=" ".join,
)
def test_a_pipe_or_a_device_is_refused(desk: Desk, tmp_path: Path, words: tuple[str, ...]) -> None:
    os.mkfifo(tmp_path / "pipe")
    before = desk.stored()
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path):
        assert desk.run(*words, str(path)).code == 2
    assert desk.stored() == before


def test_a_text_without_end_on_stdin_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(io.StringIO):
        def read(self, size: int | None = -1) -> str:
            assert size is not None
            assert 0 < size <= MOST_BYTES + 1
            return "x" * size

    monkeypatch.setattr(filing, "sys", SimpleNamespace(stdin=Endless()))
    said = desk.run(*FILE[:-1], "-")
    assert (said.code, "20 MB" in said.err) == (2, True)
