"""How much is proven stands in the entry that gives up an end, and just that is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from incident.domain.checkpoint import Checkpoint
from incident.domain.errors import JournalError, RequestError
from incident.domain.facts_record import JournalRecovered
from incident.domain.journal import Entry
from incident.service import outside
from incident.service.notary import Often, publish, sign, sign_due
from incident.service.outside import Kept, Known
from incident.service.ports import LAST
from incident.testing import MemoryStore
from incident.testing.given import FakeClock
from incident.testing.samples import log_of
from tests.playbooks import CODE
from tests.service.forging import Forger
from tests.service.outside import clock, noted, signed, trusted, verdict
from tests.service.signing import Shelf, notary
from tests.service.story import begin, verified, version
from tests.service.test_unproven import (
    Lost,
    given_up_here,
    gone_on,
    lost,
    must_be_free,
    must_be_read_only,
    note_of,
    vouch,
)

__all__ = ["clock", "lost"]


@pytest.mark.parametrize("n", [2, 3, 4, 7])
def test_a_copy_that_was_written_to_meanwhile_goes_on_with_the_key(
    lost: Lost, clock: FakeClock, n: int
) -> None:
    """As far as checkpoints between, as the newest, and past it."""
    noted(lost.here, clock, n)
    must_be_read_only(lost.here, lost.shelf, found="other entries" if n > 3 else "fewer entries")
    with pytest.raises(RequestError, match="this command, unproven and signed"):
        given_up_here(lost.here, lost.heads[-1], clock, lost.shelf, unproven=False)

    assert given_up_here(lost.here, lost.heads[-1], clock, lost.shelf, unproven=True).proven == 0
    vouch(lost.here, clock, lost.shelf)

    must_be_free(lost.here, lost.shelf)
    assert [verdict(lost.here, one) for one in lost.heads] == ["lost"] * 3


def test_what_is_between_what_is_proven_and_what_is_here_is_given_up_too(
    lost: Lost, clock: FakeClock
) -> None:
    early = signed(lost.here, clock)
    lost.shelf.put(CODE, early, note_of(early))
    noted(lost.here, clock, 9)

    assert given_up_here(lost.here, lost.heads[-1], clock, lost.shelf, unproven=False).proven == early.size

    must_be_free(lost.here, lost.shelf)
    assert [verdict(lost.here, one) for one in (early, *lost.heads)] == ["holds", *["lost"] * 3]
    assert sign(lost.here, CODE, notary(clock, lost.shelf)) is not None
    assert verified(lost.here).entries == 13
    with pytest.raises(RequestError, match="given up already, by entry 12"):
        given_up_here(lost.here, lost.heads[-1], clock, lost.shelf, unproven=False, act="2")


def test_what_was_given_up_without_looking_is_given_up_again_by_who_looked(
    lost: Lost, clock: FakeClock
) -> None:
    early = signed(lost.here, clock)
    lost.shelf.put(CODE, early, note_of(early))
    noted(lost.here, clock, 2)
    assert given_up_here(lost.here, lost.heads[-1], clock, unproven=False).proven is None
    must_be_read_only(lost.here, lost.shelf, found="5 entries, root .* 6 entries here; other entries")

    assert given_up_here(lost.here, lost.heads[-1], clock, lost.shelf, unproven=False, act="2").proven == 3

    must_be_free(lost.here, lost.shelf)


class Grown(Shelf):
    """An outlet that counts how often it is asked."""

    asked = 0

    def newest(self, code: str, *, until: int = LAST) -> Sequence[Kept]:
        self.asked += 1
        return super().newest(code, until=until)


def test_the_newest_that_holds_is_found_in_few_looks(memory: MemoryStore, clock: FakeClock) -> None:
    begin(memory, now=clock)
    noted(memory, clock, 60)
    shelf = Grown()
    with memory.reading() as tx:
        here = outside.here(tx, CODE, log_of(tx, CODE).situation)
        for size in range(3, 60, 3):
            given = signed_of(here, size)
            shelf.put(CODE, given, note_of(given))
        for size in range(61, 900, 7):
            false = signed_of(here, 3)._replace(size=size, root=bytes(32))
            shelf.put(CODE, false, note_of(false))
        newest = Known(shelf, "", false._replace(size=1000))
        assert outside.newest_proven(here, CODE, newest, trusted) == 57
        assert shelf.asked <= 11
        fewer = Known(shelf, "", false._replace(size=3))
        assert outside.newest_proven(here, CODE, fewer, trusted) == 0
        assert [
            outside.newest_proven(here, CODE, Known(shelf, "", false._replace(size=n)), trusted)
            for n in range(1, 70)
        ] == [min((n - 1) // 3 * 3, 57) for n in range(1, 70)]


def signed_of(here: outside.Here, size: int) -> Checkpoint:
    return Checkpoint(here.origins[0].name, size, here.root(size), 0)


def forged(lost: Lost, clock: FakeClock, proven: Sequence[int | None]) -> MemoryStore:
    """Make a journal anew from its second entry on, longer than all that left the house.

    Then give up each checkpoint by an entry of its own, the newest last, which says what helps.
    """
    false = MemoryStore()
    begin(false, now=FakeClock())
    noted(false, FakeClock("2026-02-28T23:00:00Z"), 9)
    for head, n in zip(lost.heads, reversed(proven), strict=True):

        def forge(entry: Entry, n: int | None = n) -> Entry:
            is_ours = isinstance(entry.facts[0], JournalRecovered)
            facts = [msgspec.structs.replace(one, proven=n) for one in entry.facts] if is_ours else None
            return msgspec.structs.replace(entry, facts=facts) if facts else entry

        forger: Any = Forger(false, forge)
        given_up_here(forger, head, clock, unproven=False, act=f"{head.size}")
    return false


@pytest.mark.parametrize(
    "proven",
    [
        (None, None, None),
        (6, 5, 4),
        (6, 5, 0),
        (4, 4, 4),
        (0, 0, 0),
        (99, 99, 99),
        (-1, -1, -1),
        (None, 5, 0),
    ],
)
def test_who_can_only_write_the_database_gets_no_journal_in_by_an_entry_for_each_checkpoint(
    lost: Lost, clock: FakeClock, proven: Sequence[int | None]
) -> None:
    false = forged(lost, clock, proven)
    must_be_read_only(false, lost.shelf, found="other entries")
    who = notary(clock, lost.shelf)

    clock.after(hours=2)
    done = sign_due(false, who, Often(), node="n")

    assert (done.signed, [code for code, _ in done.failures]) == ([], [CODE])
    signed(false, clock)  # by somebody who did not look outside
    with pytest.raises(JournalError, match="other entries"):
        publish(false, CODE, who)
    assert sign_due(false, who, Often(), node="n").signed == []
    assert lost.shelf.sizes() == [5, 6, 7]
    must_be_read_only(false, lost.shelf, found="other entries")


class Slow(Shelf):
    """An outlet that somebody else is faster than."""

    def __init__(self, other: Shelf, meanwhile: Any) -> None:
        super().__init__()
        self.notes, self._meanwhile = dict(other.notes), [meanwhile]

    def newest(self, code: str, *, until: int = LAST) -> Sequence[Kept]:
        found = super().newest(code, until=until)
        while self._meanwhile:
            self._meanwhile.pop()()
        return found


def test_of_two_who_give_up_the_same_at_once_one_does(lost: Lost, clock: FakeClock) -> None:
    """The second looked outside before the first had signed."""
    slow = Slow(lost.shelf, lambda: gone_on(lost, clock))

    with pytest.raises(RequestError, match="given up already, by entry 3"):
        given_up_here(lost.here, lost.heads[-1], clock, slow, unproven=True, act="2")

    assert version(lost.here) == 4
    must_be_free(lost.here, lost.shelf)


def test_nothing_outside_is_asked_for_while_the_journal_is_locked(
    lost: Lost, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = signed(lost.here, clock)
    lost.shelf.put(CODE, early, note_of(early))
    writing = lost.here.writing

    def locked(code: str) -> Any:
        lost.shelf.is_away = True
        return writing(code)

    monkeypatch.setattr(lost.here, "writing", locked)

    assert given_up_here(lost.here, lost.heads[-1], clock, lost.shelf, unproven=False).proven == 3


def test_a_newer_one_that_is_known_is_asked_for_first(lost: Lost, clock: FakeClock) -> None:
    early = signed(lost.here, clock)
    for one in (early, lost.heads[0]):
        with pytest.raises(RequestError, match=f"one of {one.size} entries; of 7 entries is incident/"):
            given_up_here(lost.here, one, clock, lost.shelf, unproven=False)
    gone_on(lost, clock)
    with pytest.raises(RequestError, match="given up already, by entry 3"):
        given_up_here(lost.here, lost.heads[0], clock, lost.shelf, unproven=False, act="2")
