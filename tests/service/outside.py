"""A journal signed, and held against what is known of it outside."""

from __future__ import annotations

import pytest

from incident.domain.checkpoint import Checkpoint
from incident.domain.say import Words
from incident.service import outside
from incident.service.guard import Guard
from incident.service.notary import sign
from incident.service.outside import Outlet, Verdict
from incident.service.ports import Store
from incident.testing.given import FakeClock
from incident.testing.samples import log_of
from tests.playbooks import CODE
from tests.service.signing import head, notary
from tests.service.story import tell


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def signed(store: Store, clock: FakeClock) -> Checkpoint:
    found = sign(store, CODE, notary(clock))
    assert found is not None
    return head(found.note)


def verdict(store: Store, given: Checkpoint) -> Verdict:
    with store.reading() as tx:
        return outside.hold(tx, CODE, log_of(tx, CODE).situation, given).verdict


def noted(store: Store, clock: FakeClock, n: int) -> None:
    """Go on with entries that nobody told of elsewhere."""
    for at in range(n):
        tell(store, "ordered", id=f"noted {clock()} {at}", authority="task_force", now=clock)


def trusted(note: str) -> Checkpoint:
    return outside.read_note(note, [], lambda *_: False)


def guard(*outlets: Outlet, told: list[Words] | None = None) -> Guard:
    return Guard(outlets, trusted, "here", ([] if told is None else told).append)
