"""Who counts as one person: what cannot be told apart does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.domain.persons import is_same_person, is_surely_same_person
from incident.domain.request import Actor
from incident.service.who import Who
from tests.two import DEPUTY, DISGUISED, OFFICER, OTHER, RENAMED, SIGNED

CASES = [
    # each at a terminal of their own
    (OFFICER, DEPUTY, False),
    (OFFICER, OFFICER, True),
    # another name at the same terminal is a claim, and proves nothing
    (OFFICER, DISGUISED, True),
    # the same name at another terminal: so they say themselves
    (DISGUISED, DEPUTY, True),
    (Who(actor="claimed", by=" LI ", os_user="zhao"), DEPUTY, True),
    # two claims, two terminals
    (Who(actor="claimed", by="甲", os_user="wang"), Who(actor="claimed", by="乙", os_user="li"), False),
    # who signed in is known by the login, whatever the name is
    (SIGNED, OTHER, False),
    (SIGNED, RENAMED, True),
    (Who(actor="authenticated", by="wangwei"), Who(actor="authenticated", by="li"), False),
    # one signed in and the other did not: nothing shows that they are two
    (SIGNED, DEPUTY, True),
    # the program itself, nobody, and a name that is erased
    (OFFICER, Who(actor="system", by="node", os_user="root"), True),
    (OFFICER, Who(by="li", os_user="li"), True),
    (OFFICER, Who(actor="os"), True),
    (OFFICER, Who(actor="os", by="li"), True),
]


@pytest.mark.parametrize(("one", "other", "same"), CASES)
def test_two_are_one_person_unless_something_shows_that_they_are_not(
    one: Who, other: Who, *, same: bool
) -> None:
    assert is_same_person(one, other) is same
    assert is_same_person(other, one) is same


@pytest.mark.parametrize(
    ("one", "other", "surely"),
    [
        (OFFICER, OFFICER, True),
        # the terminal shows it, whatever name is claimed there
        (OFFICER, DISGUISED, True),
        # a name that is typed at another terminal shows nothing
        (DISGUISED, DEPUTY, False),
        (SIGNED, RENAMED, True),
        (SIGNED, OTHER, False),
        # one signed in and the other did not: nothing shows it
        (SIGNED, DEPUTY, False),
        (OFFICER, Who(actor="os"), False),
    ],
)
def test_nobody_is_surely_one_unless_something_shows_it(one: Who, other: Who, *, surely: bool) -> None:
    assert is_surely_same_person(one, other) is surely


NAMES = st.sampled_from([None, "", "wang", "WANG", "li", "王伟 (wang)", "王 (wang)"])
ACTORS: st.SearchStrategy[Actor | None] = st.sampled_from([None, "os", "claimed", "authenticated", "system"])
ANYBODY = st.tuples(ACTORS, NAMES, NAMES).map(lambda of: Who(actor=of[0], by=of[1], os_user=of[2]))


@given(ANYBODY, ANYBODY)
def test_being_one_person_is_mutual_and_everybody_is_one_with_themselves(one: Who, other: Who) -> None:
    assert is_same_person(one, one)
    assert is_same_person(one, other) == is_same_person(other, one)
    assert is_surely_same_person(one, other) == is_surely_same_person(other, one)


@given(ANYBODY, ANYBODY)
def test_who_is_surely_one_counts_as_one(one: Who, other: Who) -> None:
    assert is_same_person(one, other) or not is_surely_same_person(one, other)
