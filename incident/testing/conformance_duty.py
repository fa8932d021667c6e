"""What any store must do with duty and people: how pieces come and end, what is added up, who is erased."""

# ruff: noqa: PLR2004 - the numbers of a case are the case

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from incident.domain import clock
from incident.domain.facts import DutyAssigned, Piece
from incident.domain.people import Person
from incident.domain.tally import Tally
from incident.service.ports import Store
from incident.testing.samples import AT, HOUR, after, append, begin


def _shift(n: int, *holders: str | None, roster: str = "watch", cut: int = 0) -> DutyAssigned:
    """Make the fact that shift `n` of an hour is kept by some holders, one for each post."""
    since, until = AT + n * HOUR, AT + (n + 1) * HOUR - cut
    pieces = [
        Piece(
            post=f"officer.{place}",
            since=clock.stamp(since),
            until=clock.stamp(until),
            holder=holder,
            rule="only" if holder else "nobody",
            night=60,
        )
        for place, holder in enumerate(holders, start=1)
    ]
    return DutyAssigned(roster=roster, since=clock.stamp(since), until=clock.stamp(until), pieces=pieces)


def pieces_are_read_back_whole_and_end_with_the_next_shift(store: Store) -> None:
    """The newest shift of each roster is told apart from those before it, which stay as they are."""
    begin(store, "1", _shift(0, "P1", None))
    begin(store, "2", _shift(0, "P7"))
    append(store, "1", facts=[_shift(0, "P2", roster="other")])
    append(store, "1", facts=[_shift(1, "P3")])
    with store.reading() as tx:
        newest = tx.newest_duties("1")
        assert [(one.seq, one.roster, one.piece.holder) for one in newest] == [
            (1, "other", "P2"),
            (2, "watch", "P3"),
        ]
        ended = list(tx.ended_duties("1"))
        assert [(seq, one.n, one.piece.holder, one.is_void) for seq, one in ended] == [
            (2, 0, "P1", False),
            (2, 1, None, False),
        ]
        assert ended[0][1].piece == _shift(0, "P1").pieces[0]
        assert (ended[0][1].since, ended[0][1].until) == (AT, AT + HOUR)
        assert list(tx.ended_duties("1", since=3)) == []
        assert [one.piece.holder for one in tx.newest_duties("2")] == ["P7"]


def shift_that_is_assigned_anew_counts_once(store: Store) -> None:
    """What is void is neither shown nor added up, and stays for whoever verifies."""
    begin(store, "1", _shift(0, "P1"))
    append(store, "1", facts=[_shift(1, "P2")])
    append(store, "1", facts=[_shift(1, "P3")])
    append(store, "1", facts=[_shift(2, "P4"), _shift(3, "P5")])
    with store.reading() as tx:
        shown = tx.duties("1", since=AT, until=AT + 9 * HOUR)
        assert [one.piece.holder for one in shown] == ["P1", "P3", "P4", "P5"]
        assert [one.piece.holder for one in tx.duties("1", since=AT + HOUR, until=AT + 2 * HOUR)] == ["P3"]
        struck = tx.duties("1", since=AT, until=AT + 9 * HOUR, is_struck=True)
        assert [(one.piece.holder, one.ended) for one in struck] == [("P2", 2)]
        assert tx.duties("1", since=AT + 2 * HOUR, until=AT + 9 * HOUR, is_struck=True) == []
        voids = [one.piece.holder for _seq, one in tx.ended_duties("1") if one.is_void]
        assert voids == ["P2"]
        assert sorted(one.holder for one in tx.served("1", year=0)) == ["P1", "P3", "P4"]


def what_was_served_is_added_up_by_roster_post_and_holder(store: Store) -> None:
    """Of this year; when somebody came last is known of earlier shifts too."""
    begin(store, "1", _shift(0, "P1"))
    for n in (1, 2, 3):
        append(store, "1", facts=[_shift(n, "P1", cut=60 if n == 2 else 0)])
    with store.reading() as tx:
        (all_of_it,) = tx.served("1", year=AT)
        assert all_of_it == ("watch", "officer.1", "P1", Tally(179, 180, 0, 0), AT + 3 * HOUR - 60)
        (late,) = tx.served("1", year=AT + 2 * HOUR)
        assert (late.tally, late.last) == (Tally(59, 60, 0, 0), AT + 3 * HOUR - 60)
        (before,) = tx.served("1", year=AT + 99 * HOUR)
        assert (before.tally, before.last) == (Tally(), AT + 3 * HOUR - 60)
        assert tx.served("1", year=AT + 401 * 86400) == []


def people_are_known_until_they_are_erased(store: Store) -> None:
    """Of another place nothing is touched."""
    begin(store, "1")
    begin(store, "2")
    people = [Person("P2", "王", ("sms:1",)), Person("P1", None, ())]
    for code in ("1", "2"):
        with store.writing(code) as tx:
            record = after(tx, code)
            tx.write([replace(record, people=people)])
            assert [one.holder for one in tx.people(code)] == ["P1", "P2"]
            tx.commit()
    with store.writing("1") as tx:
        record = after(tx, "1")
        gone = [Person("P2", None, is_erased=True), Person("P1", "李", ("mail:a@b.cn", "sms:2"))]
        tx.write([replace(record, people=gone)])
        tx.commit()
    with store.reading() as tx:
        assert tx.people("1") == [gone[1], gone[0]]
        assert tx.people("2") == [people[1], people[0]]


def duty_that_is_not_committed_is_not_there(store: Store) -> None:
    """Nor who was to be erased."""
    begin(store, "1", _shift(0, "P1"))
    with store.writing("1") as tx:
        record = after(tx, "1", facts=[_shift(1, "P2")])
        tx.write([replace(record, people=[Person("P1", "王")])])
    with store.reading() as tx:
        assert [one.piece.holder for one in tx.newest_duties("1")] == ["P1"]
        assert list(tx.ended_duties("1")) == []
        assert tx.people("1") == []


#: All of them, in the order in which they are told.
DUTY_CHECKS: Final[tuple[Callable[[Store], None], ...]] = (
    pieces_are_read_back_whole_and_end_with_the_next_shift,
    shift_that_is_assigned_anew_counts_once,
    what_was_served_is_added_up_by_roster_post_and_holder,
    people_are_known_until_they_are_erased,
    duty_that_is_not_committed_is_not_there,
)
