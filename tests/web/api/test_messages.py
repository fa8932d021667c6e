"""What waits to be told and what reached nobody, through the API."""

from __future__ import annotations

import msgspec
import pytest

from incident.service.post import STALE
from incident.views.messages import Messages
from tests.web.api.calling import AT, caller_of
from tests.web.serving import Served

MESSAGES = f"{AT}/messages"


@pytest.fixture
def served(busy: Served) -> Served:
    """A site where a message reached nobody."""
    return busy


def test_what_reached_nobody_is_listed_with_its_reason_and_sent_again_once(served: Served) -> None:
    with caller_of(served, "duty_officer") as officer:
        before = msgspec.json.decode(officer.get(MESSAGES).content, type=Messages)
        first, second = officer.post(MESSAGES), officer.post(MESSAGES)
        after = msgspec.json.decode(officer.get(MESSAGES).content, type=Messages)

    (lost,) = before.lost
    assert (lost.holder, lost.why) == ("H1", "refused")
    assert "干部1" not in str(before)
    assert [(one.status_code, one.json()["again"]) for one in (first, second)] == [(200, 1), (200, 0)]
    assert after.lost == []
    assert (lost.seq, lost.n) in [(one.seq, one.n) for one in after.waiting]


def test_what_is_too_old_is_counted_and_wakes_nobody(served: Served) -> None:
    served.clock.after(seconds=STALE + 1)

    with caller_of(served, "duty_officer", lang="zh") as officer:
        assert officer.post(MESSAGES).json() == {"jurisdiction": "330681111", "again": 0, "stale": 1}
        (lost,) = officer.get(f"{MESSAGES}?limit=1").json()["lost"]
    assert lost["text"] == "所有途径都表示地址无效"


def test_of_a_place_that_is_not_here_nothing_is_said(served: Served) -> None:
    with caller_of(served, "administrator") as chief:
        assert chief.post(MESSAGES.replace("330681111", "999999")).status_code == 403
