"""A kit in parts with which nothing is wrong, sealed and held by the script as a stranger does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kit.making import HOUSE, Parts, Said, parts, run, write_zip

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def whole() -> Parts:
    """The parts of a kit with which nothing is wrong."""
    return parts()


@pytest.fixture
def outside(tmp_path: Path, whole: Parts) -> Path:
    """A checkpoint over all entries that left the house before anything was changed."""
    path = tmp_path / "outside.txt"
    path.write_text(whole.checkpoint(len(whole.bodies)), encoding="utf-8")
    return path


def verified(tmp_path: Path, files: Files, *words: str | Path) -> Said:
    return run(write_zip(tmp_path / "kit.zip", files), "--key", HOUSE.vkey(), *words)
