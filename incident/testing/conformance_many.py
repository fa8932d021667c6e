"""What any store must do with many jurisdictions at once: what is due, claims, records together, notices."""

# ruff: noqa: PLR2004 - the numbers of a case are the case

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Final

from incident.domain.effects import Notice
from incident.domain.errors import Conflict
from incident.service.notices import Undelivered
from incident.service.ports import Log, Store
from incident.testing.expecting import at_once, refused
from incident.testing.samples import (
    AT,
    DUE,
    HOUR,
    MISSING,
    REMINDER,
    after,
    append,
    begin,
    came,
    deadline_of,
    filed,
    following,
    log_of,
    owed,
)


def _digest(body: bytes) -> str:
    return sha256(body).hexdigest()


def what_is_due_comes_with_all_it_needs(store: Store) -> None:
    """Those places alone in which something is due, each with its log, timers, items, and what was filed."""
    begin(store, "1", owed(), owed("other", every="8h", remind=None))
    begin(store, "2", owed(every="24h", remind=None))
    begin(store, "3", owed(remind=None))
    for code in ("2", "3"):
        append(store, code, event="e")
    with store.reading() as tx:
        deadlines = [one for one in tx.open_timers("1") if one.what == "deadline"]
    append(store, "1", facts=[filed(*deadlines)])
    with store.claiming(["3", "1", "2", "9"]) as tx:
        assert list(tx.codes_held) == ["1", "2", "3"]
        assert tx.due(REMINDER - 1) == []
        one, three = tx.due(MISSING)
        assert (one.log, three.log) == (tx.log("1"), tx.log("3"))
        # the filing ended the reminder; the deadline still comes, and is met
        assert [(timer.key, timer.what) for timer in one.timers] == [("report", "deadline")]
        assert one.filed == {("report", "command", DUE): 1}
        items = tx.standing("1")
        assert one.standing == {("obligation", "report"): items["obligation", "report"]}
        assert three.filed == {}
    with store.writing("2") as tx:
        assert list(tx.codes_held) == ["2"]
        assert tx.due(MISSING) == []
        assert [found.timers for found in tx.due(AT + 25 * HOUR)] == [tx.open_timers("2")]


def places_with_something_due_are_listed_oldest_first(store: Store) -> None:
    """Each once, however much is due there, and no more than are asked for."""
    for code, every in (("1", "8h"), ("2", "4h"), ("3", "6h"), ("4", "24h")):
        begin(store, code, owed(every=every), owed("other", every=every))
    with store.reading() as tx:
        assert tx.due_codes(REMINDER - 1, 10) == []
        assert tx.due_codes(REMINDER, 10) == ["2"]
        assert tx.due_codes(AT + 9 * HOUR, 10) == ["2", "3", "1"]
        assert tx.due_codes(AT + 9 * HOUR, 2) == ["2", "3"]
        assert tx.next_wake() == REMINDER


def several_records_may_be_written_together(store: Store) -> None:
    """Of several places, and several of one place in order; all that follows sees them."""
    for code in ("1", "2"):
        begin(store, code, owed())
    with store.claiming(["1", "2"]) as tx:
        records = [after(tx, code, facts=[came(deadline_of(tx, code))]) for code in ("2", "1")]
        tx.write(records)
        assert [log_of(tx, code).situation.version for code in ("1", "2")] == [2, 2]
        assert tx.log("2") == (records[0].after, records[0].peaks)
        assert [deadline_of(tx, code).due for code in ("1", "2")] == [DUE + 4 * HOUR] * 2
        tx.write([after(tx, "1", event="e")])
        second = following(log_of(tx, "1"), event="f")
        third = following(Log(second.after, list(second.peaks)), event="g")
        tx.write([second, third])
        found = tx.answered("1", "sample", "g")
        assert found is not None
        assert found.seq == 4
        tx.commit()
    with store.reading() as tx:
        assert [one.seq for one in tx.entries("1")] == [0, 1, 2, 3, 4]
        assert [one.seq for one in tx.entries("2")] == [0, 1]


def one_that_came_second_undoes_all_with_it(store: Store) -> None:
    """What is written together is there together or not at all."""
    begin(store, "1")
    old = begin(store, "2")
    append(store, "2", event="e")
    with refused(Conflict), store.claiming(["1", "2"]) as tx:
        tx.write([after(tx, "1", event="f"), following(old, event="f")])
        tx.commit()
    with store.reading() as tx:
        assert [log_of(tx, code).situation.version for code in ("1", "2")] == [1, 2]
        assert tx.answered("1", "sample", "f") is None


def undone_times_leave_nothing(store: Store) -> None:
    """Timers, closings, attachments, deliveries and postponements go with the transaction."""
    begin(store, "1", owed())
    append(store, "1", event="e", effects=[Notice("command", [0])])
    with store.writing("1") as tx:
        deadline = deadline_of(tx)
        tx.write([after(tx, "1", facts=[filed(deadline, attachments=[b"x"])], attachments=[b"x"])])
        tx.postpone("1", MISSING, until=MISSING + 60)
        tx.delivered(tx.lease(9, at=AT, until=AT + 120), AT, lease=AT + 120)
        assert tx.undelivered(9) == []
        assert len(list(tx.closings("1"))) == 1
    with store.reading() as tx:
        assert len(tx.open_timers("1")) == 2
        assert list(tx.closings("1")) == []
        assert list(tx.ended_timers("1")) == []
        assert tx.next_wake() == REMINDER
        assert len(tx.free(9, at=AT)) == 1
        assert tx.attachment("1", _digest(b"x")) is None
        assert tx.attachments("1") == []
    append(store, "1", facts=[filed(deadline)])


def attachments_are_kept_by_their_hash(store: Store) -> None:
    """The same bytes come again without harm; each jurisdiction has its own."""
    bodies = [b"", b"\x00\xff" * 5000, "扫描件".encode()]
    begin(store, "1")
    begin(store, "2")
    for _ in range(2):
        append(store, "1", facts=[filed(attachments=bodies)], attachments=bodies)
    with store.reading() as tx:
        assert [tx.attachment("1", _digest(body)) for body in bodies] == bodies
        assert sorted(tx.attachments("1")) == sorted(map(_digest, bodies))
        assert tx.attachment("2", _digest(bodies[1])) is None
        assert tx.attachments("2") == []
        assert tx.attachment("1", _digest(b"other")) is None


def notices_wait_until_they_are_delivered(store: Store) -> None:
    """The oldest entry first, wherever it was written, and each until it is noted."""
    begin(store, "2")
    append(store, "2", event="e")
    begin(store, "1")
    append(store, "1", event="e", effects=[Notice("一", [0]), Notice("superior", [])])
    for code in ("2", "1"):
        append(store, code, event="f", effects=[Notice("command", [0])])
    waiting = [
        Undelivered("1", 1, 0, "一", [0]),
        Undelivered("1", 1, 1, "superior", []),
        Undelivered("1", 2, 0, "command", [0]),
        Undelivered("2", 2, 0, "command", [0]),
    ]
    with store.reading() as tx:
        assert tx.undelivered(9) == waiting
        assert tx.undelivered(2) == waiting[:2]
        assert tx.undelivered(1, code="2") == waiting[3:]
        assert tx.undelivered(9, code="3") == []
    with store.claiming(()) as tx:
        assert tx.lease(9, at=AT, until=AT + 120) == waiting
        tx.delivered([waiting[3], waiting[0]], AT, lease=AT + 120)
        tx.delivered([], AT, lease=AT + 120)
        tx.commit()
    with store.reading() as tx:
        assert tx.undelivered(9) == waiting[1:3]
        assert len(list(tx.notices("1"))) == 3


def _told(store: Store, n: int) -> None:
    """Record so many entries that tell somebody."""
    begin(store, "1")
    for at in range(n):
        append(store, "1", event=f"e{at}", effects=[Notice("command", [0])])


def leased_notices_are_nobody_elses_until_the_lease_ends(store: Store) -> None:
    """Those that come later are leased by others; a lease that is over holds nothing any more."""
    _told(store, 3)
    with store.claiming(()) as tx:
        first = tx.lease(2, at=AT, until=AT + 120)
        assert tx.lease(0, at=AT, until=AT + 120) == []
        tx.commit()
    assert [one.seq for one in first] == [1, 2]
    with store.claiming(()) as tx:
        (third,) = tx.lease(9, at=AT + 119, until=AT + 239)
        tx.commit()
    assert third.seq == 3
    with store.reading() as tx:
        assert tx.free(9, at=AT + 119) == []
        assert tx.free(9, at=AT + 120) == first
        assert tx.undelivered(9) == [*first, third]
    with store.claiming(()) as tx:
        assert tx.lease(9, at=AT + 120, until=AT + 240) == first
        tx.commit()
    with store.claiming(()) as tx:
        tx.delivered([first[0]], AT, lease=AT + 120)
        tx.put_back([(first[1], AT)], lease=AT + 120)
        tx.commit()
    with store.reading() as tx:
        assert tx.undelivered(9) == [*first, third]
        assert tx.free(9, at=AT + 238) == []
    with store.claiming(()) as tx:
        tx.delivered([first[0]], AT, lease=AT + 240)
        tx.put_back([(first[0], AT), (first[1], AT)], lease=AT + 240)
        tx.commit()
    with store.reading() as tx:
        assert tx.free(9, at=AT) == [first[1]]


def notice_that_was_put_back_waits_and_keeps_count(store: Store) -> None:
    """Until the instant it was given, past which the others go."""
    _told(store, 2)
    with store.claiming(()) as tx:
        one, other = tx.lease(9, at=AT, until=AT + 120)
        tx.put_back([(one._replace(tries=7), AT + 600), (other, AT)], lease=AT + 120)
        tx.commit()
    with store.claiming(()) as tx:
        assert tx.lease(9, at=AT + 599, until=AT + 700) == [other]
    with store.reading() as tx:
        assert tx.free(9, at=AT + 600) == [one._replace(tries=7), other]


def each_notice_is_leased_by_one_of_those_who_want_it(store: Store) -> None:
    """Whoever comes at the same time gets what is left; none is had by two, and none is lost."""
    _told(store, 9)

    def take(_who: int) -> list[int]:
        taken = []
        for _ in range(9):
            with store.claiming(()) as tx:
                taken += [one.seq for one in tx.lease(2, at=AT, until=AT + 120)]
                tx.commit()
        return taken

    assert sorted(seq for found in at_once(3, take) for seq in found) == [*range(1, 10)]


def each_place_is_carried_out_by_one_of_those_who_claim_it(store: Store) -> None:
    """Whoever comes second finds it held, or nothing due any more."""
    codes = [str(n) for n in range(10, 30)]
    for code in codes:
        begin(store, code, owed(remind=None))

    def sweep(_who: int) -> list[str]:
        with store.claiming(codes) as tx:
            found = [due.log.situation.jurisdiction for due in tx.due(MISSING)]
            tx.write([after(tx, code, facts=[came(deadline_of(tx, code))]) for code in found])
            tx.commit()
        return found

    done = at_once(3, sweep)
    assert sorted(code for found in done for code in found) == codes
    with store.reading() as tx:
        assert {log_of(tx, code).situation.version for code in codes} == {2}
        assert tx.due_codes(MISSING, 99) == []


def nothing_is_claimed_that_is_not_there(store: Store) -> None:
    """A jurisdiction that is not adopted is none to hold."""
    begin(store, "2")
    for codes in ([], ["1"], ["1", "3"]):
        with store.claiming(codes) as tx:
            assert list(tx.codes_held) == []
            assert tx.due(MISSING) == []
            tx.commit()
    with store.claiming(["2", "1", "2"]) as tx:
        assert list(tx.codes_held) == ["2"]


#: All of them, in the order in which they are told.
MANY_CHECKS: Final[tuple[Callable[[Store], None], ...]] = (
    what_is_due_comes_with_all_it_needs,
    places_with_something_due_are_listed_oldest_first,
    several_records_may_be_written_together,
    one_that_came_second_undoes_all_with_it,
    undone_times_leave_nothing,
    attachments_are_kept_by_their_hash,
    notices_wait_until_they_are_delivered,
    leased_notices_are_nobody_elses_until_the_lease_ends,
    notice_that_was_put_back_waits_and_keeps_count,
    each_notice_is_leased_by_one_of_those_who_want_it,
    each_place_is_carried_out_by_one_of_those_who_claim_it,
    nothing_is_claimed_that_is_not_there,
)
