"""A kit for each test: the same incident, lived through once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.desk import Desk
from tests.cli.working import copied
from tests.kit.kits import Kit
from tests.kit.town import lived_through, public_key
from tests.playbooks import HOUR


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The incident, in a database that is copied, never written again."""
    folder = tmp_path_factory.mktemp("lived")
    desk = Desk(f"sqlite:///{folder / 'incident.db'}")
    desk.clock.at -= 8 * HOUR
    desk.done("adopt", "majian")
    desk.clock.at += 8 * HOUR
    return lived_through(desk, folder)


@pytest.fixture(scope="session")
def whole(lived: Desk, tmp_path_factory: pytest.TempPathFactory) -> Kit:
    """A kit that opens everything."""
    path = tmp_path_factory.mktemp("whole") / "kit.zip"
    lived.done("journal", "export", "majian", "--out", str(path), "--pubkey", public_key(lived))
    return Kit(path)


@pytest.fixture
def town(lived: Desk, tmp_path: Path) -> Desk:
    """The incident in a database of the test's own."""
    desk = copied(lived.file, Desk(f"sqlite:///{tmp_path / 'incident.db'}"))
    desk.clock.at = lived.clock.at
    return desk
