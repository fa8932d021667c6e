"""A database is moved whole or not at all, is the same afterwards, and no two are ever in use."""

from __future__ import annotations

import shutil
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from msgspec.structs import replace

from incident import bootstrap
from incident.domain.errors import IncidentError, JournalError, RequestError, StoreAway, StoreError
from incident.domain.identity import Token
from incident.service.tick import sweep
from incident.store import bulk, moving
from incident.store.database import connect, prepare
from incident.store.inspection import inspect_database
from incident.store.sql import SqlStore
from incident.testing.conformance_identity import fill
from tests.playbooks import BAISHI, CODE, DAY, NIGHT
from tests.postgres import PostgresServer
from tests.service.story import activate, begin, morning, tell, verified, version, whole_night
from tests.store.children import Point
from tests.store.moves import COMMITS, contents, killed_at, moved, passing

WAYS = [
    ("sqlite", "postgresql"),
    ("postgresql", "sqlite"),
    ("sqlite", "sqlite"),
    ("postgresql", "postgresql"),
]


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file in which two towns live: refused, activated, lifted; reports missed and filed; times to come."""
    file = tmp_path_factory.mktemp("lived") / "incident.db"
    with closing(bootstrap.open_store(f"sqlite:///{file}")) as store:
        whole_night(store)
        morning(store)
        activate(store, id="again", now=lambda: NIGHT + 5 * 3600)
    return file


@pytest.fixture
def new(tmp_path: Path, postgres_server: PostgresServer) -> Iterator[Callable[[str], str]]:
    """Gives the URL of one more database of a kind, empty or not there yet."""
    with ExitStack() as held:
        n = iter(range(1000))

        def named(kind: str) -> str:
            if kind == "sqlite":
                return f"sqlite:///{tmp_path / f'{next(n)}.db'}"
            return postgres_server.url(held.enter_context(postgres_server.database()))

        yield named


@pytest.fixture
def old(lived: Path, tmp_path: Path) -> str:
    """The URL of a file that two towns live in."""
    shutil.copy(lived, tmp_path / "old.db")
    return f"sqlite:///{tmp_path / 'old.db'}"


New = Callable[[str], str]
#: Another town.
OTHER = replace(BAISHI.jurisdiction, code="330999900")


def full(kind: str, old: str, new: New) -> str:
    """Give a database of a kind that two towns live in."""
    if kind == "sqlite":
        return old
    target = new(kind)
    moved(old, target)
    return target


def refused(url: str, target: str) -> IncidentError:
    with pytest.raises(IncidentError) as caught:
        moved(url, target)
    assert all(caught.value.parts())
    return caught.value


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


# -- the same afterwards


@pytest.mark.parametrize(("source", "target"), WAYS)
def test_every_row_and_root_is_the_same_and_the_guards_are_on(
    source: str, target: str, old: str, new: New
) -> None:
    there, here = full(source, old, new), new(target)
    before = contents(there)
    assert all(before[name] for name in ("entry", "timer", "closing", "outbox", "disclosure", "duty"))

    done = moved(there, here)

    assert contents(here) == before
    assert sum(done.rows.values()) == sum(map(len, before.values())) - 1  # what the schema is called
    assert inspect_database(here).missing_guards == []
    with closing(bootstrap.open_store(here)) as store:
        assert verified(store).root in {one.root for one in done.journals}


@pytest.mark.parametrize(("source", "target"), WAYS[:2])
def test_people_who_sign_in_are_moved_too(source: str, target: str, new: New) -> None:
    there, here = new(source), new(target)
    with closing(bootstrap.open_store(there)) as store:
        fill(store.identity())
        tokens = _tokens(store)
    moved(there, here)
    assert contents(here) == contents(there) | {"alembic_version": contents(here)["alembic_version"]}
    with closing(bootstrap.open_store(here)) as store:
        assert _tokens(store) == tokens != []


def _tokens(store: SqlStore) -> list[Token]:
    with store.identity().reading() as tx:
        return tx.tokens()


def test_times_that_fell_due_meanwhile_are_carried_out_there_as_they_would_have_been(
    old: str, new: New
) -> None:
    here = new("postgresql")
    with closing(bootstrap.open_store(old)) as store:
        stays = f"sqlite:///{new('sqlite').removeprefix('sqlite:///')}"
        shutil.copy(old.removeprefix("sqlite:///"), stays.removeprefix("sqlite:///"))
        store.close()
    moved(old, here)
    roots = []
    for url in (here, stays):
        with closing(bootstrap.open_store(url)) as store:
            assert sweep(store, now=lambda: NIGHT + DAY, node="n").entries > 0
            assert sweep(store, now=lambda: NIGHT + DAY, node="n").entries == 0
            roots.append(verified(store).root)
    assert roots[0] == roots[1]


def test_one_that_was_made_ready_and_holds_nothing_is_as_good_as_none(old: str, new: New) -> None:
    for kind in ("sqlite", "postgresql"):
        here = new(kind)
        bootstrap.open_store(here).close()
        there = new("sqlite")
        shutil.copy(old.removeprefix("sqlite:///"), there.removeprefix("sqlite:///"))
        before = contents(there)
        moved(there, here)
        assert contents(here) == before


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_heads_that_were_signed_and_texts_that_were_let_go_are_moved_as_they_are(
    kind: str, old: str, new: New
) -> None:
    with closing(sqlite3.connect(old.removeprefix("sqlite:///"))) as hand:
        hand.execute(f"INSERT INTO checkpoint VALUES ('{CODE}', 3, {NIGHT}, 0, 'incident/330999101/…\n3\n')")
        hand.execute(f"INSERT INTO snapshot VALUES ('{CODE}', 3, x'00ff7f')")
        hand.execute(f"UPDATE entry SET body = x'' WHERE jurisdiction = '{CODE}' AND seq < 3")
        hand.commit()
    before = contents(old)
    here = new(kind)
    moved(old, here)
    assert contents(here) == before
    back = new("sqlite")
    moved(here, back)
    assert contents(back) == before


def test_rows_are_held_a_few_at_a_time(old: str, new: New, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "_ROWS", 2)
    most = 0
    write = bulk.write

    def watched(connection: Any, statement: str, rows: Any) -> int:
        nonlocal most
        most = max(most, len(rows))
        return write(connection, statement, rows)

    monkeypatch.setattr(bulk, "write", watched)
    before = contents(old)
    moved(old, new("sqlite"))
    assert most == 2
    assert len(before["timer"]) > 2


# -- nobody goes on working on the old one


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_old_one_is_refused_and_says_where_everything_is(kind: str, old: str, new: New) -> None:
    there, here = full(kind, old, new), new("sqlite")
    moved(there, here)

    for open_it in (bootstrap.open_store, inspect_database):
        with pytest.raises(StoreError, match=f"moved to {here}"):
            open_it(there)
    assert f"moved to {here}" in str(refused(there, new("sqlite")))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_program_that_had_it_open_can_change_nothing(kind: str, old: str, new: New) -> None:
    there, here = full(kind, old, new), new("postgresql")
    with closing(bootstrap.open_store(there)) as store:
        assert version(store) == 6
        moved(there, here)
        before = contents(there)
        with pytest.raises(StoreAway, match="moved meanwhile"):
            tell(store, "lifted", id="late")
        with pytest.raises(StoreAway, match="moved meanwhile"):
            sweep(store, now=lambda: NIGHT + DAY, node="n")
        with pytest.raises(StoreAway, match="moved meanwhile"):
            begin(store, replace(BAISHI, playbook="other", jurisdiction=OTHER))
        with pytest.raises(StoreAway, match="moved meanwhile"), store.claiming(()) as tx:
            tx.lease(1, at=NIGHT + DAY, until=NIGHT + 2 * DAY)
        assert contents(there) == before


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_who_waits_while_it_is_moved_is_not_told_that_it_is_recorded(
    kind: str, old: str, new: New, postgres_server: PostgresServer
) -> None:
    """Else a decision would be announced that stands in a file nobody reads."""
    there, here = full(kind, old, new), new("sqlite")
    said: list[str] = []
    with closing(bootstrap.open_store(there)) as store:
        assert version(store) == 6

        def press() -> None:
            try:
                tell(store, "lifted", id="meanwhile")
            except IncidentError as error:
                said.append(str(error))
            else:
                said.append("recorded")

        officer = threading.Thread(target=press)

        def reached(point: Point) -> None:
            if point == ("before", -1):
                officer.start()
                while kind == "postgresql" and officer.is_alive() and not _waits(postgres_server):
                    pass

        with passing(reached):
            moved(there, here)
        officer.join()
    assert len(said) == 1
    assert "moved meanwhile" in said[0]
    with closing(bootstrap.open_store(here)) as store:
        assert version(store) == 6


def _waits(server: PostgresServer) -> bool:
    """Tell whether somebody waits for a lock."""
    with server.connect() as other:
        found = other.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
    return found is not None and found[0] > 0


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
