"""The acts by which people change who keeps a shift, held to what each promises: Majian with its people."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from incident.service import shifts
from incident.testing.given import fixed_chance
from tests.service.office import Office
from tests.service.test_roster_acts import WATCH, staffed


@pytest.fixture
def office() -> Iterator[Office]:
    story = Office("majian")
    staffed(story)
    yield story
    story.expect_account()
    story.dump()


def test_who_is_set_from_now_on_comes_however_long_the_lock_was_waited_for(office: Office) -> None:
    for is_said in (False, True):
        asked = shifts.Setting(WATCH, "officer.1", "H4", office.clock() if is_said else None)
        office.clock.after(seconds=45)
        shifts.override(
            office.store,
            office.code,
            asked,
            why=None,
            origin=office.origin(),
            now=office.clock,
            chance=fixed_chance,
        )
        assert office.who(WATCH)["officer.1"] == "H4"
        office.after(days=1)
