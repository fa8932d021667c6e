"""Each test here runs on both databases, unless it asks for one."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from incident import bootstrap
from incident.store.sql import SqlStore
from tests.playbooks import NIGHT
from tests.postgres import PostgresServer
from tests.service.story import activate, morning, whole_night
from tests.store.older import fill, make_old


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


@pytest.fixture
def old_url(url: str, tmp_path: Path) -> str:
    """A database as the first version left it, with a night in it."""
    make_old(url)
    fill(url, tmp_path / "source.db")
    return url


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
