"""Bytes of an SQLite file turned, some of every page; `make sweep` turns all of them."""

from __future__ import annotations

import math
import pickle
import sqlite3
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.service.signing import Shelf
from tests.tamper import outside
from tests.tamper.flips import MASKS, File, Unexplained, make_small, page_of, rows_of, within
from tests.tamper.looking import CAUGHT, STORAGE, UNREADABLE, Seen, newest
from tools import sweep_tamper


class Made(NamedTuple):
    """The small file, and what left it."""

    file: File
    left: Shelf


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    path = tmp_path_factory.mktemp("file") / "small.db"
    left = make_small(path)
    return Made(File(path, newest(left)), left)


@pytest.fixture
def file(made: Made) -> File:
    return made.file


def places(file: File) -> Iterator[int]:
    """Choose two places in every page: one in its head, and one in what it holds."""
    page = page_of(file.whole)
    for n, start in enumerate(range(0, file.size, page)):
        held = (13 * n) % page if n % 2 else page - 1 - (29 * n) % (page // 2)
        yield from {start + (7 * n) % 8, start + held}


def test_small_file_has_rows_in_every_table_and_holds(file: File) -> None:
    assert not [name for name, rows in file.rows.items() if not rows]
    assert file.look().level is None
    assert file.size < 100_000


def test_byte_that_is_turned_is_found_or_no_row_of_the_record_reads_otherwise(file: File) -> None:
    kinds = file.kinds()
    ended = [file.flip(at, MASKS[n % 2]) for n, at in enumerate(places(file))]

    assert len(ended) > 200
    assert len(set(kinds)) > 15, "every table, indexes, and the form"
    assert {one.level for one in ended} <= {None, *CAUGHT}
    assert {UNREADABLE, STORAGE, "leaves", "stored"} <= {one.level for one in ended}
    # what is outside is room that is free, the form, and who may sign in
    reasons = {None, outside.NO_ROW, outside.FORM, outside.SIGN_IN, *outside.COLUMNS.values()}
    assert {one.why for one in ended} <= reasons
    assert file.path.read_bytes() == file.whole


def test_index_that_answers_otherwise_than_its_table_is_found(file: File) -> None:
    """SQLite answers from the index, so no look at the journal would show it."""
    page = page_of(file.whole)
    pages = [n for n, kind in enumerate(file.kinds()) if kind == "disclosure"]
    word = b"decided_by"
    found = (file.whole.find(word, n * page, (n + 1) * page) for n in pages)
    at = next(at for at in found if at >= 0)

    assert file.flip(at + 2, 0xFF).level == STORAGE


def test_harness_tells_what_was_not_found(file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is altered is compared by the driver, not by the program."""
    monkeypatch.setattr(File, "look", lambda _file: Seen(None))
    at = file.whole.index(b"TimerEnded")
    with pytest.raises(Unexplained):
        file.flip(at, 1)


def test_sweep_can_hand_the_file_to_processes_of_its_own(made: Made) -> None:
    sweep_tamper._begin(*pickle.loads(pickle.dumps((made.file.whole, made.left))))
    at = made.file.whole.index(b"TimerEnded")
    assert sweep_tamper._turn([at], math.inf) == {(mask, "leaves"): 1 for mask in MASKS}


def for_ever() -> None:
    for _ in count():
        pass


def test_what_takes_too_long_is_ended() -> None:
    with pytest.raises(TimeoutError), within(0.05):
        for_ever()


def test_rows_are_read_past_the_indexes(tmp_path: Path, file: File) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(file.whole)
    assert rows_of(copy) == file.rows
    connection = sqlite3.connect(copy)
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("DROP TRIGGER entry_no_update")
    connection.execute("UPDATE entry SET leaf = x'00' WHERE seq = 1")
    connection.commit()
    connection.close()
    assert outside.why(file.rows, rows_of(copy)) is None
