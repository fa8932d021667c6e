"""Each test here runs on both databases, unless it asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from incident import bootstrap
from incident.store.sql import SqlStore


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of an SQLite file that is not there yet."""
    return f"sqlite:///{tmp_path / 'incident.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(name))


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    """A new store, ready to use."""
    with closing(bootstrap.open_store(url)) as opened:
        yield opened


@pytest.fixture
def sqlite_store(sqlite_url: str) -> Iterator[SqlStore]:
    """A new store on SQLite."""
    with closing(bootstrap.open_store(sqlite_url)) as opened:
        yield opened


@pytest.fixture
def postgres_store(postgres_url: str) -> Iterator[SqlStore]:
    """A new store on PostgreSQL."""
    with closing(bootstrap.open_store(postgres_url)) as opened:
        yield opened
