"""One contract for where people who sign in are kept: in memory and on both databases."""

from __future__ import annotations

import pytest

from incident.domain.errors import StoreError
from incident.domain.identity import Session
from incident.store.sql import SqlStore
from incident.testing import IDENTITY_CHECKS, MemoryIdentity, check_identity, conformance_identity
from incident.testing.conformance_identity import Check

each_check = pytest.mark.parametrize("check", IDENTITY_CHECKS, ids=lambda check: check.__name__)


@each_check
def test_memory_honours_the_contract(check: Check) -> None:
    check(MemoryIdentity())


@each_check
def test_database_honours_the_contract(check: Check, store: SqlStore) -> None:
    check(store.identity())


def test_whole_suite_runs_each_check_on_one_of_its_own() -> None:
    made: list[MemoryIdentity] = []

    def make() -> MemoryIdentity:
        made.append(MemoryIdentity())
        return made[-1]

    check_identity(make)

    assert len(made) == len(IDENTITY_CHECKS)


def test_no_check_is_left_out() -> None:
    written = {
        name
        for name, one in vars(conformance_identity).items()
        if callable(one) and getattr(one, "__module__", "") == conformance_identity.__name__
    }
    checks = {name for name in written if not name.startswith("_")} - {"check_identity", "fill"}
    assert checks == {check.__name__ for check in IDENTITY_CHECKS}


def test_look_is_of_no_use_after_its_block_nor_after_its_commit() -> None:
    memory = MemoryIdentity()
    with memory.reading() as looked:
        pass
    with memory.writing() as wrote:
        wrote.commit()
        with pytest.raises(AssertionError, match="inside its block"):
            wrote.users()
    for tx in (looked, wrote):
        with pytest.raises(AssertionError, match="inside its block"):
            tx.users()


def test_second_lock_in_a_thread_is_a_mistake() -> None:
    memory = MemoryIdentity()
    with memory.writing(), pytest.raises(AssertionError, match="one lock at a time"), memory.writing():
        raise AssertionError("expected to be refused before the block")


def test_row_that_somebody_else_wrote_is_refused_with_what_to_do(sqlite_store: SqlStore) -> None:
    with sqlite_store._engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO identity_grant VALUES ('u1', 'emperor', '*', 0)")
        connection.exec_driver_sql(
            "INSERT INTO identity_session VALUES ('s', 'u1', 'x', 0, 0, '', '', '', '')"
        )
    identity = sqlite_store.identity()
    with identity.reading() as tx, pytest.raises(StoreError, match="Grant as this program writes it"):
        tx.grants("u1")
    with identity.reading() as tx, pytest.raises(StoreError, match=Session.__name__):
        tx.session("s")
