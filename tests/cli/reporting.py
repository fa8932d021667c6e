"""What tests of reports begin with: Qingshi at a desk, in routine or in its emergency, and what is typed."""

from __future__ import annotations

from typing import Final

import pytest

from tests.cli.desk import Desk
from tests.cli.qingshi import active, adopted
from tests.playbooks import HOUR

FILE: Final = ("report", "file", "clockwork")
SHOW: Final = ("report", "show", "clockwork")


@pytest.fixture
def town(empty_desk: Desk) -> Desk:
    """Qingshi in routine since 02:40."""
    return adopted(empty_desk)


@pytest.fixture
def emergency(empty_desk: Desk) -> Desk:
    """Qingshi in its emergency since 02:40; it is 03:40."""
    active(empty_desk).clock.at += HOUR
    return empty_desk
