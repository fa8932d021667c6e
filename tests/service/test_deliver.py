"""Handing on what is to be told: each notice at least once, and none stalls another."""

from __future__ import annotations

from itertools import pairwise

import pytest
from msgspec.structs import replace

from incident.domain import tree
from incident.domain.checkpoint import format_line, line_of
from incident.domain.effects import SUPERIOR
from incident.domain.errors import StoreError
from incident.domain.organisation import Text
from incident.domain.playbook import ACTIVATOR, EACH_GROUP, Playbook
from incident.domain.say import Words, render
from incident.service import deliver
from incident.service.deliver import Courier
from incident.service.message import Composer, key_of
from incident.service.notices import Undelivered
from incident.testing import MemoryStore
from incident.testing.memory_reading import MemoryReading
from tests.playbooks import BAISHI, CODE, NIGHT
from tests.service.story import MATTER, OFFICER, REMARK, begin, tell
from tests.service.told import Clock, FakeChannel, channel, clock, courier, store, to, waiting

__all__ = ["channel", "clock", "courier", "store"]


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


def test_many_are_handed_on_batch_by_batch(
    store: MemoryStore, courier: Courier, channel: FakeChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver, "BATCH", 2)
    expected = [key_of(notice) for notice in waiting(store)]
    assert len(expected) > 4

    assert courier.deliver().sent == len(expected)

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
    (sentence, line) = map(english, message.sentences)
    assert sentence.startswith("Stability → lockdown group")
    assert line == f"Record: {witness(store, 2)} (keep this)"


def witness(store: MemoryStore, size: int) -> str:
    with store.reading() as tx:
        peaks: list[bytes] = []
        for one in [*tx.entries(CODE)][:size]:
            peaks = tree.append(one.seq, peaks, tree.leaf_hash(one.body))
    return format_line(line_of(CODE, size, tree.root(peaks)))


def test_no_message_names_a_person(courier: Courier, channel: FakeChannel) -> None:
    courier.deliver()

    said = " ".join(chinese([message.to, *message.sentences]) for message in channel.taken)
    assert [name for name in (OFFICER, MATTER, REMARK) if name in said] == []


def receiver(store: MemoryStore, ref: str) -> str:
    with store.reading() as look:
        return english(Composer(look).compose(Undelivered(CODE, 1, 0, ref, [0])).to)


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
        to = Composer(look).compose(Undelivered("330999", 0, 0, SUPERIOR, [0])).to
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


def test_poisonous_message_alone_does_not_close_the_channel_to_those_that_come(
    store: MemoryStore, courier: Courier, channel: FakeChannel, clock: Clock
) -> None:
    first, *others = [key_of(notice) for notice in waiting(store)]
    channel.refuses = {first}
    courier.deliver()
    clock.at += 15
    assert courier.deliver().failures
    assert channel.keys == others

    tell(store, "lifted", id="lifted", verb="stand_down")
    assert courier.deliver().sent > 0


def test_failing_message_waits_ever_longer_whoever_tries_it(
    store: MemoryStore, channel: FakeChannel, clock: Clock
) -> None:
    """A worker that is started anew does not begin to hammer: what waits stands in the store."""
    first, *_ = [key_of(notice) for notice in waiting(store)]
    channel.refuses = {first}
    tries = []
    for second in range(0, 2760, 5):
        clock.at = NIGHT + second
        if to(channel, store, clock).deliver().failures:
            tries.append(second)

    assert [after - before for before, after in pairwise(tries)] == [15, 30, 60, 120, 240, 480, 600, 600, 600]


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
        Composer(look).compose(Undelivered(CODE, 99, 0, "command", [0]))


def test_fact_that_is_not_there_fails_alone(
    store: MemoryStore, courier: Courier, channel: FakeChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = MemoryReading.free

    def bent(look: MemoryReading, limit: int, *, at: int) -> list[Undelivered]:
        return [
            one._replace(facts=[99]) if (one.seq, one.n) == (1, 0) else one
            for one in real(look, limit, at=at)
        ]

    monkeypatch.setattr(MemoryReading, "free", bent)

    done = courier.deliver()

    assert [failure.key for failure in done.failures] == [f"{CODE}-000001-0"]
    assert done.sent == len(channel.keys) > 0
