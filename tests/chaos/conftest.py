"""Both databases, as everywhere, and here with a desk whose clock is the real one."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'incident.db'}"
    return str(request.getfixturevalue("postgres_url"))
