"""kill -9 before and after every statement of an activation: the whole of it is there, or nothing.

All points are tried in every build, on both databases, each on a jurisdiction of its own.
"""

from __future__ import annotations

import signal
from typing import Any

from msgspec.structs import replace
from sqlalchemy import func, select

from incident.domain import journal
from incident.domain.facts import StateEntered
from incident.store.database import connect
from incident.store.sql import SqlStore
from incident.store.tables import disclosure, entry, outbox, situation
from tests.playbooks import BAISHI
from tests.service.story import activate, begin, verified
from tests.store.children import Point, activate_until, on_statements


def adopt(store: SqlStore, number: int) -> str:
    """Put another town under the plan of Baishi; gives its code."""
    code = f"330999{number:03}"
    place = replace(BAISHI.jurisdiction, code=code)
    begin(store, replace(BAISHI, playbook=f"town{number}", jurisdiction=place))
    return code


def points_of_an_activation(store: SqlStore, code: str) -> list[Point]:
    """Run one through and note every point that it passes, up to the end of the commit."""
    passed: list[Point] = []
    on_statements(store, passed.append)
    activate(store, code=code, id="the event")
    return passed[: passed.index(("after", 0)) + 1]


def held(store: SqlStore, code: str) -> dict[str, Any]:
    """Give what the tables hold of a town, each read by itself."""
    with store._engine.connect() as connection:
        counts = {
            table.name: connection.execute(
                select(func.count()).select_from(table).where(table.c.jurisdiction == code)
            ).scalar_one()
            for table in (entry, disclosure, outbox)
        }
        row = connection.execute(select(situation).where(situation.c.jurisdiction == code)).one()
    with store.reading() as tx:
        standing = {(kind, key): stood.since for (kind, key), stood in tx.standing(code).items()}
    return {**counts, "state": row.state, "version": row.version, "standing": standing}


def test_activation_killed_anywhere_is_whole_or_nothing(url: str, store: SqlStore) -> None:
    with_hooks = SqlStore(connect(url))
    measured = adopt(store, 0)
    nothing = held(store, measured)
    points = points_of_an_activation(with_hooks, measured)
    with_hooks.close()
    whole = held(store, measured)
    assert len(points) >= 20
    assert (nothing["entry"], whole["entry"]) == (1, 2)

    for number, point in enumerate(points, 1):
        code = adopt(store, number)
        assert activate_until(url, code, point) == -signal.SIGKILL

        is_committed = point == ("after", 0)
        assert held(store, code) == (whole if is_committed else nothing), f"killed {point}"
        assert verified(store, code).entries == 1 + is_committed

        again = activate(store, code=code, id="the event")

        assert again.repeated == is_committed
        assert held(store, code) == whole
        assert verified(store, code).entries == 2
        assert times_entered(store, code) == 1


def times_entered(store: SqlStore, code: str) -> int:
    with store.reading() as tx:
        facts = [fact for stored in tx.entries(code) for fact in journal.decode(stored.body).facts]
    return sum(isinstance(fact, StateEntered) for fact in facts)
