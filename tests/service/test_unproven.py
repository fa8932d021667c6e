"""A copy older than all that left the house goes on once somebody who signs vouches for it."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from incident.domain.checkpoint import Checkpoint, format_checkpoint
from incident.domain.errors import JournalError, RequestError, StoreError
from incident.domain.facts_record import JournalRecovered
from incident.domain.note import sign_note
from incident.service.guard import Guard
from incident.service.notary import Often, publish, sign, sign_due
from incident.service.recover import recover
from incident.service.who import Origin, Who
from incident.testing import MemoryStore, fixed_chance
from incident.testing.given import FakeClock
from tests.playbooks import CODE
from tests.service.outside import clock, guard, noted, signed, trusted, verdict
from tests.service.signing import OTHER_SEED, Shelf, notary, signer
from tests.service.story import begin, verified, version

__all__ = ["clock"]


class Lost(NamedTuple):
    """A copy of a journal, and what is known outside of the one that is gone."""

    here: MemoryStore
    shelf: Shelf
    heads: list[Checkpoint]


@pytest.fixture
def lost(clock: FakeClock) -> Lost:
    """Three entries, and checkpoints of five, six and seven."""
    here, gone, shelf = MemoryStore(), MemoryStore(), Shelf()
    for store in (here, gone):
        begin(store, now=clock)
        noted(store, clock, 2)
    heads = []
    for n in (2, 1, 1):
        clock.after(minutes=1)
        noted(gone, clock, n)
        heads.append(signed(gone, clock))
    publish(gone, CODE, notary(clock, shelf))
    assert shelf.sizes() == [5, 6, 7]
    return Lost(here, shelf, heads)


def note_of(given: Checkpoint) -> str:
    return sign_note(format_checkpoint(given), signer()).decode()


def given_up_here(
    store: MemoryStore, head: Checkpoint, clock: FakeClock, *outlets: Shelf, unproven: bool, act: str = "1"
) -> JournalRecovered:
    outcome = recover(
        store,
        CODE,
        note_of(head),
        reason="disk",
        second="乙",
        origin=Origin(Who(by="甲"), "test", act),
        now=clock,
        chance=fixed_chance,
        read=trusted,
        outlets=outlets,
        unproven=unproven,
    )
    (fact,) = outcome.entry.facts
    assert isinstance(fact, JournalRecovered)
    return fact


def must_be_read_only(store: MemoryStore, *shelves: Shelf, found: str) -> None:
    with store.reading() as tx, pytest.raises(StoreError, match=found):
        guard(*shelves).look(CODE)(tx)


def must_be_free(store: MemoryStore, *shelves: Shelf) -> None:
    with store.reading() as tx:
        guard(*shelves).look(CODE)(tx)


def vouch(store: MemoryStore, clock: FakeClock, shelf: Shelf) -> Checkpoint:
    """Sign what is here, as the command does that gives it up."""
    who, size = notary(clock, shelf), version(store)
    row = sign(store, CODE, who, vouched=size)
    publish(store, CODE, who, vouched=size)
    assert row is not None
    return trusted(row.note)


def gone_on(lost: Lost, clock: FakeClock) -> Checkpoint:
    given_up_here(lost.here, lost.heads[-1], clock, lost.shelf, unproven=True)
    return vouch(lost.here, clock, lost.shelf)


def test_what_nothing_proves_is_not_given_up_unsaid(lost: Lost, clock: FakeClock) -> None:
    """It would be recorded, and the journal would stay read-only."""
    with pytest.raises(RequestError, match="nothing outside shows") as found:
        given_up_here(lost.here, lost.heads[-1], clock, lost.shelf, unproven=False)

    assert "this command, unproven and signed" in str(found.value)
    assert version(lost.here) == 3


def test_a_copy_of_which_nothing_was_signed_goes_on_once_its_entry_is_signed(
    lost: Lost, clock: FakeClock
) -> None:
    fact = given_up_here(lost.here, lost.heads[-1], clock, lost.shelf, unproven=True)
    assert (fact.proven, fact.size) == (0, 7)
    must_be_read_only(lost.here, lost.shelf, found="4 entries here; other entries")

    head = vouch(lost.here, clock, lost.shelf)

    assert (head.size, verdict(lost.here, head)) == (4, "holds")
    must_be_free(lost.here, lost.shelf)
    assert [verdict(lost.here, one) for one in lost.heads] == ["lost"] * 3
    assert verified(lost.here).entries == 4
    noted(lost.here, clock, 1)
    clock.after(hours=2)
    done = sign_due(lost.here, notary(clock, lost.shelf), Often(), node="n")
    assert (done.signed, done.failures) == ([CODE], [])
    assert given_up_here(lost.here, lost.heads[-1], clock, lost.shelf, unproven=True) == fact  # the same act
    with pytest.raises(RequestError, match="given up already, by entry 3"):
        given_up_here(lost.here, lost.heads[-1], clock, lost.shelf, unproven=True, act="2")


def test_no_worker_vouches_for_an_entry_that_somebody_wrote(lost: Lost, clock: FakeClock) -> None:
    """Whoever can write the database can write it, and cannot sign."""
    given_up_here(lost.here, lost.heads[-1], clock, lost.shelf, unproven=True)
    who = notary(clock, lost.shelf)

    with pytest.raises(JournalError, match="other entries"):
        sign(lost.here, CODE, who)
    done = sign_due(lost.here, who, Often(), node="n")
    assert (done.signed, [code for code, _ in done.failures]) == ([], [CODE])
    must_be_read_only(lost.here, lost.shelf, found="other entries")


def test_what_was_signed_while_nobody_looked_outside_vouches_for_nothing(
    lost: Lost, clock: FakeClock
) -> None:
    given_up_here(lost.here, lost.heads[-1], clock, lost.shelf, unproven=True)
    signed(lost.here, clock)  # without the folder

    with pytest.raises(JournalError, match="other entries"):
        publish(lost.here, CODE, notary(clock, lost.shelf))
    done = sign_due(lost.here, notary(clock, lost.shelf), Often(), node="n")

    assert [code for code, _ in done.failures] == [CODE]
    assert lost.shelf.sizes() == [5, 6, 7]
    must_be_read_only(lost.here, lost.shelf, found="other entries")


def test_the_signature_of_another_key_vouches_for_nothing(lost: Lost, clock: FakeClock) -> None:
    given_up_here(lost.here, lost.heads[-1], clock, lost.shelf, unproven=True)
    forger = notary(clock, seed=OTHER_SEED)
    row = sign(lost.here, CODE, forger)
    assert row is not None
    lost.shelf.put(CODE, trusted(row.note), row.note)
    told_of: list[object] = []
    look = Guard([lost.shelf], notary(clock).read, "here", told_of.append).look(CODE)

    with lost.here.reading() as tx, pytest.raises(StoreError, match="other entries"):
        look(tx)
    assert len(told_of) == 1  # it counts for nothing


def before_it_went_on(lost: Lost) -> Shelf:
    """Give what was outside before somebody vouched for the honest one; with that, none is given up."""
    before = Shelf()
    for head in lost.heads:
        before.put(CODE, head, note_of(head))
    return before


def test_a_signature_vouches_for_no_other_journal(lost: Lost, clock: FakeClock) -> None:
    """Somebody makes the journal anew, and says what the honest one said."""
    gone_on(lost, clock)
    for unproven in (False, True):
        false = MemoryStore()
        begin(false, now=FakeClock())
        noted(false, FakeClock(), 3)
        outlets = [before_it_went_on(lost)] if unproven else []
        given_up_here(false, lost.heads[-1], clock, *outlets, unproven=unproven)

        must_be_read_only(false, lost.shelf, found="5 entries here; another journal")


def test_an_entry_copied_to_the_same_place_of_another_journal_is_not_vouched_for(
    lost: Lost, clock: FakeClock
) -> None:
    head = gone_on(lost, clock)
    false = MemoryStore()
    begin(false, now=FakeClock())
    noted(false, FakeClock("2026-02-28T23:00:00Z"), 2)
    given_up_here(false, lost.heads[-1], clock, unproven=False, act="other")
    assert verdict(false, head) == "foreign"
    false = MemoryStore()
    begin(false, now=FakeClock())
    noted(false, FakeClock("2026-02-28T23:00:00Z"), 2)
    given_up_here(false, lost.heads[-1], clock, before_it_went_on(lost), unproven=True)

    assert verdict(false, head) == "forked"  # of the same name, and not the same
    must_be_read_only(false, lost.shelf, found="4 entries here; other entries")


def test_a_checkpoint_of_another_journal_is_not_given_up(lost: Lost, clock: FakeClock) -> None:
    other = lost.heads[0]._replace(origin=f"incident/{CODE}/0000000000000000")
    lost.shelf.put(CODE, other, note_of(other))
    lost.shelf.put(CODE, other._replace(size=2), note_of(other._replace(size=2)))

    with pytest.raises(RequestError, match="another journal"):
        given_up_here(lost.here, other, clock, lost.shelf, unproven=True)


def test_what_was_given_up_without_saying_so_is_given_up_once_more(lost: Lost, clock: FakeClock) -> None:
    """By a program, or a command, that knew no folder."""
    given_up_here(lost.here, lost.heads[-1], clock, unproven=False)
    must_be_read_only(lost.here, lost.shelf, found="other entries")
    with pytest.raises(RequestError, match="unproven"):
        given_up_here(lost.here, lost.heads[-1], clock, lost.shelf, unproven=False, act="2")

    given_up_here(lost.here, lost.heads[-1], clock, lost.shelf, unproven=True, act="3")
    vouch(lost.here, clock, lost.shelf)

    must_be_free(lost.here, lost.shelf)
    assert verified(lost.here).entries == 5


def test_who_was_interrupted_before_signing_says_it_again(lost: Lost, clock: FakeClock) -> None:
    given_up_here(lost.here, lost.heads[-1], clock, lost.shelf, unproven=True)

    given_up_here(lost.here, lost.heads[-1], clock, lost.shelf, unproven=True, act="again")
    vouch(lost.here, clock, lost.shelf)

    must_be_free(lost.here, lost.shelf)
    assert version(lost.here) == 5


def test_after_a_second_loss_the_older_signature_vouches_still(lost: Lost, clock: FakeClock) -> None:
    first = gone_on(lost, clock)
    again = first._replace(size=9, root=bytes(32))
    lost.shelf.put(CODE, again, note_of(again))
    must_be_read_only(lost.here, lost.shelf, found="4 entries here; fewer")

    given_up_here(lost.here, again, clock, lost.shelf, unproven=False, act="second")

    must_be_free(lost.here, lost.shelf)
    assert sign(lost.here, CODE, notary(clock, lost.shelf)) is not None
    publish(lost.here, CODE, notary(clock, lost.shelf))
    must_be_free(lost.here, lost.shelf)


def test_a_newer_one_that_turns_up_is_given_up_as_any_other(lost: Lost, clock: FakeClock) -> None:
    gone_on(lost, clock)
    newer = lost.heads[-1]._replace(size=8, root=bytes(32))
    lost.shelf.put(CODE, newer, note_of(newer))
    must_be_read_only(lost.here, lost.shelf, found="fewer entries")

    given_up_here(lost.here, newer, clock, lost.shelf, unproven=False, act="newer")

    must_be_free(lost.here, lost.shelf)
    assert sign(lost.here, CODE, notary(clock, lost.shelf)) is not None


def test_what_can_be_proven_is_not_given_up_as_unproven(lost: Lost, clock: FakeClock) -> None:
    early = signed(lost.here, clock)
    lost.shelf.put(CODE, early, note_of(early))

    with pytest.raises(RequestError, match="unproven; no checkpoint outside"):
        given_up_here(lost.here, lost.heads[-1], clock, lost.shelf, unproven=True)

    assert given_up_here(lost.here, lost.heads[-1], clock, lost.shelf, unproven=False).proven == early.size
    must_be_free(lost.here, lost.shelf)


def test_nobody_says_that_nothing_is_proven_without_having_looked(lost: Lost, clock: FakeClock) -> None:
    lost.shelf.is_away = True

    for unproven in (True, False):
        with pytest.raises(OSError, match="not mounted"):
            given_up_here(lost.here, lost.heads[-1], clock, lost.shelf, unproven=unproven)
    assert version(lost.here) == 3
    assert given_up_here(lost.here, lost.heads[-1], clock, unproven=False).proven is None


def test_where_nothing_of_a_journal_is_left_the_guard_says_how_to_begin_anew(lost: Lost) -> None:
    must_be_read_only(MemoryStore(), lost.shelf, found=r"0 entries here; .*an empty folder of its own")
