"""The stores a service is tried on: in memory where nothing else matters, databases where they do."""

from __future__ import annotations

import pytest

from incident.testing import MemoryStore
from tests.store.conftest import postgres_store, sqlite_store, sqlite_url, store, url

__all__ = ["postgres_store", "sqlite_store", "sqlite_url", "store", "url"]


@pytest.fixture
def memory() -> MemoryStore:
    """A new store in memory."""
    return MemoryStore()
