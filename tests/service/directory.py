"""Majian, its directory, and what is wrong with rows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from incident.domain.directory import DirectoryError, Row
from incident.service import people
from tests.service.office import Office, row

NAMED = row("综合信息指挥室", "H1", name="王小明", channels=("sms:13900000001", "mail:wang@example.cn"))


@pytest.fixture
def office() -> Iterator[Office]:
    story = Office("majian")
    yield story
    story.dump()


def rules(found: pytest.ExceptionInfo[DirectoryError]) -> list[tuple[str, int]]:
    return [(one.rule, one.mark.line) for one in found.value.problems if one.mark is not None]


def refused(office: Office, *rows: Row) -> list[str]:
    """Give what is wrong with rows, as the terminal shows it."""
    with pytest.raises(DirectoryError) as found:
        office.take_in(*rows)
    return [
        f"{one.mark.line} {one.rule}: {one.expected}; {one.found}; {one.do}"
        for one in found.value.problems
        if one.mark is not None
    ]


def holders(office: Office, seat: str, words: str | None = None) -> list[str]:
    at = office.clock() if words is None else office.at(words)
    with office.store.reading() as tx:
        return [one.holder for one in people.who_holds(tx, office.code, seat, at)]
