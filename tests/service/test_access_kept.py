"""The record of access is kept for so long and no longer, and says itself what went."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from incident.domain import clock
from incident.domain.identity import Access
from incident.service.access import NOBODY
from incident.service.access_kept import KEPT, LEAST, Dropping, drop_old, limit, read, written
from incident.service.ports_identity import WantedAccess
from incident.testing import FakeClock, MemoryIdentity

DAY = 86400


class Record:
    """A record with a line a day for four years, the last one today at 02:40 in the night."""

    def __init__(self) -> None:
        self.identity, self.clock = MemoryIdentity(), FakeClock()
        with self.identity.writing() as tx:
            for days in range(1460, -1, -1):
                tx.note(Access(at=self.clock() - days * DAY, kind="login"))
            tx.commit()

    def drop(self, days: int = KEPT, **more: Any) -> int:
        return drop_old(self.identity, days, NOBODY, now=self.clock, **more)

    def lines(self, *kinds: Any) -> list[Access]:
        with self.identity.reading() as tx:
            return tx.accesses(WantedAccess(kinds=kinds), 9999)

    def said(self) -> list[str | None]:
        return [one.what for one in reversed(self.lines("access_dropped"))]


def test_what_is_older_than_three_years_goes_and_a_line_says_how_many_and_up_to_when() -> None:
    kept = Record()

    assert kept.drop() == 1460 - KEPT == 364

    assert kept.said() == ["364 before 2023-02-28T16:00:00Z"]
    assert kept.lines()[-1].at == kept.clock() - KEPT * DAY
    assert kept.lines()[0] == kept.lines("access_dropped")[0]
    assert kept.lines()[0].user is None
    assert kept.drop() == 0
    assert len(kept.said()) == 1


def test_nothing_goes_before_the_next_midnight_in_china() -> None:
    kept = Record()
    kept.drop()

    kept.clock.at = clock.read_stamp("2026-03-01T15:59:59Z")
    assert kept.drop() == 0
    kept.clock.at += 1
    assert kept.drop() == 1
    assert kept.said()[1:] == ["1 before 2023-03-01T16:00:00Z"]


def test_who_is_killed_meanwhile_says_it_once_and_whoever_comes_next_goes_on() -> None:
    kept = Record()
    turns = count()
    assert kept.drop(batch=100, is_stopping=lambda: next(turns) == 2) == 200
    assert kept.said() == ["364 before 2023-02-28T16:00:00Z"]

    kept.clock.after(days=2)  # nobody worked
    assert kept.drop(batch=100) == 164 + 2

    assert kept.said() == ["364 before 2023-02-28T16:00:00Z", "2 before 2023-03-02T16:00:00Z"]


def test_longer_time_than_before_keeps_what_has_not_gone_yet() -> None:
    kept = Record()
    turns = count()
    kept.drop(batch=100, is_stopping=lambda: next(turns) == 1)

    assert kept.drop(9999) == 0

    assert len(kept.lines()) == 1461 - 100 + 1


def test_somewhat_longer_time_ends_what_was_begun_where_lines_are_to_stay() -> None:
    """Of 364 that were to go at first, 260 are older than 1200 days."""
    kept = Record()
    turns = count()
    kept.drop(batch=100, is_stopping=lambda: next(turns) == 1)

    assert kept.drop(1200) == 1460 - 1200 - 100

    assert kept.lines()[-1].at == kept.clock() - 1200 * DAY
    assert kept.said() == ["364 before 2023-02-28T16:00:00Z"]


def test_another_worker_may_be_first() -> None:
    kept = Record()

    class Overtaken(MemoryIdentity):
        def writing(self) -> Any:
            kept.drop()
            return kept.identity.writing()

        def reading(self) -> Any:
            return kept.identity.reading()

    assert drop_old(Overtaken(), KEPT, NOBODY, now=kept.clock) == 0
    assert len(kept.said()) == 1


def test_empty_record_loses_nothing() -> None:
    assert drop_old(MemoryIdentity(), LEAST, NOBODY, now=FakeClock()) == 0


def test_six_months_are_the_least() -> None:
    assert FakeClock()() - limit(FakeClock()(), LEAST) >= LEAST * DAY
    with pytest.raises(AssertionError):
        limit(FakeClock()(), LEAST - 1)


@pytest.mark.parametrize(
    "what", [None, "", "12", "x before 2023-02-27T16:00:00Z", "1 before 2023-02-30T16:00:00Z"]
)
def test_what_is_no_such_line_is_not_taken_for_one(what: str | None) -> None:
    assert read(what) is None


def test_what_is_written_is_read() -> None:
    said = Dropping(12, FakeClock()())
    assert read(written(said)) == said
