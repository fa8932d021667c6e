"""kill -9 before every statement of an activation, and of a sweep: all of it is there, or nothing.

All of them are tried in every build, on both databases, each on jurisdictions of their own, and the moments
before and after the commit. For the database the moment after a statement is the one before the next.
"""

from __future__ import annotations

import signal
from typing import Any

from msgspec.structs import replace
from sqlalchemy import func, select

from incident.domain import journal
from incident.domain.facts import StateEntered, TimerEnded
from incident.store.database import connect
from incident.store.sql import SqlStore
from incident.store.tables import disclosure, entry, outbox, situation, timer
from tests.playbooks import BAISHI
from tests.service.story import activate, begin, verified
from tests.store.children import (
    Deed,
    Point,
    activate_the_event,
    done_until,
    on_statements,
    sweep_the_morning,
)


def adopt(store: SqlStore, number: int) -> str:
    """Put another town under the plan of Baishi; gives its code."""
    code = f"330999{number:03}"
    place = replace(BAISHI.jurisdiction, code=code)
    begin(store, replace(BAISHI, playbook=f"town{number}", jurisdiction=place))
    return code


def points_of(deed: Deed, store: SqlStore, codes: list[str]) -> list[Point]:
    """Do it once and note every point that it passes, up to the end of the commit."""
    passed: list[Point] = []
    on_statements(store, passed.append)
    deed(store, codes)
    whole = passed[: passed.index(("after", 0)) + 1]
    return [point for point in whole if point[0] == "before" or point == whole[-1]]


def held(store: SqlStore, code: str) -> dict[str, Any]:
    """Give what the tables hold of a town, each read by itself."""
    with store._engine.connect() as connection:
        counts = {
            table.name: connection.execute(
                select(func.count()).select_from(table).where(table.c.jurisdiction == code)
            ).scalar_one()
            for table in (entry, disclosure, outbox, timer)
        }
        row = connection.execute(select(situation).where(situation.c.jurisdiction == code)).one()
    with store.reading() as tx:
        standing = {(kind, key): stood.since for (kind, key), stood in tx.standing(code).items()}
        times = [(one.what, one.key, one.of, one.due) for one in tx.open_timers(code)]
    return {
        **counts,
        "state": row.state,
        "version": row.version,
        "standing": standing,
        "times": sorted(times),
    }


def test_sweep_killed_anywhere_loses_nothing_and_doubles_nothing(url: str, store: SqlStore) -> None:
    """Three towns whose reports are missed: recorded, and promised again, in one transaction."""
    with_hooks = SqlStore(connect(url))
    measured = [adopt(store, number) for number in range(3)]
    (nothing,) = {repr(held(store, code)) for code in measured}
    points = points_of(sweep_the_morning, with_hooks, measured)
    with_hooks.close()
    (whole,) = {repr(held(store, code)) for code in measured}
    assert len(points) >= 11
    assert nothing != whole

    for number, point in enumerate(points, 1):
        codes = [adopt(store, 3 * number + n) for n in range(3)]
        assert done_until(sweep_the_morning, url, codes, point) == -signal.SIGKILL

        is_committed = point == ("after", 0)
        for code in codes:
            assert repr(held(store, code)) == (whole if is_committed else nothing), f"killed {point}"
            assert verified(store, code).entries == 1 + is_committed

        again = sweep_the_morning(store, codes)

        assert (again.entries, again.failures) == (0 if is_committed else 3, [])
        for code in codes:
            assert repr(held(store, code)) == whole
            assert verified(store, code).entries == 2
            assert times_missed(store, code) == ["daily_report"]


def times_missed(store: SqlStore, code: str) -> list[str]:
    with store.reading() as tx:
        facts = [fact for stored in tx.entries(code) for fact in journal.decode(stored.body).facts]
    return [fact.key for fact in facts if isinstance(fact, TimerEnded)]


def test_activation_killed_anywhere_is_whole_or_nothing(url: str, store: SqlStore) -> None:
    with_hooks = SqlStore(connect(url))
    measured = adopt(store, 0)
    nothing = held(store, measured)
    points = points_of(activate_the_event, with_hooks, [measured])
    with_hooks.close()
    whole = held(store, measured)
    assert len(points) >= 11
    assert (nothing["entry"], whole["entry"]) == (1, 2)

    for number, point in enumerate(points, 1):
        code = adopt(store, number)
        assert done_until(activate_the_event, url, [code], point) == -signal.SIGKILL

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
