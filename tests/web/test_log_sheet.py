"""The duty log as a page: what was noted in a shift is read where it is written."""

from __future__ import annotations

import pytest

from incident.service.ports_identity import WantedAccess
from tests.web.filled import HOME
from tests.web.pressing import Presser
from tests.web.recorded import words_of
from tests.web.serving import Served

ADDRESS = f"{HOME}/log"


@pytest.fixture
def served(busy: Served) -> Served:
    """A site with something on every page."""
    return busy


def test_what_was_noted_in_a_shift_is_read_beside_the_form_and_that_is_on_record(served: Served) -> None:
    with Presser(served, "duty_officer") as officer:
        officer.press(ADDRESS, said="二次流调完成", way="note")
        today = words_of(officer.look(ADDRESS))
        then = words_of(officer.look(f"{ADDRESS}?shift=2026-03-01 19:00&of=watch"))

    assert "二次流调完成" in today
    assert "一例初筛阳性" not in today
    assert "Round-the-clock epidemic duty 2026-03-01 08:00 to 2026-03-02 08:00" in then
    assert "call in, 120, 一例初筛阳性" in then
    with served.gate.identity.reading() as tx:
        assert "log" in [one.what for one in tx.accesses(WantedAccess(), 9)]


@pytest.mark.parametrize("shift", ["1999-01-01 00:00", "soon"])
def test_a_shift_that_is_not_known_is_said_and_the_form_stays(served: Served, shift: str) -> None:
    with Presser(served, "duty_officer") as officer:
        page = words_of(officer.look(f"{ADDRESS}?shift={shift}", status=422))

    assert "Note it" in page
    assert "expected" in page
