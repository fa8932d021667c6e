"""Whether anybody wrote: told at each look, on SQLite only where somebody did."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from incident.domain.errors import StoreError
from incident.store.database import connect
from incident.store.pulse import Pulse
from incident.store.sql import SqlStore
from incident.testing.samples import append, begin


@pytest.fixture
def pulse(url: str) -> Iterator[Pulse]:
    """A look through an engine of its own."""
    engine = connect(url)
    made = Pulse(engine)
    yield made
    made.close()
    engine.dispose()


def test_each_journal_is_told_with_its_entries_once_somebody_wrote(store: SqlStore, pulse: Pulse) -> None:
    begin(store, "1")
    begin(store, "2")
    assert pulse.versions() == {"1": 1, "2": 1}
    is_sqlite = store._engine.dialect.name == "sqlite"
    assert pulse.versions() == (None if is_sqlite else {"1": 1, "2": 1})

    append(store, "2", event="e")

    assert pulse.versions() == {"1": 1, "2": 2}


def test_a_row_that_is_spoilt_keeps_nobody_from_the_news_of_others(sqlite_store: SqlStore) -> None:
    begin(sqlite_store, "1")
    begin(sqlite_store, "2")
    with sqlite_store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE situation SET version = 'many' WHERE jurisdiction = '1'")

    pulse = Pulse(sqlite_store._engine)

    assert pulse.versions() == {"2": 1}
    pulse.close()


def test_after_a_fault_the_next_look_begins_anew(sqlite_store: SqlStore) -> None:
    begin(sqlite_store, "1")
    pulse = Pulse(sqlite_store._engine)
    assert pulse.versions() == {"1": 1}
    with sqlite_store._engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE situation RENAME TO elsewhere")
    with pytest.raises(StoreError):
        pulse.versions()
    with sqlite_store._engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO situation")

    assert pulse.versions() == {"1": 1}
    pulse.close()
