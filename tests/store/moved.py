"""A database that has lived, to be moved."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from incident.domain.errors import IncidentError
from tests.store.moves import moved

WAYS = [
    ("sqlite", "postgresql"),
    ("postgresql", "sqlite"),
    ("sqlite", "sqlite"),
    ("postgresql", "postgresql"),
]


New = Callable[[str], str]


def full(kind: str, old: str, new: New) -> str:
    """Give a database of a kind that two towns live in."""
    if kind == "sqlite":
        return old
    target = new(kind)
    moved(old, target)
    return target


def refused(url: str, target: str) -> IncidentError:
    with pytest.raises(IncidentError) as caught:
        moved(url, target)
    assert all(caught.value.parts())
    return caught.value
