"""Rows changed, some of every table in every way, on both databases; `make sweep` changes all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import pytest
from sqlalchemy import Connection

from incident.store.sql import SqlStore
from incident.store.tables import IDENTITY, metadata
from tests.service.attacks import Attack, run
from tests.service.conftest import postgres_store, sqlite_store, sqlite_url, store, url
from tests.tamper import outside
from tests.tamper.edits import KINDS, Change, Ended, Tampered
from tests.tamper.looking import CAUGHT, OUTSIDE, STORAGE, UNREADABLE, newest
from tests.tamper.town import CODE, town_in

__all__ = ["postgres_store", "sqlite_store", "sqlite_url", "store", "url"]


@pytest.fixture
def tampered(store: SqlStore) -> Tampered:
    return Tampered(store, newest(town_in(store).outside))


def sampled(tampered: Tampered) -> Iterator[Change]:
    """Choose of every table and column, and of each kind of change, one: each time of another row.

    Of people who sign in, of whom nothing is found, each column only edited.
    """
    by_kind = defaultdict[tuple[str, str, str | None], list[Change]](list)
    for change in tampered.changes():
        column = None if change.table in IDENTITY and change.kind != "edited" else change.column
        by_kind[change.table.name, change.kind, column].append(change)
    for n, (_kind, changes) in enumerate(sorted(by_kind.items(), key=lambda one: repr(one[0]))):
        yield changes[(5 * n) % len(changes)]


def test_row_that_is_changed_is_found_or_outside_the_record(tampered: Tampered) -> None:
    changes = [*sampled(tampered)]
    ended = [tampered.make(change) for change in changes]

    tables = metadata.sorted_tables
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
    must_be_outside([one for one in ended if one is not None and one.change.table in IDENTITY])


def must_be_outside(ended: list[Ended]) -> None:
    """Of people who sign in only the database finds something, a value of another type.

    What they did is in the record, and stays so whatever becomes of them.
    """
    assert {one.level for one in ended} <= {None, STORAGE}
    assert {one.why for one in ended if one.level is None} == {outside.SIGN_IN}
    assert all(one.change.kind == "of another type" for one in ended if one.level == STORAGE)


def replaced(table: str, column: str, seq: int, old: bytes, new: bytes) -> Attack:
    """Give an attack that puts other bytes into what belongs to an entry."""
    key = "since_seq" if table == "standing" else "seq"

    def attack(connection: Connection) -> None:
        mark = "?" if connection.dialect.name == "sqlite" else "%s"
        where = f"FROM {table} WHERE {key} = {seq}"
        found = connection.exec_driver_sql(f"SELECT {column} {where}").scalar_one()
        assert old in bytes(found), "there is something to replace"
        connection.exec_driver_sql(
            f"UPDATE {table} SET {column} = {mark} WHERE {key} = {seq}", (bytes(found).replace(old, new),)
        )

    return attack


#: What was not found once: what is done → where it is found now.
ONCE_UNSEEN: Final[dict[str, tuple[Attack, str]]] = {
    "hashes of the tree beside an entry": (run("UPDATE entry SET nodes = leaf WHERE seq = 1"), "root"),
    "hashes of the tree taken away": (run("UPDATE entry SET nodes = NULL WHERE seq = 3"), "root"),
    "hashes of the tree where none belong": (run("UPDATE entry SET nodes = leaf WHERE seq = 2"), "root"),
    "snapshot taken away": (run("DELETE FROM snapshot"), "stored"),
    "snapshot of another size": (run("UPDATE snapshot SET size = size + 1"), "stored"),
    "instant beside a checkpoint": (run("UPDATE checkpoint SET at = at + 1 WHERE size = 5"), "stored"),
    "epoch beside a checkpoint": (run("UPDATE checkpoint SET epoch = epoch + 1 WHERE size = 5"), "stored"),
    "checkpoint under another size": (run("UPDATE checkpoint SET size = 4 WHERE size = 5"), "stored"),
    "checkpoint under a size below 0": (run("UPDATE checkpoint SET size = -5 WHERE size = 5"), "stored"),
    "checkpoint of no journal": (run("UPDATE checkpoint SET jurisdiction = '98' WHERE size = 5"), "stored"),
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
    tampered = Tampered(sqlite_store, newest(town_in(sqlite_store).outside))
    assert tampered.under(run(statement)).level == STORAGE


#: What is done to who may sign in, by somebody who may write the database.
COMING_IN: Final[dict[str, Attack]] = {
    "a role for oneself": run("INSERT INTO identity_grant VALUES ('u2', 'administrator', '*', 0)"),
    "the password of another": run("UPDATE identity_user SET password = 'x' WHERE id = 'u1'"),
    "a session that nobody began": run(
        "INSERT INTO identity_session SELECT 'x', 'u2', created_at, seen_at, ends_at, csrf, address, agent,"
        " device FROM identity_session"
    ),
    "a record of access without its last line": run("DELETE FROM identity_access"),
}


def test_verifying_does_not_find_who_was_let_in(tampered: Tampered) -> None:
    """So it is said in docs/guarantees.md; where that is no more so, it is to be said there."""
    found = {name: tampered.under(attack).level for name, attack in COMING_IN.items()}
    assert found == dict.fromkeys(COMING_IN)


#: What is done to a proposal, entry 3, its approval, entry 4, one that stands and one that was rejected.
OF_TWO: Final[dict[str, tuple[Attack, str]]] = {
    "what was proposed": (replaced("entry", "body", 3, b'"plan":"', b'"plan":"0'), "leaves"),
    "what was approved": (replaced("entry", "body", 4, b'"approved":"', b'"approved":"0'), "leaves"),
    "which proposal was approved": (replaced("entry", "body", 4, b"proposal-3", b"proposal-1"), "leaves"),
    "who proposed": (run("UPDATE disclosure SET text = '丙' WHERE seq = 3 AND name = 'by'"), "disclosures"),
    "at which terminal it was approved": (
        run("UPDATE disclosure SET text = 'a' WHERE seq = 4 AND name = 'os_user'"),
        "disclosures",
    ),
    "why it was rejected": (
        run("UPDATE disclosure SET text = '可' WHERE seq = 12 AND name = 'reason'"),
        "disclosures",
    ),
    "a proposal that stands": (replaced("standing", "item", 17, b'"plan":"', b'"plan":"0'), "stored"),
    "how long it stands": (replaced("standing", "item", 17, b'"until":"2026', b'"until":"2027'), "stored"),
    "a proposal taken away": (run("DELETE FROM standing WHERE kind = 'proposal'"), "stored"),
    "its term": (run("UPDATE timer SET due = due + 3600 WHERE seq = 17"), "stored"),
    "what is to be reviewed": (run("DELETE FROM standing WHERE kind = 'break_glass'"), "stored"),
}


def test_what_two_persons_did_is_found_changed(tampered: Tampered) -> None:
    found = {name: tampered.under(attack).level for name, (attack, _level) in OF_TWO.items()}
    assert found == {name: level for name, (_attack, level) in OF_TWO.items()}


def test_all_of_it_deleted_is_found_from_outside(tampered: Tampered) -> None:
    tables = [name for name in metadata.tables if name != "alembic_version"]
    assert tampered.under(run(*(f"DELETE FROM {name}" for name in tables))).level == OUTSIDE
