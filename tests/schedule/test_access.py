"""The thread that lets the record of access lose what is old."""

from __future__ import annotations

from typing import Any

from incident.schedule.access import access
from incident.schedule.bell import Bell


def test_what_went_is_logged_and_nothing_else() -> None:
    gone = [3, 0]
    lines: list[tuple[str, str, dict[str, Any]]] = []

    def drop(is_stopping: Any) -> int:
        assert not is_stopping()
        return gone.pop(0)

    aside = access(drop, lambda level, event, **values: lines.append((level, event, values)), Bell())
    aside.turn()
    aside.turn()

    assert lines == [("info", "access_dropped", {"lines": 3})]
