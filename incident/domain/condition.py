"""When a value meets a condition: one rule for deciding an event and for checking a playbook."""

from __future__ import annotations

from incident.domain.playbook import Condition, Range


def meets(condition: Condition, value: str | int | None) -> bool:
    """Tell whether a value meets a condition; a value left out (`None`) meets none."""
    match condition:
        case Range():
            return (
                isinstance(value, int)
                and (condition.at_least is None or value >= condition.at_least)
                and (condition.at_most is None or value <= condition.at_most)
            )
        case list():
            return value in condition
        case _:
            return value == condition
