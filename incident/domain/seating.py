"""Seats as they will be once a file is taken in: who is relieved, and where there are too many at once.

Each seat is gone through once in order of time (n log n for n tenures): a unit may have thousands of people.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from incident.domain import clock
from incident.domain.people import People, Tenure, bounds, seat_of
from incident.domain.playbook import Playbook
from incident.domain.problem import Mark, Problem
from incident.domain.say import Words, say

#: So many of those who are there at once are named; all of a large unit would fill the screen.
_NAMED = 3


class Held(NamedTuple):
    """A tenure as it will stand, by instants."""

    #: Under which it stands; none for a new one.
    key: str | None
    seat: str
    holder: str
    since: int
    until: int
    #: The row that says so.
    mark: Mark | None = None


def after(playbook: Playbook, people: People, new: Sequence[Held]) -> dict[str, list[Held]]:
    """Give all tenures of the seats concerned as they will be, in order of time."""
    found: dict[str, list[Held]] = {}
    replaced = {one.key for one in new if one.key is not None}
    coming: dict[str, list[Held]] = defaultdict(list)
    said: set[tuple[str, str, int, int]] = set()
    for one in new:
        what = (one.seat, one.holder, one.since, one.until)
        # two rows that say the same of a seat are no contradiction: lists are put together from several
        if what not in said:
            said.add(what)
            coming[one.seat].append(one)
    for seat, those in coming.items():
        there = [_as_held(key, tenure) for key, tenure in people.tenures.get(seat, ()) if key not in replaced]
        if _room(playbook, seat) == 1:
            begins = sorted(one.since for one in those)
            there = [_relieved(one, begins) for one in there]
        found[seat] = sorted([*there, *those], key=lambda one: (one.since, one.until))
    return found


def crowded(playbook: Playbook, seats: Mapping[str, Sequence[Held]], at: int) -> Iterator[Problem]:
    """Find seats with more holders at once than they have room for, and holders twice in one seat.

    What is known to have ended by now stands in nobody's way: terms are counted by days, and somebody may
    have left in the middle of one.
    """
    for seat, held in seats.items():
        yield from _crowded(playbook, seat, [one for one in held if one.mark is not None or one.until > at])


def _room(playbook: Playbook, key: str) -> int | None:
    """Say how many people can hold a seat at once; none for any number."""
    seat = seat_of(playbook, key)
    if seat is None or seat.everyone or seat.people is not None:
        return None
    return seat.count or sum(post.count or 1 for post in seat.posts) or len(seat.holders) or 1


def _as_held(key: str, tenure: Tenure) -> Held:
    return Held(key, tenure.seat, tenure.holder, *bounds(tenure.since, tenure.until))


def _relieved(one: Held, begins: Sequence[int]) -> Held:
    """End a tenure when the next one begins; the same holder may succeed himself."""
    following = bisect_right(begins, one.since)
    is_relieved = following < len(begins) and begins[following] < one.until
    return one._replace(until=begins[following]) if is_relieved else one


def _crowded(playbook: Playbook, seat: str, held: Sequence[Held]) -> Iterator[Problem]:
    room = _room(playbook, seat)
    #: Those who are there: until when, and their place in `held`; who leaves next stands first.
    there: list[tuple[int, int]] = []
    #: By holder the tenure that lasts longest.
    longest: dict[str, Held] = {}
    for place, one in enumerate(held):
        while there and there[0][0] <= one.since:
            heapq.heappop(there)
        same = longest.get(one.holder)
        if same is not None and same.until > one.since:
            yield _twice(playbook, same, one)
            continue
        if room is not None and len(there) >= room:
            # whoever was there before has no row, so any of the new ones shows the place
            near = there[:_NAMED] if one.mark else there
            others = sorted((held[n] for _until, n in near), key=lambda other: other.mark is None)
            yield _too_many(playbook, one, others[:_NAMED], room, len(there) - _NAMED)
        heapq.heappush(there, (one.until, place))
        longest[one.holder] = one


def _too_many(playbook: Playbook, one: Held, others: Sequence[Held], room: int, more: int) -> Problem:
    shown = [_shown(other) for other in others]
    day, beside = _day(playbook, one.since), [*shown, say("{n} more", n=more)] if more > 0 else shown
    return Problem(
        rule="D005",
        severity="error",
        mark=one.mark or next((other.mark for other in others if other.mark), None),
        expected=say("at most {n} at once in {seat}", n=room, seat=one.seat),
        found=say("{holder} from {day} beside {others}", holder=one.holder, day=day, others=beside),
        do=say("give `until` to whoever leaves"),
    )


def _twice(playbook: Playbook, first: Held, second: Held) -> Problem:
    """Say that one person is in a seat twice: by two rows, or by a row and by what is known."""
    marks = sorted(one.mark for one in (first, second) if one.mark)
    holder, day = second.holder, _day(playbook, first.since if first.mark is None else second.since)
    found = say("{holder} in the directory from {day} as well", holder=holder, day=day)
    do = say("write `from` as {day} to change what is known, or end that first with `until`", day=day)
    if len(marks) > 1:
        found = say("{holder} in row {n} as well", holder=holder, n=marks[0].line)
        do = say("remove one of the two rows, or end the first with `until` before the second begins")
    return Problem(
        rule="D005",
        severity="error",
        mark=marks[-1] if marks else None,
        expected=say("each person once at a time in {seat}", seat=first.seat),
        found=found,
        do=do,
    )


def _day(playbook: Playbook, at: int) -> str:
    return f"{clock.local(at, playbook.jurisdiction.zone):%Y-%m-%d}"


def _shown(one: Held) -> Words:
    return one.holder if one.mark is None else say("{holder} (row {n})", holder=one.holder, n=one.mark.line)
