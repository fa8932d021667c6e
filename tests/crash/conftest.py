"""Beginnings on both databases, made once for all tests of a worker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.crash.places import Beginnings, Maker, server_databases, sqlite_files


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def make(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Maker:
    """How databases of a kind are made."""
    if request.param == "sqlite":
        return sqlite_files(tmp_path_factory.mktemp("databases"))
    return server_databases(request.getfixturevalue("postgres_server"))


@pytest.fixture(scope="session")
def beginnings(make: Maker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beginnings]:
    """What acts begin with."""
    with closing(Beginnings(make, tmp_path_factory.mktemp("files"))) as there:
        yield there
