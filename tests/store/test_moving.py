"""A database is moved whole or not at all, is the same afterwards, and no two are ever in use."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from contextlib import closing
from typing import Any

import pytest
from msgspec.structs import replace

from incident import bootstrap
from incident.domain.errors import IncidentError, StoreAway, StoreError
from incident.domain.identity import Token
from incident.service.tick import sweep
from incident.store import bulk, moving
from incident.store.inspection import inspect_database
from incident.store.sql import SqlStore
from incident.testing.conformance_identity import fill
from tests.playbooks import BAISHI, CODE, DAY, NIGHT
from tests.postgres import PostgresServer
from tests.service.story import begin, tell, verified, version
from tests.store.children import Point
from tests.store.moved import WAYS, New, full, refused
from tests.store.moves import contents, moved, passing

#: Another town.
OTHER = replace(BAISHI.jurisdiction, code="330999900")


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
