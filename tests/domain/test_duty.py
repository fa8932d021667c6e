"""What is recorded of duty: no entry tells another past, whatever shift it speaks of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.domain import clock
from incident.domain.duty import Duties, Duty, Timeline, laid_out
from incident.domain.facts import DutyAssigned, Piece
from incident.domain.journal import Entry
from incident.domain.situation import BrokenRecordError

HOUR = 3600
#: What of a shift is said: from which hour, until which, and who keeps it from which hour on.
Said = tuple[int, int, dict[int, str]]


def shift(since: int, until: int, keepers: dict[int, str]) -> DutyAssigned:
    begins = sorted(keepers)
    pieces = [
        Piece(
            post="lead",
            since=clock.stamp(each * HOUR),
            until=clock.stamp(ends * HOUR),
            holder=keepers[each],
            rule="only",
        )
        for each, ends in zip(begins, [*begins[1:], until], strict=True)
    ]
    return DutyAssigned(
        roster="watch", since=clock.stamp(since * HOUR), until=clock.stamp(until * HOUR), pieces=pieces
    )


def entry(seq: int, at: int, *facts: DutyAssigned) -> Entry:
    return Entry(
        v=1,
        program="test",
        jurisdiction="99",
        seq=seq,
        at=clock.stamp(at * HOUR),
        playbook="",
        facts=[*facts],
    )


def recorded(*entries: tuple[int, Said]) -> Duties:
    duties = Duties()
    for seq, (at, said) in enumerate(entries):
        duties.follow(entry(seq, at, shift(*said)))
    return duties


@pytest.mark.parametrize(
    ("at", "said", "is_possible"),
    [
        # the same shift: what has passed is the same
        (12, (8, 20, {8: "A", 12: "B"}), True),
        (12, (8, 20, {8: "A", 11: "B"}), False),
        # a shift that begins in the recorded one: it may say the same of what has passed, and nothing else
        (12, (10, 20, {10: "A"}), True),
        (12, (10, 20, {10: "B"}), False),
        (12, (10, 20, {10: "A", 12: "B"}), True),
        (12, (12, 20, {12: "B"}), True),
        # a shift that ends before the recorded one
        (12, (9, 11, {9: "B"}), False),
        (12, (9, 11, {9: "A"}), True),
        # one that begins before it: what went before is final, whoever it was
        (12, (7, 20, {7: "A"}), False),
        (12, (0, 8, {0: "A"}), False),
        # the next one, on time or late: nothing is recorded of that time
        (20, (20, 32, {20: "B"}), True),
        (40, (20, 32, {20: "B"}), True),
        # the clock was set back: the recorded shift is to come, and may be another
        (5, (5, 8, {5: "B"}), True),
        (5, (4, 20, {4: "B"}), True),
        (5, (8, 20, {8: "B"}), True),
        # or set back into it: only what is before the entry has passed
        (9, (8, 20, {8: "A", 9: "B"}), True),
        (9, (9, 20, {9: "B"}), True),
        (9, (8, 20, {8: "B"}), False),
    ],
)
def test_what_has_passed_is_what_lies_before_the_entry(
    at: int,
    said: Said,
    is_possible: bool,  # noqa: FBT001 - a column of the table
) -> None:
    duties = recorded((8, (8, 20, {8: "A"})))
    if is_possible:
        duties.follow(entry(1, at, shift(*said)))
        return
    with pytest.raises(BrokenRecordError):
        duties.follow(entry(1, at, shift(*said)))


@st.composite
def sayings(draw: st.DrawFn) -> list[tuple[int, Said]]:
    """Entries one after another, each of which says some shift that has begun, until the next handover."""
    found: list[tuple[int, Said]] = []
    at = 10
    for _ in range(draw(st.integers(2, 5))):
        at += draw(st.integers(0, 9))
        since = at + draw(st.integers(-9, 0))
        until = (since // 6 + 1) * 6
        edges = {since, draw(st.integers(since, until - 1))}
        found.append((at, (since, until, {each: draw(st.sampled_from("AB")) for each in edges})))
    return found


@given(sayings())
def test_no_entry_that_is_taken_moves_who_was_there_before_it(entries: list[tuple[int, Said]]) -> None:
    duties, rows = Duties(), dict[tuple[int, int], Duty]()
    for seq, (at, said) in enumerate(entries):
        before = Timeline(rows.values())
        there = {hour: before.who("watch", hour * HOUR) for hour in range(at)}
        try:
            duties.follow(entry(seq, at, shift(*said)))
        except BrokenRecordError:
            continue
        rows |= {(one.seq, one.n): one for one in duties.settled()}
        after = Timeline(rows.values())
        for hour, pieces in there.items():
            if pieces:
                kept = [one.piece.holder for one in after.who("watch", hour * HOUR)]
                assert kept == [one.piece.holder for one in pieces], (seq, hour)


def test_pieces_are_laid_out_with_their_number_in_the_entry() -> None:
    said = shift(8, 20, {8: "A", 12: "B"})
    assert [(one.n, one.shift, one.since, one.until) for one in laid_out(said, 3, 5)] == [
        (5, 8 * HOUR, 8 * HOUR, 12 * HOUR),
        (6, 8 * HOUR, 12 * HOUR, 20 * HOUR),
    ]
