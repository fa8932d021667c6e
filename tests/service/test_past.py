"""As of an instant: what was answered live is answered for ever, from the journal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from incident.domain.clock import stamp
from incident.domain.facts_record import SnapshotTaken
from incident.service import calling, handover, queries, reports, rota
from incident.service.past import as_of, cut_at
from incident.service.ports import Reading
from incident.service.snapshots import spans
from incident.service.taking import EVERY, take_snapshots
from incident.service.verify import verify
from tests.service.walk import Walk

HOUR = 3600


# -- where an instant lies


class Times:
    """Of a journal, when its entries were recorded."""

    def __init__(self, times: Sequence[int]) -> None:
        self.times = times
        self.looked_at = 0

    def recorded(self, _code: str, *, since: int, until: int) -> Iterator[tuple[int, int]]:
        for seq in range(since, until):
            self.looked_at += 1
            yield seq, self.times[seq]


def said_of(times: Sequence[int], sizes: Sequence[int]) -> list[SnapshotTaken]:
    """Say of each part between snapshots when its entries were recorded."""
    return [
        SnapshotTaken(
            size=size,
            digest="",
            after=after,
            earliest=stamp(min(times[after:size])),
            latest=stamp(max(times[after:size])),
        )
        for after, size in pairwise([0, *sizes])
    ]


def cut(times: Sequence[int], at: int, sizes: Sequence[int] = ()) -> tuple[int, int]:
    tx: Any = Times(times)
    return cut_at(tx, "1", at, said_of(times, sizes), len(times))


def wrong(times: Sequence[int], at: int, size: int) -> int:
    return sum(one > at for one in times[:size]) + sum(one <= at for one in times[size:])


@pytest.mark.parametrize(
    ("times", "at", "found"),
    [
        ([10, 20, 30], 25, (2, 0)),
        ([10, 20, 20, 30], 20, (3, 0)),
        ([10, 20, 30], 9, (0, 0)),
        ([10, 20, 30], 99, (3, 0)),
        # the battery of the clock was empty for an entry; years before are what they were
        ([10, 20, 30, 1, 40, 50], 15, (1, 1)),
        # the clock was a year ahead for an entry; what follows is not hidden for a year
        ([10, 20, 999, 30, 40, 50], 45, (5, 1)),
        # set back an hour: the second time that the clock showed it
        ([10, 20, 30, 15, 25, 35], 40, (6, 0)),
    ],
)
def test_instant_lies_where_most_entries_say(times: list[int], at: int, found: tuple[int, int]) -> None:
    assert cut(times, at) == found


@given(st.lists(st.integers(1, 30), max_size=24), st.data())
def test_cut_leaves_the_fewest_on_the_wrong_side_whatever_snapshots_there_are(
    times: list[int], data: st.DataObject
) -> None:
    sizes = sorted(data.draw(st.sets(st.integers(1, len(times)) if times else st.nothing())))
    cuts = [cut(times, at, sizes) for at in range(32)]
    for at, (size, astray) in enumerate(cuts):
        each = [wrong(times, at, n) for n in range(len(times) + 1)]
        assert astray == each[size] == min(each)
        assert size == max(n for n, many in enumerate(each) if many == astray)
    assert [size for size, _ in cuts] == sorted(size for size, _ in cuts), "it never moves back"
    assert cuts[-1] == (len(times), 0), "as of the end it is the whole journal"


def test_entries_are_looked_at_only_between_the_snapshots_around_the_instant() -> None:
    times = range(0, 10_000, 10)
    tx: Any = Times(times)
    assert cut_at(tx, "1", 5_555, said_of(times, range(100, 1000, 100)), len(times)) == (556, 0)
    assert tx.looked_at <= 200, "those around it, and those since the last snapshot"


def test_parts_that_no_snapshot_tells_of_are_looked_at() -> None:
    said = said_of(range(100), [10, 20, 50, 60])
    assert [part[:2] for part in spans([said[0], said[2]], 100)] == [(0, 10), (10, 20), (20, 50), (50, 100)]
    assert [part[2] is None for part in spans([said[0], said[2]], 100)] == [False, True, False, True]
    assert [part[:2] for part in spans([said[3], said[1]], 55)] == [(0, 10), (10, 20), (20, 55)]


# -- what was answered live


def answer(tx: Reading, walk: Walk, at: int, *, is_past: bool) -> dict[str, Any]:
    """Say all that is answered of an instant: as the present, or as of then."""
    code = walk.office.code
    past = as_of(tx, code, at) if is_past else None
    found = queries.status(tx, code, past)
    board = reports.board(tx, code, at=at, past=past)
    rows = reports.rows(board.desk, board.desk.occurrences)
    now = walk.office.clock()
    duty = rota.rota(tx, code, at, at + 1, at) if past is None else rota.as_of(tx, code, past, now)
    size = None if past is None else past.cut.size
    return {
        "version": found.situation.version,
        "status": (found.situation, found.standing, found.playbook),
        "reports": [(row.report, row.zero, row.valid) for row in rows],
        "open": board.open,
        "held": board.held,
        "duty": {
            key: [(one.piece.post, one.piece.holder, *_recorded(one, size)) for one in pieces]
            for key, pieces in rota.on_duty(duty, at).items()
        },
        "callouts": calling.open_callouts(tx, code, past),
        "handovers": handover.handovers(tx, code, at, past),
    }


def _recorded(one: Any, size: int | None) -> tuple[Any, ...]:
    """What of a piece was known then, too, if it was recorded then."""
    is_foreseen = one.seq < 0 or (size is not None and one.seq >= size)
    return () if is_foreseen else (one.seq, one.n, one.shift, one.till, one.since, one.until, one.piece)


class Watched(Walk):
    """A walk of which it is noted after each step what is answered then."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        # time passes oftener: as of a second is as of its end
        self._acts += [self._pass_time] * 20
        self.answered: dict[int, dict[str, Any]] = {}
        self.every = self.random.choice((3, 7, 20, EVERY))

    def _hold_laws(self, *, is_verified: bool) -> None:
        take_snapshots(self.office.store, now=self.office.clock, every=self.every)
        with self.office.store.reading() as tx:
            now = self.office.clock()
            self.answered[now] = answer(tx, self, now, is_past=False)


@settings(max_examples=8, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.integers(0, 2**32 - 1))
def test_whatever_was_answered_live_is_answered_ever_after(seed: int) -> None:
    walk = Watched(seed)
    walk.go(20)
    with walk.office.store.reading() as tx:
        assert verify(tx, walk.office.code).replayed
        recorded = [one.at for one in tx.entries(walk.office.code)]
        by = {at: sum(one <= at for one in recorded) for at in walk.answered}
        whole = {at: then for at, then in walk.answered.items() if then["version"] == by[at]}
        assert whole, "of some instants all was recorded by then"
        for at, then in whole.items():
            found = answer(tx, walk, at, is_past=True)
            for name, value in then.items():
                assert found[name] == value, f"{name} at {at}"
