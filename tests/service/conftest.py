"""The stores a service is tried on: in memory where nothing else matters, databases where they do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from incident.testing import MemoryStore
from tests.service.door import Door
from tests.service.proposing import begun, must_hold
from tests.store.conftest import postgres_store, sqlite_store, sqlite_url, store, url

__all__ = ["postgres_store", "sqlite_store", "sqlite_url", "store", "url"]


@pytest.fixture
def memory() -> MemoryStore:
    """A new store in memory."""
    return MemoryStore()


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def town(memory: MemoryStore) -> Iterator[MemoryStore]:
    """Baishi in routine; whatever happens there, the journal holds and promised times are accounted for."""
    begun(memory)
    yield memory
    must_hold(memory)
