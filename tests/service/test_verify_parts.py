"""A journal verified in parts says what it says when it is verified from first to last."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

import msgspec
import pytest

from incident import bootstrap
from incident.domain.errors import IncidentError, JournalError
from incident.service import going
from incident.service.ports import Reading
from incident.service.verify import Verified, verify
from incident.service.verify_missing import MissingCheck
from incident.service.verify_parts import (
    LEAST_LENGTH,
    Done,
    Elsewhere,
    Part,
    bounds,
    verify_part,
    verify_parts,
)
from incident.service.verify_record import RecordCheck
from incident.service.verify_stored import StoredCheck
from incident.store.sql import SqlStore
from tests.playbooks import CODE
from tests.service.attacks import HASHES, MEANING, TIMES, run
from tests.service.office import row
from tests.service.story import morning, whole_night
from tests.service.test_redact import Archive
from tests.service.test_verify import night, qingshi, under
from tests.service.test_verify_duty import ATTACKS as ON_DUTY
from tests.service.test_verify_duty import night as watched

__all__ = ["night", "qingshi", "watched"]


@pytest.fixture
def url(sqlite_url: str) -> str:
    """SQLite alone: what verifying asks a database is the same in parts."""
    return sqlite_url


def besides(tx: Reading, length: int) -> Elsewhere:
    """Do it at once; all that passes from one process to another is written and read as it would be."""

    def start(part: Part) -> Future[Done]:
        done: Future[Done] = Future()
        try:
            done.set_result(pickle.loads(pickle.dumps(verify_part(tx, pickle.loads(pickle.dumps(part))))))
        except IncidentError as error:
            done.set_exception(pickle.loads(pickle.dumps(error)))
        return done

    return Elsewhere(start, by(length))


def by(length: int) -> Callable[[int], list[int]]:
    """Give where parts of so many entries begin, and the last ends."""
    return lambda size: [*range(0, size, length), size]


def found(tx: Reading, code: str, elsewhere: Elsewhere | None) -> object:
    """Give all that is said of a journal: the verdict, or the first fault."""
    try:
        return verify(tx, code, roots_at=range(9), elsewhere=elsewhere)
    except JournalError as error:
        return error.seq, error.level, str(error)
    except IncidentError as error:
        return str(error)


@pytest.mark.parametrize("length", [1, 2])
def test_a_night_verified_in_parts_holds_with_the_same_words(night: SqlStore, length: int) -> None:
    with night.reading() as tx:
        whole = found(tx, CODE, None)
        assert found(tx, CODE, besides(tx, length)) == whole
    assert isinstance(whole, Verified)


def test_every_attack_is_found_in_parts_with_the_same_words(night: SqlStore) -> None:
    for attack, _seq in {**HASHES, **MEANING}.values():
        for tx in under(night, attack):
            whole = found(tx, CODE, None)
            assert not isinstance(whole, Verified)
            assert [found(tx, CODE, besides(tx, length)) for length in (1, 2)] == [whole, whole]


def test_every_attack_on_promised_times_is_found_in_parts(qingshi: tuple[SqlStore, str]) -> None:
    store, code = qingshi
    for attack, _seq in TIMES.values():
        for tx in under(store, attack, code):
            whole = found(tx, code, None)
            assert not isinstance(whole, Verified)
            assert [found(tx, code, besides(tx, length)) for length in (1, 2)] == [whole, whole]


def test_hashes_of_greater_trees_beside_the_last_entry_of_a_part_are_looked_at(night: SqlStore) -> None:
    """Entry 3 completes a tree of two and one of four; the part that ends with it knows the first alone."""
    for tx in under(night, run("UPDATE entry SET nodes = substr(nodes, 1, 32) WHERE seq = 3")):
        whole = found(tx, CODE, None)
        assert not isinstance(whole, Verified)
        assert [found(tx, CODE, besides(tx, length)) for length in (1, 2)] == [whole, whole]


def test_disclosures_that_are_missing_are_counted_in_parts_too(night: SqlStore) -> None:
    for tx in under(night, run("DELETE FROM disclosure WHERE name = 'by'")):
        whole = found(tx, CODE, None)
        assert isinstance(whole, Verified)
        assert whole.missing is not None
        assert whole.missing.n == 5
        assert [found(tx, CODE, besides(tx, length)) for length in (1, 2)] == [whole, whole]


def test_every_attack_on_duty_is_found_in_parts(watched: SqlStore) -> None:
    for attack, _seq in ON_DUTY.values():
        for tx in under(watched, attack):
            whole = found(tx, CODE, None)
            assert not isinstance(whole, Verified)
            assert [found(tx, CODE, besides(tx, length)) for length in (1, 2)] == [whole, whole]


def test_an_address_that_a_hold_keeps_and_another_part_named_is_found_missing() -> None:
    archive = Archive("majian")
    archive.take_in(row("duty.leader", "H1", name="王小明", channels=("sms:13900000001",)))
    archive.hold(holder="H1")
    with patch.object(going, "must_be_free"):
        archive.take_in(row("duty.leader", "H1", channels=("-",)))
    with archive.store.reading() as tx:
        whole = found(tx, archive.code, None)
        assert isinstance(whole, tuple)
        assert whole[:2] == (3, "decisions")
        assert [found(tx, archive.code, besides(tx, length)) for length in (1, 2)] == [whole, whole]


def test_what_was_handed_out_is_believed_by_nobody(qingshi: tuple[SqlStore, str]) -> None:
    """A part that begins with something else than the one before it came to is a fault."""
    store, code = qingshi
    with store.reading() as tx:
        honest = besides(tx, 2)

        def start(part: Part) -> Future[Done]:
            situation, *others = pickle.loads(part.state)
            if part.since == 2:
                situation = msgspec.structs.replace(situation, authority="somebody")
            return honest.start(part._replace(state=pickle.dumps([situation, *others])))

        whole = StoredCheck(tx, RecordCheck(tx, code))
        size = len([*tx.entries(code)])
        with pytest.raises(JournalError) as caught:
            verify_parts(tx, whole, MissingCheck(), honest._replace(start=start), size=size, roots_at=())
    assert (caught.value.seq, caught.value.level) == (2, "replay")


@pytest.mark.parametrize(
    "error", [BrokenProcessPool(), JournalError(jurisdiction=CODE, seq=0, expected="a", found="b")], ids=repr
)
def test_where_another_process_was_ended_or_saw_something_else_all_is_done_here(
    night: SqlStore, error: Exception
) -> None:
    """It may have seen what was redacted meanwhile, and not the entry that says so."""

    def start(_part: Part) -> Future[Done]:
        done: Future[Done] = Future()
        done.set_exception(error)
        return done

    with night.reading() as tx:
        assert verify(tx, CODE, elsewhere=Elsewhere(start, by(1))) == verify(tx, CODE)


def test_processes_of_their_own_verify_it_too(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'night.db'}"
    store = bootstrap.open_store(url)
    whole_night(store)
    code = morning(store)
    with bootstrap.elsewhere(url, 2) as elsewhere, store.reading() as tx:
        assert elsewhere is not None
        for one in (CODE, code):
            assert verify(tx, one, elsewhere=elsewhere._replace(bounds=by(2))) == verify(tx, one)
    store.close()


@pytest.mark.parametrize("jobs", [2, 3, 8])
def test_all_parts_come_to_their_end_at_one_time(jobs: int) -> None:
    cuts = bounds(jobs, 1_000_000)
    assert (len(cuts), cuts[0], cuts[-1]) == (jobs + 1, 0, 1_000_000)
    ends = [since / 4 + until - since for since, until in pairwise(cuts)]  # replaying takes a quarter
    assert max(ends) - min(ends) < 2
    assert min(until - since for since, until in pairwise(cuts)) >= LEAST_LENGTH


def test_so_many_processes_are_asked_as_have_enough_to_do() -> None:
    assert bounds(1000, 1_000_000) == bounds(10, 1_000_000) != bounds(9, 1_000_000)


@pytest.mark.parametrize("size", [1, LEAST_LENGTH, 2 * LEAST_LENGTH - 1])
def test_of_few_entries_there_is_one_part(size: int) -> None:
    assert bounds(8, size) == [0, size]


def test_so_many_entries_are_parted_as_the_documents_say() -> None:
    assert bounds(8, 38_000) == [0, 38_000]
    assert len(bounds(2, 40_000)) == 3


def test_nobody_is_asked_for_one_job() -> None:
    with bootstrap.elsewhere(None, 1) as elsewhere:
        assert elsewhere is None
