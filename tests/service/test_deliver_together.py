"""Several couriers, killed, slow or cut off: each message once, again only after a crash; nobody waits."""

from __future__ import annotations

from contextlib import closing

import pytest
from sqlalchemy.pool import QueuePool

from incident import bootstrap
from incident.domain.errors import StoreError
from incident.service import deliver
from incident.service.carrier import HOLD
from incident.service.deliver import LEASE, Courier
from incident.service.message import Message, key_of
from incident.service.notices import Undelivered
from incident.store.database import connect
from incident.store.sql import SqlStore
from incident.testing import MemoryStore
from incident.testing.expecting import at_once
from incident.testing.memory import MemoryWriting
from incident.testing.memory_reading import MemoryReading
from tests.playbooks import CODE
from tests.service.story import activate, begin
from tests.service.told import Clock, FakeChannel, channel, clock, courier, free, store, to, waiting

__all__ = ["channel", "clock", "courier", "store"]


class Killed(BaseException):
    """The end of a process, where nothing is done any more."""


def away(*_: object, **__: object) -> None:
    raise StoreError(where="memory", found="away")


def test_officer_who_holds_the_place_holds_up_no_message(
    store: MemoryStore, courier: Courier, channel: FakeChannel
) -> None:
    store._lock(CODE).acquire()
    assert courier.deliver().sent == len(channel.keys) > 0


def test_crash_between_channel_and_noting_sends_the_same_key_again_once_the_lease_is_over(
    store: MemoryStore, channel: FakeChannel, clock: Clock
) -> None:
    """Killed while the second message is with the channel."""
    first, second, *others = [key_of(notice) for notice in waiting(store)]

    def killed_at_second(message: Message) -> None:
        channel(message)
        if message.key == second:
            raise Killed

    with pytest.raises(Killed):
        to(killed_at_second, store, clock).deliver()
    assert channel.keys == [first, second]

    clock.at += LEASE - 1
    assert to(channel, store, clock).deliver() == (0, [])
    clock.at += 1
    assert to(channel, store, clock).deliver().failures == []
    assert channel.keys == [first, second, first, second, *others]
    assert waiting(store) == []


def test_what_could_not_be_noted_is_noted_later_and_not_sent_again(
    store: MemoryStore, courier: Courier, channel: FakeChannel, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that goes away for a moment is no crash."""
    keys = [key_of(notice) for notice in waiting(store)]
    channel.refuses = {keys[0]}

    with monkeypatch.context() as broken:
        broken.setattr(MemoryWriting, "delivered", away)
        for _ in range(2):
            with pytest.raises(StoreError):
                courier.deliver()
    assert len(waiting(store)) == len(keys)

    clock.at += 60
    assert courier.deliver() == (0, [])
    assert channel.keys == keys[1:]
    (failed,) = waiting(store)
    assert (key_of(failed), failed.tries) == (keys[0], 1)


def test_what_was_leased_is_free_at_once_when_its_messages_could_not_be_made(
    store: MemoryStore, courier: Courier, channel: FakeChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(MemoryReading, "entries", gone)
        with pytest.raises(ConnectionError):
            courier.deliver()

    assert courier.deliver().sent == len(channel.keys) > 0


@pytest.mark.parametrize("is_refused", [False, True])
def test_courier_that_comes_back_after_its_lease_notes_nothing_over_the_others(
    store: MemoryStore, clock: Clock, monkeypatch: pytest.MonkeyPatch, *, is_refused: bool
) -> None:
    late, other = FakeChannel(), FakeChannel()
    late.is_broken = is_refused
    late_courier = to(late, store, clock)
    expected = [key_of(notice) for notice in waiting(store)]
    with monkeypatch.context() as broken:
        broken.setattr(MemoryWriting, "delivered", away)
        with pytest.raises(StoreError):
            late_courier.deliver()
    clock.at += LEASE

    def back_meanwhile(message: Message) -> None:
        if not other.taken:
            assert late_courier.deliver() == (0, [])
            assert [key_of(notice) for notice in waiting(store)] == expected
            assert free(store, clock.at) == []
        other(message)

    assert to(back_meanwhile, store, clock).deliver().sent == len(expected)

    assert other.keys == expected
    assert waiting(store) == []


def test_courier_that_stood_still_sends_nothing_of_a_lease_that_is_over(
    store: MemoryStore, channel: FakeChannel, clock: Clock
) -> None:
    """Slow channel: what there was no time for is free at once, and is taken anew."""
    expected = [key_of(notice) for notice in waiting(store)]
    other = FakeChannel()

    def slow(message: Message) -> None:
        clock.at += 29
        channel(message)
        if len(channel.taken) == 2:
            assert free(store, clock.at) == []
            clock.at += LEASE
            to(other, store, clock).deliver()

    assert to(slow, store, clock).deliver().sent == 2
    assert channel.keys == expected[:2]
    assert other.keys == expected[1:], "the first was noted in time"


def test_slow_channel_gets_one_message_after_another_and_none_twice(
    store: MemoryStore, channel: FakeChannel, clock: Clock
) -> None:
    expected = [key_of(notice) for notice in waiting(store)]

    def slow(message: Message) -> None:
        clock.at += 50
        channel(message)

    courier = to(slow, store, clock)
    while waiting(store):
        assert courier.deliver().failures == []
        clock.at += 1
    assert channel.keys == expected


def test_what_was_not_begun_is_no_try(store: MemoryStore, channel: FakeChannel, clock: Clock) -> None:
    def slow(message: Message) -> None:
        clock.at += HOLD + 1
        channel(message)

    assert to(slow, store, clock).deliver() == (1, [])
    assert {notice.tries for notice in waiting(store)} == {0}
    assert free(store, clock.at) == []
    assert free(store, clock.at + 1) == waiting(store)


def test_courier_that_is_to_stop_begins_nothing_more(
    store: MemoryStore, channel: FakeChannel, clock: Clock
) -> None:
    """What it has taken is free for others at once."""
    expected = [key_of(notice) for notice in waiting(store)]

    def slow(message: Message) -> None:
        clock.at += 1
        channel(message)

    assert to(slow, store, clock).deliver(lambda: bool(channel.taken)) == (1, [])
    assert channel.keys == expected[:1]
    assert [key_of(notice) for notice in free(store, clock.at + 1)] == expected[1:]
    assert to(channel, store, clock).deliver(lambda: True) == (0, [])


def test_channel_that_hangs_is_left_alone_at_once(
    store: MemoryStore, channel: FakeChannel, clock: Clock
) -> None:
    def stuck(message: Message) -> None:
        clock.at += 40
        raise TimeoutError

    courier = to(stuck, store, clock)
    assert len(courier.deliver().failures) == 1
    clock.at += 1
    assert courier.deliver() == (0, [])
    assert to(channel, store, clock).deliver().sent == len(channel.keys) > 1


@pytest.mark.parametrize("hours", [2, 24 * 365])
def test_clock_that_is_set_back_keeps_no_message_back(
    store: MemoryStore, courier: Courier, channel: FakeChannel, clock: Clock, hours: int
) -> None:
    """What was leased or failed while it was ahead."""
    expected = sorted(key_of(notice) for notice in waiting(store))
    clock.at += hours * 3600
    with store.claiming(()) as tx:
        tx.lease(2, at=clock.at, until=clock.at + LEASE)
        tx.commit()
    channel.is_broken = True
    assert courier.deliver().failures
    channel.is_broken = False
    clock.at -= hours * 3600
    assert to(channel, store, clock).deliver().failures == []
    assert sorted(channel.keys) == expected


def test_nothing_is_written_where_nothing_waits_or_may_be_tried(
    store: MemoryStore, courier: Courier, channel: FakeChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel.is_broken = True
    courier.deliver()
    monkeypatch.setattr(store, "claiming", None)
    assert courier.deliver() == (0, [])


def test_courier_that_finds_all_taken_meanwhile_leaves_it_at_that(
    store: MemoryStore, courier: Courier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_is_left(*_: object, **__: object) -> list[Undelivered]:
        return []

    monkeypatch.setattr(MemoryWriting, "lease", none_is_left)
    assert courier.deliver() == (0, [])


def test_lease_of_which_nobody_knows_whether_it_is_kept_is_given_back(
    store: MemoryStore, courier: Courier, channel: FakeChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = MemoryWriting.commit

    def unheard(tx: MemoryWriting) -> None:
        real(tx)
        raise StoreError(where="memory", found="away")

    with monkeypatch.context() as broken:
        broken.setattr(MemoryWriting, "commit", unheard)
        with pytest.raises(StoreError):
            courier.deliver()

    assert courier.deliver().sent == len(channel.keys) > 0


def test_two_couriers_at_once_hand_each_message_on_once(
    url: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each with connections of its own, as in two processes."""
    monkeypatch.setattr(deliver, "BATCH", 2)
    with closing(bootstrap.open_store(url)) as one, closing(bootstrap.open_store(url)) as other:
        begin(one)
        activate(one)
        expected = sorted(key_of(notice) for notice in waiting(one))
        taken: list[str] = []

        def run(who: int) -> int:
            channel = FakeChannel()
            sent = to(channel, (one, other)[who], clock).deliver().sent
            taken.extend(channel.keys)
            return sent

        assert sum(at_once(2, run)) == len(expected)
        while waiting(one):
            run(0)
        assert sorted(taken) == expected


def test_two_couriers_by_turns_hand_each_message_on_once(
    store: MemoryStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second works while the first is in the middle of a batch."""
    monkeypatch.setattr(deliver, "BATCH", 2)
    monkeypatch.setattr(deliver, "WINDOW", 2)
    first, second = FakeChannel(), FakeChannel()
    expected = [key_of(notice) for notice in waiting(store)]

    def with_the_other(message: Message) -> None:
        if not first.taken:
            to(second, store, clock).deliver()
        first(message)

    assert to(with_the_other, store, clock).deliver().sent == 2
    assert (first.keys, second.keys) == (expected[:2], expected[2:])


def test_while_the_channel_works_officers_do_too(url: str, clock: Clock) -> None:
    """Nothing is open in the database then: no transaction, no connection, no lock."""
    with (
        closing(SqlStore(connect(url, lock_wait=0.1))) as officers,
        closing(bootstrap.open_store(url)) as store,
    ):
        begin(store)
        activate(store)
        n = len(waiting(store))
        pool = store._engine.pool
        assert isinstance(pool, QueuePool)
        sent: list[str] = []

        def busy(message: Message) -> None:
            assert pool.checkedout() == 0
            with officers.writing(message.code) as tx:
                tx.postpone(message.code, clock.at, until=clock.at)
                tx.commit()
            sent.append(message.key)
            if message.key.endswith("-1"):
                raise OSError("no room")

        done = to(busy, store, clock).deliver()
        assert (done.sent, len(done.failures), len(sent)) == (n - 1, 1, n)


def test_who_holds_a_place_holds_up_no_message_of_it(postgres_store: SqlStore, clock: Clock) -> None:
    begin(postgres_store)
    activate(postgres_store)
    channel = FakeChannel()
    with postgres_store.writing(CODE):
        assert to(channel, postgres_store, clock).deliver().sent == len(channel.keys) > 0


def test_worker_in_the_middle_of_leasing_is_passed_by_without_waiting(
    postgres_store: SqlStore, clock: Clock
) -> None:
    begin(postgres_store)
    activate(postgres_store)
    channel = FakeChannel()
    expected = [key_of(notice) for notice in waiting(postgres_store)]
    with postgres_store.claiming(()) as tx:
        taken = tx.lease(2, at=clock.at, until=clock.at + LEASE)
        assert to(channel, postgres_store, clock).deliver().sent == len(expected) - 2
    assert [key_of(notice) for notice in taken] == expected[:2]
    assert channel.keys == expected[2:]
