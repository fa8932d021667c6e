"""A superior's log of its subordinates' logs: noted by itself or by hand, never one that was made anew."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from incident.domain import heads
from incident.domain.checkpoint import Checkpoint
from incident.domain.errors import JournalError, Refused, RequestError
from incident.domain.growth import format_growth, parse_growth
from incident.domain.heads import HEAD, Head
from incident.domain.note import PublicKey
from incident.service import proving
from incident.service.heads import note_head, noted_of, pass_up, superior_of
from incident.service.notary import Often, sign, sign_due
from incident.service.ports import Signed, Store
from incident.service.who import Origin, Who
from incident.signing import evidence
from incident.store.sql import SqlStore
from incident.testing import MemoryStore, fixed_chance
from incident.testing.given import FakeClock
from tests.playbooks import BAISHI, CODE, text
from tests.service.signing import OTHER_SEED, head, notary, signer
from tests.service.story import activate, begin, tell, verified, version

#: The superior of Baishi.
COUNTY = "330999"
PLAN = replace(
    BAISHI,
    playbook="county",
    jurisdiction=replace(BAISHI.jurisdiction, code=COUNTY, name=text("白石县", "Baishi County"), parent=None),
)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def both(store: Store, clock: FakeClock) -> None:
    begin(store, PLAN, now=clock)
    begin(store, now=clock)


def kept(store: Store) -> Head | None:
    with store.reading() as tx:
        stood = tx.standing(COUNTY).get((HEAD, CODE))
    return None if stood is None else heads.read(stood.item)


def signed(store: Store, clock: FakeClock) -> tuple[Signed, Checkpoint]:
    found = sign(store, CODE, notary(clock))
    assert found is not None
    return found, head(found.note)


def noted(store: Store, clock: FakeClock, n: int = 1) -> None:
    for at in range(n):
        tell(store, "ordered", id=f"{clock()} {at}", authority="task_force", now=clock)


def by_hand(store: Store, given: Checkpoint, note: str, clock: FakeClock, **words: object) -> Head:
    origin = Origin(Who(by="甲"), "test", f"{given.origin} {given.size} {given.root.hex()}")
    outcome = note_head(
        store,
        COUNTY,
        given,
        note,
        origin=origin,
        now=clock,
        chance=fixed_chance,
        **words,  # type: ignore[arg-type]
    )
    assert outcome.situation.jurisdiction == COUNTY
    found = kept(store)
    assert found is not None
    return found


def test_what_was_signed_at_a_change_of_state_stands_in_the_superiors_journal(
    store: SqlStore, clock: FakeClock
) -> None:
    both(store, clock)
    signing, often = notary(clock), Often(entries=2, seconds=3600)
    assert sign_due(store, signing, often, node=None).failures == []
    first = kept(store)
    assert first is not None
    assert (first.size, first.proven) == (1, True)

    noted(store, clock, 2)
    assert sign_due(store, signing, often, node=None).failures == []
    assert kept(store) == first  # signed, and no state was entered: not worth an entry

    activate(store, id="on", now=clock)
    assert sign_due(store, signing, often, node=None).failures == []
    second = kept(store)
    assert second is not None
    assert (second.size, second.proven, head(second.note).size) == (4, True, 4)

    clock.after(hours=25)
    assert sign_due(store, signing, often, node=None).failures == []
    third = kept(store)
    assert third is not None
    assert third.size > 4
    for code in (CODE, COUNTY):
        assert verified(store, code).entries > 1


def test_passing_up_twice_is_once_and_without_a_superior_nothing(
    memory: MemoryStore, clock: FakeClock
) -> None:
    begin(memory, now=clock)
    one, given = signed(memory, clock)
    assert pass_up(memory, CODE, one, given, now=clock, chance=fixed_chance) is False
    begin(memory, PLAN, now=clock)

    assert pass_up(memory, CODE, one, given, now=clock, chance=fixed_chance) is True
    before = version(memory, COUNTY)
    assert pass_up(memory, CODE, one, given, now=clock, chance=fixed_chance) is False
    assert version(memory, COUNTY) == before
    with memory.reading() as tx:
        assert superior_of(tx, COUNTY) is None
        assert superior_of(tx, "1") is None


def elsewhere(clock: FakeClock, *sizes: int) -> tuple[MemoryStore, list[tuple[str, Checkpoint]]]:
    """A town on another machine, signed at some sizes."""
    away = MemoryStore()
    begin(away, now=clock)
    found, size = [], 1
    for wanted in sizes:
        clock.after(minutes=1)
        noted(away, clock, wanted - size)
        size = wanted
        one, given = signed(away, clock)
        found.append((one.note, given))
    return away, found


def test_a_head_from_elsewhere_is_noted_with_or_without_proof(memory: MemoryStore, clock: FakeClock) -> None:
    away, [(old_note, old), (new_note, new)] = elsewhere(clock, 3, 8)
    begin(memory, PLAN, now=clock)

    assert by_hand(memory, old, old_note, clock) == heads.head_of(old, old_note, proven=True)
    before = version(memory, COUNTY)
    by_hand(memory, old, old_note, clock)  # the same act
    assert version(memory, COUNTY) == before
    with away.reading() as tx:
        growth = proving.prove_growth(tx, CODE, old.size)
    assert parse_growth(format_growth(growth)) == growth
    assert by_hand(memory, new, new_note, clock, growth=growth).proven
    assert verified(memory, COUNTY).entries == 3


def test_that_growth_was_not_proven_is_said(memory: MemoryStore, clock: FakeClock) -> None:
    _away, [(old_note, old), (new_note, new)] = elsewhere(clock, 3, 8)
    begin(memory, PLAN, now=clock)
    by_hand(memory, old, old_note, clock)

    assert not by_hand(memory, new, new_note, clock).proven


def test_a_head_that_does_not_follow_is_not_noted(memory: MemoryStore, clock: FakeClock) -> None:
    away, [(old_note, old), (new_note, new)] = elsewhere(clock, 3, 8)
    begin(memory, PLAN, now=clock)
    by_hand(memory, new, new_note, clock)

    with pytest.raises(RequestError, match="not newer"):
        by_hand(memory, old, old_note, clock)
    with pytest.raises(Refused, match="made anew"):
        by_hand(memory, new._replace(root=bytes(32)), new_note, clock)
    with away.reading() as tx:
        growth = proving.prove_growth(tx, CODE, 3)
    with pytest.raises(RequestError, match="proof"):
        by_hand(memory, new._replace(size=9, root=bytes(32)), new_note, clock, growth=growth)
    with pytest.raises(RequestError, match="incident/CODE"):
        by_hand(memory, new._replace(origin="example.com/log"), new_note, clock)
    assert kept(memory) == heads.head_of(new, new_note, proven=True)


def test_a_subordinate_here_that_was_made_anew_is_refused(memory: MemoryStore, clock: FakeClock) -> None:
    both(memory, clock)
    noted(memory, clock, 2)
    one, given = signed(memory, clock)
    by_hand(memory, given._replace(size=2, root=bytes(32)), one.note, clock)

    with pytest.raises(Refused, match="made anew"):
        pass_up(memory, CODE, one._replace(epoch=9), given, now=clock, chance=fixed_chance)


def test_a_subordinate_here_that_was_rolled_back_is_refused_at_each_signature(
    memory: MemoryStore, clock: FakeClock
) -> None:
    both(memory, clock)
    noted(memory, clock, 2)
    one, given = signed(memory, clock)
    by_hand(memory, given._replace(size=given.size + 4), one.note, clock)

    with pytest.raises(Refused, match="older database was restored"):
        pass_up(memory, CODE, one, given, now=clock, chance=fixed_chance)
    noted(memory, clock, 2)
    newer, new = signed(memory, clock)
    with pytest.raises(Refused, match="older database was restored"):
        by_hand(memory, new, newer.note, clock)


def test_a_subordinate_here_that_was_made_anew_is_refused_also_when_no_head_is_due(
    memory: MemoryStore, clock: FakeClock
) -> None:
    both(memory, clock)
    one, given = signed(memory, clock)
    by_hand(memory, given._replace(root=bytes(32)), one.note, clock)
    with pytest.raises(Refused, match="made anew"):
        pass_up(memory, CODE, one, given, now=clock, chance=fixed_chance)

    other = given._replace(origin=f"incident/{CODE}/0123456789abcdef")
    by_hand(memory, other, one.note, clock)
    with pytest.raises(Refused, match="another journal"):
        pass_up(memory, CODE, one, given, now=clock, chance=fixed_chance)


def test_what_was_given_of_more_than_is_here_is_not_proven_by_what_is_here(
    memory: MemoryStore, clock: FakeClock
) -> None:
    both(memory, clock)
    one, given = signed(memory, clock)
    by_hand(memory, given, one.note, clock)

    assert not by_hand(memory, given._replace(size=9, root=bytes(32)), one.note, clock).proven


def test_the_head_that_a_superior_noted_is_found_with_its_entry(
    memory: MemoryStore, clock: FakeClock
) -> None:
    both(memory, clock)
    one, given = signed(memory, clock)
    with memory.reading() as tx:
        assert noted_of(tx, CODE) is None
    by_hand(memory, given, one.note, clock)

    with memory.reading() as tx:
        assert noted_of(tx, COUNTY) is None
        found = noted_of(tx, CODE)
    assert found is not None
    assert (found.superior, found.seq, head(found.note)) == (COUNTY, 1, given)


def test_verifying_holds_what_a_superior_noted_against_the_journal(
    memory: MemoryStore, clock: FakeClock
) -> None:
    both(memory, clock)
    _away, [(note, given)] = elsewhere(clock, 5)
    by_hand(memory, given, note, clock)

    def wrong(*keys: PublicKey) -> list[tuple[str, str]]:
        with memory.reading() as tx:
            found = evidence.brought([], keys).compared(tx, CODE, {})
        assert not found.holds
        return [(str(one.given.where), one.verdict) for one in found.wrong]

    where = f"in the journal of {COUNTY}, entry 1"
    assert wrong() == [(where, "behind")]
    clock.after(minutes=1)
    noted(memory, clock, 5)
    assert wrong() == wrong(signer().key) == [(where, "forked")]
    assert wrong(signer(OTHER_SEED).key) == []  # it is counted as signed by nobody


def test_a_head_that_stands_otherwise_than_its_note_is_a_fault_of_the_superiors_journal(
    memory: MemoryStore, clock: FakeClock
) -> None:
    both(memory, clock)
    one, given = signed(memory, clock)
    by_hand(memory, given._replace(size=9), one.note, clock)

    with memory.reading() as tx, pytest.raises(JournalError, match=COUNTY):
        noted_of(tx, CODE)


def test_a_journal_that_goes_on_under_another_origin_is_noted_anew(
    memory: MemoryStore, clock: FakeClock
) -> None:
    _away, [(note, given)] = elsewhere(clock, 5)
    begin(memory, PLAN, now=clock)
    by_hand(memory, given, note, clock)
    other = given._replace(origin=f"incident/{CODE}/0123456789abcdef", size=2)

    assert by_hand(memory, other, note, clock).origin == other.origin
