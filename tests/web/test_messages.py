"""What waits to be told and what reached nobody: seen, and sent again."""

from __future__ import annotations

import pytest

from incident.service.ports_identity import WantedAccess
from incident.service.post import STALE
from tests.web.filled import HOME
from tests.web.pressing import Presser
from tests.web.recorded import words_of
from tests.web.serving import Served

ADDRESS = f"{HOME}/messages"
SEND = "Send again what reached nobody"


@pytest.fixture
def served(busy: Served) -> Served:
    """A site with something on every page, a message that reached nobody among it."""
    return busy


def test_who_was_not_reached_is_named_with_the_reason_and_that_is_noted(served: Served) -> None:
    with Presser(served, "duty_officer") as officer:
        assert f'reached nobody <a href="{ADDRESS}">' in officer.look(HOME)
        page = words_of(officer.look(ADDRESS))

    assert "干部1 (H1) every way says that the address is none" in page
    with served.gate.identity.reading() as tx:
        assert "messages" in [one.what for one in tx.accesses(WantedAccess(), 9)]


def test_what_reached_nobody_is_sent_again_once(served: Served) -> None:
    with Presser(served, "duty_officer") as officer:
        page = words_of(officer.press(ADDRESS).text)

    assert "1 messages to people wait again" in page
    assert "Every message reached somebody" in page
    assert SEND not in page


def test_nobody_is_woken_by_what_is_older_than_a_day(served: Served) -> None:
    served.clock.after(seconds=STALE + 1)

    with Presser(served, "duty_officer") as officer:
        page = officer.look(ADDRESS)

    assert "every way says that the address is none" in page
    assert SEND not in page
