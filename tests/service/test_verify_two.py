"""Two persons in a record made anew with the program's own code: what does not follow is found."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from incident.domain import approving, clock
from incident.domain.approving import PROPOSAL, reviewed
from incident.domain.decision import make_plan
from incident.domain.facts import ItemEnded, ItemStarted, RequestRefused
from incident.domain.journal import Came, Entry
from incident.service.ports import Store
from incident.service.tick import sweep
from incident.service.verify import verify
from incident.service.verify_verdict import Decided
from incident.store.sql import SqlStore
from incident.testing import MemoryStore
from tests.playbooks import CODE, HOUR, NIGHT, at_rest
from tests.service.forging import Forge, forged, found, instead, leaving_out, said, with_facts
from tests.service.proposing import begun
from tests.two import (
    DEPUTY,
    DISGUISED,
    OFFICER,
    STRANGER,
    TWO,
    approve,
    case,
    press,
    propose,
    reject,
    review,
)

NOTHING = Came(id="", source="", type="", time="")
SAME = RequestRefused(rule="same_person")
#: Hash of the plan of an activation.
PLAN = make_plan(TWO, at_rest(TWO), "activate").hash


def ended(**fields: Any) -> Forge:
    """Let a proposal have ended otherwise."""
    return with_facts(
        lambda fact: (
            replace(fact, **fields) if isinstance(fact, ItemEnded) and fact.kind == PROPOSAL else fact
        )
    )


def without_end(entry: Entry) -> Entry:
    return with_facts(lambda fact: None if getattr(fact, "kind", None) == PROPOSAL else fact)(entry)


def item(**changed: Any) -> Forge:
    """Let something else have been proposed than was."""
    return with_facts(
        lambda fact: (
            replace(fact, after={**fact.after, **changed})
            if isinstance(fact, ItemStarted) and fact.kind == PROPOSAL
            else fact
        )
    )


#: What is forged of a proposal, entry 1.
PROPOSALS: dict[str, Forge] = {
    "a longer term": item(until=clock.stamp(NIGHT + 9 * HOUR)),
    "another step": item(step="lift"),
    "another plan": item(plan="0" * 64),
    "somebody else told": item(tell=["county"]),
    "a time from which it holds that was not said": item(effective_at=clock.stamp(NIGHT - HOUR)),
    "a step that is taken": lambda entry: replace(entry, step="activate", plan="0" * 64),
    "a glass broken with it": lambda entry: replace(entry, break_glass=True, reason=None),
    "no basis": lambda entry: replace(entry, basis=None),
    "a refusal": instead(RequestRefused(rule="one_person")),
    "another body": lambda entry: replace(entry, authority="county"),
}
#: Of the approval, entry 2.
APPROVALS: dict[str, Forge] = {
    "without a proposal": lambda entry: replace(entry, proposal=None),
    "of another proposal": lambda entry: replace(entry, proposal="proposal-9"),
    "of another plan": lambda entry: replace(entry, approved="0" * 64),
    "of a plan that nobody approved": lambda entry: replace(entry, approved=None),
    "by one person, with a button": lambda entry: replace(entry, verb="activate", proposal=None),
    "by one person, and nothing to review": lambda entry: replace(
        without_end(entry), verb="activate", proposal=None, approved=None, break_glass=True
    ),
    "with other values": said(cases=7),
    "of another event": lambda entry: replace(entry, came=replace(entry.came or NOTHING, type="ordered")),
    "without the words": lambda entry: replace(
        entry, came=replace(entry.came or NOTHING, data={"origin": "local", "cases": 1})
    ),
    "without a basis": lambda entry: replace(entry, basis=None),
    "by another body": lambda entry: replace(entry, authority="county"),
    "of a proposal that goes on": without_end,
    "of a proposal that is superseded": ended(outcome="superseded", tell=["command"]),
    "with an end that was not asked for": lambda entry: replace(entry, until=clock.stamp(NIGHT + 9 * HOUR)),
    "that is refused": instead(SAME),
}


@pytest.mark.parametrize("name", PROPOSALS)
def test_proposal_that_does_not_follow_is_found(memory: MemoryStore, name: str) -> None:
    begun(memory)
    forged(memory, propose, PROPOSALS[name])

    assert found(memory)[1] == 1


@pytest.mark.parametrize("name", APPROVALS)
def test_approval_that_does_not_follow_is_found(memory: MemoryStore, name: str) -> None:
    begun(memory)
    propose(memory)
    forged(memory, lambda store: approve(store, 1), APPROVALS[name])

    assert found(memory)[1] == 2


def test_approval_of_ones_own_is_found_by_the_names_that_are_disclosed(
    memory: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever wrote it had a program that asks nobody."""
    begun(memory)
    propose(memory)
    with monkeypatch.context() as careless:
        careless.setattr("incident.service.approving.is_same_person", lambda *_: False)
        approve(memory, 1, DISGUISED)

    assert found(memory) == ("decisions", 2)


def test_approval_after_its_term_is_found(memory: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    begun(memory)
    propose(memory)
    with monkeypatch.context() as careless:
        careless.setattr("incident.service.handle.catch_up", lambda _tx, log, *_: log)
        careless.setattr("incident.service.approving.clock", SimpleNamespace(read_stamp=lambda _stamp: 2**40))
        approve(memory, 1, now=lambda: NIGHT + 3 * HOUR)

    assert found(memory) == ("decisions", 2)


def test_same_step_proposed_twice_is_found(memory: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    begun(memory)
    propose(memory)
    with monkeypatch.context() as careless:
        careless.setattr("incident.service.handle.must_be_new", lambda *_: None)
        propose(memory, DEPUTY)

    assert found(memory) == ("decisions", 2)


@pytest.mark.parametrize(
    ("who", "forge"),
    [
        (DEPUTY, ended(outcome="withdrawn")),
        (OFFICER, ended(outcome="rejected")),
        (DEPUTY, ended(outcome="expired", tell=[])),
        (DEPUTY, ended(tell=[])),
        (DEPUTY, lambda entry: replace(entry, reason=None)),
        (DEPUTY, lambda entry: replace(entry, proposal="proposal-1")),
        (DEPUTY, lambda entry: replace(entry, break_glass=True)),
    ],
)
def test_end_of_a_proposal_that_does_not_follow_is_found(memory: MemoryStore, who: Any, forge: Forge) -> None:
    begun(memory)
    propose(memory)
    forged(memory, lambda store: reject(store, 1, who), forge)

    assert found(memory)[1] == 2


def test_expiry_left_out_or_before_its_time_is_found(memory: MemoryStore) -> None:
    begun(memory)
    propose(memory)
    forged(memory, lambda store: sweep(store, now=lambda: NIGHT + 2 * HOUR, node="n"), leaving_out(PROPOSAL))

    assert found(memory)[1] == 2


#: What is forged of what was done alone, entry 1.
ALONE: dict[str, Forge] = {
    "nothing to review": leaving_out("break_glass"),
    "nobody told": with_facts(
        lambda fact: (
            replace(fact, after={"step": "activate", "plan": fact.after["plan"]})
            if getattr(fact, "kind", None) == "break_glass"
            else fact
        )
    ),
    "as if it had been allowed": lambda entry: replace(entry, break_glass=False),
    "no reason": lambda entry: replace(entry, reason=None),
}


@pytest.mark.parametrize("name", ALONE)
def test_what_one_did_alone_is_found_where_it_is_hushed_up(memory: MemoryStore, name: str) -> None:
    begun(memory)
    forged(memory, lambda store: press(store, case(verb="activate", break_glass=True)), ALONE[name])

    assert found(memory)[1] == 1


def granted(entry: Entry) -> Entry:
    """Let a review that was refused have been one."""
    alone = approving.broken(TWO, 1, step="activate", plan=PLAN, authority="command")
    return replace(entry, facts=[reviewed("break_glass-1", alone.after)])


@pytest.mark.parametrize(
    ("who", "forge"),
    [
        (OFFICER, granted),
        (DEPUTY, instead(SAME)),
        (DEPUTY, with_facts(lambda fact: replace(fact, tell=[]))),
        (DEPUTY, lambda entry: replace(entry, came=replace(entry.came or NOTHING, data={}))),
    ],
)
def test_review_that_does_not_follow_is_found(memory: MemoryStore, who: Any, forge: Forge) -> None:
    begun(memory)
    press(memory, case(verb="activate", break_glass=True))
    forged(memory, lambda store: review(store, 1, who), forge)

    assert found(memory)[1] == 2


# -- what is erased


def decided(store: Store) -> Decided:
    with store.reading() as tx:
        found = verify(tx, CODE).decided
    assert found is not None
    assert found.unknown == {}
    return found


def erase(store: SqlStore, where: str) -> None:
    with store._engine.begin() as connection:
        assert connection.exec_driver_sql(f"DELETE FROM disclosure WHERE {where}").rowcount


@pytest.mark.parametrize(
    ("doing", "where"),
    [
        (lambda store: approve(store, 1), "seq = 1 AND name = 'by'"),
        (lambda store: approve(store, 1), "seq = 2 AND name = 'os_user'"),
        (lambda store: approve(store, 1, DISGUISED), "seq = 1 AND name = 'os_user'"),
        (lambda store: reject(store, 1, STRANGER), "seq = 1 AND name = 'by'"),
        (lambda store: reject(store, 1, OFFICER), "seq = 2 AND name = 'by'"),
    ],
)
def test_where_names_are_erased_it_is_decided_again_in_part(
    sqlite_store: SqlStore, doing: Callable[[Store], object], where: str
) -> None:
    begun(sqlite_store)
    propose(sqlite_store)
    doing(sqlite_store)
    assert "erased" not in decided(sqlite_store).partly
    erase(sqlite_store, where)

    assert decided(sqlite_store).partly["erased"] == 1


@pytest.mark.parametrize("who", [OFFICER, DEPUTY])
@pytest.mark.parametrize("where", ["seq = 1 AND name = 'by'", "seq = 2 AND name = 'data.entry'", "seq = 2"])
def test_review_is_decided_again_as_far_as_it_is_disclosed(
    sqlite_store: SqlStore, who: Any, where: str
) -> None:
    begun(sqlite_store)
    press(sqlite_store, case(verb="activate", break_glass=True))
    review(sqlite_store, 1, who)
    erase(sqlite_store, where)
    needs_no_entry = who is DEPUTY and "data.entry" in where

    assert decided(sqlite_store).partly.get("erased", 0) == (0 if needs_no_entry else 1)


def test_words_that_both_entries_disclose_are_the_same(sqlite_store: SqlStore) -> None:
    """Of a proposal whose words are erased there is nothing to compare with."""
    begun(sqlite_store)
    propose(sqlite_store)
    approve(sqlite_store, 1)
    before = decided(sqlite_store)
    erase(sqlite_store, "seq = 1 AND name IN ('basis', 'reason', 'data.remark')")

    assert decided(sqlite_store) == before
