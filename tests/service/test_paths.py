"""Where a jurisdiction stands below others."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from incident.domain.errors import StoreError
from incident.domain.permission import Grant, may
from incident.domain.playbook import Playbook
from incident.service.adopt import adopt
from incident.service.paths import Known, path_of, paths_of
from incident.service.who import Who
from incident.testing import MemoryStore
from incident.testing.given import fixed_chance
from incident.testing.samples import log_of
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


def test_all_are_told_at_once_and_each_playbook_is_read_once() -> None:
    store = begin(("330681111", "330681"), ("330681", "3306"), ("3301", None))
    known: Known = {}
    with store.reading() as tx:
        governing = {code: log_of(tx, code).situation.playbook for code, _name in tx.codes()}
        found = paths_of(tx, governing, known)
        assert found == {code: path_of(tx, code) for code in governing}
        assert len(known) == 3
        assert paths_of(tx, governing, dict(known)) == found
        known[("330681", governing["330681"])] = "3399"
        assert path_of(tx, "330681111", known) == ("330681111", "330681", "3399", "33")


class Odd:
    """A look at a playbook that another program wrote."""

    def playbook_bytes(self, _code: str, _digest: str) -> bytes:
        return b'{"jurisdiction":7}'


def test_playbook_that_cannot_be_read_is_said() -> None:
    tx: Any = Odd()
    with pytest.raises(StoreError) as caught:
        paths_of(tx, {"33": "h"}, {})
    assert all(caught.value.parts())
