"""Programs that call the API, each with the token of somebody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.api.calling import Caller, caller_of
from tests.web.serving import Served


@pytest.fixture
def officer_api(served: Served) -> Iterator[Caller]:
    """A program with the duty officer's token."""
    with caller_of(served, "duty_officer") as caller:
        yield caller


@pytest.fixture
def auditor_api(served: Served) -> Iterator[Caller]:
    """A program with the auditor's token."""
    with caller_of(served, "auditor") as caller:
        yield caller
