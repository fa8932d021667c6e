"""Tokens: what another program comes with, for whom, and what nobody makes for another."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from incident.domain.errors import Refused
from incident.service import tokens, users
from incident.service.access import By
from incident.service.who import Who, must_be_in_person, signed_in
from tests.service.door import CONSOLE, Away, Door, Meanwhile, wrong


def test_token_stands_for_its_person_within_its_scopes(door: Door) -> None:
    made = tokens.make(door.gate, "wang", " 实验室 ", ["file", "look"], CONSOLE, root="330681", days=30)
    assert made.plain.startswith("inc_")
    assert made.plain not in repr(made.token)
    person = tokens.person_of(door.gate, made.plain)
    assert person is not None
    assert (person.login, person.token) == ("wang", made.token)
    assert (made.token.name, made.token.scopes, made.token.root) == ("实验室", ("look", "file"), "330681")
    assert made.token.ends_at == door.clock() + 30 * 86400


def test_token_is_over_at_its_end_when_taken_back_and_with_its_person(door: Door) -> None:
    old, lost, kept = (tokens.make(door.gate, "wang", n, ["look"], CONSOLE, days=d) for n, d in _THREE)
    door.clock.after(days=1)
    assert tokens.person_of(door.gate, old.plain) is None
    assert tokens.revoke(door.gate, lost.token.id[:12], CONSOLE) == lost.token
    assert tokens.person_of(door.gate, lost.plain) is None
    assert tokens.person_of(door.gate, kept.plain) is not None
    assert {one.name for one in tokens.tokens(door.gate, "wang")} == {"kept", "old"}
    users.disable(door.gate, "wang", CONSOLE)
    assert tokens.person_of(door.gate, kept.plain) is None


_THREE = (("old", 1), ("lost", 90), ("kept", 90))


def test_token_is_noted_as_used_once_a_minute(door: Door) -> None:
    made = tokens.make(door.gate, "wang", "n", ["look"], CONSOLE)

    def used() -> int | None:
        tokens.person_of(door.gate, made.plain)
        return tokens.tokens(door.gate)[0].used_at

    first = door.clock()
    assert used() == first
    door.clock.after(seconds=59)
    assert used() == first
    door.clock.after(seconds=1)
    assert used() == first + 60


def test_use_of_a_token_neither_needs_writing_nor_brings_back_one_that_was_taken_back() -> None:
    identity = Away()
    door = Door(identity)
    made = tokens.make(door.gate, "wang", "n", ["look"], CONSOLE)
    identity.is_away = True
    assert tokens.person_of(door.gate, made.plain) is not None

    meanwhile = Meanwhile()
    door = Door(meanwhile)
    made = tokens.make(door.gate, "wang", "n", ["look"], CONSOLE)
    meanwhile.acts = [lambda: tokens.revoke(door.gate, made.token.id, CONSOLE)]
    tokens.person_of(door.gate, made.plain)
    assert tokens.tokens(door.gate) == []


def test_token_of_somebody_disabled_is_none_even_if_it_is_there(door: Door) -> None:
    made = tokens.make(door.gate, "wang", "n", ["look"], CONSOLE)
    with door.gate.identity.writing() as tx:
        tx.put_user(replace(door.wang, disabled_at=door.clock()))
        tx.commit()
    assert tokens.person_of(door.gate, made.plain) is None


@pytest.mark.parametrize("plain", ["", "inc_", "x", "inc_" + "A" * 43])
def test_what_is_no_token_is_nobody(door: Door, plain: str) -> None:
    tokens.make(door.gate, "wang", "n", ["look"], CONSOLE)
    assert tokens.person_of(door.gate, plain) is None
    assert tokens.person_of(door.gate, door.login().token) is None, "a session is no token"


def test_token_that_says_nothing_is_not_made(door: Door) -> None:
    given: list[dict[str, Any]] = [
        {"scopes": []},
        {"scopes": ["look", "rule"]},
        {"name": " "},
        {"name": "x" * 65},
        {"days": 0},
        {"days": 1097},
        {"root": "zhuji"},
    ]
    for one in given:
        words = {"name": "n", "scopes": ["look"], **one}
        wrong(partial(tokens.make, door.gate, "wang", by=CONSOLE, **words))
    assert tokens.tokens(door.gate) == []


def test_token_is_taken_back_only_where_one_is_meant(door: Door) -> None:
    for _ in range(17):
        tokens.make(door.gate, "wang", "n", ["look"], CONSOLE)
    first = [one.id[0] for one in tokens.tokens(door.gate)]
    several = next(sign for sign in first if first.count(sign) > 1)
    for key in ("", several, "x"):
        wrong(partial(tokens.revoke, door.gate, key, CONSOLE))
    assert len(tokens.tokens(door.gate)) == 17


def test_what_decides_is_in_no_token_that_somebody_else_made(door: Door) -> None:
    chen, wang = By(user=door.chen.id), By(user=door.wang.id)
    mine = ["look", "decide"]
    # an administrator, whoever keeps the server, and a token that says it is its person's
    for by, is_there in ((chen, True), (CONSOLE, False), (wang, False)):
        told = wrong(partial(tokens.make, door.gate, "wang", "n", mine, by, in_person=is_there), Refused)
        assert isinstance(told, Refused)
        assert (told.rule, told.found) == ("not_in_person", ["`decide`"])
    assert tokens.tokens(door.gate) == []

    made = tokens.make(door.gate, "wang", "n", mine, wang, in_person=True).token
    assert (made.made_by, made.is_own) == (door.wang.id, True)


def test_token_says_who_made_it(door: Door) -> None:
    chen, wang = By(user=door.chen.id), By(user=door.wang.id)
    found = [
        tokens.make(door.gate, "wang", "n", ["look"], by, in_person=is_there).token
        for by, is_there in ((chen, True), (CONSOLE, False), (wang, False), (wang, True))
    ]
    assert [one.made_by for one in found] == [door.chen.id, None, None, door.wang.id]
    assert [one.is_own for one in found] == [False, False, False, True]


def test_what_takes_two_persons_is_done_by_no_token_that_somebody_else_made(door: Door) -> None:
    lent = tokens.make(door.gate, "wang", "sensor", ["act"], By(user=door.chen.id), in_person=True)
    own = tokens.make(door.gate, "wang", "laptop", ["act"], By(user=door.wang.id), in_person=True)
    people = [tokens.person_of(door.gate, one.plain) for one in (lent, own)]
    lent_to, himself = (signed_in(one) for one in people if one is not None)

    told = wrong(partial(must_be_in_person, lent_to), Refused)
    assert "sensor" in str(told)
    for who in (himself, signed_in(door.login().person), Who(actor="os", by="root")):
        must_be_in_person(who)


def test_one_person_has_so_many_calendars_and_room_for_another_once_one_is_over(door: Door) -> None:
    def calendar(login: str = "wang") -> tokens.Made:
        by = By(user=door.wang.id)
        return tokens.make(door.gate, login, "c", ["look"], by, days=1, in_person=True, opens="holder=P9")

    made = [calendar() for _ in range(tokens.MOST_CALENDARS)]
    told = wrong(calendar, Refused)
    assert told.found == str(tokens.MOST_CALENDARS)
    calendar("chen")
    tokens.make(door.gate, "wang", "n", ["look"], CONSOLE)

    tokens.revoke(door.gate, made[0].token.id, CONSOLE)
    calendar()
    wrong(calendar, Refused)
    door.clock.after(days=1)
    assert calendar().token.opens == "holder=P9"
