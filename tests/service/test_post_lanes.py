"""A way out that hangs, is slow or refuses holds up no other way, no other person and no other message."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from incident.domain.say import render, say
from incident.service.carrier import HOLD
from incident.service.deliver import Courier
from incident.service.letters import Letter, Way
from incident.service.message import Message
from incident.service.ports import Store
from incident.service.post import PostOffice
from tests.service.office import Office, row
from tests.service.posting import (
    FakeOutlet,
    Folder,
    call_out,
    courier,
    lost,
    mail,
    office,
    post_office,
    sms,
)

__all__ = ["courier", "mail", "office", "sms"]


class Hanging(FakeOutlet):
    """Keeps its caller waiting, and takes nothing."""

    def __init__(self, office: Office, seconds: int) -> None:
        super().__init__()
        self.office, self.seconds = office, seconds

    def __call__(self, letter: Letter) -> None:
        self.calls += 1
        self.office.clock.after(seconds=self.seconds)
        raise TimeoutError("no end")


class Hold(FakeOutlet):
    """Keeps its callers until it may go on."""

    def __init__(self, goes_on: threading.Event) -> None:
        super().__init__()
        self.goes_on = goes_on

    def __call__(self, letter: Letter) -> None:
        assert self.goes_on.wait(30), "expected the play to end"
        super().__call__(letter)


def waits(store: Store) -> int:
    with store.reading() as look:
        return len(look.undelivered(999))


def many(office: Office) -> None:
    """Everybody has mail, and most have a telephone, too."""
    for n in range(20):
        channels = (f"mail:m{n}@b.cn", f"sms:1390000{n:04}") if n % 4 else (f"sms:1390000{n:04}",)
        office.take_in(row("党政综合办", f"M{n}", name="丁", channels=channels, since="2026-01-01"))


@pytest.mark.parametrize("seconds", [10, 30, 60])
def test_a_way_that_hangs_costs_one_wait_and_everybody_is_reached_by_the_next(
    office: Office, sms: FakeOutlet, seconds: int
) -> None:
    many(office)
    hanging = Hanging(office, seconds)
    courier = Courier(office.store, post_office(office, hanging, sms), office.clock)
    call_out(office)
    begun = office.clock()
    while {f"1390000{n:04}" for n in range(20)} - {*sms.addresses}:
        courier.deliver()
        office.clock.after(seconds=1)
        assert office.clock() < begun + 2 * seconds + HOLD
    assert hanging.calls <= 2


def test_while_one_way_hangs_in_its_lane_the_others_work(
    office: Office, mail: FakeOutlet, sms: FakeOutlet
) -> None:
    """With threads, as in a worker."""
    many(office)
    goes_on = threading.Event()

    held = Hold(goes_on)
    post = post_office(office, mail, sms, ways={"mail": Way(held, 2)}, ticks=time.monotonic, has_threads=True)
    courier = Courier(office.store, post, office.clock)
    call_out(office)
    only_sms = {f"1390000{n:04}" for n in range(0, 20, 4)}
    done = courier.deliver(lambda: only_sms <= {*sms.addresses})
    assert only_sms <= {*sms.addresses}
    assert done.failures == []
    assert waits(office.store) > 0, "what hangs is still leased"
    goes_on.set()
    while waits(office.store):
        office.clock.after(seconds=1)
        courier.deliver()
    assert {one.lost for one in lost(office)} <= {"nobody", "no_address", "no_way"}
    keys = [one.key for one in (*held.taken, *sms.taken)]
    assert len(keys) == len({*keys}), "who was told before the stop is not told again"


def test_a_letter_that_another_way_took_is_no_failure(
    office: Office, courier: Courier, mail: FakeOutlet, sms: FakeOutlet
) -> None:
    mail.fails = OSError("away")
    call_out(office)
    assert courier.deliver().failures == []
    assert "13900000001" in sms.addresses
    assert waits(office.store) == 0


def test_why_a_message_failed_names_the_ways(
    office: Office, courier: Courier, mail: FakeOutlet, sms: FakeOutlet
) -> None:
    mail.fails, sms.fails = OSError("away"), ValueError()
    call_out(office)
    said = {str(failure.error) for failure in courier.deliver().failures}
    assert "mail: away; sms: ValueError" in said


def test_why_a_message_failed_is_said_in_the_language_of_the_worker(office: Office, mail: FakeOutlet) -> None:
    mail.fails = TimeoutError(say("no end after {n} seconds", n="30"))
    chinese = {"no end after {n} seconds": "{n} 秒仍未结束"}
    call_out(office)
    post = PostOffice(
        office.store,
        {"mail": Way(mail)},
        lambda words: render(words, "zh", lambda one: chinese.get(one, one)),
        office.clock,
        ticks=office.clock,
        has_threads=False,
    )
    failures = Courier(office.store, post, office.clock).deliver().failures
    assert "mail: 30 秒仍未结束" in {str(failure.error) for failure in failures}


def test_a_way_that_is_left_alone_is_told_once_and_that_it_works_again_too(
    office: Office, mail: FakeOutlet, sms: FakeOutlet
) -> None:
    many(office)
    lines: list[tuple[str, str, object]] = []

    def tell(level: str, event: str, **values: object) -> None:
        lines.append((level, event, values.get("way")))

    courier = Courier(office.store, post_office(office, mail, sms, tell=tell), office.clock)
    mail.fails = OSError("away")
    for _ in range(40):
        call_out(office)
        courier.deliver()
        office.stand_down()
        office.clock.after(minutes=2)
    mail.fails = None
    office.clock.after(minutes=20)
    call_out(office)
    courier.deliver()
    told = [line for line in lines if line[2] is not None]
    assert told == [("warning", "way_left_alone", "mail"), ("info", "way_works_again", "mail")]
    assert mail.calls < 100
    assert lines.count(("warning", "reached_nobody", None)) >= 1


def test_no_more_is_taken_while_every_way_is_left_alone(
    office: Office, courier: Courier, mail: FakeOutlet, sms: FakeOutlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(office)
    mail.fails = sms.fails = OSError("away")
    call_out(office)
    assert courier.deliver().failures
    monkeypatch.setattr(office.store, "claiming", None)
    assert courier.deliver() == (0, [])


@pytest.mark.parametrize("later", [lambda _office: None, lambda office: office.clock.after(days=2)])
def test_a_folder_that_cannot_be_written_holds_up_nobody(
    office: Office, mail: FakeOutlet, sms: FakeOutlet, later: Callable[[Office], None]
) -> None:
    """Who has no way comes before others; what is older than a day is not tried for ever."""
    office.take_in(row("综合信息指挥室", "A1", name="丁", since="2026-01-01"))

    def full(_message: Message) -> None:
        raise OSError("no room")

    post = post_office(office, mail, sms, folder=full)
    courier = Courier(office.store, post, office.clock)
    call_out(office)
    later(office)
    done = courier.deliver()
    is_stale = bool({one.lost for one in lost(office)})
    assert is_stale or "t1@b.cn" in mail.addresses
    assert all("no room" in str(failure.error) for failure in done.failures)
    assert bool(done.failures) != is_stale


def test_what_reaches_some_goes_into_the_folder_once_for_each_who_is_not_reached(
    office: Office, mail: FakeOutlet, sms: FakeOutlet
) -> None:
    folder = Folder()
    call_out(office)
    courier = Courier(office.store, post_office(office, mail, sms, folder=folder), office.clock)
    courier.deliver()
    there = len(folder.taken)
    courier.deliver()
    assert len(folder.taken) == there > 0
