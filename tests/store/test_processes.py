"""Several programs at one database: one is first, the others are told, and the journal is one."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from incident import bootstrap
from incident.store.sql import SqlStore
from tests.service.story import begin, verified
from tests.store import children
from tests.store.children import at_once
from tests.store.test_kill import adopt


def test_of_two_who_saw_the_same_plan_one_activates_and_one_is_told(store: SqlStore, url: str) -> None:
    begin(store)

    assert sorted(at_once(children.look_and_activate, url, 2)) == ["Conflict", "activated"]
    assert verified(store).entries == 2


def test_event_that_comes_in_by_four_ways_at_once_counts_once(store: SqlStore, url: str) -> None:
    begin(store)

    assert sorted(at_once(children.activate_same_event, url, 4)) == [False, True, True, True]
    assert verified(store).entries == 2


def test_eight_programs_write_one_journal_without_gap(store: SqlStore, url: str) -> None:
    begin(store)

    answers = at_once(children.tell_ten, url, 8)

    assert sorted(seq for numbers in answers for seq in numbers) == list(range(1, 81))
    assert verified(store).entries == 81


def test_of_two_who_adopt_at_once_the_second_finds_it_done(store: SqlStore, url: str) -> None:
    counts = at_once(children.adopt_once, url, 3)

    assert sorted(bool(count) for count in counts) == [False, False, True]
    assert verified(store).entries == 1


def test_programs_that_sweep_at_once_carry_each_town_out_once(store: SqlStore, url: str) -> None:
    codes = [adopt(store, number) for number in range(20)]

    entries = at_once(children.sweep_everything, url, 3)

    # on PostgreSQL who finds all held goes home early; somebody stays to the end
    assert sum(entries) == len(codes)
    assert {verified(store, code).entries for code in codes} == {2}


@pytest.mark.parametrize("attempt", range(3))
def test_new_database_may_be_opened_by_several_at_once(url: str, attempt: int) -> None:
    assert at_once(children.open_new, url, 4) == ["ready"] * 4
    with closing(bootstrap.open_store(url)) as store:
        begin(store)
        assert verified(store).entries == 1


def test_file_of_a_new_database_is_not_left_open_to_others(sqlite_store: SqlStore, tmp_path: Path) -> None:
    begin(sqlite_store)
    assert (tmp_path / "incident.db").stat().st_mode & 0o002 == 0
