"""Which clauses stand below which."""

from __future__ import annotations

import pytest

from incident.domain.clause import is_within


@pytest.mark.parametrize(
    ("wanted", "clause"),
    [
        ("一(八)", "一(八)"),
        ("一(八)", "一(八)+"),
        ("一(十四)", "一(十四)1"),
        ("一", "一(八)"),
        ("preamble", "preamble; 一(一)+"),
        ("一(一)", "preamble; 一(一)+"),
    ],
)
def test_clause_and_what_stands_below_it(wanted: str, clause: str) -> None:
    assert is_within(wanted, clause)


@pytest.mark.parametrize(
    ("wanted", "clause"),
    [
        # the number of another clause begins alike
        ("十", "十四"),
        ("1", "12"),
        ("一(十四)1", "一(十四)12"),
        ("一(八)+", "一(八)"),
        ("二", "一(二)"),
    ],
)
def test_another_clause_is_none_of_it(wanted: str, clause: str) -> None:
    assert not is_within(wanted, clause)
