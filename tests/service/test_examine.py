"""Examining a journal: one verdict, and every reason against it."""

from __future__ import annotations

import pytest

from incident.domain.errors import JournalError, StoreError
from incident.domain.note import PublicKey
from incident.service.examine import compared_at_fault, examine
from incident.service.notary import sign
from incident.service.verify import verify
from incident.signing import evidence
from incident.testing import MemoryStore
from incident.testing.given import FakeClock
from tests.playbooks import CODE
from tests.service.signing import OTHER_SEED, SEED, notary, signer
from tests.service.story import begin, tell, whole_night

MORE = StoreError(where="outside", expected="as many", found="it covers more", do="look there")


@pytest.fixture
def note(memory: MemoryStore) -> str:
    """Of a night of five entries, signed."""
    clock = FakeClock()
    whole_night(memory, clock)
    kept = sign(memory, CODE, notary(clock))
    assert kept is not None
    return kept.note


def key(seed: bytes = SEED) -> PublicKey:
    return signer(seed).key


def test_journal_that_stands_by_its_checkpoint_holds(memory: MemoryStore, note: str) -> None:
    given = evidence.signed_checkpoint("mine", note.encode(), [key()])
    with memory.reading() as tx:
        found = examine(tx, CODE, evidence.brought([given], [key()]))
    assert found.holds
    assert [one.verdict for one in found.compared.brought] == ["holds"]


def test_checkpoint_beside_it_of_another_key_is_a_reason_against_it(memory: MemoryStore, note: str) -> None:
    assert note
    with memory.reading() as tx:
        found = examine(tx, CODE, evidence.brought([], [key(OTHER_SEED)]))
    assert (found.holds, found.compared.unsigned) == (False, 1)


def test_so_is_a_checkpoint_outside_that_covers_more(memory: MemoryStore, note: str) -> None:
    assert note
    with memory.reading() as tx:
        found = examine(tx, CODE, evidence.brought([], []), outdated=MORE)
        assert not found.holds
        assert found._replace(outdated=None).holds


def test_checkpoint_of_another_journal_is_a_stranger(memory: MemoryStore, note: str) -> None:
    given = evidence.signed_checkpoint("mine", note.encode(), [])
    brought = evidence.brought([given], [])
    assert brought.strangers([CODE]) == []
    assert brought.strangers(["430102"]) == [given]


def test_progress_is_told_and_may_end_it(memory: MemoryStore) -> None:
    begin(memory)
    for n in range(300):
        tell(memory, "ordered", id=f"refused {n}", authority="task_force")
    told = list[int]()
    with memory.reading() as tx:
        verify(tx, CODE, tell=told.append)
    assert told == [0, 256]

    def enough(_taken: int) -> None:
        raise InterruptedError

    with memory.reading() as tx, pytest.raises(InterruptedError):
        verify(tx, CODE, tell=enough)


def test_of_a_journal_with_a_fault_what_was_brought_is_held_against_the_hashes(
    memory: MemoryStore, note: str
) -> None:
    given = evidence.signed_checkpoint("mine", note.encode(), [])
    with memory.reading() as tx:
        assert compared_at_fault(tx, CODE, evidence.brought([], [])) is None
        found = compared_at_fault(tx, CODE, evidence.brought([given], []))
        assert found is not None
        assert [one.verdict for one in found.brought] == ["holds"]
        # of a journal that is not here nothing can be told
        assert compared_at_fault(tx, "430102", evidence.brought([given], [])) is None


def test_nothing_brought_reads_a_private_key_or_a_file() -> None:
    for words in ("PRIVATE+KEY+x+00000000+AAAA", "/etc/passwd", "town.pub"):
        with pytest.raises(Exception, match="public key") as caught:
            evidence.public_keys([words])
        assert words not in str(caught.value)


def test_fault_is_raised_with_its_entry(memory: MemoryStore, note: str) -> None:
    assert note
    with memory.reading() as tx, pytest.raises(JournalError):
        examine(_Altered(tx), CODE, evidence.brought([], []))  # type: ignore[arg-type]


class _Altered:
    """A look at a journal of which one entry says something else."""

    def __init__(self, tx: object) -> None:
        self._tx = tx

    def __getattr__(self, name: str) -> object:
        return getattr(self._tx, name)

    def entries(self, code: str, *, since: int = 0) -> object:
        for one in self._tx.entries(code, since=since):  # type: ignore[attr-defined]
            yield one._replace(body=one.body.replace(b"positive", b"negative"))
