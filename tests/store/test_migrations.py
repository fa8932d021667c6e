"""What Alembic builds step by step is what a new database is made with; an old one is brought there whole."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from incident import bootstrap
from incident.domain.errors import StoreError
from incident.store.tables import (
    REVISION,
    entry,
    metadata,
    outbox,
)
from incident.store.upgrade import upgrade
from tests.service.story import activate, verified
from tests.store.older import make_old, opened, rows, schema, shipped


def test_migrations_build_the_schema_that_a_new_database_has(
    url: str, request: pytest.FixtureRequest
) -> None:
    if url.startswith("sqlite"):
        other = f"sqlite:///{request.getfixturevalue('tmp_path') / 'migrated.db'}"
        make_old(other, "head")
        bootstrap.open_store(url).close()
        assert schema(other) == schema(url)
        assert set(schema(url)) >= set(metadata.tables)
    else:
        server = request.getfixturevalue("postgres_server")
        bootstrap.open_store(url).close()
        with server.database() as name:
            make_old(server.url(name), "head")
            assert schema(server.url(name)) == schema(url)


def test_migrations_made_one_by_one_give_the_same_as_at_once(sqlite_url: str, tmp_path: Path) -> None:
    make_old(sqlite_url)
    assert upgrade(sqlite_url) == ("0001", REVISION)

    bootstrap.open_store(f"sqlite:///{tmp_path / 'new.db'}").close()
    assert schema(sqlite_url) == schema(f"sqlite:///{tmp_path / 'new.db'}")


def test_revision_is_the_newest_migration() -> None:
    assert shipped()[-1].name[1:5] == REVISION


def test_old_database_is_refused_with_what_to_run(old_url: str) -> None:
    with pytest.raises(StoreError, match="incident db upgrade"):
        bootstrap.open_store(old_url)


def test_upgrade_keeps_every_row_and_the_journal_holds(old_url: str) -> None:
    with opened(old_url) as engine, engine.connect() as connection:
        before = rows(connection)

    assert upgrade(old_url) == ("0001", REVISION)

    with opened(old_url) as engine, engine.connect() as connection:
        assert rows(connection) == before
    with closing(bootstrap.open_store(old_url)) as store:
        assert verified(store).entries == 5
        with store._engine.connect() as connection:
            told = connection.execute(
                select(outbox.c.seq, outbox.c.done_at == entry.c.at).join(
                    entry, (entry.c.jurisdiction == outbox.c.jurisdiction) & (entry.c.seq == outbox.c.seq)
                )
            ).all()
        assert {tuple(row) for row in told} == {(2, True), (4, True)}
        activate(store, id="after the upgrade")
        assert verified(store).entries == 6
