"""Rows changed, some of every table in every way, on both databases; `make sweep` changes all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import pytest
from sqlalchemy import Connection

from incident.store.sql import SqlStore
from incident.store.tables import IDENTITY, metadata
from incident.testing.conformance_identity import fill
from tests.service.attacks import Attack, run
from tests.service.conftest import postgres_store, sqlite_store, sqlite_url, store, url
from tests.tamper import outside
from tests.tamper.edits import KINDS, Change, Tampered
from tests.tamper.looking import CAUGHT, OUTSIDE, STORAGE, UNREADABLE, newest
from tests.tamper.town import CODE, Town

__all__ = ["postgres_store", "sqlite_store", "sqlite_url", "store", "url"]


@pytest.fixture
def tampered(store: SqlStore) -> Tampered:
    return Tampered(store, newest(Town(store).whole().outside))


def sampled(tampered: Tampered) -> Iterator[Change]:
    """Choose of every table and column, and of each kind of change, one: each time of another row."""
    by_kind = defaultdict[tuple[str, str, str | None], list[Change]](list)
    for change in tampered.changes():
        by_kind[change.table.name, change.kind, change.column].append(change)
    for n, (_kind, changes) in enumerate(sorted(by_kind.items(), key=lambda one: repr(one[0]))):
        yield changes[(5 * n) % len(changes)]


def test_row_that_is_changed_is_found_or_outside_the_record(tampered: Tampered) -> None:
    changes = [*sampled(tampered)]
    ended = [tampered.make(change) for change in changes]

    tables = [one for one in metadata.sorted_tables if one not in IDENTITY]  # the town signs nobody in
    assert {change.table.name for change in changes} == {one.name for one in tables}
    columns = {(change.table.name, change.column) for change in changes if change.kind == "edited"}
    assert columns == {(table.name, column.name) for table in tables for column in table.columns}
    kinds = {*KINDS} - ({"of another type"} if not tampered.is_sqlite else set())
    assert {change.kind for change in changes} == kinds
    found = {one.level for one in ended if one is not None}
    assert found <= {None, *CAUGHT}
    assert {
        None,
        UNREADABLE,
        "leaves",
        "root",
        "disclosures",
        "effects",
        "times",
        "people",
        "stored",
    } <= found


#: What was not found once: what is done → where it is found now.
ONCE_UNSEEN: Final[dict[str, tuple[Attack, str]]] = {
    "hashes of the tree beside an entry": (run("UPDATE entry SET nodes = leaf WHERE seq = 1"), "root"),
    "hashes of the tree taken away": (run("UPDATE entry SET nodes = NULL WHERE seq = 3"), "root"),
    "hashes of the tree where none belong": (run("UPDATE entry SET nodes = leaf WHERE seq = 2"), "root"),
    "snapshot taken away": (run("DELETE FROM snapshot"), "stored"),
    "snapshot of another size": (run("UPDATE snapshot SET size = size + 1"), "stored"),
    "instant beside a checkpoint": (run("UPDATE checkpoint SET at = at + 1 WHERE size = 4"), "stored"),
    "epoch beside a checkpoint": (run("UPDATE checkpoint SET epoch = epoch + 1 WHERE size = 4"), "stored"),
    "checkpoint under another size": (run("UPDATE checkpoint SET size = 5 WHERE size = 4"), "stored"),
    "checkpoint under a size below 0": (run("UPDATE checkpoint SET size = -4 WHERE size = 4"), "stored"),
    "checkpoint of no journal": (run("UPDATE checkpoint SET jurisdiction = '98' WHERE size = 4"), "stored"),
    "when a notice was recorded": (run("UPDATE outbox SET at = at + 1"), "effects"),
    "playbook that no entry names": (
        run("INSERT INTO playbook SELECT jurisdiction, 'x', body FROM playbook"),
        "stored",
    ),
    "two versions of the schema": (run("INSERT INTO alembic_version VALUES ('0006')"), UNREADABLE),
}


@pytest.mark.parametrize("name", ONCE_UNSEEN)
def test_what_was_not_found_once_is_found(tampered: Tampered, name: str) -> None:
    attack, level = ONCE_UNSEEN[name]
    assert tampered.under(attack).level == level


def another_attachment(connection: Connection) -> None:
    """Put an attachment there, whole in itself, that no entry names."""
    digest = "2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6"  # of `c`
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    values = (CODE, digest, b"c")
    connection.exec_driver_sql(f"INSERT INTO attachment VALUES ({mark}, {mark}, {mark})", values)


def test_attachment_that_no_entry_names_is_found(tampered: Tampered) -> None:
    assert tampered.under(another_attachment).level == "stored"


def test_attachment_of_which_the_hash_was_erased_may_stay(tampered: Tampered) -> None:
    erased = run("DELETE FROM disclosure WHERE name = 'data.digest.0'")
    assert tampered.under(erased).level == "disclosures", "no entry says why"

    def and_another(connection: Connection) -> None:
        erased(connection)
        another_attachment(connection)

    assert tampered.under(and_another).level == "stored"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE duty SET is_void = 2 WHERE seq = 2 AND n = 0",
        "UPDATE closing SET zero = 'x'",
        "UPDATE entry SET seq = 1.5 WHERE seq = 1",
        "UPDATE standing SET key = x'00' WHERE kind = 'body'",
        "UPDATE situation SET jurisdiction = x'3939'",
        "UPDATE checkpoint SET note = x'00'",
    ],
)
def test_value_of_another_type_is_found_before_it_is_read(sqlite_store: SqlStore, statement: str) -> None:
    tampered = Tampered(sqlite_store, newest(Town(sqlite_store).whole().outside))
    assert tampered.under(run(statement)).level == STORAGE


def test_people_who_sign_in_are_outside_the_record(store: SqlStore) -> None:
    """What they did is in it, and stays so whatever becomes of them."""
    fill(store.identity())
    tampered = Tampered(store, newest(Town(store).whole().outside))
    ours = {one.name for one in IDENTITY}
    changes = [one for one in sampled(tampered) if one.table.name in ours and one.kind == "deleted"]
    assert {one.table.name for one in changes} == ours
    ended = [one for one in map(tampered.make, changes) if one is not None]
    assert [one.level for one in ended] == [None] * len(changes)
    assert {one.why for one in ended} == {outside.TABLES["identity_user"]}


def test_all_of_it_deleted_is_found_from_outside(tampered: Tampered) -> None:
    tables = [name for name in metadata.tables if name != "alembic_version"]
    assert tampered.under(run(*(f"DELETE FROM {name}" for name in tables))).level == OUTSIDE
