"""What an older database held is there after its upgrade, and goes on."""

from __future__ import annotations

import signal
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Table, create_engine, insert, inspect, select

from incident import bootstrap
from incident.domain import tree
from incident.domain.errors import JournalError, StoreError
from incident.service.account import account
from incident.service.adopt import adopt
from incident.service.tick import sweep
from incident.service.who import Who
from incident.store.tables import (
    REVISION,
    entry,
    metadata,
    outbox,
    situation,
    timer,
)
from incident.store.upgrade import upgrade
from incident.testing.given import fixed_chance
from incident.testing.samples import log_of
from tests.crash.places import knowing_duty
from tests.playbooks import CODE, DAY, NIGHT
from tests.service.office import Office, row
from tests.service.story import verified
from tests.store.children import upgraded_until
from tests.store.older import fill, make_old, opened, schema, shipped


def kept_columns(table: Table) -> list[Column[Any]]:
    """Give the columns of a table but those that a later version filled."""
    return [column for column in table.columns if column.name not in ("nodes", "origin")]


def all_rows(url: str, *tables: Table) -> dict[str, list[Any]]:
    with opened(url) as engine, engine.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(*kept_columns(table))).all()))
            for table in tables
        }


def test_what_an_old_journal_promised_is_opened_as_if_it_had_been_written_today(
    url: str, tmp_path: Path
) -> None:
    make_old(url)
    fill(url, tmp_path / "source.db")

    upgrade(url)

    there = all_rows(f"sqlite:///{tmp_path / 'source.db'}", situation, timer)
    assert all_rows(url, situation, timer) == there
    assert len(there["timer"]) > 5
    with closing(bootstrap.open_store(url)) as store:
        done = sweep(store, now=lambda: NIGHT + 3 * DAY, node="a")
        assert done.ended > 0
        assert done.failures == []
        assert verified(store).entries == 5 + done.entries


def test_notices_of_old_entries_are_ordered_by_their_entry(old_url: str) -> None:
    upgrade(old_url)
    with opened(old_url) as engine, engine.connect() as connection:
        assert {*connection.execute(select(outbox.c.at)).scalars()} == {NIGHT}


#: What is done to an old journal → the zone that its jurisdiction is given.
DAMAGED = {
    "UPDATE entry SET body = 'x' WHERE seq = 2": "Asia/Shanghai",
    "UPDATE entry SET jurisdiction = 'y' WHERE seq = 0": "Asia/Shanghai",
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_journal_that_cannot_be_replayed_stops_no_upgrade(
    sqlite_url: str, tmp_path: Path, damage: str
) -> None:
    """It is given no times; verifying names what is wrong."""
    make_old(sqlite_url)
    fill(sqlite_url, tmp_path / "source.db")
    with opened(sqlite_url) as engine, engine.begin() as connection:
        for guard in ("entry_no_update", "entry_no_delete"):
            connection.exec_driver_sql(f"DROP TRIGGER {guard}")
        connection.exec_driver_sql(damage)

    upgrade(sqlite_url)

    with closing(bootstrap.open_store(sqlite_url)) as store:
        with store.reading() as tx:
            assert log_of(tx, CODE).situation.zone == DAMAGED[damage]
            assert tx.open_timers(CODE) == []
        with pytest.raises(JournalError):
            verified(store)


@pytest.mark.parametrize(
    ("body", "zone"),
    [
        (b'{"jurisdiction":{"zone":"Asia/Urumqi"}}', "Asia/Urumqi"),
        (b'{"jurisdiction":{}}', "Asia/Shanghai"),
        (b"[", "Asia/Shanghai"),
        (None, "Asia/Shanghai"),
    ],
)
def test_zone_is_the_playbooks_where_the_journal_does_not_give_one(
    sqlite_url: str, tmp_path: Path, body: bytes | None, zone: str
) -> None:
    make_old(sqlite_url)
    with opened(sqlite_url) as engine, engine.begin() as connection:
        if body is not None:
            connection.exec_driver_sql("INSERT INTO playbook VALUES ('1', 'h', ?)", (body,))
        connection.exec_driver_sql(
            "INSERT INTO situation VALUES"
            " ('1', 'n', 'h', 's', 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1, x'')"
        )
        connection.exec_driver_sql("INSERT INTO entry VALUES ('1', 0, 0, NULL, NULL, x'00', x'')")

    upgrade(sqlite_url)

    with closing(bootstrap.open_store(sqlite_url)) as store, store.reading() as tx:
        assert log_of(tx, "1").situation.zone == zone


def test_second_upgrade_finds_nothing_to_do(old_url: str) -> None:
    upgrade(old_url)

    assert upgrade(old_url) == (REVISION, REVISION)


def test_upgrade_of_a_new_database_makes_it_ready(url: str) -> None:
    assert upgrade(url) == (None, REVISION)
    bootstrap.open_store(url).close()


@pytest.mark.parametrize("statement", [1, 3, 4, 5, 13, 21, 22, 24, 25, 35])
def test_upgrade_that_was_killed_left_all_as_it_was(old_url: str, statement: int) -> None:
    """After a new table, a new column, each filling, on SQLite the table made anew, a guard, the number."""
    before = schema(old_url)

    assert upgraded_until(old_url, statement) == -signal.SIGKILL

    assert schema(old_url) == before
    assert upgrade(old_url) == ("0001", REVISION)
    with closing(bootstrap.open_store(old_url)) as store:
        assert verified(store).entries == 5


def test_journal_is_never_taken_back(sqlite_store: Any) -> None:
    from importlib import import_module

    for file in shipped():
        with pytest.raises(NotImplementedError, match="backup"):
            import_module(f"incident.migrations.versions.{file.stem}").downgrade()


def test_database_at_no_revision_is_not_taken_for_a_new_one(store: Any, url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")
    engine.dispose()

    with pytest.raises(StoreError):
        bootstrap.open_store(url)


#: SHA-256 of each migration that was shipped, its blanks aside: a database somewhere was made by it.
FROZEN: dict[str, str] = {
    "m0001_journal": "cf9ac6cb1ba9346424b09a607b2e67d75d1b88339137308d116ff9255e295791",
    "m0002_outbox": "3acb3956e614519f070fda0cb90c65a0730ef757803ff9fc1cd6a085c44c8ec2",
    "m0003_timers": "cd7be33b971c636d89217a5b96e45487d994c726115df927cdeaa899cbce81ac",
    "m0004_duty": "584bbfe8d09a098273152d8a011f21a43aaeeadf9b5f18155ede9ce1ef312186",
    "m0005_letter": "79d0a9bce7b54028672c830c6171d857eb56ab5a54c154dd3e3e2e248832b25d",
    "m0006_newest": "c7d69eaf4858b249f256e7518e0db12947885aba82d0bcf86c9db51e05a202e1",
    "m0007_evidence": "8626e6056444d6b11fdefcb920a54457449d84dd4c78574a42959756941a4bc9",
    "m0008_identity": "5db6508212e33a5cbd9a852458ae902469779c7cfec8b36033938d9c911ae6dd",
    "m0009_missed": "9ba08e8e6aae8eb37b44534a1fd482b2e0febe2fa2271d592ba153aa0d2ab871",
    "m0010_made_by": "7d1e7a46a181826e9382dfc542ab6bc32281bcf6ac67a19d7f8c74e4e083892b",
    "m0011_access": "076599843201f5a1c72a038eb7a9e330da7f726bf4d47b788e56f0a7650e540e",
}


def test_a_migration_that_was_shipped_is_never_changed() -> None:
    """What a database of that number holds would be two things; write another migration."""
    found = {
        file.stem: sha256("".join(file.read_text("utf-8").split()).encode()).hexdigest() for file in shipped()
    }
    assert found == FROZEN


# -- what later versions had written


class Town(Office):
    """Majian for two days: people, a switch, handovers, written by this program."""

    def __init__(self, file: Path, *, has_duty: bool) -> None:
        super().__init__("majian")
        store: Any = bootstrap.open_store(f"sqlite:///{file}")
        self.store = store
        with closing(store), knowing_duty(does_so=has_duty):
            adopt(store, self.playbook, Who(by="drill"), now=self.clock, chance=fixed_chance)
            if has_duty:
                self.take_in(
                    row("全体机关干部", "H1", name="甲", channels=("mail:h1@b.cn",), since="2026-01-01"),
                    row("duty.leader", "L1", name="乙", since="2026-01-01"),
                )
            self.activate("local_positive_reported", origin="local", result="confirmed", cases=1)
            self.after(days=2)


@pytest.mark.parametrize("revision", ["0003", "0004", "0005"])
def test_what_a_later_version_had_written_is_there_after_the_upgrade(
    url: str, tmp_path: Path, revision: str
) -> None:
    """Timers, duty, people: the journal holds, what was promised comes, and all of it is accounted for."""
    make_old(url, revision)
    town = Town(tmp_path / "source.db", has_duty=revision > "0003")
    moved = copy(f"sqlite:///{tmp_path / 'source.db'}", url)
    assert {"timer", "entry", "outbox"} <= moved.keys()
    assert revision == "0003" or min(len(moved["duty"]), len(moved["person"])) > 1

    assert upgrade(url) == (revision, REVISION)

    assert all_rows(url, *(metadata.tables[name] for name in moved)) == moved
    with closing(bootstrap.open_store(url)) as store:
        before = verified(store, town.code).entries
        town.clock.after(days=1)
        done = sweep(store, now=town.clock, node="a")
        assert done.failures == []
        assert verified(store, town.code).entries == before + done.entries
        with store.reading() as tx:
            at = town.clock()
            assert account(tx, town.code, since=0, until=at, at=at).is_balanced
            assert tx.duties(town.code, since=at, until=at + 1)


@pytest.mark.parametrize("revision", ["0001", "0006"])
def test_inner_hashes_of_old_journals_are_computed(url: str, tmp_path: Path, revision: str) -> None:
    """As many as if this program had written the entries: a proof needs them."""
    make_old(url, revision)
    if revision == "0001":
        fill(url, tmp_path / "source.db")
    else:
        Town(tmp_path / "source.db", has_duty=True)
        copy(f"sqlite:///{tmp_path / 'source.db'}", url)

    upgrade(url)

    with opened(url) as engine, engine.connect() as connection:
        found = connection.execute(select(entry.c.leaf, entry.c.nodes).order_by(entry.c.seq)).all()
    peaks: list[bytes] = []
    for seq, (leaf, nodes) in enumerate(found):
        completed = tree.completed(seq, peaks, leaf)
        peaks = tree.grown(peaks, leaf, completed)
        assert nodes == (b"".join(completed) or None)
    assert len(found) > 4


def copy(source: str, to: str) -> dict[str, list[Any]]:
    """Put all rows of one database into another that has the same tables, or less; gives them."""
    with opened(to) as engine, engine.connect() as connection:
        there = [metadata.tables[name] for name in inspect(connection).get_table_names() if name in ROWS]
    with opened(source) as engine, engine.connect() as connection:
        rows = {
            table: [dict(one._mapping) for one in connection.execute(select(*kept_columns(table)))]
            for table in there
        }
    with opened(to) as engine, engine.begin() as connection:
        for table, found in rows.items():
            if found:
                connection.execute(insert(table), found)
    return all_rows(to, *there)


#: Tables in which rows are written by acts.
ROWS = {*metadata.tables} - {"alembic_version"}
