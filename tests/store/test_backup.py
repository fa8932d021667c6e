"""A backup is whole while others write, is looked at before it has its name, and is never written over."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from multiprocessing.synchronize import Barrier
from pathlib import Path
from unittest.mock import patch

import pytest

from incident import bootstrap
from incident.domain.errors import IncidentError, RequestError, StoreError
from incident.store import backup
from incident.store.backup import Copied, back_up
from incident.store.sql import SqlStore
from tests.playbooks import CODE
from tests.service.story import bodies, version, whole_night
from tests.store.children import CONTEXT, PATIENCE, tell_ten
from tests.store.moves import contents, moved


@pytest.fixture
def lived(sqlite_url: str) -> str:
    """The URL of a file with five entries."""
    with closing(bootstrap.open_store(sqlite_url)) as store:
        whole_night(store)
    return sqlite_url


def backed_up(url: str, file: Path, tell: Callable[[int, int], None] = lambda *_: None) -> Copied:
    return back_up(url, file, tell)


def refused(url: str, file: Path, tell: Callable[[int, int], None] = lambda *_: None) -> IncidentError:
    """Make no backup; nothing is left but what was there."""
    before = {one.name for one in file.parent.iterdir()}
    with pytest.raises(IncidentError) as caught:
        back_up(url, file, tell)
    assert all(caught.value.parts())
    ours = {"incident.db-wal", "incident.db-shm"}
    assert {one.name for one in file.parent.iterdir()} - ours == before - ours
    return caught.value


def by_hand(url: str, *statements: str) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as hand:
        for statement in statements:
            hand.execute(statement)
        hand.commit()


def read(store: SqlStore) -> list[bytes]:
    with store.reading() as tx:
        return bodies(tx)


def test_copy_holds_all_for_its_owner_alone_and_stands_by_itself(lived: str, tmp_path: Path) -> None:
    file = tmp_path / "copy.db"
    before = contents(lived)

    made = backed_up(lived, file)

    assert contents(f"sqlite:///{file}") == before
    assert [(one.jurisdiction, one.entries) for one in made.journals] == [(CODE, 5)]
    assert made.faults == []
    assert made.size == file.stat().st_size
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    # moved elsewhere it is the same: nothing of it stood beside it
    (tmp_path / "elsewhere").mkdir()
    elsewhere = shutil.move(file, tmp_path / "elsewhere" / "incident.db")
    with closing(bootstrap.open_store(f"sqlite:///{elsewhere}")) as store:
        assert version(store) == 5


def test_each_copy_made_while_another_process_writes_is_one_moment_of_it(lived: str, tmp_path: Path) -> None:
    """In steps of a page, so that many an entry is written between the first and the last."""
    together = CONTEXT.Barrier(2)
    writer = CONTEXT.Process(target=_write, args=(lived, together))
    writer.start()
    together.wait(PATIENCE)
    sizes: list[int] = []
    with patch.object(backup, "_PAGES", 1):
        while writer.is_alive():
            made = backed_up(lived, tmp_path / f"{len(sizes)}.db")
            assert made.faults == []
            sizes.append(made.journals[0].entries)
    writer.join(PATIENCE)
    assert writer.exitcode == 0
    with closing(bootstrap.open_store(lived)) as store:
        whole = read(store)
    assert len(whole) == 5 + 30
    assert sizes == sorted(sizes)
    assert any(5 < size < len(whole) for size in sizes)
    for n, size in enumerate(sizes):
        with closing(bootstrap.open_store(f"sqlite:///{tmp_path / f'{n}.db'}")) as copy:
            assert read(copy) == whole[:size]


def _write(url: str, together: Barrier) -> None:
    for who in range(3):
        tell_ten(url, together if who == 0 else CONTEXT.Barrier(1), who)


def test_one_in_use_for_long_is_not_waited_for(lived: str, tmp_path: Path) -> None:
    with closing(bootstrap.open_store(lived)) as store, store.writing(CODE):
        assert backed_up(lived, tmp_path / "copy.db").journals[0].entries == 5


def test_what_has_the_name_stays(lived: str, tmp_path: Path) -> None:
    mine, nowhere = tmp_path / "mine.db", tmp_path / "nowhere.db"
    mine.write_text("mine")
    nowhere.symlink_to("no such file")
    for file in (mine, nowhere):
        assert isinstance(refused(lived, file), RequestError)
    assert mine.read_text() == "mine"
    assert isinstance(refused(lived, Path(lived.removeprefix("sqlite:///"))), RequestError)


def _no_links(*_: object) -> None:
    raise PermissionError("no such thing here")


@pytest.mark.parametrize("link", [os.link, _no_links])
def test_what_came_by_the_name_meanwhile_stays_too(
    lived: str, tmp_path: Path, link: Callable[..., None]
) -> None:
    """In file systems in which a file can have two names, and in the others, such as that of a USB stick."""
    file = tmp_path / "copy.db"

    def tell(_done: int, _total: int) -> None:
        file.write_text("theirs")

    with patch.object(os, "link", link):
        with pytest.raises(RequestError):
            back_up(lived, file, tell)
        assert file.read_text() == "theirs"
        assert not list(tmp_path.glob(".*"))
        backed_up(lived, tmp_path / "another.db")


def test_nothing_is_left_of_a_copy_that_fails(lived: str, tmp_path: Path) -> None:
    def full(_done: int, _total: int) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    error = refused(lived, tmp_path / "copy.db", full)
    assert "room on the disk" in str(error)


def test_there_has_to_be_a_database_and_a_folder(lived: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nothing"):
        back_up(f"sqlite:///{tmp_path / 'none.db'}", tmp_path / "copy.db", lambda *_: None)
    with pytest.raises(RequestError, match="No such file"):
        back_up(lived, tmp_path / "none" / "copy.db", lambda *_: None)
    assert not (tmp_path / "none.db").exists()


def test_journal_that_does_not_hold_is_named_and_the_copy_kept(lived: str, tmp_path: Path) -> None:
    """It is as good as what it was made from, and a broken record needs its backups most."""
    by_hand(lived, "DROP TRIGGER entry_no_update", "UPDATE entry SET leaf = zeroblob(32) WHERE seq = 3")
    made = backed_up(lived, tmp_path / "copy.db")
    assert [(fault.jurisdiction, fault.seq) for fault in made.faults] == [(CODE, 3)]
    assert made.journals == []
    assert (tmp_path / "copy.db").exists()


BROKEN = {
    "an entry gone": ("DELETE FROM entry WHERE seq = 2", 2),
    "the newest gone": ("DELETE FROM entry WHERE seq = 4", None),
    "another tree": ("UPDATE situation SET peaks = zeroblob(64)", None),
    "no situation": ("DELETE FROM situation", None),
    "no entry": ("DELETE FROM entry", None),
    "another text": ("UPDATE entry SET body = CAST('{}' AS BLOB) WHERE seq = 1", 1),
}


@pytest.mark.parametrize("what", BROKEN)
def test_each_fault_of_a_journal_is_found(what: str, lived: str, tmp_path: Path) -> None:
    statement, seq = BROKEN[what]
    by_hand(lived, "DROP TRIGGER entry_no_update", "DROP TRIGGER entry_no_delete", statement)
    (fault,) = backed_up(lived, tmp_path / "copy.db").faults
    assert (fault.jurisdiction, fault.seq) == (CODE, seq)


def test_entry_whose_text_was_let_go_counts_with_its_leaf(lived: str, tmp_path: Path) -> None:
    root = backed_up(lived, tmp_path / "whole.db").journals
    by_hand(lived, "DROP TRIGGER entry_no_update", "UPDATE entry SET body = x'' WHERE seq < 3")
    assert backed_up(lived, tmp_path / "copy.db").journals == root


def test_broken_pages_are_found_and_no_backup_is_made_of_them(lived: str, tmp_path: Path) -> None:
    file = Path(lived.removeprefix("sqlite:///"))
    by_hand(lived, "PRAGMA wal_checkpoint(TRUNCATE)")
    damaged = bytearray(file.read_bytes())
    at = damaged.index(b"task_force", 3 * 4096)  # a page of the tables, not the head of the file
    damaged[at // 4096 * 4096 : at // 4096 * 4096 + 64] = bytes(64)
    file.write_bytes(damaged)
    assert isinstance(refused(lived, tmp_path / "copy.db"), StoreError)


def test_older_schema_is_copied_before_it_is_upgraded(lived: str, tmp_path: Path) -> None:
    by_hand(lived, "DROP TABLE letter", "UPDATE alembic_version SET version_num = '0004'")
    made = backed_up(lived, tmp_path / "copy.db")
    assert (made.revision, made.journals[0].entries) == ("0004", 5)
    by_hand(lived, "UPDATE alembic_version SET version_num = '9999'")
    assert "newer" in str(refused(lived, tmp_path / "other.db"))


def test_one_that_was_moved_has_its_backups_where_it_is_now(lived: str, tmp_path: Path) -> None:
    moved(lived, f"sqlite:///{tmp_path / 'new.db'}")
    assert "moved to" in str(refused(lived, tmp_path / "copy.db"))


def test_postgresql_is_copied_by_its_own_tool_and_no_password_is_shown(tmp_path: Path) -> None:
    error = refused("postgresql+psycopg://u:geheim@h/n?sslmode=require", tmp_path / "copy.db")
    assert isinstance(error, RequestError)
    assert "pg_dump --format=custom --no-owner --file=FILE 'postgresql://u@h/n?sslmode=require'" in str(error)
    assert "geheim" not in str(error)
