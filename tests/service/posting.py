"""What tests of letters need: Majian with people who are reached, ways out in hand, a post office."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from incident.domain.say import Words, render
from incident.service.deliver import Courier
from incident.service.letters import Letter, UndeliverableError, Way
from incident.service.message import Message
from incident.service.notices import Settled
from incident.service.post import PostOffice
from tests.service.office import Office, row

#: Two ways of one person.
BOTH = ("mail:t1@b.cn", "sms:13900000001")


class FakeOutlet:
    """A way out that keeps letters, and fails when it is told to."""

    def __init__(self) -> None:
        self.taken: list[Letter] = []
        self.calls = 0
        self.fails: Exception | None = None
        self.gone: set[str] = set()

    def __call__(self, letter: Letter) -> None:
        self.calls += 1
        if letter.address in self.gone:
            raise UndeliverableError("no such mailbox")
        if self.fails is not None:
            raise self.fails
        self.taken.append(letter)

    @property
    def addresses(self) -> list[str]:
        return [one.address for one in self.taken]


class Folder:
    """A folder for what reaches nobody."""

    def __init__(self) -> None:
        self.taken: list[Message] = []

    def __call__(self, message: Message) -> None:
        self.taken.append(message)


@pytest.fixture
def office() -> Iterator[Office]:
    story = Office("majian")
    story.take_in(
        row("综合信息指挥室", "T1", name="甲", channels=BOTH, since="2026-01-01"),
        row("command.leader", "L1", name="乙", channels=("sms:13900000002",), since="2026-01-01"),
        row("党政综合办", "T2", name="丙", channels=("pager:7",), since="2026-01-01"),
    )
    yield story
    story.sweep()
    story.expect_account()
    story.dump()


@pytest.fixture
def mail() -> FakeOutlet:
    return FakeOutlet()


@pytest.fixture
def sms() -> FakeOutlet:
    return FakeOutlet()


@pytest.fixture
def courier(office: Office, mail: FakeOutlet, sms: FakeOutlet) -> Courier:
    return Courier(office.store, post_office(office, mail, sms), office.clock)


def post_office(office: Office, mail: FakeOutlet, sms: FakeOutlet, **words: Any) -> PostOffice:
    ways = {"mail": Way(mail), "sms": Way(sms), **words.pop("ways", {})}
    words = {"ticks": office.clock, "has_threads": False, **words}
    return PostOffice(office.store, ways, _chinese, office.clock, **words)


def _chinese(words: Words) -> str:
    return render(words, "zh", lambda one: one)


def call_out(office: Office) -> None:
    office.activate("local_positive_reported", origin="local", result="confirmed", cases=1)


def lost(office: Office) -> list[Settled]:
    with office.store.reading() as look:
        return [one.letter for one in look.lost(99)]
