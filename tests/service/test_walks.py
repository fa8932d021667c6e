"""Whatever people do about duty, in whatever order, with a worker or without: its laws hold."""

from __future__ import annotations

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.service.walk import Walk


@settings(max_examples=8, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.integers(0, 2**32 - 1))
def test_the_laws_of_duty_hold_after_each_step_of_any_walk(seed: int) -> None:
    Walk(seed).go(40)
