"""What any store must do with promised times: how they come, move and end, and what filings close."""

# ruff: noqa: PLR2004 - the numbers of a case are the case

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from msgspec.structs import replace

from incident.domain import approving
from incident.domain.errors import StoreError
from incident.domain.facts import ItemChanged, StateEntered
from incident.domain.timer import Closing, Timer
from incident.service.ports import Store
from incident.service.record import Frame
from incident.testing import samples
from incident.testing.expecting import refused
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
    first,
    following,
    log_of,
    owed,
)


def _only(timers: Sequence[Timer], what: str) -> Timer:
    (timer,) = [one for one in timers if one.what == what]
    return timer


def _places(timers: Sequence[Timer]) -> list[tuple[int, int]]:
    return [(one.seq, one.n) for one in timers]


def promised_times_are_read_back_whole(store: Store) -> None:
    """As the record says them, by entry and number, with every value."""
    record = first("1", facts=[owed()])
    with store.writing("1") as tx:
        tx.write([record])
        assert tx.open_timers("1") == list(record.timers)
        tx.commit()
    with store.reading() as tx:
        assert tx.open_timers("1") == list(record.timers)
        assert [(one.what, one.due, one.wake) for one in record.timers] == [
            ("deadline", DUE, MISSING),
            ("reminder", REMINDER, REMINDER),
        ]
        assert tx.timers("1", since=AT, until=DUE + 1) == [*reversed(record.timers)]
        assert list(tx.ended_timers("1")) == []
        assert tx.next_wake() == REMINDER
        assert log_of(tx, "1").situation.zone == "Asia/Shanghai"


def timer_comes_to_one_end_and_the_next_is_armed(store: Store) -> None:
    """What ended stays with how it ended; what recurs is armed anew by the same entry."""
    begin(store, "1", owed())
    with store.reading() as tx:
        deadline = deadline_of(tx)
    append(store, "1", facts=[came(deadline, end="fired_late", result="missed")])
    with store.reading() as tx:
        ((seq, ended),) = tx.ended_timers("1")
        assert seq == ended.ended == 1
        assert replace(ended, end=None, ended=None, ended_at=None, result=None) == deadline
        assert (ended.end, ended.ended_at, ended.result) == ("fired_late", AT + 1, "missed")
        assert [(one.seq, one.what, one.due) for one in tx.open_timers("1")] == [
            (0, "reminder", REMINDER),
            (1, "deadline", DUE + 4 * HOUR),
            (1, "reminder", REMINDER + 4 * HOUR),
        ]


def timer_armed_and_ended_by_one_entry_is_kept(store: Store) -> None:
    """After an outage an entry walks through several times of a series."""
    begin(store, "1", owed(remind=None))
    with store.reading() as tx:
        deadline = deadline_of(tx)
    passed = [
        replace(deadline, due=deadline.due + n * 4 * HOUR, about=deadline.about + n * 4 * HOUR)
        for n in range(3)
    ]
    append(store, "1", facts=[came(one, result="missed") for one in passed])
    with store.reading() as tx:
        ended = [timer for _, timer in tx.ended_timers("1")]
        assert [one.due for one in ended] == [one.due for one in passed]
        assert _places(ended) == [(0, 0), (1, 0), (1, 1)]
        assert _places(tx.open_timers("1")) == [(1, 2)]
        assert tx.next_wake() == MISSING + 12 * HOUR


def timer_ends_once(store: Store) -> None:
    """The end of one that is not open is no record that follows."""
    begin(store, "1", owed())
    with store.reading() as tx:
        log, timers = log_of(tx, "1"), tx.open_timers("1")
    facts = [came(_only(timers, "reminder"))]
    append(store, "1", facts=facts)
    with store.writing("1") as tx:
        again = following(log_of(tx, "1"), facts=facts, frame=Frame(timers, {}))
    assert again.before != log.situation
    with refused(StoreError, ValueError), store.writing("1") as tx:
        tx.write([again])
        tx.commit()
    with store.reading() as tx:
        assert len(list(tx.ended_timers("1"))) == 1
        assert log_of(tx, "1").situation.version == 2


def change_of_what_is_owed_moves_its_timers(store: Store) -> None:
    """Another schedule ends what was armed by the old one; other words leave the times as they are."""
    begin(store, "1", owed())
    words = samples.plain_report(written=True)
    append(
        store,
        "1",
        facts=[ItemChanged(kind="obligation", key="report", before=samples.plain_report(), after=words)],
    )
    with store.reading() as tx:
        assert [(one.seq, one.n, one.opened) for one in tx.open_timers("1")] == [(0, 0, 1), (0, 1, 1)]
        assert list(tx.ended_timers("1")) == []
        assert tx.next_wake() == REMINDER
    slower = samples.plain_report(every="6h", remind=None)
    append(store, "1", facts=[ItemChanged(kind="obligation", key="report", before=words, after=slower)])
    with store.reading() as tx:
        assert [(one.end, one.reason, one.opened) for _, one in tx.ended_timers("1")] == [
            ("cancelled", "changed", 1),
            ("cancelled", "changed", 1),
        ]
        assert [one.due for one in tx.open_timers("1")] == [AT + 2 + 6 * HOUR]


def timers_go_along_into_another_epoch(store: Store) -> None:
    """A state that is entered, or a playbook adopted, keeps what is still owed, and it comes as promised."""
    begin(store, "1", owed())
    with store.reading() as tx:
        before = tx.open_timers("1")
    entered = StateEntered(origin="routine", target="raised", since="2026-03-01T00:00:00Z")
    append(store, "1", facts=[entered, owed("other", remind=None)])
    with store.writing("1") as tx:
        tx.write([samples.adopting(log_of(tx, "1"), samples.OTHER)])
        tx.commit()
    with store.writing("1") as tx:
        assert log_of(tx, "1").situation.epoch == 2
        assert tx.open_timers("1")[:2] == before
        (due,) = tx.due(MISSING + HOUR)
        assert [(one.key, one.what) for one in due.timers] == [
            ("report", "deadline"),
            ("report", "reminder"),
            ("other", "deadline"),
        ]


def what_fails_is_tried_later_or_set_aside(store: Store) -> None:
    """Postponing moves when it is tried, not what was promised; set aside it is found by its name alone."""
    begin(store, "1", owed())
    with store.writing("1") as tx:
        deadline, reminder = tx.open_timers("1")
        assert tx.postpone("1", REMINDER - 1, until=REMINDER) == 0
        assert tx.postpone("1", REMINDER, until=DUE) == 1
        assert tx.due(MISSING - 1) == tx.due(DUE)
        assert tx.due(DUE - 1) == []
        assert tx.postpone("1", MISSING, until=MISSING + 60, only=deadline) == 1
        assert tx.postpone("1", MISSING, until=MISSING + 60) == 2
        assert tx.next_wake() == MISSING + 60
        tx.commit()
    with store.reading() as tx:
        assert tx.open_timers("1") == [deadline, reminder]
        assert tx.set_aside() == []
    with store.writing("1") as tx:
        assert tx.postpone("1", MISSING + 60, until=None, only=reminder) == 2
        assert tx.set_aside() == [("1", reminder)]
        assert [found.timers for found in tx.due(MISSING + 60)] == [[deadline]]
        assert tx.postpone("1", MISSING + 60, until=None) == 1
        assert tx.due(MISSING + 900) == []
        tx.commit()
    with store.reading() as tx:
        assert tx.set_aside() == [("1", deadline), ("1", reminder)]
        assert tx.next_wake() is None
        assert tx.due_codes(MISSING + 900, 9) == []
    append(store, "1", facts=[came(reminder, end="held")])
    with store.reading() as tx:
        assert tx.set_aside() == [("1", deadline)]
    with store.writing("1") as tx:
        tx.take_up("1")
        assert [found.timers for found in tx.due(MISSING)] == [[deadline]]
        assert tx.postpone("1", MISSING, until=MISSING + 60) == 1
        tx.commit()
    with store.reading() as tx:
        assert tx.set_aside() == []


def times_are_found_by_when_they_were_promised(store: Store) -> None:
    """From an instant to before another, open or ended, in the order of their instants."""
    begin(store, "1", owed("late", every="8h"), owed("early"))
    with store.reading() as tx:
        deadline = next(one for one in tx.open_timers("1") if one.due == DUE)
    append(store, "1", facts=[came(deadline, result="missed")])
    with store.reading() as tx:
        found = tx.timers("1", since=REMINDER, until=DUE + 4 * HOUR + 1)
        assert [(one.due - AT, one.key, one.seq) for one in found] == [
            (REMINDER - AT, "early", 0),
            (4 * HOUR, "early", 0),
            (REMINDER + 4 * HOUR - AT, "late", 0),
            (REMINDER + 4 * HOUR - AT, "early", 1),
            (8 * HOUR, "late", 0),
            (8 * HOUR, "early", 1),
        ]
        assert [one.end for one in found] == [None, "fired", None, None, None, None]
        assert [one.due for one in tx.timers("1", since=DUE, until=DUE + 1)] == [DUE]
        assert tx.timers("1", since=DUE + 1, until=DUE + 60) == []


def ended_times_come_in_order_from_any_entry(store: Store) -> None:
    """By the entry that ended them, then by the entry that armed them."""
    begin(store, "1", *(owed(f"r{n}", remind=None) for n in range(3)))
    for _ in range(11):
        with store.reading() as tx:
            timers = tx.open_timers("1")
        append(store, "1", facts=[came(one) for one in reversed(timers[1:])])
    with store.reading() as tx:
        ended = list(tx.ended_timers("1"))
        order = [(seq, timer.seq, timer.n) for seq, timer in ended]
        assert order == sorted(order)
        assert len(order) == 22
        assert [seq for seq, _ in tx.ended_timers("1", since=10)] == [10, 10, 11, 11]


def closed_occurrences_are_kept_with_their_filing(store: Store) -> None:
    """In the order of entries, then key, sender and due time; a closed one is closed once."""
    begin(store, "1", owed("b", remind=None), owed("a", remind=None), owed("一", remind=None))
    with store.reading() as tx:
        timers = tx.open_timers("1")
    append(store, "1", facts=[filed(*timers, zero=True)])
    with store.reading() as tx:
        assert list(tx.closings("1")) == [
            (1, Closing(key, "command", DUE, 1, AT + 1, 7, zero=True)) for key in ("a", "b", "一")
        ]
        assert list(tx.closings("1", since=2)) == []
    with refused(StoreError), store.writing("1") as tx:
        tx.write([after(tx, "1", facts=[filed(timers[0])])])
        tx.commit()
    with store.reading() as tx:
        later = replace(timers[0], due=DUE + 4 * HOUR, about=DUE + 4 * HOUR)
    append(store, "1", facts=[filed(later)])
    with store.reading() as tx:
        assert [(seq, one.zero) for seq, one in tx.closings("1", since=2)] == [(2, False)]
    with store.writing("1") as tx:
        (due,) = tx.due(MISSING + 4 * HOUR)
        assert due.filed == {
            ("a", "command", DUE): 1,
            ("b", "command", DUE): 1,
            ("b", "command", later.due): 2,
            ("一", "command", DUE): 1,
        }


#: All of them, in the order in which they are told.
def what_waits_for_a_second_person_comes_due_with_its_item(store: Store) -> None:
    """And ends in the entry that carries its term out, or with its item; there is one row either way."""
    begin(store, "1")
    made = [
        approving.proposed(
            seq, DUE - HOUR, "1h", step="s", plan=f"{seq}", effective_at=None, tell=["command"]
        )
        for seq in (1, 2)
    ]
    for fact in made:
        append(store, "1", facts=[fact])
    append(store, "1", facts=[approving.settled("proposal-2", made[1].after, "rejected")])
    with store.claiming(["1"]) as tx:
        assert tx.due(DUE - 1) == []
        (due,) = tx.due(DUE)
        (timer,) = due.timers
        assert (timer.what, timer.key, timer.due) == ("approval", "proposal-1", DUE)
        assert due.standing["proposal", "proposal-1"].item == made[0].after
    end = came(timer, result="missed")
    append(store, "1", facts=[end, *approving.lapsed(due.standing, [end])])
    with store.reading() as tx:
        assert [kind for kind, _key in tx.standing("1") if kind == approving.PROPOSAL] == []
        assert [(one.key, one.end) for _seq, one in tx.ended_timers("1")] == [
            ("proposal-2", "cancelled"),
            ("proposal-1", "fired"),
        ]
        assert tx.open_timers("1") == []


TIME_CHECKS: Final[tuple[Callable[[Store], None], ...]] = (
    promised_times_are_read_back_whole,
    timer_comes_to_one_end_and_the_next_is_armed,
    timer_armed_and_ended_by_one_entry_is_kept,
    timer_ends_once,
    change_of_what_is_owed_moves_its_timers,
    timers_go_along_into_another_epoch,
    what_fails_is_tried_later_or_set_aside,
    times_are_found_by_when_they_were_promised,
    ended_times_come_in_order_from_any_entry,
    closed_occurrences_are_kept_with_their_filing,
    what_waits_for_a_second_person_comes_due_with_its_item,
)
