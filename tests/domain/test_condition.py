"""A value against a condition of each kind."""

from __future__ import annotations

import pytest

from incident.domain.condition import meets
from incident.domain.playbook import Condition, Range


@pytest.mark.parametrize(
    ("condition", "met", "not_met"),
    [
        ("local", ["local"], ["Local", "", 1, None]),
        (3, [3], [2, "3", None]),
        (["local", "abroad"], ["local", "abroad"], ["", 0, None]),
        ([], [], ["", None]),
        (Range(at_least=2, at_most=4), [2, 3, 4], [1, 5, "3", None]),
        (Range(at_least=2), [2, 10**9], [1, "2", None]),
        (Range(at_most=4), [4, -(10**9)], [5, None]),
    ],
)
def test_a_value_meets_a_condition_or_not(
    condition: Condition, met: list[str | int | None], not_met: list[str | int | None]
) -> None:
    assert [one for one in [*met, *not_met] if meets(condition, one)] == met
