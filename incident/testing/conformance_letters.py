"""What any store must do with letters: what is over stays so, what is lost is shown and can be sent again."""

# ruff: noqa: PLR2004 - the numbers of a case are the case

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from incident.domain.effects import Notice
from incident.service.notices import Lost, Settled, Undelivered
from incident.service.ports import Store
from incident.testing.samples import AT, append, begin


def _told(store: Store) -> tuple[Settled, Settled, Settled]:
    """Tell one thing to three people: one has it, two are not reached."""
    begin(store, "1")
    append(store, "1", event="e", effects=[Notice("command", [0])])
    taken = Settled("1", 1, 0, "P1", AT, way="mail")
    lost = Settled("1", 1, 0, "P2", AT + 5, lost="refused")
    nobody = Settled("1", 1, 0, "", AT + 9, lost="nobody")
    with store.claiming(()) as tx:
        found = tx.lease(9, at=AT, until=AT + 120)
        tx.settle([lost, taken, nobody])
        tx.delivered(found, AT + 9, lease=AT + 120)
        tx.commit()
    return taken, lost, nobody


def letters_that_are_over_stay_as_they_were_noted_first(store: Store) -> None:
    """By holder; a second one of the same changes nothing."""
    taken, lost, nobody = _told(store)
    with store.claiming(()) as tx:
        tx.settle([taken._replace(way=None, lost="stale"), lost._replace(at=AT + 99)])
        tx.settle([])
        assert tx.letters("1", 1, 0) == [nobody, taken, lost]
        tx.commit()
    with store.reading() as look:
        assert look.letters("1", 1, 0) == [nobody, taken, lost]
        assert look.letters("1", 1, 1) == look.letters("2", 1, 0) == []


def lost_letters_are_listed_newest_first(store: Store) -> None:
    """Of all jurisdictions or one; of what was recorded from an instant on, whenever it was lost."""
    _taken, lost, nobody = _told(store)
    notice = Undelivered("1", 1, 0, "command", [0])
    with store.reading() as look:
        assert look.lost(9) == [Lost(nobody, notice), Lost(lost, notice)]
        assert look.lost(1) == [Lost(nobody, notice)]
        recorded = next(look.entries("1", since=1)).at
        assert [one.letter for one in look.lost(9, since=recorded)] == [nobody, lost]
        assert look.lost(9, since=recorded + 1) == []
        assert [one.letter for one in look.lost(1, code="1")] == [nobody]
        assert look.lost(9, code="2") == []


def lost_letters_are_sent_again_and_nobody_is_told_twice(store: Store) -> None:
    """Their notice waits again as at first; what was taken stays over."""
    taken, _lost, _nobody = _told(store)
    with store.claiming(()) as tx:
        recorded = next(tx.entries("1", since=1)).at
        assert tx.send_again("2", since=0) == 0
        assert tx.undelivered(9) == []
        assert tx.send_again("1", since=recorded) == 2
        assert tx.send_again("1", since=recorded) == 0
    with store.reading() as look:
        assert look.undelivered(9) == [], "left without a commit"
    with store.claiming(()) as tx:
        assert tx.send_again("1", since=recorded) == 2
        tx.commit()
    with store.reading() as look:
        (notice,) = look.free(9, at=AT)
        assert (notice.seq, notice.n, notice.tries) == (1, 0, 0)
        assert look.letters("1", 1, 0) == [taken]
        assert look.lost(9) == []


def lost_letters_of_a_leased_notice_are_sent_again_when_the_lease_is_over(store: Store) -> None:
    """Whoever holds it has noted the loss, and not yet that the notice is delivered."""
    begin(store, "1")
    append(store, "1", event="e", effects=[Notice("command", [0])])
    with store.claiming(()) as tx:
        found = tx.lease(9, at=AT, until=AT + 120)
        tx.settle([Settled("1", 1, 0, "P2", AT + 5, lost="refused")])
        tx.commit()
    with store.claiming(()) as tx:
        assert tx.send_again("1", since=0) == 1
        tx.commit()
    with store.claiming(()) as tx:
        assert tx.free(9, at=AT + 6) == [], "or it would be told twice"
        tx.delivered(found, AT + 9, lease=AT + 120)
        tx.commit()
    with store.reading() as look:
        assert look.free(9, at=AT + 121) == found, "or nobody would be told at all"


#: All of them, in the order in which they are told.
LETTER_CHECKS: Final[tuple[Callable[[Store], None], ...]] = (
    letters_that_are_over_stay_as_they_were_noted_first,
    lost_letters_are_listed_newest_first,
    lost_letters_are_sent_again_and_nobody_is_told_twice,
    lost_letters_of_a_leased_notice_are_sent_again_when_the_lease_is_over,
)
