"""Who may do what, and where."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.domain.identity import SignedIn, Token, may_do
from incident.domain.permission import (
    EVERYWHERE,
    GRANTED,
    PERMISSIONS,
    ROLES,
    Grant,
    Permission,
    Role,
    may,
    may_somewhere,
    permissions,
    roots,
)

TOWN, COUNTY, CITY = "330681111", "330681", "3306"
PATH = (TOWN, COUNTY, CITY, "33")
grants = st.lists(
    st.builds(Grant, st.sampled_from(get_args(Role)), st.sampled_from([*PATH, "34", EVERYWHERE])), max_size=4
)
all_permissions = st.sampled_from(get_args(Permission))


def test_every_role_and_permission_is_named_and_every_permission_is_somebodys() -> None:
    assert {*ROLES} == {*GRANTED} == {*get_args(Role)}
    assert {*PERMISSIONS} == {*get_args(Permission)}
    assert permissions(get_args(Role)) == [*get_args(Permission)]
    assert all("look" in granted for granted in GRANTED.values())


#: Role → what only some others may.
FORBIDDEN: dict[Role, set[Permission]] = {
    "duty_officer": {"decide", "people_write", "adopt", "administer", "audit"},
    "decider": {"administer", "adopt", "file", "people_write"},
    "group_lead": {"act", "decide", "roster", "administer"},
    "auditor": {"act", "decide", "file", "roster", "people_write", "administer"},
    "author": {"act", "decide", "people_read", "audit", "administer"},
    "administrator": {"act", "decide", "file", "roster", "adopt", "audit"},
}


@pytest.mark.parametrize("role", FORBIDDEN)
def test_role_may_not_do_what_is_for_others(role: Role) -> None:
    everywhere = [Grant(role, EVERYWHERE)]
    assert not any(may(everywhere, permission, PATH) for permission in FORBIDDEN[role])


def test_grant_holds_in_a_jurisdiction_and_below_it_and_not_above_or_beside() -> None:
    officer = [Grant("duty_officer", COUNTY)]
    assert may(officer, "act", PATH)
    assert may(officer, "act", (COUNTY, CITY, "33"))
    assert not may(officer, "act", (CITY, "33"))
    assert not may(officer, "act", ("330682", CITY, "33"))
    assert not may(officer, "act", (f"{COUNTY}9", CITY, "33")), "a code is no prefix of another"


def test_what_belongs_to_no_jurisdiction_is_for_who_holds_it_everywhere() -> None:
    assert may([Grant("administrator", EVERYWHERE)], "administer", ())
    assert not may([Grant("administrator", "33")], "administer", ())
    assert not may([], "look", ())


@given(grants, all_permissions)
def test_places_are_those_where_it_is_permitted(found: list[Grant], permission: Permission) -> None:
    places = roots(found, permission)
    assert may(found, permission, PATH) == bool(places & {*PATH, EVERYWHERE})
    assert may_somewhere(found, permission) == bool(places)


@given(grants, all_permissions)
def test_another_grant_never_takes_anything_away(found: list[Grant], permission: Permission) -> None:
    for n in range(len(found)):
        assert may(found, permission, PATH) >= may(found[:n], permission, PATH)


def person(*found: Grant, token: Token | None = None) -> SignedIn:
    return SignedIn(user="u", login="wang", name="王伟", sign=None, grants=found, token=token)


def token(*scopes: Permission, root: str = EVERYWHERE) -> Token:
    return Token(id="t", user="u", name="n", scopes=scopes, root=root, created_at=0, ends_at=1)


@given(grants, all_permissions, st.lists(all_permissions), st.sampled_from([*PATH, "34", EVERYWHERE]))
def test_token_permits_no_more_than_its_person_may(
    found: list[Grant], permission: Permission, scopes: list[Permission], root: str
) -> None:
    carried = may_do(person(*found, token=token(*scopes, root=root)), permission, PATH)
    is_within = permission in scopes and root in (*PATH, EVERYWHERE)
    assert carried == (is_within and may_do(person(*found), permission, PATH))


def test_token_is_bound_to_its_scopes_and_its_root() -> None:
    officer = Grant("duty_officer", CITY)
    narrow = person(officer, token=token("look", "file", root=COUNTY))
    assert may_do(narrow, "file", PATH)
    assert not may_do(narrow, "act", PATH)
    assert not may_do(narrow, "file", ("330682", CITY, "33"))
