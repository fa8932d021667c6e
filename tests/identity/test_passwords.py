"""Passwords by Argon2id: kept so that nobody reads them there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from argon2 import Type, extract_parameters
from argon2.profiles import CHEAPEST, RFC_9106_LOW_MEMORY

from incident import bootstrap
from incident.identity.passwords import Argon2
from incident.service.sessions import From, login
from tests.service.door import OFFICE, RIGHT, WRONG, Door

cheap = Argon2(CHEAPEST)


def test_password_is_known_again_and_another_is_not() -> None:
    kept = cheap.keep(RIGHT)
    assert cheap.matches(kept, RIGHT)
    assert not cheap.matches(kept, WRONG)
    assert not cheap.matches(kept, RIGHT + " ")
    assert RIGHT not in kept


def test_same_password_is_kept_otherwise_each_time() -> None:
    assert cheap.keep(RIGHT) != cheap.keep(RIGHT)


def test_parameters_are_those_of_rfc_9106_for_little_memory() -> None:
    found = extract_parameters(Argon2().keep(RIGHT))
    assert found == RFC_9106_LOW_MEMORY
    assert (found.type, found.memory_cost, found.time_cost, found.parallelism) == (Type.ID, 65536, 3, 4)


def test_what_was_kept_with_other_parameters_still_matches_and_is_outdated() -> None:
    dearer = Argon2(replace(CHEAPEST, time_cost=2))
    kept = cheap.keep(RIGHT)
    assert not cheap.is_outdated(kept)
    assert dearer.is_outdated(kept)
    assert dearer.matches(kept, RIGHT)


@pytest.mark.parametrize("kept", ["", "plain", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$x$y", "王"])
def test_text_that_is_no_hash_matches_nothing(kept: str) -> None:
    assert not cheap.matches(kept, RIGHT)


@pytest.mark.parametrize("password", ["", RIGHT, WRONG])
def test_nothing_matches_where_none_is_kept_and_it_is_compared_all_the_same(
    password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared = []
    passwords = Argon2(CHEAPEST)
    verify = type(passwords._hasher).verify

    def counted(self: object, kept: str, password: str) -> bool:
        compared.append(extract_parameters(kept))
        return verify(passwords._hasher, kept, password)

    monkeypatch.setattr(type(passwords._hasher), "verify", counted)
    assert not passwords.matches(None, password)
    assert compared == [CHEAPEST]


def test_officer_signs_in_by_a_password_kept_so() -> None:
    door = Door(passwords=cheap)
    assert door.login().person.login == "wang"


def test_what_people_sign_in_by_is_kept_in_the_database_of_the_journals(tmp_path: object) -> None:
    store = bootstrap.open_store(f"sqlite:///{tmp_path}/incident.db")
    gate = bootstrap.gate(store)._replace(passwords=cheap)
    door = Door(gate.identity, cheap)
    assert login(gate._replace(now=door.clock), "wang", RIGHT, From(OFFICE)).person.user == door.wang.id
    assert isinstance(bootstrap.gate(store).passwords, Argon2)
    store.close()
