"""A planned end that was moved is decided again, also where words are erased or an older program wrote it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from incident.domain.journal import Entry
from incident.service.extend import extend
from incident.service.ports import Store
from incident.service.verify import verify
from incident.service.verify_verdict import Decided
from incident.service.who import Origin, Who
from incident.store.sql import SqlStore
from incident.testing import MemoryStore, fixed_chance
from tests.playbooks import CODE, DAY, NIGHT
from tests.service.forging import forged
from tests.service.story import BASIS, DECIDER, activate, begin


def moved(store: Store, *, decided_by: str = DECIDER, until: int = NIGHT + 9 * DAY) -> None:
    extend(
        store,
        CODE,
        until,
        decided_by=decided_by,
        basis=BASIS,
        reason=None,
        origin=Origin(Who(by="x"), "test", f"{decided_by} {until}"),
        now=lambda: NIGHT + 60,
        chance=fixed_chance,
    )


def decided(store: Store) -> Decided:
    with store.reading() as tx:
        found = verify(tx, CODE).decided
    assert found is not None
    assert found.unknown == {}
    return found


@pytest.mark.parametrize("decided_by", [DECIDER, "County headquarters"])
def test_whose_words_are_erased_is_decided_again_in_part(sqlite_store: SqlStore, decided_by: str) -> None:
    begin(sqlite_store)
    activate(sqlite_store)
    moved(sqlite_store, decided_by=decided_by)
    whole = decided(sqlite_store)
    with sqlite_store._engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM disclosure WHERE seq = 2")

    assert decided(sqlite_store).partly.get("erased", 0) == whole.partly.get("erased", 0) + 1


@pytest.mark.parametrize(("until", "why"), [(NIGHT + 9 * DAY, None), (NIGHT - DAY, "unrecorded")])
def test_what_an_older_program_did_not_record_is_taken_from_the_fact(
    memory: MemoryStore, until: int, why: str | None
) -> None:
    begin(memory)
    activate(memory)
    forget: Callable[[Entry], Entry] = lambda entry: replace(entry, until=None)  # noqa: E731 - a forge
    forged(memory, lambda store: moved(store, until=until), forget)

    assert decided(memory).partly.get("unrecorded", 0) == (0 if why is None else 1)
