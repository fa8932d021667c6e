"""Where a jurisdiction stands below others."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from incident.domain.permission import Grant, may
from incident.domain.playbook import Playbook
from incident.service.adopt import adopt
from incident.service.paths import path_of
from incident.service.who import Who
from incident.testing import MemoryStore
from incident.testing.given import fixed_chance
from tests.playbooks import BAISHI, NIGHT


def placed(code: str, parent: str | None) -> Playbook:
    place = replace(BAISHI.jurisdiction, code=code, parent=parent)
    return replace(BAISHI, playbook=f"p{code}", jurisdiction=place)


def path(store: MemoryStore, code: str) -> tuple[str, ...]:
    with store.reading() as tx:
        return path_of(tx, code)


def begin(*places: tuple[str, str | None]) -> MemoryStore:
    store = MemoryStore()
    for code, parent in places:
        adopt(store, placed(code, parent), Who(by="x"), now=lambda: NIGHT, chance=fixed_chance)
    return store


def test_playbooks_say_which_is_the_superior() -> None:
    store = begin(("330681111", "330681"), ("330681", "3306"), ("3306", "33"), ("33", None))
    assert path(store, "330681111") == ("330681111", "330681", "3306", "33")
    assert path(store, "33") == ("33",)


def test_superiors_of_one_that_is_not_adopted_follow_from_its_code() -> None:
    store = begin(("330681111", "330681"))
    assert path(store, "330681111") == ("330681111", "330681", "3306", "33")
    assert may([Grant("auditor", "33")], "audit", path(store, "330681111"))


def test_superior_need_not_be_the_one_that_the_code_names() -> None:
    store = begin(("330681111", "330799"), ("330799", "3308"))
    assert path(store, "330681111") == ("330681111", "330799", "3308", "33")


def test_one_that_has_none_stands_alone() -> None:
    assert path(begin(("330681111", None)), "330681111") == ("330681111",)


def test_two_that_are_each_others_superior_do_not_go_on_for_ever() -> None:
    store = begin(("330681", "3306"), ("3306", "330681"))
    assert path(store, "330681") == ("330681", "3306")


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("330681111002", ("330681111002", "330681111", "330681", "3306", "33")),
        ("33", ("33",)),
        ("33068", ("33068", "3306", "33")),
    ],
)
def test_nobody_adopted_it_yet(code: str, found: tuple[str, ...]) -> None:
    assert path(MemoryStore(), code) == found
