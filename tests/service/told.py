"""What tests of handing on need: a channel, a clock, looks at what waits, a town with much to tell."""

from __future__ import annotations

import pytest

from incident.service.carrier import AtOnce, Channel
from incident.service.deliver import Courier
from incident.service.message import Message
from incident.service.notices import Undelivered
from incident.service.ports import Store
from incident.testing import MemoryStore
from tests.playbooks import NIGHT
from tests.service.story import activate, begin


class FakeChannel:
    """Keeps what it takes; refuses what it is told to refuse."""

    def __init__(self) -> None:
        self.taken: list[Message] = []
        self.refuses: set[str] = set()
        self.is_broken = False

    def __call__(self, message: Message) -> None:
        if self.is_broken or message.key in self.refuses:
            raise OSError("no room")
        self.taken.append(message)

    @property
    def keys(self) -> list[str]:
        return [message.key for message in self.taken]


class Clock:
    def __init__(self) -> None:
        self.at = NIGHT

    def __call__(self) -> int:
        return self.at


@pytest.fixture
def store() -> MemoryStore:
    """Baishi in its emergency: two entries, with somebody to tell."""
    store = MemoryStore()
    begin(store)
    activate(store)
    return store


@pytest.fixture
def channel() -> FakeChannel:
    return FakeChannel()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def to(channel: Channel, store: Store, clock: Clock) -> Courier:
    """A courier who gives to a channel."""
    return Courier(store, AtOnce(channel, clock), clock)


@pytest.fixture
def courier(store: MemoryStore, channel: FakeChannel, clock: Clock) -> Courier:
    return to(channel, store, clock)


def waiting(store: Store) -> list[Undelivered]:
    with store.reading() as look:
        return look.undelivered(1000)


def free(store: Store, at: int) -> list[Undelivered]:
    with store.reading() as look:
        return look.free(1000, at=at)
