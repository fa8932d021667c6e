"""A desk with a key and a folder outside, and a backup from the evening before."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.desk import ACTIVATE, MAJIAN, Desk


class Safe:
    """A desk with a key and a folder outside."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk = desk
        self.key, self.outside = folder / "key", folder / "outside"
        self.outside.mkdir()
        self.public = desk.done("journal", "key", "new", str(self.key)).out.strip()

    def sign(self) -> None:
        """Let a worker sign."""
        self.desk.done("run", "--once", "--key", str(self.key), "--checkpoints", str(self.outside))

    def guarded(self) -> Desk:
        """Look outside before each command."""
        self.desk.said = {"INCIDENT_CHECKPOINTS": str(self.outside), "INCIDENT_PUBKEY": self.public}
        return self.desk

    def files(self) -> list[Path]:
        """Give the checkpoints outside, oldest first."""
        found = (self.outside / MAJIAN).glob("*/*-0*.txt")
        return sorted(found, key=lambda file: file.name.rpartition("-")[2])


@pytest.fixture
def safe(desk: Desk, tmp_path: Path) -> Safe:
    """Majian adopted and activated, signed after each."""
    found = Safe(desk, tmp_path)
    found.sign()
    desk.done(*ACTIVATE)
    found.sign()
    return found


def verified(safe: Safe, *words: str, code: int = 0) -> dict[str, object]:
    said = safe.desk.run("journal", "verify", "majian", *words, "--json")
    assert said.code == code, said
    return said.object()


def back_to_routine(safe: Safe, tmp_path: Path) -> None:
    """Put back a backup from before the activation."""
    for file in safe.desk.file.parent.glob("incident.db*"):
        file.unlink()
    shutil.copy(tmp_path / "backup.db", safe.desk.file)


@pytest.fixture(autouse=True)
def backup(desk: Desk, tmp_path: Path) -> None:
    """Keep a backup from the evening before."""
    desk.done("db", "backup", str(tmp_path / "backup.db"))
