"""A kit of a town where two persons decide: it holds for the script, which lets nobody pass for two."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from incident.testing import MemoryStore
from tests.kit.making import HOUSE, Parts, parts_of, run, write_zip
from tests.playbooks import CODE
from tests.service.proposing import begun
from tests.two import DEPUTY, OFFICER, approve, case, press, propose, reject, review

#: Entries: a proposal that was rejected, one that was approved, a glass that was broken and reviewed.
REJECTED, PROPOSED, APPROVED, ALONE = 1, 3, 4, 5


@pytest.fixture(scope="module")
def whole() -> Parts:
    store = begun(MemoryStore())
    propose(store)
    reject(store, REJECTED)
    propose(store)
    approve(store, PROPOSED)
    press(store, case(DEPUTY, "lifted", verb="stand_down", break_glass=True))
    review(store, ALONE, OFFICER)
    with store.reading() as tx:
        return parts_of(tx, CODE, sizes=(7,))


def without_proposal(kit: Parts) -> Parts:
    entry = kit.entry(APPROVED)
    del entry["proposal"]
    return kit.with_entry(APPROVED, entry)


def of_one_that_was_rejected(kit: Parts) -> Parts:
    return kit.with_entry(APPROVED, kit.entry(APPROVED) | {"proposal": f"proposal-{REJECTED}"})


def of_another_plan(kit: Parts) -> Parts:
    entry = kit.entry(PROPOSED)
    entry["facts"][0]["after"]["plan"] = "0" * 64
    return kit.with_entry(PROPOSED, entry)


def of_another_step(kit: Parts) -> Parts:
    entry = kit.entry(PROPOSED)
    entry["facts"][0]["after"]["step"] = "lift"
    return kit.with_entry(PROPOSED, entry)


def alone_in_silence(kit: Parts) -> Parts:
    entry = kit.entry(ALONE)
    del entry["break_glass"]
    return kit.with_entry(ALONE, entry)


def test_kit_of_two_persons_holds(tmp_path: Path, whole: Parts) -> None:
    said = run(write_zip(tmp_path / "kit.zip", whole.sealed()), "--key", HOUSE.vkey())

    assert said.code == 0, said.out
    assert "StateEntered 2" in said.out


@pytest.mark.parametrize(
    ("spoil", "seq"),
    [
        (without_proposal, APPROVED),
        (of_one_that_was_rejected, APPROVED),
        (of_another_plan, APPROVED),
        (of_another_step, APPROVED),
        (alone_in_silence, ALONE),
    ],
)
def test_step_of_two_that_one_took_is_found(
    tmp_path: Path, whole: Parts, spoil: Callable[[Parts], Parts], seq: int
) -> None:
    said = run(write_zip(tmp_path / "kit.zip", spoil(whole).sealed()), "--key", HOUSE.vkey())

    assert said.code == 1
    assert said.faults().keys() == {"transitions"}
    assert said.faults()["transitions"].startswith(f"entry {seq}: by one person, not two"), said.out
