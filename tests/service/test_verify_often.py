"""What comes again and again is decided again by what it came to before; forgeries are found all the same."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from msgspec.structs import replace

from bench import _town
from incident.domain.errors import JournalError
from incident.domain.facts import IncidentOpened, ItemChanged, ItemStarted, StateEntered
from incident.domain.journal import Entry
from incident.service.adopt import adopt
from incident.service.handle import handle
from incident.service.verify import verify
from incident.service.who import Who
from incident.store.sql import SqlStore
from incident.testing import MemoryStore
from tests.service.forging import forged

ROUND = (_town.activation, _town.refused, _town.stand_down, _town.refused)


def lived(store: SqlStore | MemoryStore, entries: int) -> None:
    """Let a town without anybody who answers be switched to and fro."""
    chance = _town.drawn()
    adopt(store, _town.playbook(), Who(by="x"), now=lambda: _town.NIGHT, chance=chance)
    for seq in range(1, entries):
        request = ROUND[(seq - 1) % len(ROUND)](seq)
        handle(store, _town.CODE, request, now=partial(int, _town.NIGHT + 30 * seq), chance=chance)


def test_what_came_before_is_decided_again_each_time(sqlite_store: SqlStore) -> None:
    lived(sqlite_store, 25)

    with sqlite_store.reading() as tx:
        found = verify(tx, _town.CODE)

    assert found.decided is not None
    assert found.decided.fully + sum(found.decided.partly.values()) == 25
    assert found.decided.unknown == {}


def other_incident(entry: Entry) -> Entry:
    return replace(entry, incident=f"{_town.CODE}-2026-999")


def other_since(entry: Entry) -> Entry:
    facts = [
        replace(fact, since="2020-01-01T00:00:00Z") if isinstance(fact, StateEntered) else fact
        for fact in entry.facts
    ]
    return replace(entry, facts=facts)


def other_opened(entry: Entry) -> Entry:
    facts = [
        replace(fact, incident=f"{_town.CODE}-2026-999") if isinstance(fact, IncidentOpened) else fact
        for fact in entry.facts
    ]
    return replace(entry, facts=facts)


def one_fact_less(entry: Entry) -> Entry:
    started = [n for n, fact in enumerate(entry.facts) if isinstance(fact, ItemStarted | ItemChanged)]
    return replace(entry, facts=[fact for n, fact in enumerate(entry.facts) if n != started[-1]])


def other_step(entry: Entry) -> Entry:
    return replace(entry, plan="0" * 64)


@pytest.mark.parametrize("forge", [other_incident, other_since, other_opened, one_fact_less, other_step])
def test_what_only_looks_like_what_came_before_is_found(
    memory: MemoryStore, forge: Callable[[Entry], Entry]
) -> None:
    lived(memory, 9)
    at, chance = _town.NIGHT + 9000, _town.drawn()
    forged(
        memory,
        lambda store: handle(store, _town.CODE, _town.activation(99), now=lambda: at, chance=chance),
        forge,
    )

    with memory.reading() as tx, pytest.raises(JournalError) as caught:
        verify(tx, _town.CODE)

    assert (caught.value.level, caught.value.seq) == ("decisions", 9)
