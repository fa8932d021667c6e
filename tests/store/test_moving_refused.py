"""What is not moved, and what a kill in the middle leaves behind."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from incident import bootstrap
from incident.domain.errors import JournalError, RequestError, StoreAway, StoreError
from incident.store import bulk, moving
from incident.store.database import connect, prepare
from tests.playbooks import CODE
from tests.postgres import PostgresServer
from tests.service.story import begin, tell
from tests.store.children import Point
from tests.store.moved import WAYS, New, full, refused
from tests.store.moves import COMMITS, contents, killed_at, moved, passing


def in_use(url: str) -> str | StoreError:
    """Tell whether a program can open a database: `empty`, `ready`, or why not."""
    engine = connect(url)
    try:
        prepare(engine, may_create=False)
    except StoreError as error:
        return "empty" if "nothing" in str(error) else error
    finally:
        engine.dispose()
    return "ready"


# -- not at all


def test_target_that_holds_anything_is_refused_and_stays_as_it_is(old: str, new: New) -> None:
    before = contents(old)
    for kind in ("sqlite", "postgresql"):
        here = new(kind)
        with closing(bootstrap.open_store(here)) as store:
            begin(store)
        kept = contents(here)
        assert "in use" in str(refused(old, here))
        assert (contents(here), contents(old)) == (kept, before)


def test_target_of_somebody_else_is_refused(old: str, new: New) -> None:
    here = new("sqlite")
    with closing(sqlite3.connect(here.removeprefix("sqlite:///"))) as theirs:
        theirs.execute("CREATE TABLE t (x)")
    assert "somebody else" in str(refused(old, here))
    assert in_use(old) == "ready"


def test_same_database_written_otherwise_is_no_other(old: str, tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(old.removeprefix("sqlite:///"))
    assert isinstance(refused(old, f"sqlite:///{link}"), RequestError)


def test_nothing_is_made_where_there_is_nothing_to_move(new: New) -> None:
    there, here = new("sqlite"), new("sqlite")
    assert "nothing" in str(refused(there, here))
    assert not Path(there.removeprefix("sqlite:///")).exists()
    assert not Path(here.removeprefix("sqlite:///")).exists()


FOREIGN = {
    "a number where text belongs": "UPDATE situation SET previous = x'00'",
    "text where bytes belong": "UPDATE person SET channels = '[]'",
    "a fraction": "UPDATE outbox SET tries = 0.5",
    "neither true nor false": "UPDATE duty SET is_void = 2 WHERE ended IS NULL",
}


@pytest.mark.parametrize("what", FOREIGN)
def test_value_of_another_kind_than_its_column_is_named_and_nothing_is_moved(
    what: str, old: str, new: New
) -> None:
    here = new("postgresql")
    with closing(sqlite3.connect(old.removeprefix("sqlite:///"))) as hand:
        hand.execute(f"INSERT INTO person VALUES ('{CODE}', 'H1', 'x', x'5b5d', 0)")
        assert hand.execute(FOREIGN[what]).rowcount > 0
        hand.commit()

    error = refused(old, here)

    assert FOREIGN[what].split()[1] in str(error.where)
    assert (in_use(old), in_use(here)) == ("ready", "empty")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_record_that_does_not_hold_is_not_moved(kind: str, old: str, new: New) -> None:
    here = new(kind)
    with closing(sqlite3.connect(old.removeprefix("sqlite:///"))) as hand:
        hand.execute("DROP TRIGGER entry_no_update")
        hand.execute("UPDATE entry SET body = CAST(body || ' ' AS BLOB) WHERE seq = 2")
        hand.commit()
    error = refused(old, here)
    assert isinstance(error, JournalError)
    assert error.seq == 2
    assert in_use(here) == "empty"


@pytest.mark.parametrize("table", ["timer", "person", "situation"])
def test_row_that_arrives_otherwise_is_found(table: str, old: str, new: New) -> None:
    """As a driver would that rounds, trims or encodes."""
    with closing(sqlite3.connect(old.removeprefix("sqlite:///"))) as hand:
        hand.execute(f"INSERT INTO person VALUES ('{CODE}', 'H1', '甲', x'5b5d', 0)")
        hand.commit()
    write = bulk.write

    def other(connection: Any, statement: str, rows: Any) -> int:
        if f" {table} " in statement:
            rows = [*rows[:-1], tuple(f"{one} " if isinstance(one, str) else one for one in rows[-1])]
        return write(connection, statement, rows)

    here = new("postgresql")
    with patch.object(bulk, "write", other):
        assert table in str(refused(old, here).where)
    assert (in_use(old), in_use(here)) == ("ready", "empty")


def test_writer_who_holds_the_lock_is_waited_for_and_then_told(old: str, new: New) -> None:
    with (
        closing(bootstrap.open_store(old)) as store,
        patch("incident.store.database.LOCK_WAIT", 0.05),
        patch.object(moving, "connect", lambda url: connect(url, lock_wait=0.05)),
        store.writing(CODE),
    ):
        assert isinstance(refused(old, new("sqlite")), StoreAway)
    assert in_use(old) == "ready"


# -- killed


#: Where it is killed: making the tables, copying; then the commits of target, source and target again.
POINTS: list[Point] = [
    ("after", 20),
    ("before", 70),
    ("before", -1),
    ("after", -1),
    ("before", -2),
    ("after", -2),
    ("before", -3),
    ("after", -3),
]


@pytest.mark.parametrize(("source", "target"), WAYS[:2])
def test_kill_at_any_moment_leaves_one_in_use_or_a_move_to_finish(
    source: str, target: str, old: str, new: New
) -> None:
    """Two of the statements, and both sides of every commit."""
    there = full(source, old, new)
    before = contents(there)
    for point in POINTS:
        here = new(target)
        assert killed_at(there, here, point) == -signal.SIGKILL, point

        ways = (in_use(there), in_use(here))
        is_marked = point in {("after", -2), ("before", -3), ("after", -3)}
        is_there = is_marked or point in {("after", -1), ("before", -2)}
        assert (ways[0] == "ready") is not is_marked, (point, ways)
        assert (ways[1] == "empty") is not is_there, (point, ways)
        assert (ways[1] == "ready") is (point == ("after", -COMMITS)), (point, ways)
        if not is_marked:
            assert contents(there) == before
        if is_there and point != ("after", -COMMITS):
            moved(there, here)
        if is_there:
            assert contents(here) == before
            there = here if source == target else _back(here, new(source))


def _back(url: str, to: str) -> str:
    """Move it where the next kill wants it."""
    moved(url, to)
    return to


def test_what_arrived_before_the_kill_is_held_against_the_source_anew(old: str, new: New) -> None:
    """The old one is in use until it is marked, and may have gone on."""
    here = new("postgresql")
    assert killed_at(old, here, ("after", -1)) == -signal.SIGKILL
    with closing(bootstrap.open_store(old)) as store:
        tell(store, "lifted", id="meanwhile")

    assert "new database" in str(refused(old, here).parts()[3])
    assert in_use(old) == "ready"
    assert "not finished" in str(in_use(here))
    moved(old, new("sqlite"))


def test_target_that_is_lost_after_the_source_was_marked_is_filled_anew(old: str, new: New) -> None:
    here = new("sqlite")
    before = contents(old)
    assert killed_at(old, here, ("after", -2)) == -signal.SIGKILL
    for end in ("", "-wal", "-shm"):
        Path(here.removeprefix("sqlite:///") + end).unlink(missing_ok=True)

    assert "moved to" in str(refused(old, new("sqlite")))
    moved(old, here)

    assert contents(here) == before


def test_connection_that_is_lost_at_the_last_word_is_told_and_the_same_again_finishes(
    old: str, postgres_server: PostgresServer
) -> None:
    before = contents(old)
    with postgres_server.database() as name:
        here = postgres_server.url(name)

        def cut(point: Point) -> None:
            if point == ("before", -1):
                with postgres_server.connect() as other:
                    other.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
                    )

        with passing(cut, is_committed=False):
            error = refused(old, here)
        assert "again" in str(error.parts()[3])
        assert in_use(old) == "ready"
        moved(old, here)
        assert contents(here) == before


def test_password_is_shown_nowhere(old: str) -> None:
    for there, here in (
        (old, "postgresql+psycopg://u:geheim@127.0.0.1:1/n"),
        ("postgresql://u:geheim@127.0.0.1:1/n", old),
    ):
        error = refused(there, here)
        assert "geheim" not in str(error)
    assert in_use(old) == "ready"
