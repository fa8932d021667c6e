"""The thread that takes snapshots: each journal that cannot be replayed is told of once."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from incident.domain.errors import JournalError
from incident.schedule.bell import Bell
from incident.schedule.snapshots import snapshots
from incident.service.taking import Taken


def test_journal_that_does_not_hold_is_tried_once_and_the_others_on() -> None:
    broken = JournalError(jurisdiction="1", seq=7, expected="an entry", found="nothing")
    rounds = [Taken(["2"], [("1", broken)]), Taken(["3"], []), Taken([], [])]
    asked: list[set[str]] = []
    lines: list[tuple[str, str, dict[str, Any]]] = []

    def take(*, but: Collection[str], is_stopping: Any) -> Taken:
        assert not is_stopping()
        asked.append({*but})
        return rounds.pop(0)

    def log(level: str, event: str, **values: Any) -> None:
        lines.append((level, event, values))

    aside = snapshots(take, log, Bell())
    for _ in range(3):
        aside.turn()

    assert asked == [set(), {"1"}, {"1"}]
    assert [line[:2] for line in lines] == [
        ("error", "no_snapshot"),
        ("info", "snapshots"),
        ("info", "snapshots"),
    ]
    assert lines[0][2]["jurisdiction"] == "1"
    assert "an entry" in lines[0][2]["error"]
