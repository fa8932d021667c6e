"""Disclosures that are missing: an entry explains each, or they are counted and named."""

from __future__ import annotations

from typing import Any, Final

import pytest

from incident.service.adopt import adopt
from incident.service.verify import verify
from incident.service.verify_verdict import Missing
from incident.service.who import Who
from incident.store.sql import SqlStore
from incident.testing.given import fixed_chance
from tests.service.attacks import Attack, run
from tests.service.attic import Attic
from tests.service.office import row
from tests.service.test_redact import FILE, Archive
from tests.service.test_verify import under, unguarded

CODE: Final = "330681111"
DELETED: Final = run("DELETE FROM disclosure WHERE name IN ('data.said', 'data.H2')")


@pytest.fixture
def town(store: SqlStore) -> Archive:
    """A record of which much was taken away as it has to be: named 1, noted 2 and 3, filed 4."""
    archive = Archive("majian")
    found: Any = unguarded(store)
    archive.store = found
    adopt(store, archive.playbook, Who(by="drill"), now=archive.clock, chance=fixed_chance)
    archive.take_in(
        row("duty.leader", "H1", name="王小明", channels=("sms:13900000001",)),
        row("卫生院", "H2", name="乙", line=3),
    )
    archive.say("李四家里有人发热")
    archive.say("转运两人")
    archive.attach(FILE)
    archive.redact(2, "data.said", "data.who")
    archive.redact(4, "data.digest.0")
    archive.erase("H1")
    return archive


def missing(town: Archive, attack: Attack) -> Missing:
    for tx in under(town.store, attack):  # type: ignore[arg-type]
        found = verify(tx, CODE)
    assert found.missing is not None
    level = next(level for level in found.levels if level.name == "disclosures")
    assert (level.held, level.is_wrong) == (not found.missing.n, bool(found.missing.n))
    return found.missing


def test_what_was_redacted_and_erased_is_explained(town: Archive) -> None:
    assert missing(town, run()) == Missing(0, [], 0)


def test_what_went_without_an_entry_is_counted_and_named(town: Archive) -> None:
    assert missing(town, DELETED) == Missing(2, [(1, "data.H2"), (3, "data.said")], 0)
    everything = missing(town, run("DELETE FROM disclosure"))
    assert (everything.n > 20, len(everything.first), everything.first[0][0]) == (True, 10, 0)
    assert (2, "data.said") not in everything.first


#: What is held → how many of the two that are missing a hold keeps.
HOLDS: Final[list[tuple[dict[str, Any], int]]] = [
    ({"all": True}, 2),
    ({"entries": [(3, 3)]}, 1),
    ({"holder": "H2"}, 1),
    ({"entries": [(5, 6)]}, 0),
]


@pytest.mark.parametrize(("what", "n"), HOLDS)
def test_those_that_a_hold_keeps_are_counted_apart(town: Archive, what: dict[str, Any], n: int) -> None:
    town.hold(**what)
    assert missing(town, DELETED).held == n


def test_hashes_alone_tell_nothing_of_disclosures(town: Archive) -> None:
    for tx in under(town.store, DELETED):  # type: ignore[arg-type]
        assert verify(tx, CODE, replay=False).missing is None


def test_bodies_that_were_dropped_explain_what_went_with_them() -> None:
    attic = Attic("majian")
    attic.year()
    attic.told()
    attic.drop(4)
    with attic.store.reading() as tx:
        assert verify(tx, attic.code).missing == Missing(0, [], 0)
