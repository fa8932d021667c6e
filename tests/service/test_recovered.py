"""What was given up of a journal is said again, to whoever looks."""

from __future__ import annotations

from incident.service.recovered import losses, told
from incident.testing.given import FakeClock
from tests.playbooks import CODE
from tests.service.outside import clock, noted, signed
from tests.service.test_unproven import Lost, given_up_here, gone_on, lost

__all__ = ["clock", "lost"]


def test_what_was_given_up_is_said_again_by_whom_and_how_many(lost: Lost, clock: FakeClock) -> None:
    with lost.here.reading() as tx:
        assert (tx.recovered(), losses(tx, CODE)) == ([], [])
    given_up_here(lost.here, lost.heads[-1], clock, unproven=False)
    other = signed(lost.here, clock)
    noted(lost.here, clock, 1)
    given_up_here(lost.here, other._replace(root=bytes(32)), clock, unproven=False, act="forked")

    with lost.here.reading() as tx:
        assert tx.recovered() == [CODE]
        first, second = losses(tx, CODE)

    assert (first.seq, first.at, first.by, first.second) == (3, clock(), "甲", "乙")
    assert (first.lost[:2], first.kept, first.least, first.most) == (lost.heads[-1][:2], 3, 4, 7)
    covers = f"the 7 entries that a checkpoint outside covers ({first.lost.origin}); entry 3, "
    assert f"given up: at least 4 of {covers}" in str(told(first))
    assert str(told(first)).endswith("by 甲 and 乙")
    assert f"given up: 4 to 5 of {covers}" in str(told(first._replace(proven=2)))
    assert f"given up: 4 of {covers}" in str(told(first._replace(proven=3)))
    assert (second.seq, second.kept, second.least) == (5, 5, 1)  # others are in their place
    assert "somebody" in str(told(second._replace(by=None)))


def test_that_nothing_is_proven_is_said_again(lost: Lost, clock: FakeClock) -> None:
    gone_on(lost, clock)
    with lost.here.reading() as tx:
        (one,) = losses(tx, CODE)
    assert (one.most, one.proven) == (7, 0)
    assert "given up: all 7 entries" in str(told(one))
    assert "none of them can be proven to be among the 3 that are here" in str(told(one))
