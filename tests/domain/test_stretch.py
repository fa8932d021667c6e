"""Stretches of time against the plain set of the instants that lie in them."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from incident.domain.stretch import Stretch, joined, without

stretches = st.tuples(st.integers(0, 30), st.integers(0, 30))


def instants(*some: Stretch) -> set[int]:
    return {at for since, until in some for at in range(since, until)}


@given(st.lists(stretches))
def test_joined_they_hold_the_same_time_apart_and_in_order(some: list[Stretch]) -> None:
    found = joined(some)
    assert instants(*found) == instants(*some)
    assert all(one[0] < one[1] for one in found)
    assert all(one[1] < other[0] for one, other in pairwise(found))


@given(stretches, st.lists(stretches))
def test_what_others_leave_is_the_rest(one: Stretch, others: list[Stretch]) -> None:
    left = [*without(one, joined(others))]
    assert instants(*left) == instants(one) - instants(*others)
    assert left == joined(left)
