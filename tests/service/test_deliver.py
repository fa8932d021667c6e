"""Handing on what is to be told: each notice at least once, and none stalls another."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from incident.domain.effects import SUPERIOR
from incident.domain.errors import StoreError
from incident.domain.organisation import Text
from incident.domain.playbook import ACTIVATOR, EACH_GROUP, Playbook
from incident.domain.say import Words, render
from incident.service import deliver
from incident.service.deliver import BATCH, Courier, Message, compose, key_of
from incident.service.ports import Undelivered
from incident.testing import MemoryStore
from incident.testing.memory import MemoryReading
from tests.playbooks import BAISHI, CODE, NIGHT
from tests.service.story import MATTER, OFFICER, REMARK, activate, begin


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


@pytest.fixture
def courier(store: MemoryStore, channel: FakeChannel, clock: Clock) -> Courier:
    return Courier(store, channel, clock)


def waiting(store: MemoryStore) -> list[Undelivered]:
    with store.reading() as look:
        return look.undelivered(1000)


def english(words: Words) -> str:
    return render(words, "en", str)


def chinese(words: Words) -> str:
    return render(words, "zh", str)


def test_all_that_waits_is_handed_on_once_oldest_first(
    store: MemoryStore, courier: Courier, channel: FakeChannel
) -> None:
    expected = [key_of(notice) for notice in waiting(store)]
    assert expected

    assert courier.deliver().sent == len(expected)
    assert channel.keys == expected
    assert waiting(store) == []
    assert courier.deliver() == (0, [])


def test_many_are_handed_on_in_several_transactions(
    store: MemoryStore, courier: Courier, channel: FakeChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "BATCH", 2)
    monkeypatch.setattr(deliver, "LOOK", 2)
    expected = [key_of(notice) for notice in waiting(store)]
    assert len(expected) > 4

    courier.deliver()

    assert channel.keys == expected


def test_message_says_where_to_whom_when_and_what(
    store: MemoryStore, courier: Courier, channel: FakeChannel
) -> None:
    courier.deliver()

    (message,) = [one for one in channel.taken if english(one.to).startswith("lockdown group")]
    assert (english(message.place), message.code, message.seq) == ("Baishi Town", CODE, 1)
    assert english(message.to) == "lockdown group (Stability)"
    assert message.shown_at == "2026-03-01 02:40 +08:00"
    assert message.key == f"{CODE}-000001-{message.key[-1]}"
    (sentence,) = map(english, message.sentences)
    assert sentence.startswith("Stability → lockdown group")


def test_no_message_names_a_person(courier: Courier, channel: FakeChannel) -> None:
    courier.deliver()

    said = " ".join(chinese([message.to, *message.sentences]) for message in channel.taken)
    assert [name for name in (OFFICER, MATTER, REMARK) if name in said] == []


def receiver(store: MemoryStore, ref: str) -> str:
    with store.reading() as look:
        return english(compose(look, Undelivered(CODE, 1, 0, ref, [0])).to)


def test_reserved_words_stand_for_somebody(store: MemoryStore) -> None:
    assert receiver(store, ACTIVATOR) == "Baishi leading group"
    assert receiver(store, EACH_GROUP) == (
        "task-force coordination (Coordination), lockdown group (Stability), Traffic"
    )
    assert receiver(store, SUPERIOR) == "the superior jurisdiction 330999"


@pytest.mark.parametrize(
    ("ref", "name"),
    [
        ("派出所", "Police station"),
        ("command.leader", "Baishi leading group, leader"),
        ("nobody", "nobody"),
    ],
)
def test_unit_and_seat_are_named_and_a_stranger_is_shown_as_written(
    store: MemoryStore, ref: str, name: str
) -> None:
    assert receiver(store, ref) == name


def county(parent: str | None = None) -> Playbook:
    place = replace(BAISHI.jurisdiction, code="330999", name=Text(zh="某县", en="Some County"), parent=parent)
    return replace(BAISHI, playbook="county", jurisdiction=place)


def test_superior_that_is_kept_here_is_told_by_its_name(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(store, county())
    assert receiver(store, SUPERIOR) == "Some County 330999"
    real = MemoryReading.playbook

    def lost(look: MemoryReading, code: str, digest: str) -> Playbook:
        if code == "330999":
            raise StoreError(where="playbook", found="nothing")
        return real(look, code, digest)

    monkeypatch.setattr(MemoryReading, "playbook", lost)
    assert receiver(store, SUPERIOR) == "county 330999"


def test_superior_without_a_code_is_the_superior(store: MemoryStore) -> None:
    begin(store, county())
    with store.reading() as look:
        to = compose(look, Undelivered("330999", 0, 0, SUPERIOR, [0])).to
    assert english(to) == "the superior jurisdiction"


def test_fact_of_another_version_is_named_by_its_kind(
    courier: Courier, channel: FakeChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object) -> Words:
        raise KeyError("a kind of item that came later")

    monkeypatch.setattr("incident.domain.explain.fact", unknown)

    courier.deliver()

    assert "GroupConverted" in [words for message in channel.taken for words in message.sentences]


def test_channel_that_refuses_one_gets_the_others_and_that_one_later(
    store: MemoryStore, courier: Courier, channel: FakeChannel, clock: Clock
) -> None:
    first, *others = [key_of(notice) for notice in waiting(store)]
    channel.refuses = {first}

    done = courier.deliver()

    assert channel.keys == others
    assert [(failure.key, str(failure.error)) for failure in done.failures] == [(first, "no room")]
    channel.refuses = set()
    assert courier.deliver() == (0, [])
    clock.at += 15
    assert courier.deliver().sent == 1
    assert channel.keys == [*others, first]


def test_channel_that_takes_none_is_left_alone_ever_longer(
    store: MemoryStore, courier: Courier, channel: FakeChannel, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "BATCH", 1)
    channel.is_broken = True

    tries = []
    for second in range(100):
        clock.at = NIGHT + second
        if courier.deliver().failures:
            tries.append(second)

    assert tries == [0, 15, 45]
    channel.is_broken = False
    clock.at += 600
    assert courier.deliver().sent == len(channel.keys)
    assert waiting(store) == []


def test_what_another_worker_holds_is_left_to_it(
    store: MemoryStore, courier: Courier, channel: FakeChannel
) -> None:
    store._lock(CODE).acquire()
    assert courier.deliver() == (0, [])
    store._lock(CODE).release()
    assert courier.deliver().sent == len(channel.keys) > 0


def test_crash_before_the_commit_sends_the_same_key_again(
    store: MemoryStore, channel: FakeChannel, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise StoreError(where="memory", found="away")

    with monkeypatch.context() as broken:
        broken.setattr("incident.testing.memory.MemoryWriting.commit", away)
        with pytest.raises(StoreError):
            Courier(store, channel, clock).deliver()

    Courier(store, channel, clock).deliver()

    half = len(channel.keys) // 2
    assert channel.keys[:half] == channel.keys[half:]
    assert waiting(store) == []


def test_promised_time_waits_for_one_batch_and_no_more(
    store: MemoryStore, courier: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One batch, so that a worker that is rung all the time delivers too."""
    monkeypatch.setattr(deliver, "BATCH", 2)

    assert courier.deliver(lambda: True) == (2, [])
    assert waiting(store)


def test_what_somebody_else_delivered_is_forgotten(
    store: MemoryStore, courier: Courier, channel: FakeChannel, clock: Clock
) -> None:
    channel.is_broken = True
    courier.deliver()
    assert courier._waiting
    Courier(store, FakeChannel(), clock).deliver()

    clock.at += 1000
    courier.deliver()

    assert courier._waiting == {}


def test_playbook_that_cannot_be_read_makes_plain_messages(
    courier: Courier, channel: FakeChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object, **__: object) -> Playbook:
        raise StoreError(where="playbook", found="nothing")

    monkeypatch.setattr(MemoryReading, "playbook", lost)

    assert courier.deliver().failures == []
    said = [english(words) for message in channel.taken for words in message.sentences]
    assert "GroupConverted" in said
    assert channel.taken[0].shown_at.endswith("+00:00")


def test_entry_that_is_lost_fails_alone(store: MemoryStore) -> None:
    with store.reading() as look, pytest.raises(Exception, match="nothing"):
        compose(look, Undelivered(CODE, 99, 0, "command", [0]))


def test_fact_that_is_not_there_fails_alone(
    store: MemoryStore, courier: Courier, channel: FakeChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = MemoryReading.undelivered

    def bent(look: MemoryReading, limit: int) -> list[Undelivered]:
        first, *others = real(look, limit)
        return [first._replace(facts=[99]), *others]

    monkeypatch.setattr(MemoryReading, "undelivered", bent)

    done = courier.deliver()

    assert len(done.failures) == 1
    assert done.sent == len(channel.keys) > 0


def test_locks_are_held_for_few_messages_at_a_time() -> None:
    """Writing one to a disk takes milliseconds, and on SQLite nobody else can write meanwhile."""
    assert BATCH <= 50
