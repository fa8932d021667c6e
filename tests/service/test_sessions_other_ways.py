"""Another password, another provider, and what the record of access says of it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from incident.domain.errors import Conflict, Refused, RequestError
from incident.domain.identity import Session
from incident.service import sessions, users
from incident.service.access import look
from incident.service.ports_identity import WantedAccess
from incident.service.sessions import From
from incident.testing import MemoryIdentity, PlainPasswords
from tests.service.door import CONSOLE, HOME, OFFICE, RIGHT, STRANGE, WRONG, Door, Meanwhile
from tests.service.entering import refused

# -- another password


NEW = "另外 四个 容易的 词语啊"


def test_new_password_ends_all_other_sessions_and_gives_a_new_one_here(door: Door) -> None:
    home, here = door.login(address=HOME), door.login()
    where = From(OFFICE, device=here.device, session=here.token)
    again = sessions.change_password(door.gate, here.token, RIGHT, NEW, where)
    assert [door.person(one.token) is None for one in (home, here, again)] == [True, True, False]
    assert again.device == here.device
    assert refused(door).rule == "login"
    assert door.login(password=NEW).person.login == "wang"


def test_who_was_given_a_password_has_to_change_it(door: Door) -> None:
    came = door.login("chen")
    assert came.person.must_change
    again = sessions.change_password(door.gate, came.token, RIGHT, NEW, From(OFFICE))
    assert not again.person.must_change
    assert not door.login("chen", NEW).person.must_change


@pytest.mark.parametrize(
    "new",
    [
        "short",
        "nul \0 in the middle",
        "half \ud800 of a sign",
        "x" * 201,
        "aaaabbbbcccc",
        "my name is Wang!",
        RIGHT,
    ],
)
def test_password_that_is_not_good_is_not_taken_nor_repeated(door: Door, new: str) -> None:
    came = door.login()
    with pytest.raises(RequestError) as caught:
        sessions.change_password(door.gate, came.token, RIGHT, new, From(OFFICE))
    assert all(caught.value.parts())
    assert new not in str(caught.value)
    assert door.person(came.token) is not None


def test_who_finds_an_open_screen_does_not_get_the_password_by_guessing(door: Door) -> None:
    came = door.login()
    said = []
    for _ in range(7):
        with pytest.raises(Refused) as caught:
            sessions.change_password(door.gate, came.token, WRONG, NEW, From(OFFICE))
        said.append(caught.value.rule)
    assert said == ["login"] * 6 + ["throttled"]
    wang = door.wang.id
    noted = look(door.gate, WantedAccess(kinds=["login_failed"]))
    assert [(one.user, one.about, one.what, one.address) for one in noted] == [
        (wang, wang, "password_set", OFFICE)
    ] * 6
    assert door.login(address=STRANGE).person.login == "wang", "signing in is another matter"


def test_session_that_is_over_changes_no_password(door: Door) -> None:
    with pytest.raises(Refused):
        sessions.change_password(door.gate, "none", RIGHT, NEW, From(OFFICE))


def test_password_changed_meanwhile_is_not_overwritten() -> None:
    identity = Meanwhile()
    door = Door(identity)
    came = door.login()
    identity.acts = [lambda: users.set_password(door.gate, "wang", NEW, CONSOLE), lambda: None]
    with pytest.raises(Refused):
        sessions.change_password(door.gate, came.token, RIGHT, "third of the passwords", From(OFFICE))
    assert door.login(password=NEW).person.login == "wang"


def test_password_is_kept_anew_when_how_it_is_kept_changes(door: Door) -> None:
    newer = door.gate._replace(passwords=PlainPasswords("newer"))
    sessions.login(newer, "wang", RIGHT, From(OFFICE))
    with door.gate.identity.reading() as tx:
        kept = tx.user_of("wang")
    assert kept is not None
    assert kept.password == f"newer:{RIGHT}"


# -- by another provider


ISSUER = "https://id.example"


def test_who_is_linked_comes_in_by_another_provider(door: Door) -> None:
    users.link_subject(door.gate, "wang", ISSUER, "0031", CONSOLE)
    came = sessions.login_subject(door.gate, ISSUER, "0031", From(OFFICE))
    assert door.person(came.token) == came.person
    assert door.told("login")[-1] == ("login", door.wang.id, door.wang.id, ISSUER)


def test_stranger_of_another_provider_is_not_let_in(door: Door) -> None:
    users.link_subject(door.gate, "wang", ISSUER, "0031", CONSOLE)
    for issuer, subject in ((ISSUER, "0032"), ("https://evil.example", "0031")):
        with pytest.raises(Refused) as caught:
            sessions.login_subject(door.gate, issuer, subject, From(STRANGE))
        assert all(caught.value.parts())
    users.disable(door.gate, "wang", CONSOLE)
    with pytest.raises(Refused):
        sessions.login_subject(door.gate, ISSUER, "0031", From(OFFICE))
    assert len(door.told("login_failed")) == 3


def test_trusted_address_links_once_and_for_all(door: Door) -> None:
    users.add(door.gate, "li@town.cn", "李娜", CONSOLE)
    first = sessions.login_subject(door.gate, ISSUER, "0040", From(OFFICE), email="Li@Town.cn")
    assert first.person.login == "li@town.cn"
    again = sessions.login_subject(door.gate, ISSUER, "0040", From(OFFICE))
    assert again.person.user == first.person.user
    with pytest.raises(Refused):
        sessions.login_subject(door.gate, ISSUER, "0041", From(OFFICE), email="nobody@town.cn")


def test_who_is_given_the_address_of_somebody_later_does_not_come_in_as_them(door: Door) -> None:
    li = users.add(door.gate, "li@town.cn", "李娜", CONSOLE)
    sessions.login_subject(door.gate, ISSUER, "0040", From(OFFICE), email="li@town.cn")
    with pytest.raises(Refused):
        sessions.login_subject(door.gate, ISSUER, "0077", From(STRANGE), email="li@town.cn")
    came = sessions.login_subject(door.gate, "https://other.example", "9", From(OFFICE), email="li@town.cn")
    assert came.person.user == li.id


def test_subject_is_one_persons_until_the_link_is_taken_away(door: Door) -> None:
    linked = users.link_subject(door.gate, "wang", ISSUER, "0031", CONSOLE)
    assert users.link_subject(door.gate, "wang", ISSUER, "0031", CONSOLE) == linked
    with pytest.raises(RequestError):
        users.link_subject(door.gate, "chen", ISSUER, "0031", CONSOLE)
    assert not users.unlink_subject(door.gate, "chen", ISSUER, "0031", CONSOLE)
    assert users.unlink_subject(door.gate, "wang", ISSUER, "0031", CONSOLE)
    assert not users.unlink_subject(door.gate, "wang", ISSUER, "0031", CONSOLE)
    users.link_subject(door.gate, "chen", ISSUER, "0031", CONSOLE)
    assert [one.subjects for one in users.everybody(door.gate) if one.user.login == "wang"] == [[]]


# -- the record of it


def test_record_says_who_came_in_and_who_was_kept_out(door: Door) -> None:
    door.login()
    refused(door, "wang", WRONG)
    refused(door, "my password is hunter2", WRONG)
    users.disable(door.gate, "wang", CONSOLE)
    refused(door)
    lines = look(door.gate, WantedAccess(kinds=["login", "login_failed"]))[::-1]
    wang = door.wang.id
    assert [(one.kind, one.user, one.about, one.what) for one in lines] == [
        ("login", wang, wang, "password"),
        ("login_failed", None, wang, None),
        ("login_failed", None, None, None),
        ("login_failed", None, wang, "disabled"),
    ]
    assert [one.claimed is not None for one in lines] == [False, False, True, False]
    assert "hunter2" not in repr(lines)
    assert {one.address for one in lines} == {OFFICE}


def test_what_no_database_takes_is_refused_or_shown_otherwise(door: Door) -> None:
    for login, password in (("wa\0ng", WRONG), ("\ud800", WRONG), ("wang", "\ud800\0" * 9)):
        assert refused(door, login, password).rule == "login"
    assert door.person("\ud800") is None
    sessions.login(door.gate, "wang", RIGHT, From(OFFICE, "a\0b\ud800"))
    assert sessions.sessions(door.gate)[0].agent == "a\\u0000b\\ud800"


def test_what_browsers_say_is_shortened(door: Door) -> None:
    sessions.login(door.gate, "wang", RIGHT, From(OFFICE, "x" * 5000))
    found: list[Session] = sessions.sessions(door.gate)
    assert len(found[0].agent) == 120


def test_who_has_set_a_password_by_a_link_may_come_in_at_once(door: Door) -> None:
    came = sessions.login_user(door.gate, door.wang, From(HOME))
    assert door.person(came.token) == came.person
    users.disable(door.gate, "wang", CONSOLE)
    with pytest.raises(Refused):
        sessions.login_user(door.gate, door.wang, From(HOME))


def test_login_that_is_taken_by_somebody_else_at_the_same_moment_is_a_conflict() -> None:
    identity = MemoryIdentity()
    door = Door(identity)
    with pytest.raises(Conflict), identity.writing() as tx:
        tx.put_user(replace(door.wang, id="another"))


def test_device_is_known_on_which_somebody_signed_in(door: Door) -> None:
    device = door.login("wang").device
    assert sessions.knows_device(door.gate, device)
    assert not sessions.knows_device(door.gate, device[:-1])
    assert not sessions.knows_device(door.gate, "")
