"""Majian's rosters with people on them, in routine and in its emergency."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from incident.domain.people import is_named
from tests.service.office import Office, row

WATCH, TRACING = "watch", "regional_cocheck_watch"


@pytest.fixture
def office() -> Iterator[Office]:
    story = Office("majian")
    yield story
    story.expect_account()
    story.dump()


def activate(office: Office) -> None:
    office.activate("local_positive_reported", origin="local", result="confirmed", cases=1)


def staffed(office: Office) -> None:
    """Five people of the offices and three of the tracing room, all reached by mail."""
    office.take_in(
        *(
            row("全体机关干部", f"H{n}", name=f"甲{n}", channels=(f"mail:h{n}@b.cn",), since="2026-01-01")
            for n in range(1, 6)
        ),
        *(row("综合信息指挥室", f"T{n}", name=f"乙{n}", since="2026-01-01") for n in range(1, 4)),
    )


def must_hold(office: Office, *, days: int) -> None:
    """No gap in any post, and nobody at two posts at once."""
    found = office.rota(office.clock() - days * 86400, office.clock()).pieces
    assert WATCH in {one.roster for one in found}
    posts: dict[tuple[str, str], list[Any]] = {}
    people: dict[str, list[Any]] = {}
    for one in found:
        posts.setdefault((one.roster, one.piece.post), []).append(one)
        if one.piece.holder is not None and is_named(one.piece.holder):
            people.setdefault(one.piece.holder, []).append(one)
    assert all(a.until == b.since for pieces in posts.values() for a, b in pairwise(pieces))
    assert all(a.until <= b.since for pieces in people.values() for a, b in pairwise(pieces))
