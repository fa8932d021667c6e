"""A copy from before the last recovery does not know the journal that went on, and no entry lets it in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import pytest

from incident.domain.checkpoint import Checkpoint
from incident.domain.errors import JournalError, RequestError
from incident.domain.facts_record import JournalRecovered
from incident.domain.journal import Entry
from incident.service.notary import Often, publish, sign, sign_due
from incident.testing import MemoryStore
from incident.testing.given import FakeClock
from tests.playbooks import CODE
from tests.service.forging import Forger
from tests.service.outside import clock, noted, signed, verdict
from tests.service.signing import Shelf, notary
from tests.service.story import begin, verified, version
from tests.service.test_unproven import (
    given_up_here,
    must_be_free,
    must_be_read_only,
    note_of,
    vouch,
)

__all__ = ["clock"]


class Twice(NamedTuple):
    """A backup that was recovered once, and is all that is left again."""

    #: The backup, put back for the second time.
    here: MemoryStore
    shelf: Shelf
    #: Newest of the first journal, which was lost first, and of the one that went on.
    first: Checkpoint
    second: Checkpoint

    def without_second(self) -> Shelf:
        """Give what is outside once the files of the second are put aside."""
        left = Shelf()
        left.notes = {key: one for key, one in self.shelf.notes.items() if key[1] != self.second.origin}
        return left


def twice(clock: FakeClock, *, early: bool) -> Twice:
    """Three entries in the backup, which were signed where `early`; then lose what came, two times."""
    here, gone, went_on, shelf = MemoryStore(), MemoryStore(), MemoryStore(), Shelf()
    for store in (here, gone, went_on):
        begin(store, now=clock)
        noted(store, clock, 2)
    if early:
        signed(gone, clock)
    clock.after(minutes=1)
    noted(gone, clock, 4)
    first = signed(gone, clock)
    publish(gone, CODE, notary(clock, shelf))
    given_up_here(went_on, first, clock, shelf, unproven=not early)
    if not early:
        vouch(went_on, clock, shelf)
    clock.after(minutes=1)
    noted(went_on, clock, 5)
    second = signed(went_on, clock)
    publish(went_on, CODE, notary(clock, shelf))
    assert (verdict(went_on, first), verdict(went_on, second)) == ("lost", "holds")
    assert (verdict(here, first), verdict(here, second)) == ("behind", "foreign")
    return Twice(here, shelf, first, second)


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize("unproven", [True, False])
@pytest.mark.parametrize("which", ["first", "second"])
def test_nothing_is_recorded_while_a_journal_outside_is_not_known(
    clock: FakeClock, which: str, *, unproven: bool, early: bool
) -> None:
    """Neither for that one nor for what is known to be lost; and it is said which, and what to do."""
    lost = twice(clock, early=early)

    with pytest.raises(RequestError, match=f"another journal: {lost.second.origin}, 9 entries") as found:
        given_up_here(lost.here, getattr(lost, which), clock, lost.shelf, unproven=unproven)

    assert "a journal that this copy does not know" in str(found.value)
    assert version(lost.here) == 3
    must_be_read_only(lost.here, lost.shelf, found="3 entries here; another journal")


@pytest.mark.parametrize("early", [True, False])
def test_once_its_files_are_put_aside_the_first_is_given_up_as_before(
    clock: FakeClock, *, early: bool
) -> None:
    lost = twice(clock, early=early)
    left = lost.without_second()

    fact = given_up_here(lost.here, lost.first, clock, left, unproven=not early)

    assert fact.proven == (3 if early else 0)
    vouch(lost.here, clock, left)
    must_be_free(lost.here, left)
    noted(lost.here, clock, 9)
    assert verified(lost.here).entries == 13
    assert verdict(lost.here, lost.second) == "foreign"  # of no other number of entries does it hold
    must_be_read_only(lost.here, lost.shelf, found="13 entries here; another journal")


def test_a_copy_that_knows_it_is_recovered_as_ever(clock: FakeClock) -> None:
    """A copy that was made right after the first recovery."""
    lost = twice(clock, early=True)
    left = lost.without_second()
    given_up_here(lost.here, lost.first, clock, left, unproven=False)
    vouch(lost.here, clock, left)
    newest = signed(lost.here, clock)._replace(size=8, root=bytes(32))
    left.put(CODE, newest, note_of(newest))
    must_be_read_only(lost.here, left, found="fewer entries")

    assert given_up_here(lost.here, newest, clock, left, unproven=False, act="2").proven == 4

    must_be_free(lost.here, left)


def forged(lost: Twice, clock: FakeClock, claims: Sequence[tuple[Checkpoint, int | None]]) -> None:
    """Write entries into the backup that give up what is not known, as only who writes rows can."""
    for n, (given, proven) in enumerate(claims):

        def forge(entry: Entry, given: Checkpoint = given, proven: int | None = proven) -> Entry:
            false = {"origin": given.origin, "size": given.size, "root": given.root.hex()}
            facts = [
                msgspec.structs.replace(one, note=note_of(given), proven=proven, **false)
                for one in entry.facts
                if isinstance(one, JournalRecovered)
            ]
            return msgspec.structs.replace(entry, facts=facts) if facts else entry

        forger: Any = Forger(lost.here, forge)
        # of the first there is always one more that could be given up
        given_up_here(forger, lost.first._replace(size=20 + n), clock, unproven=False, act=f"forged {n}")


@pytest.mark.parametrize("proven", [None, 0, 3, 9, -1])
def test_whoever_can_only_write_the_database_takes_it_back_to_before_no_recovery(
    clock: FakeClock, proven: int | None
) -> None:
    """They have every note, for a copy of each stands beside the entries; they cannot sign."""
    lost = twice(clock, early=True)
    forged(lost, clock, [(lost.second, proven), (lost.first, 3)])
    assert version(lost.here) == 5
    assert verdict(lost.here, lost.second) == "foreign"
    must_be_read_only(lost.here, lost.shelf, found="5 entries here; another journal")

    who = notary(clock, lost.shelf)
    clock.after(hours=2)
    done = sign_due(lost.here, who, Often(), node="n")
    assert (done.signed, [code for code, _ in done.failures]) == ([], [CODE])
    with pytest.raises(JournalError, match="another journal"):
        sign(lost.here, CODE, who, vouched=9)
    signed(lost.here, clock)  # by somebody who did not look outside
    with pytest.raises(JournalError, match="another journal"):
        publish(lost.here, CODE, who)
    with pytest.raises(JournalError, match="origin"):
        verified(lost.here)


def test_a_journal_adopted_anew_is_not_taken_for_the_lost_one(clock: FakeClock) -> None:
    """Of the same code, signed by the same key, and with no entry in common."""
    lost = twice(clock, early=True)
    anew = MemoryStore()
    begin(anew, now=FakeClock("2026-03-02T00:00:00Z"))
    for given in (lost.first, lost.second):
        for unproven in (True, False):
            with pytest.raises(RequestError, match="another journal"):
                given_up_here(anew, given, clock, lost.shelf, unproven=unproven)
    must_be_read_only(anew, lost.shelf, found="1 entries here; another journal")
