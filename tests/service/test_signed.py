"""Which of the checkpoints kept beside a journal count."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from incident.domain.checkpoint import Checkpoint, format_checkpoint
from incident.domain.note import sign_note
from incident.service import signed
from incident.service.notary import sign
from incident.service.ports import Signed
from incident.service.signed import unopened
from incident.testing import MemoryStore
from incident.testing.given import FakeClock
from tests.playbooks import CODE
from tests.service.signing import OTHER_SEED, head, notary, signer
from tests.service.story import begin, tell


def noted(given: Checkpoint, seed: bytes | None = None) -> str:
    return sign_note(format_checkpoint(given), signer() if seed is None else signer(seed)).decode()


def signed_twice(store: MemoryStore, clock: FakeClock) -> tuple[Checkpoint, Checkpoint]:
    found = []
    begin(store, now=clock)
    for at in range(2):
        tell(store, "ordered", id=f"noted {at}", authority="task_force", now=clock)
        clock.after(minutes=1)
        kept = sign(store, CODE, notary(clock))
        assert kept is not None
        found.append(head(kept.note))
    tell(store, "ordered", id="noted last", authority="task_force", now=clock)
    return found[0], found[1]


FALSE: dict[str, Callable[[Checkpoint], Signed]] = {
    "what is no note": lambda one: Signed(4, 0, 0, "no note\n"),
    # what publishing alone would have put outside
    "a note of another key": lambda one: row(one._replace(size=4), OTHER_SEED),
    "a note of more entries than there are": lambda one: row(one._replace(size=9)),
    "a row of another size": lambda one: row(one)._replace(size=4),
    "a row of another time": lambda one: row(one._replace(size=4))._replace(at=0),
    "a note of another jurisdiction": lambda one: row(one._replace(size=4, origin=f"incident/{CODE}9/0")),
}


def row(one: Checkpoint, seed: bytes | None = None) -> Signed:
    assert one.at is not None
    return Signed(one.size, one.at, 0, noted(one, seed))


@pytest.mark.parametrize("what", FALSE)
def test_what_somebody_wrote_into_the_table_counts_for_nothing(
    memory: MemoryStore, clock: FakeClock, what: str
) -> None:
    older, newer = signed_twice(memory, clock)
    read = notary(clock).read
    with memory.writing(CODE) as tx:
        tx.keep_checkpoint(CODE, FALSE[what](newer))
        assert [one for one, _row in signed.rows(tx, CODE, read)] == [newer, older]
        assert signed.newest(tx, CODE, read, until=2) == older
        assert signed.newest(tx, CODE, read, until=1) is None


def test_without_a_key_each_note_counts_that_reads(memory: MemoryStore, clock: FakeClock) -> None:
    older, newer = signed_twice(memory, clock)
    with memory.writing(CODE) as tx:
        stranger = newer._replace(size=4)
        tx.keep_checkpoint(CODE, row(stranger, OTHER_SEED))
        assert [one for one, _row in signed.rows(tx, CODE, unopened)] == [stranger, newer, older]
        assert [one for one, _row in signed.rows(tx, "999", unopened)] == []


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()
