"""A town in which steps wait for two persons."""

from __future__ import annotations

from typing import Any

from incident.domain import approving
from incident.domain.fact_names import kind_of
from incident.domain.facts import AnyFact, RequestRefused
from incident.service import queries
from incident.service.account import account
from incident.service.adopt import adopt
from incident.service.handle import Outcome
from incident.service.ports import Store
from incident.service.verify import verify
from incident.testing import fixed_chance
from tests.playbooks import CODE, DAY, HOUR, NIGHT
from tests.two import (
    OFFICER,
    TWO,
)


def begun(store: Store) -> Store:
    adopt(store, TWO, OFFICER, now=lambda: NIGHT - 8 * HOUR, chance=fixed_chance)
    return store


def must_hold(store: Store, at: int = NIGHT + 30 * DAY) -> None:
    with store.reading() as tx:
        found = verify(tx, CODE)
        assert found.decided is not None
        assert found.decided.unknown == {}
        faults = account(tx, CODE, since=0, until=at, at=at).faults
    assert [one for one in faults if one.kind != "overdue"] == []


def names(outcome: Outcome) -> list[str]:
    return [kind_of(fact) for fact in outcome.entry.facts]


def refusal(outcome: Outcome) -> str | None:
    return next((fact.rule for fact in outcome.entry.facts if isinstance(fact, RequestRefused)), None)


def state(store: Store) -> str:
    with store.reading() as tx:
        return queries.present(tx, CODE)[0].state


def standing(store: Store) -> list[tuple[str, str]]:
    with store.reading() as tx:
        return sorted(key for key in tx.standing(CODE) if key[0] in approving.KINDS)


def facts(store: Store, kind: type[AnyFact]) -> list[Any]:
    from incident.service.opened import read_entry

    with store.reading() as tx:
        entries = [read_entry(CODE, one) for one in tx.entries(CODE)]
    return [fact for entry in entries for fact in entry.facts if isinstance(fact, kind)]
