"""Checkpoints outside against the journal here: what holds, what is behind, forked or of another."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from incident.channels.checkpoints import FolderOutlet
from incident.domain import tree
from incident.domain.checkpoint import format_line, line_of, parse_line
from incident.domain.errors import FormatError, StoreError
from incident.domain.say import Words, render
from incident.service import against, outside
from incident.service.against import Given
from incident.service.notary import publish, sign
from incident.service.outside import Kept
from incident.service.ports import LAST, Reading
from incident.store.sql import SqlStore
from incident.testing import MemoryStore
from incident.testing.given import FakeClock
from incident.testing.samples import log_of
from tests.playbooks import CODE
from tests.service.outside import clock, guard, noted, signed, trusted, verdict
from tests.service.signing import Shelf, head, notary
from tests.service.story import activate, begin, version, whole_night

__all__ = ["clock"]


def test_a_checkpoint_of_this_journal_holds_however_long_it_grew_since(
    memory: MemoryStore, clock: FakeClock
) -> None:
    begin(memory, now=clock)
    early = signed(memory, clock)
    noted(memory, clock, 9)

    assert verdict(memory, early) == verdict(memory, signed(memory, clock)) == "holds"


def test_what_covers_more_is_others_or_is_of_another_journal_does_not_hold(
    memory: MemoryStore, clock: FakeClock
) -> None:
    begin(memory, now=clock)
    noted(memory, clock, 2)
    here = signed(memory, clock)

    assert verdict(memory, here._replace(size=4)) == "behind"
    assert verdict(memory, here._replace(size=2)) == "forked"
    assert verdict(memory, here._replace(root=bytes(32))) == "forked"
    assert verdict(memory, here._replace(origin=f"incident/{CODE}/0000000000000000")) == "foreign"


def test_a_journal_behind_the_outside_is_read_and_not_written_to(
    sqlite_store: SqlStore, clock: FakeClock
) -> None:
    shelf, gone = Shelf(), MemoryStore()
    for store in (sqlite_store, gone):
        begin(store, now=clock)
    noted(gone, clock, 3)
    newest = sign(gone, CODE, notary(clock))
    publish(gone, CODE, notary(clock, shelf))
    assert newest is not None

    guarded = SqlStore(sqlite_store._engine, guard(shelf).look)
    with pytest.raises(StoreError, match="1 entries here; fewer entries"):
        noted(guarded, clock, 1)
    with guarded.claiming([CODE]) as tx:
        assert tx.codes_held == []
    with guarded.claiming([]) as tx:
        assert tx.codes_held == []
    assert version(guarded) == 1
    assert ["1 entries here" in str(one) for one in guarded.read_only()] == [True]
    assert sqlite_store.read_only() == []


def test_an_outlet_that_is_away_is_told_and_stands_in_nobodys_way(
    sqlite_store: SqlStore, clock: FakeClock
) -> None:
    """An emergency does not wait for a network drive."""
    shelf, told = Shelf(), list[Words]()
    begin(sqlite_store, now=clock)
    shelf.is_away = True
    guarded = SqlStore(sqlite_store._engine, guard(shelf, told=told).look)

    noted(guarded, clock, 1)

    assert version(guarded) == 2
    assert [render(one, "en", str) for one in told] == ["checkpoints outside cannot be read: not mounted"]


def test_a_journal_that_fits_is_written_to_and_looked_at_once_in_a_while(
    sqlite_store: SqlStore, clock: FakeClock
) -> None:
    shelf = Shelf()
    begin(sqlite_store, now=clock)
    sign(sqlite_store, CODE, notary(clock))
    publish(sqlite_store, CODE, notary(clock, shelf))
    looked: list[str] = []

    def look(code: str) -> Callable[[Reading], None]:
        looked.append(code)
        return guard(shelf).look(code)

    guarded = SqlStore(sqlite_store._engine, look)
    noted(guarded, clock, 2)
    with guarded.claiming([CODE]) as tx:
        assert tx.codes_held == [CODE]
    assert looked == [CODE]


def test_what_somebody_signs_meanwhile_does_not_look_as_if_it_were_missing(
    sqlite_store: SqlStore, clock: FakeClock
) -> None:
    """Outside is looked at before the journal, never after it."""
    shelf = Shelf()
    begin(sqlite_store, now=clock)

    class Busy(Shelf):
        """Another node that records and signs whenever somebody looks."""

        def newest(self, code: str, *, until: int = LAST) -> Sequence[Kept]:
            clock.after(minutes=1)
            noted(sqlite_store, clock, 1)
            sign(sqlite_store, CODE, notary(clock))
            publish(sqlite_store, CODE, notary(clock, shelf))
            return shelf.newest(code, until=until)

    guarded = SqlStore(sqlite_store._engine, guard(Busy()).look)
    with guarded.claiming([CODE]) as tx:
        assert tx.codes_held == [CODE]
    assert guarded.read_only() == []
    assert sign(sqlite_store, CODE, notary(clock, Busy())) is not None


def test_a_new_journal_does_not_take_the_place_of_one_that_was_signed(
    memory: MemoryStore, clock: FakeClock
) -> None:
    shelf = Shelf()
    begin(memory, now=clock)
    sign(memory, CODE, notary(clock))
    publish(memory, CODE, notary(clock, shelf))

    with MemoryStore().reading() as tx, pytest.raises(StoreError, match="0 entries here"):
        guard(shelf).look(CODE)(tx)


def test_a_note_that_nobody_trusted_signed_counts_for_nothing_and_is_told(
    memory: MemoryStore, clock: FakeClock
) -> None:
    shelf, told = Shelf(), list[Words]()
    begin(memory, now=clock)
    given = signed(memory, clock)
    shelf.put(CODE, given._replace(size=99), "no note\n")

    with memory.reading() as tx:
        guard(shelf, told=told).look(CODE)(tx)

    (words,) = told
    assert render(words, "en", str).startswith(f"{given.origin} counts for nothing: expected ")


def test_checkpoints_brought_say_between_which_entries_a_journal_was_changed(
    memory: MemoryStore, clock: FakeClock
) -> None:
    begin(memory, now=clock)
    heads = []
    for _ in range(4):
        heads.append(signed(memory, clock))
        clock.after(hours=1)
        noted(memory, clock, 2)
    brought = [Given(f"{one.size}", one) for one in heads]
    with memory.reading() as tx:
        found = outside.here(tx, CODE, log_of(tx, CODE).situation)
        held = against.compare(found, CODE, brought)
        assert [one.verdict for one in held] == ["holds"] * 4
        assert against.changed_between(held) is None
        altered = [
            *brought[:2],
            *(Given(one.where, heads[n + 2]._replace(root=bytes(32))) for n, one in enumerate(brought[2:])),
        ]
        held = against.compare(found, CODE, altered[::-1])

    span = against.changed_between(held)
    assert [one.verdict for one in held] == ["holds", "holds", "forked", "forked"]
    assert span is not None
    assert (span.since, span.until, span.after, span.before) == (3, 5, heads[1].at, heads[2].at)


def test_the_line_that_people_keep_is_as_good_a_witness(memory: MemoryStore, clock: FakeClock) -> None:
    whole_night(memory, clock)
    here = signed(memory, clock)
    typed = parse_line(format_line(line_of(CODE, 5, here.root)).lower())
    other = line_of(CODE, 5, bytes(32))
    with memory.reading() as tx:
        found = outside.here(tx, CODE, log_of(tx, CODE).situation)
        lines = [typed, other, typed._replace(size=9), typed._replace(code="330999")]
        held = against.compare(found, CODE, [Given("line", one) for one in lines])
    assert sorted(one.verdict for one in held) == ["behind", "foreign", "forked", "holds"]
    span = against.changed_between(held)
    assert span is not None
    assert (span.since, span.until, span.after, span.before) == (0, 5, None, None)
    assert "entries 0 to 4" in str(against.told(span, "UTC"))


def test_checkpoints_in_a_folder_are_files_that_tell_what_they_are(
    memory: MemoryStore, clock: FakeClock, tmp_path: Path
) -> None:
    outlet = FolderOutlet(tmp_path)
    assert outlet.newest(CODE) == []
    begin(memory, now=clock)
    first = sign(memory, CODE, notary(clock))
    activate(memory, now=clock)
    second = sign(memory, CODE, notary(clock))
    publish(memory, CODE, notary(clock, outlet))
    assert first is not None
    assert second is not None

    origin = head(first.note).origin.rpartition("/")[2]
    folder = tmp_path / CODE / f"{origin}-000000000"
    assert {file.name: file.read_text() for file in folder.iterdir()} == {
        f"{origin}-000000000001.txt": first.note,
        f"{origin}-000000000002.txt": second.note,
    }
    newest = str(folder / f"{origin}-000000000002.txt")
    assert outlet.newest(CODE) == [Kept(newest, second.note)]
    with pytest.raises(FileNotFoundError):
        FolderOutlet(tmp_path / "away").newest(CODE)
    with pytest.raises(FormatError):
        trusted("x")
    with closing(sqlite_of(tmp_path)) as store, store.reading() as tx:
        with pytest.raises(StoreError, match="0 entries here"):
            guard(outlet).look(CODE)(tx)
        assert outside.root_at(tx, CODE, 0) == tree.EMPTY_ROOT


def sqlite_of(folder: Path) -> SqlStore:
    from incident import bootstrap

    return bootstrap.open_store(f"sqlite:///{folder / 'new.db'}")


def test_what_is_no_file_or_no_folder_keeps_nobody_waiting(tmp_path: Path) -> None:
    folder = tmp_path / CODE / "0123456789abcdef-000000000"
    folder.mkdir(parents=True)
    os.mkfifo(folder / "0123456789abcdef-000000000001.txt")
    (kept,) = FolderOutlet(tmp_path).newest(CODE)
    assert kept.note == ""
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        FolderOutlet(tmp_path / "file").newest(CODE)
