"""Who is written to when Majian is called out: letters to people, by the ways they have."""

from __future__ import annotations

from typing import NoReturn

import pytest

from incident.domain.errors import StoreError
from incident.service.deliver import Courier
from incident.service.letters import Letter, Way
from incident.service.message import Composer
from incident.service.post import STALE, send_again
from incident.service.receivers import Audience
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


def test_who_is_on_duty_is_told_and_how_to_answer(office: Office, courier: Courier, mail: FakeOutlet) -> None:
    call_out(office)
    courier.deliver()
    assert office.who("regional_cocheck_watch")["officer.1"] == "T1"

    letter = next(one for one in mail.taken if "区域协查组" in one.text)
    assert letter.address == "t1@b.cn"
    assert letter.key.endswith("-T1")
    assert letter.subject.startswith("马剑镇")
    assert "incident ack 330681111 --as T1 --entry 2" in letter.text
    office.answer(holder="T1", entry=2)


def test_no_letter_is_sent_twice_whoever_goes_on_with_the_message(
    office: Office, courier: Courier, mail: FakeOutlet, sms: FakeOutlet
) -> None:
    for sign, way in (("S1", "mail:s1@b.cn"), ("S2", "sms:13900000003")):
        office.take_in(row("superior", sign, name="丁", channels=(way,), since="2026-01-01"))
    sms.fails = OSError("no signal")
    call_out(office)
    courier.deliver()
    assert "s1@b.cn" in mail.addresses
    sms.fails = None
    office.clock.after(seconds=16)
    other = FakeOutlet()
    Courier(office.store, post_office(office, other, sms), office.clock).deliver()

    assert "13900000003" in sms.addresses
    keys = [one.key for one in (*mail.taken, *other.taken, *sms.taken)]
    assert len(keys) == len({*keys})


def unsigned_handover(office: Office) -> None:
    """Let a handover go unsigned of which one is told as the one on duty, with the group, and as its head."""
    office.take_in(
        row("duty.leader", "P1", name="戊", channels=("sms:13900000011",), since="2026-01-01"),
        row("duty.leader", "P2", name="己", channels=("sms:13900000012",), since="2026-01-01"),
        row("全体机关干部", "H1", name="庚", channels=("sms:13900000013",), since="2026-01-01"),
    )
    office.after(hours=5, minutes=55)


def chased(office: Office, sms: FakeOutlet) -> list[str]:
    """Give the addresses that were told of the handover that nobody signed."""
    with office.store.reading() as look:
        newest = max(one.seq for one in look.entries(office.code))
    return [one.address for one in sms.taken if f"-{newest:06}-" in one.key]


def test_who_is_told_the_same_as_several_gets_one_letter_of_it(
    office: Office, courier: Courier, sms: FakeOutlet
) -> None:
    unsigned_handover(office)
    courier.deliver()
    assert {"13900000011", "13900000012"} <= {*chased(office, sms)}
    assert len(chased(office, sms)) == len({*chased(office, sms)})
    with office.store.reading() as look:
        assert look.undelivered(9) == []


def test_one_letter_for_several_messages_is_tried_again_as_one(
    office: Office, courier: Courier, mail: FakeOutlet, sms: FakeOutlet
) -> None:
    unsigned_handover(office)
    sms.fails = OSError("away")
    failed = courier.deliver().failures
    assert len({one.key for one in failed}) > 1, "each of the messages waits"
    assert all("sms: " in str(one.error) for one in failed)

    office.clock.after(minutes=12)
    sms.fails = None
    Courier(office.store, post_office(office, mail, sms), office.clock).deliver()
    there = chased(office, sms)
    assert len(there) == len({*there}) > 1
    with office.store.reading() as look:
        assert look.undelivered(9) == []


def test_whoever_was_told_by_one_message_is_not_told_by_the_next_worker(
    office: Office, courier: Courier, mail: FakeOutlet, sms: FakeOutlet
) -> None:
    courier.deliver()
    unsigned_handover(office)
    with office.store.reading() as look:
        waiting = look.undelivered(99)
        made = [Composer(look).compose(one) for one in waiting if one.seq == waiting[-1].seq]
    for message in made:  # each by a worker of its own
        post = post_office(office, mail, sms)
        post.begin([message])
        assert [one.error for one in post.ended(0)] == [None]
    there = chased(office, sms)
    assert len(there) == len({*there}) > 1
    assert lost(office) == [one for one in lost(office) if one.lost in ("nobody", "no_way")]


def test_the_next_way_is_tried_at_once_when_one_fails(
    office: Office, courier: Courier, mail: FakeOutlet, sms: FakeOutlet
) -> None:
    mail.fails = OSError("connection refused")
    call_out(office)
    courier.deliver()

    assert mail.taken == []
    assert "13900000001" in sms.addresses


def test_what_fails_is_sent_later_under_its_key_and_only_to_whom_it_did_not_reach(
    office: Office, courier: Courier, mail: FakeOutlet, sms: FakeOutlet
) -> None:
    office.take_in(row("综合信息指挥室", "T3", name="丁", channels=("sms:13900000003",), since="2026-01-01"))
    call_out(office)
    mail.fails = sms.fails = OSError("away")
    failures = courier.deliver().failures
    assert failures
    assert "mail: away" in str(failures[0].error) or "sms: away" in str(failures[0].error)

    mail.fails = sms.fails = None
    office.clock.after(minutes=12)
    assert courier.deliver().failures == []
    keys = [one.key for one in (*mail.taken, *sms.taken)]
    assert len(keys) == len({*keys}) > 0
    with office.store.reading() as look:
        assert look.undelivered(9) == []


def test_a_way_that_refuses_again_and_again_is_left_alone_for_a_while(
    office: Office, courier: Courier, mail: FakeOutlet, sms: FakeOutlet
) -> None:
    mail.fails = OSError("away")
    for n in range(4, 14):
        office.take_in(
            row("综合信息指挥室", f"T{n}", name="丁", channels=(f"mail:t{n}@b.cn",), since="2026-01-01")
        )
    call_out(office)
    courier.deliver()
    assert mail.calls < 10
    assert sms.taken, "other ways do not wait for it"


def test_an_address_that_is_none_loses_the_letter_and_that_is_shown(
    office: Office, courier: Courier, mail: FakeOutlet, sms: FakeOutlet
) -> None:
    mail.gone.add("t1@b.cn")
    sms.gone.add("13900000001")
    call_out(office)
    courier.deliver()

    assert ("T1", "refused") in {(one.holder, one.lost) for one in lost(office)}
    mail.gone.clear()
    assert send_again(office.store, office.code, office.clock()) > 0
    assert lost(office) == []
    courier.deliver()
    assert "t1@b.cn" in mail.addresses, "once the address is mended it is sent again"


def test_nobody_no_address_and_no_way_are_lost_aloud(office: Office, courier: Courier) -> None:
    office.take_in(row("superior", "S1", name="戊", channels=("pager:8",), since="2026-01-01"))
    call_out(office)
    courier.deliver()
    why = {one.holder: one.lost for one in lost(office)}
    assert (why[""], why["P9"], why["S1"]) == ("nobody", "no_address", "no_way")


def test_where_it_cannot_be_read_who_is_concerned_a_letter_is_lost_as_that_and_can_be_sent_again(
    office: Office, courier: Courier, mail: FakeOutlet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*_: object) -> NoReturn:
        raise StoreError(where="posture")

    call_out(office)
    with monkeypatch.context() as damage:
        damage.setattr(Audience, "of", unreadable)
        courier.deliver()
    assert {(one.holder, one.lost) for one in lost(office)} == {("", "unreadable")}

    assert send_again(office.store, office.code, office.clock()) > 0
    courier.deliver()
    assert "t1@b.cn" in mail.addresses
    assert "unreadable" not in {one.lost for one in lost(office)}


def test_what_reaches_nobody_goes_into_the_folder(office: Office, mail: FakeOutlet, sms: FakeOutlet) -> None:
    folder = Folder()
    call_out(office)
    Courier(office.store, post_office(office, mail, sms, folder=folder), office.clock).deliver()
    assert folder.taken
    assert lost(office) == []


def test_nobody_is_woken_by_what_was_so_yesterday(
    office: Office, courier: Courier, mail: FakeOutlet, sms: FakeOutlet
) -> None:
    call_out(office)
    office.clock.after(seconds=STALE + 1)
    courier.deliver()
    assert (mail.taken, sms.taken) == ([], [])
    assert {"stale"} <= {one.lost for one in lost(office)}
    there = len(lost(office))
    assert send_again(office.store, office.code, office.clock()) == 0
    assert len(lost(office)) == there, "and --again wakes nobody either"


def test_a_message_that_takes_too_long_goes_on_with_the_next_round(
    office: Office, mail: FakeOutlet, sms: FakeOutlet
) -> None:
    for n in range(4, 9):
        office.take_in(row("党政综合办", f"T{n}", name="丁", channels=("slow:x",), since="2026-01-01"))

    class Slow(FakeOutlet):
        def __call__(self, letter: Letter) -> None:
            office.clock.after(seconds=9)
            super().__call__(letter)

    slow = Slow()
    post = post_office(office, mail, sms, ways={"slow": Way(slow)})
    courier = Courier(office.store, post, office.clock)
    call_out(office)
    for _ in range(30):
        courier.deliver()
        office.clock.after(minutes=1)
    keys = [one.key for one in slow.taken]
    assert len(keys) == len({*keys}) > 0
    with office.store.reading() as look:
        assert look.undelivered(9) == []


def test_the_superior_is_whom_the_directory_names_for_it(
    office: Office, courier: Courier, sms: FakeOutlet
) -> None:
    office.take_in(row("superior", "S1", name="戊", channels=("sms:13900000009",), since="2026-01-01"))
    call_out(office)
    courier.deliver()
    assert "13900000009" in sms.addresses
