"""Days in which somebody could have served, and the shares that are reckoned by them."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from incident.domain import clock
from incident.domain.offices import Offices
from incident.domain.situation import Stood
from tests.domain.rota import START, Town, group_of, plan_of, roster_of
from tests.domain.towns import counting

DAY = 86400
NEW_YEAR = clock.read_stamp("2025-12-31T16:00:00Z")

times = st.lists(st.tuples(st.integers(0, 40), st.one_of(st.none(), st.integers(1, 20))), max_size=4)


def two_units() -> Town:
    groups = {"a": group_of(unit="ua"), "b": group_of(unit="ub")}
    town = Town(plan_of(groups), {key: roster_of(key) for key in groups})
    town.now = NEW_YEAR + 9 * 3600
    return town


@given(times, times, st.integers(0, 20), st.integers(0, 40))
def test_days_are_those_with_any_seat_and_without_any_leave(
    seats: list[tuple[int, int | None]], leaves: list[tuple[int, int | None]], since: int, lasts: int
) -> None:
    town = two_units()
    there: set[int] = set()
    for n, (begins, days) in enumerate(seats):
        ends = None if days is None else begins + days
        town.seat(("ua", "ub", "office")[n % 3], "H1", START + begins * DAY, ends and START + ends * DAY)
        there |= {*range(begins, 99 if ends is None else ends)}
    for begins, days in leaves:
        ends = None if days is None else begins + days
        town.leave("H1", START + begins * DAY, ends and START + ends * DAY)
        there -= {*range(begins, 99 if ends is None else ends)}
    case = town.case(START)
    found = Offices(case.keepings, case.people).days("H1", START + since * DAY, START + (since + lasts) * DAY)
    assert found == max(1, len(there & {*range(since, since + lasts)}))


def test_who_moves_to_another_unit_takes_the_same_share_as_those_who_were_there() -> None:
    town = two_units()
    for n in (1, 2, 3):
        town.seat("ua", f"A{n}", NEW_YEAR)
        town.seat("ub", f"B{n}", NEW_YEAR)
    town.settle()
    moves = NEW_YEAR + 180 * DAY
    town.run(moves - DAY)
    ((place, stood),) = [each for each in town.standing.items() if each[1].item.get("holder") == "A1"]
    town.standing[place] = Stood({**stood.item, "until": clock.stamp(moves)}, town.seq)
    town.seat("ub", "A1", moves)
    town.settle()
    town.run(moves + 80 * DAY)
    days = Counter(one.piece.holder for one in counting(town) if one.roster == "b" and one.shift >= moves)
    assert max(days.values()) - min(days.values()) <= 2, days
    assert set(days) == {"A1", "B1", "B2", "B3"}


def test_a_leave_that_is_noted_twice_is_one_leave() -> None:
    shifts: list[list[str | None]] = []
    for often in (1, 2):
        town = two_units()
        for n in (1, 2, 3):
            town.seat("ua", f"A{n}", NEW_YEAR)
        for _ in range(often):
            town.leave("A1", NEW_YEAR + 10 * DAY, NEW_YEAR + 40 * DAY)
        town.settle()
        town.run(NEW_YEAR + 90 * DAY)
        shifts.append([one.piece.holder for one in counting(town) if one.roster == "a"])
    assert shifts[0] == shifts[1]
