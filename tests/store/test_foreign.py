"""What is no database of this program: another version's, somebody else's, none at all. It stays as it is."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from incident.domain.errors import RequestError, StoreError
from incident.store.inspection import inspect_database
from incident.store.sql import SqlStore
from incident.store.tables import REVISION
from incident.store.upgrade import upgrade
from tests.store.test_database import refused, said


def set_revision(url: str, number: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{number}'")
    engine.dispose()


def test_newer_schema_is_refused_and_says_what_to_install(store: SqlStore, url: str) -> None:
    set_revision(url, "9999")

    error = refused(url)
    assert "newer than this program" in said(error)
    with pytest.raises(StoreError, match="newer than this program"):
        upgrade(url)


def test_older_schema_is_refused_and_says_what_to_run(store: SqlStore, url: str) -> None:
    set_revision(url, "0001")

    error = refused(url)
    assert "incident db upgrade" in said(error)
    assert f"schema {REVISION}" in said(error)


def test_schema_nobody_knows_is_not_upgraded(store: SqlStore, url: str) -> None:
    set_revision(url, "0000")

    with pytest.raises(StoreError, match="a schema that this program knows"):
        upgrade(url)


def dump(url: str) -> list[Any]:
    engine = create_engine(url)
    names = (
        "SELECT name, sql FROM sqlite_master"
        if url.startswith("sqlite")
        else "SELECT table_name, table_schema FROM information_schema.tables WHERE table_schema = 'public'"
    )
    with engine.connect() as connection:
        found = [*connection.exec_driver_sql(names), *connection.exec_driver_sql("SELECT * FROM entry")]
    engine.dispose()
    return found


def test_database_of_somebody_else_is_refused_and_left_as_it_is(url: str) -> None:
    """Even one that has a table of the same name."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE entry (words text)")
        connection.exec_driver_sql("INSERT INTO entry VALUES ('mine')")
    engine.dispose()
    before = dump(url)

    assert "somebody else's tables" in said(refused(url))
    for act in (upgrade, inspect_database):
        with pytest.raises(StoreError, match="somebody else's tables"):
            act(url)
    assert dump(url) == before


def test_file_of_somebody_else_is_left_byte_for_byte(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE duty (holder text)")
    before = file.read_bytes()

    refused(f"sqlite:///{file}")

    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["other.db"]


def test_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear colleague, " * 100)

    assert "an SQLite database" in said(refused(f"sqlite:///{file}"))
    assert file.read_text() == "Dear colleague, " * 100


def test_path_in_which_no_file_can_be_made_is_refused(tmp_path: Path) -> None:
    """Below a file, and a folder itself: neither even for root."""
    file = tmp_path / "file"
    file.touch()

    for path in (file / "below" / "incident.db", file / "incident.db", tmp_path):
        error = refused(f"sqlite:///{path}")
        assert "a folder in which the database can be made" in said(error)
        assert str(path) in said(error)


def test_words_that_no_database_holds_are_the_callers_to_mend(postgres_store: SqlStore) -> None:
    with pytest.raises(RequestError) as caught, postgres_store.reading() as tx:
        tx.named("a\0")
    assert caught.value.found == "U+0000"
