"""Whole journals made anew, hashes and tables in step: in the end only what left the house tells.

The place's checkpoints cover 5 and 15 of its 18 entries.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from incident import bootstrap
from incident.domain.clock import read_stamp
from incident.testing import MemoryStore
from tests.tamper import outside
from tests.tamper.journals import NOT_COVERED, NOT_MADE, ORDERS, Journal, forgeries
from tests.tamper.looking import CAUGHT, OUTSIDE, Seen, brought, look
from tests.tamper.town import Town

#: Entries after the first and the second checkpoint.
FIRST, SECOND = 5, 15


@pytest.fixture(scope="module")
def town() -> Town:
    return Town(MemoryStore()).whole()


@pytest.fixture(scope="module")
def made(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journal]:
    url = f"sqlite:///{tmp_path_factory.mktemp('scratch') / 'scratch.db'}"
    with closing(bootstrap.open_store(url)) as scratch, town.store.reading() as tx:
        yield Journal(tx, brought(town.outside, [FIRST, SECOND]), scratch)


def test_journal_that_is_made_anew_as_it_was_holds(made: Journal) -> None:
    assert (made.covered, len(made.entries)) == (SECOND, 18)
    assert made.look(made.entries) == Seen(None)


def test_value_that_is_forged_with_all_that_follows_is_found(made: Journal) -> None:
    every = [*forgeries(made.entries)]
    ended = {made.ended(forged) for forged in every[::6]}

    assert len(every) > 600
    assert ended <= {*CAUGHT, NOT_COVERED, NOT_MADE}
    assert {"decisions", OUTSIDE} <= ended


def test_checkpoints_say_between_which_entries_it_was_forged_and_since_when(made: Journal) -> None:
    """Somebody else stood at the keyboard when the report was filed: nothing else follows from it."""
    (by,) = [one for one in forgeries(made.entries) if (one.seq, one.where) == (9, "by/sd _changed")]
    seen = made.look(made.with_entry(by.entry))

    assert seen is not None
    assert (seen.level, seen.seq) == (OUTSIDE, None)
    assert seen.span is not None
    assert (seen.span.since, seen.span.until) == (FIRST, SECOND)
    assert (seen.span.after, seen.span.before) == (
        read_stamp("2026-02-28T18:40:00Z"),
        read_stamp("2026-03-01T02:20:00Z"),
    )


@pytest.mark.parametrize("what", ORDERS)
def test_entries_left_out_doubled_and_moved_are_found(made: Journal, what: str) -> None:
    """Where the program's own code makes a journal of it; one that ends sooner is missing its end.

    Up to what was signed: what comes after names an entry by its number, and would not follow from others.
    """
    signed = made.entries[:SECOND]
    seen = {at: made.look(ORDERS[what](signed, at)) for at in range(1, SECOND)}
    levels = {at: one.level for at, one in seen.items() if one is not None}

    if what == "doubled":
        assert levels == {SECOND - 1: None}, "no other can be made; this one comes after what was signed"
    else:
        assert len(levels) > 5
        assert {*levels.values()} <= {*CAUGHT}, levels
        assert OUTSIDE in levels.values()


def test_end_that_is_cut_off_is_found_by_the_checkpoint_that_covers_it(made: Journal) -> None:
    seen = made.look(made.entries[: SECOND - 1])

    assert seen is not None
    # fewer entries than were signed: none is another
    assert (seen.level, seen.span) == (OUTSIDE, None)


def test_end_that_nothing_outside_covers_can_be_cut_off_unseen(made: Journal) -> None:
    assert made.look(made.entries[:SECOND]) == Seen(None)


def test_older_copy_that_is_put_back_is_found(town: Town) -> None:
    older = Town(MemoryStore())
    older.begin()
    older.sign()
    with older.store.reading() as tx:
        assert look(tx, brought(town.outside, [FIRST])) == Seen(None)
        assert look(tx, brought(town.outside, [FIRST, SECOND])).level == OUTSIDE


def test_two_journals_from_one_beginning_are_told_apart(town: Town) -> None:
    fork = Town(MemoryStore())
    fork.begin()
    fork.sign()
    fork.clock.after(minutes=1)
    fork.go_on()
    fork.sign()
    with fork.store.reading() as tx:
        seen = look(tx, brought(town.outside, [FIRST, SECOND]))
        assert look(tx, brought(fork.outside, fork.outside.sizes())) == Seen(None)

    assert seen.level == OUTSIDE
    assert seen.span is not None
    assert (seen.span.since, seen.span.until) == (FIRST, SECOND)


def test_journal_made_from_scratch_is_another(town: Town) -> None:
    scratch = Town(MemoryStore(), salt="乙").whole()
    with scratch.store.reading() as tx:
        # the first entry is the same, so is the origin
        seen = look(tx, brought(town.outside, [FIRST, SECOND]))
    assert seen.level == OUTSIDE
    assert seen.span is not None
    assert (seen.span.since, seen.span.until) == (0, FIRST)


def test_entry_without_a_fact_is_refused(made: Journal) -> None:
    (empty,) = [one for one in forgeries(made.entries) if (one.seq, one.where) == (6, "facts/0 _left_out")]
    seen = made.look(made.with_entry(empty.entry))
    assert seen is not None
    assert (seen.level, seen.seq) == ("decisions", 6)


def test_what_is_outside_the_record_for_a_reason_is_told_in_its_words() -> None:
    """A reason that was taken off the list, or put on it, makes the table of the guarantees wrong."""
    page = (Path(__file__).parents[2] / "docs" / "guarantees.md").read_text(encoding="utf-8")
    rows = page.partition("**Rows on SQLite**")[2].partition("| **all**")[0].splitlines()
    told = {
        row.split("|")[1].strip().removeprefix("outside: ") for row in rows if row.startswith("| outside")
    }

    listed = {*outside.COLUMNS.values(), *outside.TABLES.values(), *outside.GONE.values(), outside.SAME}
    assert told == listed
