"""One contract, three stores."""

from __future__ import annotations

import pytest

from incident.domain.errors import Conflict, StoreError
from incident.domain.playbook import digest
from incident.service.ports import Store
from incident.store import reading
from incident.store.sql import SqlStore
from incident.testing import (
    CHECKS,
    MemoryStore,
    check_store,
    conformance,
    conformance_duty,
    conformance_evidence,
    conformance_gone,
    conformance_letters,
    conformance_many,
    conformance_past,
    conformance_survey,
    conformance_times,
)
from incident.testing.conformance import Check
from incident.testing.expecting import refused
from incident.testing.samples import append, begin

each_check = pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)


@each_check
def test_store_in_memory_honours_the_contract(check: Check) -> None:
    check(MemoryStore())


@each_check
def test_database_honours_the_contract(check: Check, store: SqlStore) -> None:
    check(store)


def test_whole_suite_runs_each_check_on_a_store_of_its_own() -> None:
    made: list[Store] = []

    def make_store() -> Store:
        made.append(MemoryStore())
        return made[-1]

    check_store(make_store)

    assert len(made) == len(CHECKS)


#: Where checks stand.
MODULES = (
    conformance,
    conformance_times,
    conformance_duty,
    conformance_evidence,
    conformance_many,
    conformance_past,
    conformance_letters,
    conformance_gone,
    conformance_survey,
)


def test_no_check_is_forgotten_in_the_list() -> None:
    public = {
        name
        for module in MODULES
        for name, thing in vars(module).items()
        if getattr(thing, "__module__", None) == module.__name__ and not name.startswith("_")
    }
    assert public - {"check_store"} == {check.__name__ for check in CHECKS}


def test_suite_finds_a_store_that_forgets_to_wait_for_commit() -> None:
    class Hasty(MemoryStore):
        def publish(self, written: object) -> None:
            """Lose what was written."""

    with pytest.raises(AssertionError):
        check_store(Hasty)


def test_suite_finds_a_store_that_refuses_nothing() -> None:
    with (
        pytest.raises(AssertionError, match=r"expected one of \['Conflict'\], got nothing"),
        refused(Conflict),
    ):
        pass


def test_playbook_of_a_later_program_says_which_one_to_run(store: SqlStore) -> None:
    body = b'{"a later":"language"}'
    mark = "?, ?, ?" if store._engine.dialect.name == "sqlite" else "%s, %s, %s"
    with store._engine.connect() as connection:
        connection.exec_driver_sql(f"INSERT INTO playbook VALUES ({mark})", ("1", digest(body), body))
        connection.commit()

    with store.reading() as tx, pytest.raises(StoreError, match="the version of the program that adopted it"):
        tx.playbook("1", digest(body))


def test_streams_longer_than_one_fetch_lose_nothing(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(store, "1")
    for n in range(7):
        append(store, "1", event=str(n))
    monkeypatch.setattr(reading, "_ROWS_AT_A_TIME", 3)

    with store.reading() as tx:
        assert [stored.seq for stored in tx.entries("1")] == list(range(8))
        assert len(list(tx.disclosures("1"))) == 15
