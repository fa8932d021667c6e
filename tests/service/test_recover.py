"""After a loss the journal goes on as another: two people give up its end, and that launders nothing."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from incident.domain.checkpoint import Checkpoint, format_checkpoint, line_of
from incident.domain.errors import Conflict, JournalError, RequestError, StoreError
from incident.domain.facts_record import JournalRecovered
from incident.domain.journal import Entry
from incident.domain.note import sign_note
from incident.service import outside
from incident.service.notary import publish, sign
from incident.service.ports import Store
from incident.service.recover import recover
from incident.service.verify import verify
from incident.service.who import Origin, Who
from incident.store.sql import SqlStore
from incident.testing import MemoryStore, fixed_chance
from incident.testing.given import FakeClock
from incident.testing.samples import log_of
from tests.playbooks import CODE
from tests.service.forging import Forger
from tests.service.outside import clock, guard, noted, signed, trusted, verdict
from tests.service.signing import OTHER_SEED, Shelf, notary, signer
from tests.service.story import begin, verified, version

__all__ = ["clock"]


ACT = Origin(Who(by="甲"), "test", "recovery")


def lost_and_found(clock: FakeClock) -> tuple[MemoryStore, Checkpoint]:
    """An older copy of a journal, and the newest checkpoint of the one that is gone."""
    here, gone = MemoryStore(), MemoryStore()
    for store in (here, gone):
        begin(store, now=clock)
        noted(store, clock, 2)
    clock.after(minutes=1)
    noted(gone, clock, 4)
    return here, signed(gone, clock)


def give_up(store: Store, lost: Checkpoint, clock: FakeClock, **words: str) -> JournalRecovered:
    said = {"reason": "disk", "second": "乙", **words}
    outcome = recover(
        store,
        CODE,
        foreign_note(lost),
        reason=said["reason"],
        second=said["second"],
        origin=ACT,
        now=clock,
        chance=fixed_chance,
        read=trusted,
    )
    (fact,) = outcome.entry.facts
    assert isinstance(fact, JournalRecovered)
    return fact


def test_after_a_loss_the_journal_goes_on_as_another_and_says_what_is_missing(clock: FakeClock) -> None:
    here, lost = lost_and_found(clock)
    early = lost._replace(size=2, root=root_of(here, 2))
    assert (verdict(here, lost), verdict(here, early)) == ("behind", "holds")

    fact = give_up(here, lost, clock)

    assert (fact.opened, fact.origin, fact.size, fact.root) == (0, lost.origin, 7, lost.root.hex())
    assert (verdict(here, lost), verdict(here, early)) == ("lost", "holds")
    assert verdict(here, lost._replace(size=5)) == "lost"  # one between, signed of what is gone
    assert verdict(here, lost._replace(size=8)) == "behind"  # one that was not known when it was given up
    after = signed(here, clock)
    assert (after.size, verdict(here, after)) == (4, "holds")
    assert after.origin != lost.origin
    assert verified(here).entries == 4
    assert give_up(here, lost, clock) == fact  # said again: the same act
    assert version(here) == 4


def root_of(store: Store, size: int) -> bytes:
    with store.reading() as tx:
        return outside.root_at(tx, CODE, size)


def test_a_second_loss_leads_to_the_first(clock: FakeClock) -> None:
    here, lost = lost_and_found(clock)
    give_up(here, lost, clock)
    present = signed(here, clock)
    again = present._replace(size=9, root=bytes(32))
    recover(
        here,
        CODE,
        foreign_note(again),
        reason="again",
        second="丙",
        origin=ACT._replace(id="second"),
        now=clock,
        chance=fixed_chance,
        read=trusted,
    )

    with here.reading() as tx:
        found = list(outside.origins(tx, CODE, log_of(tx, CODE).situation))
    assert [(one.opened, one.kept) for one in found] == [(4, None), (3, 4), (0, 3)]
    assert [one.name for one in found[1:]] == [present.origin, lost.origin]
    assert {verdict(here, one) for one in (lost, again)} == {"lost"}


def recovered(store: Store, lost: Checkpoint, clock: FakeClock, *outlets: Shelf) -> None:
    """Give up an end, in an act of its own."""
    recover(
        store,
        CODE,
        foreign_note(lost),
        reason="disk",
        second="乙",
        origin=ACT._replace(id=f"{lost.size}"),
        now=clock,
        chance=fixed_chance,
        read=trusted,
        outlets=outlets,
    )


def test_what_was_known_too_late_is_given_up_too(clock: FakeClock) -> None:
    """Of a lost journal a newer checkpoint is found when the journal had gone on already."""
    here, lost = lost_and_found(clock)
    shelf = Shelf()
    early = lost._replace(size=2, root=root_of(here, 2))
    shelf.put(CODE, early, foreign_note(early))
    recovered(here, lost._replace(size=6, root=bytes(32)), clock)
    between = signed(here, clock)
    shelf.put(CODE, lost, foreign_note(lost))
    shelf.put(CODE, between, foreign_note(between))
    with here.reading() as tx, pytest.raises(StoreError, match="4 entries here; fewer"):
        guard(shelf).look(CODE)(tx)

    recovered(here, lost, clock, shelf)

    with here.reading() as tx:
        guard(shelf).look(CODE)(tx)
        found = list(outside.origins(tx, CODE, log_of(tx, CODE).situation))
        assert [len(one.claims) for one in found] == [0, 0, 2]
    assert (verdict(here, lost), verdict(here, between)) == ("lost", "holds")
    assert verified(here).entries == 5
    assert sign(here, CODE, notary(clock, shelf)) is not None
    with pytest.raises(RequestError, match="given up already, by entry 4"):
        recovered(here, lost._replace(size=5), clock)


def rewritten(clock: FakeClock) -> tuple[MemoryStore, Shelf, list[Checkpoint]]:
    """A journal made anew from its first entry on, and what is known outside of the true one."""
    true, false, shelf = MemoryStore(), MemoryStore(), Shelf()
    for store in (true, false):
        begin(store, now=clock)
    heads = []
    for _ in range(4):
        clock.after(minutes=1)
        noted(true, clock, 3)
        heads.append(signed(true, clock))
        publish(true, CODE, notary(clock, shelf))
    clock.after(minutes=1)
    noted(false, clock, 6)
    return false, shelf, heads


def test_a_recovery_launders_no_journal_that_was_made_anew(clock: FakeClock) -> None:
    """It gives up the newest checkpoint; what is older outside is looked at as well."""
    false, shelf, heads = rewritten(clock)
    recovered(false, heads[-1], clock)

    with false.reading() as tx, pytest.raises(StoreError, match="8 entries here; other entries"):
        guard(shelf).look(CODE)(tx)
    with pytest.raises(JournalError, match="other entries"):
        sign(false, CODE, notary(clock, shelf))


def test_a_recovery_that_gives_up_all_that_was_signed_is_none(clock: FakeClock) -> None:
    _false, shelf, heads = rewritten(clock)
    here = MemoryStore()
    begin(here, now=FakeClock())
    recovered(here, heads[-1], clock)
    assert [verdict(here, one) for one in heads] == ["lost"] * 4

    with here.reading() as tx, pytest.raises(StoreError, match="2 entries here; other entries"):
        guard(shelf).look(CODE)(tx)
    shelf.notes = {key: note for key, note in shelf.notes.items() if key[2] == heads[-1].size}
    with here.reading() as tx, pytest.raises(StoreError, match="2 entries here; other entries"):
        guard(shelf).look(CODE)(tx)  # nothing else is known of it, so nothing is proven


def test_what_nobody_trusted_signed_gives_nothing_up(clock: FakeClock) -> None:
    here, lost = lost_and_found(clock)
    note = sign_note(format_checkpoint(lost._replace(size=9**9)), signer(OTHER_SEED)).decode()
    recover(
        here,
        CODE,
        note,
        reason="disk",
        second="乙",
        origin=ACT,
        now=clock,
        chance=fixed_chance,
        read=trusted,
    )

    assert verdict(here, lost) == "lost"
    with here.reading() as tx:
        situation = log_of(tx, CODE).situation
        assert outside.hold(tx, CODE, situation, lost, read=notary(clock).read).verdict == "behind"


def test_a_loss_names_no_other_checkpoint_than_that_which_was_signed(clock: FakeClock) -> None:
    here, lost = lost_and_found(clock)
    fact = give_up(here, lost, clock)
    for false in (
        msgspec.structs.replace(fact, size=8),
        msgspec.structs.replace(fact, root="00" * 32),
        msgspec.structs.replace(fact, origin=f"incident/{CODE}/0000000000000000"),
        msgspec.structs.replace(fact, note="no note"),
    ):
        with pytest.raises(JournalError):
            outside.claimed(CODE, 3, false)


@pytest.mark.parametrize(
    "false",
    [
        {"size": 9},
        {"root": "00" * 32},
        {"origin": f"incident/{CODE}/0000000000000000"},
        {"opened": 1},
        {"note": "no note"},
    ],
)
def test_a_recovery_that_says_another_thing_than_its_note_is_found_by_replay(
    clock: FakeClock, false: dict[str, Any]
) -> None:
    here, lost = lost_and_found(clock)

    def forge(entry: Entry) -> Entry:
        facts = [msgspec.structs.replace(one, **false) for one in entry.facts]
        return msgspec.structs.replace(entry, facts=facts)

    forger: Any = Forger(here, forge)  # a store in all that is asked of it
    recovered(forger, lost, clock)

    with here.reading() as tx, pytest.raises(JournalError) as found:
        verify(tx, CODE)
    assert (found.value.level, found.value.seq) == ("decisions", 3)


def test_a_recovery_gives_up_a_checkpoint_of_this_journal_alone(clock: FakeClock) -> None:
    """Whoever forges one names another journal, and signs that."""
    here, lost = lost_and_found(clock)
    other = lost._replace(origin=f"incident/{CODE}/0000000000000000")

    def forge(entry: Entry) -> Entry:
        facts = [
            msgspec.structs.replace(one, origin=other.origin, note=foreign_note(other)) for one in entry.facts
        ]
        return msgspec.structs.replace(entry, facts=facts)

    forger: Any = Forger(here, forge)
    recovered(forger, lost, clock)

    with here.reading() as tx, pytest.raises(JournalError, match="origin"):
        verify(tx, CODE)


def test_a_recovery_that_gives_up_what_is_all_here_is_found(clock: FakeClock) -> None:
    """It would have whoever holds a true checkpoint believe that something was lost."""
    here, lost = lost_and_found(clock)
    with here.reading() as tx:
        held = lost._replace(size=3, root=outside.root_at(tx, CODE, 3))

    def forge(entry: Entry) -> Entry:
        said = {"size": held.size, "root": held.root.hex(), "note": foreign_note(held)}
        facts = [msgspec.structs.replace(one, **said) for one in entry.facts]
        return msgspec.structs.replace(entry, facts=facts)

    forger: Any = Forger(here, forge)
    recovered(forger, lost, clock)

    with here.reading() as tx, pytest.raises(JournalError, match="one that holds here"):
        verify(tx, CODE)


def test_a_line_of_a_lost_end_is_no_proof_of_a_rewritten_one(clock: FakeClock) -> None:
    """Read aloud before the loss; the journal went on past it since."""
    here, lost = lost_and_found(clock)
    give_up(here, lost, clock)
    clock.after(minutes=1)
    noted(here, clock, 9)
    line = line_of(CODE, lost.size, lost.root)
    with here.reading() as tx:
        found = outside.here(tx, CODE, log_of(tx, CODE).situation)
        lines = [line, line._replace(size=5), line._replace(head=bytes(10)), line._replace(size=3)]
        shown = [outside.held(found, one, trusted) for one in lines]
    assert [(one.verdict, one.claim and one.claim.seq) for one in shown] == [
        ("lost", 3),
        ("lost", 3),
        ("forked", None),
        ("forked", None),
    ]


@pytest.mark.parametrize("words", [{"reason": " "}, {"second": " "}, {"second": "甲"}])
def test_a_loss_is_given_up_with_a_reason_by_two(clock: FakeClock, words: dict[str, str]) -> None:
    here, lost = lost_and_found(clock)

    with pytest.raises(RequestError, match="two people"):
        give_up(here, lost, clock, **words)
    assert version(here) == 3


def test_only_what_is_lost_is_given_up(memory: MemoryStore, clock: FakeClock) -> None:
    begin(memory, now=clock)
    here = signed(memory, clock)

    with pytest.raises(RequestError, match="nothing is lost"):
        give_up(memory, here, clock)
    with pytest.raises(RequestError, match="another journal"):
        give_up(memory, here._replace(origin="incident/1/x", size=9), clock)
    older, lost = lost_and_found(clock)
    give_up(older, lost, clock)
    with pytest.raises(Conflict):
        give_up(older, lost._replace(size=9), clock)


def test_after_a_loss_what_is_signed_comes_outside_again(clock: FakeClock) -> None:
    """Under its new origin, although the old one had more entries."""
    shelf = Shelf()
    here, lost = lost_and_found(clock)
    early = lost._replace(size=2, root=root_of(here, 2))
    for one in (early, lost):
        shelf.put(CODE, one, foreign_note(one))
    give_up(here, lost, clock)
    after = signed(here, clock)

    publish(here, CODE, notary(clock, shelf))
    publish(here, CODE, notary(clock, shelf))

    assert sorted((origin == after.origin, size) for _, origin, size in shelf.notes) == [
        (False, early.size),
        (False, lost.size),
        (True, after.size),
    ]


def foreign_note(given: Checkpoint) -> str:
    return sign_note(format_checkpoint(given), signer()).decode()


def test_a_chain_of_origins_that_leads_nowhere_is_a_fault(sqlite_store: SqlStore, clock: FakeClock) -> None:
    begin(sqlite_store, now=clock)
    noted(sqlite_store, clock, 2)
    with sqlite_store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE situation SET origin = 1")

    with sqlite_store.reading() as tx, pytest.raises(JournalError, match="gives up a lost end"):
        list(outside.origins(tx, CODE, log_of(tx, CODE).situation))
