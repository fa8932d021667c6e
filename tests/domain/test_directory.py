"""What a file changes, at the size of a county: as by the plain rule, and in n log n."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import pairwise
from types import FrameType
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.domain import clock, seating
from incident.domain.directory import DirectoryError, Row, Sheet, compare
from incident.domain.people import People, Tenure
from incident.domain.problem import Mark
from incident.domain.seating import Held
from tests.playbooks import BAISHI, DAY, NIGHT

NOBODY = People({}, {}, {})
#: A unit, and a seat for one.
UNIT, SEAT = "派出所", "command.leader"


# -- how much work it is


def work(doing: Callable[[], Any]) -> int:
    """Count the lines that are gone through; never the time it takes."""
    lines = 0

    def count(_frame: FrameType, event: str, _value: Any) -> Any:
        nonlocal lines
        lines += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        doing()
    finally:
        sys.settrace(before)
    return lines


def sheet(seat: str, number: int) -> Sheet:
    rows = [
        Row(Mark("a.csv", n + 2, 1), seat, f"Z{n}", f"人{n}", "2026-01-01", "", ("sms:13900000000",))
        for n in range(number)
    ]
    return Sheet("a.csv", rows)


def known(number: int) -> People:
    """So many people who are in the unit already, and as many who held the seat one after the other."""
    since = clock.stamp(NIGHT - DAY)
    unit = [(f"tenure-1-{n}", Tenure(seat=UNIT, holder=f"Z{n}", since=since)) for n in range(number)]
    turns = [clock.stamp(NIGHT + n * 60) for n in range(number + 1)]
    seat = [
        (f"tenure-2-{n}", Tenure(seat=SEAT, holder="Z1", since=since, until=until))
        for n, (since, until) in enumerate(pairwise(turns))
    ]
    return People({UNIT: unit, SEAT: seat}, {}, {})


def compared(file: Sheet, people: People = NOBODY) -> None:
    with suppress(DirectoryError):
        compare(BAISHI, people, {}, file, at=NIGHT, seq=1)


@pytest.mark.parametrize(
    ("seat", "is_known"),
    [
        (UNIT, False),  # all new
        (UNIT, True),  # each of them twice
        (SEAT, False),  # far too many
        (SEAT, True),  # far too many, and others before them
    ],
)
def test_twice_the_rows_are_twice_the_work(seat: str, *, is_known: bool) -> None:
    compared(sheet(seat, 1))  # what is worked out once is worked out now
    once, twice = (
        work(partial(compared, sheet(seat, n), known(n) if is_known else NOBODY)) for n in (500, 1000)
    )
    assert twice < 2.3 * once


# -- who is too many

TENURE = st.builds(
    lambda holder, since, length: Held(None, SEAT, holder, since, since + length),
    st.sampled_from(["P1", "P2", "P3", "P4"]),
    st.integers(0, 20),
    st.integers(1, 12),
)


def plainly(held: Sequence[Held], room: int) -> list[Mark | None]:
    """Find the rows of whom there are too many by comparing everybody with all before."""
    there: list[Held] = []
    found = []
    for one in held:
        beside = [other for other in there if other.until > one.since]
        same = [other.mark for other in beside if other.holder == one.holder]
        if same or len(beside) >= room:
            found.append(max([one.mark, *same], key=lambda mark: (mark is not None, mark)))
        if not same:
            there.append(one)
    return found


@given(st.lists(TENURE, max_size=12), st.integers(1, 3))
def test_who_is_too_many_is_found_as_by_comparing_all_with_all(tenures: list[Held], room: int) -> None:
    marked = [one._replace(mark=Mark("a.csv", n + 2, 1)) for n, one in enumerate(tenures)]
    leader = BAISHI.bodies["command"].seats["leader"]
    wider = {"leader": msgspec.structs.replace(leader, posts=[], count=room)}
    command = msgspec.structs.replace(BAISHI.bodies["command"], seats=wider)
    plan = msgspec.structs.replace(BAISHI, bodies={**BAISHI.bodies, "command": command})
    seats = seating.after(plan, NOBODY, marked)
    found = [one.mark for one in seating.crowded(plan, seats, 0)]
    assert found == plainly(seats.get(SEAT, []), room)
