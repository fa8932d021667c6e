"""Shipped playbooks, read once for all tests of them."""

from __future__ import annotations

from functools import cache

from incident.domain.playbook import Playbook
from incident.playbook_text.load import Loaded, must_load


@cache
def loaded(name: str) -> Loaded:
    """Read a shipped playbook once for all tests."""
    return must_load(name)


def plan(name: str) -> Playbook:
    """Give a shipped playbook, resolved."""
    book = loaded(name).playbook
    assert book is not None
    return book
