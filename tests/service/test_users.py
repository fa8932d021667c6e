"""Who can sign in, and who says so."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from incident.domain.errors import Refused
from incident.domain.identity import digest, signature
from incident.domain.permission import Grant
from incident.service import links, tokens, users
from incident.service.access import NOBODY, By, lessened, look, note, record, ways_in_changed
from incident.service.passwords import LEAST
from incident.service.ports_identity import Gate, WantedAccess
from incident.service.sessions import From, login
from incident.service.who import Who, signed_in
from incident.testing import MemoryIdentity
from tests.service.door import CONSOLE, HOME, OFFICE, RIGHT, Door, wrong


def test_users_are_listed_with_what_they_may_do(door: Door) -> None:
    listed = users.everybody(door.gate)
    assert [(one.user.login, one.grants) for one in listed] == [
        ("chen", [Grant("administrator", "*")]),
        ("wang", [Grant("duty_officer", "330681111")]),
    ]


def test_login_is_given_once_and_never_again(door: Door) -> None:
    users.disable(door.gate, "wang", CONSOLE)
    for login_ in ("wang", " WANG", "", "王 伟", "a(b)"):
        wrong(partial(users.add, door.gate, login_, "王五", CONSOLE))
    assert len(users.everybody(door.gate)) == 2


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "王\x1b[31m伟", "a\u202eb"])
def test_name_that_cannot_be_shown_is_refused(door: Door, name: str) -> None:
    wrong(lambda: users.add(door.gate, "new", name, CONSOLE))
    wrong(lambda: users.rename(door.gate, "wang", CONSOLE, name=name))


def test_refusal_of_a_name_says_which_character_is_not_seen(door: Door) -> None:
    for call in (
        lambda: users.add(door.gate, "new", "王\u202e伟", CONSOLE),
        lambda: tokens.make(door.gate, "wang", "王\u202e", ["look"], CONSOLE),
        lambda: users.link_subject(door.gate, "wang", "https://id.example", "王\u202e", CONSOLE),
    ):
        assert "U+202E RIGHT-TO-LEFT OVERRIDE, after `王`" in str(wrong(call))
    for change in (users.link_subject, users.unlink_subject):
        wrong(partial(change, door.gate, "wang", "\0", "x", CONSOLE))
    wrong(lambda: look(door.gate, WantedAccess(jurisdiction="\0")))


def test_user_is_renamed_and_found_in_the_directory(door: Door) -> None:
    named = users.rename(door.gate, "wang", CONSOLE, name=" 王  威 ", sign="P9")
    assert (named.name, named.sign, named.login, named.id) == ("王 威", "P9", "wang", door.wang.id)
    assert users.rename(door.gate, "wang", CONSOLE).sign == "P9"
    users.add(door.gate, "zhao", "赵", CONSOLE)
    wrong(lambda: users.rename(door.gate, "zhao", CONSOLE, sign="P9"))  # two logins, one person
    wrong(lambda: users.add(door.gate, "second", "王", CONSOLE, sign="P9"))
    assert users.rename(door.gate, "wang", CONSOLE, sign="-").sign is None
    assert users.rename(door.gate, "zhao", CONSOLE, sign="P9").sign == "P9"
    wrong(lambda: users.rename(door.gate, "wang", CONSOLE, sign="13900000001"))


def test_user_nobody_knows_is_refused(door: Door) -> None:
    acts: list[Callable[[], Any]] = [
        lambda: users.disable(door.gate, "x", CONSOLE),
        lambda: users.enable(door.gate, "x", CONSOLE),
        lambda: users.grant(door.gate, "x", "auditor", "33", CONSOLE),
        lambda: users.set_password(door.gate, "x", RIGHT, CONSOLE),
        lambda: links.make_password_link(door.gate, "x", CONSOLE),
        lambda: tokens.make(door.gate, "x", "n", ["look"], CONSOLE),
    ]
    for act in acts:
        assert "`x`" in str(wrong(act))


@pytest.mark.parametrize(
    ("role", "root"),
    [("king", "*"), ("auditor", ""), ("auditor", "zhuji"), ("auditor", "1"), ("administrator", "33")],
)
def test_grant_that_means_nothing_is_refused(door: Door, role: str, root: str) -> None:
    wrong(lambda: users.grant(door.gate, "wang", role, root, CONSOLE))


def test_grant_that_was_not_given_is_not_taken_away_unseen(door: Door) -> None:
    wrong(lambda: users.revoke(door.gate, "wang", "auditor", "33", CONSOLE))
    users.revoke(door.gate, "wang", "duty_officer", "330681111", CONSOLE)
    wrong(lambda: users.revoke(door.gate, "wang", "duty_officer", "330681111", CONSOLE))


def test_last_administrator_cannot_be_taken_away(door: Door) -> None:
    def revoke() -> Grant:
        return users.revoke(door.gate, "chen", "administrator", "*", CONSOLE)

    def disable() -> Any:
        return users.disable(door.gate, "chen", CONSOLE)

    for act in (revoke, disable):
        assert isinstance(wrong(act, Refused), Refused)
    users.grant(door.gate, "wang", "administrator", "*", CONSOLE)
    users.disable(door.gate, "wang", CONSOLE)
    wrong(revoke, Refused)  # one who is disabled lets nobody in
    users.enable(door.gate, "wang", CONSOLE)
    disable()
    users.enable(door.gate, "chen", CONSOLE)
    revoke()


def test_who_is_disabled_keeps_nothing_to_come_in_by(door: Door) -> None:
    came = door.login()
    made = tokens.make(door.gate, "wang", "n", ["look"], CONSOLE)
    link = links.make_password_link(door.gate, "wang", CONSOLE)
    since = users.disable(door.gate, "wang", CONSOLE).disabled_at
    door.clock.after(hours=1)
    assert users.disable(door.gate, "wang", CONSOLE).disabled_at == since
    wrong(lambda: links.make_password_link(door.gate, "wang", CONSOLE))
    users.enable(door.gate, "wang", CONSOLE)
    assert door.person(came.token) is None
    assert tokens.person_of(door.gate, made.plain) is None
    wrong(lambda: links.whose_link(door.gate, link), Refused)


def test_record_says_who_changed_who_may(door: Door) -> None:
    by = By(user=door.chen.id, address=HOME)
    users.grant(door.gate, "wang", "auditor", "33", by)
    users.revoke(door.gate, "wang", "auditor", "33", by)
    users.disable(door.gate, "wang", by)
    users.enable(door.gate, "wang", by)
    users.rename(door.gate, "wang", by, name="王威")
    told = [line for line in door.told() if line[1] == door.chen.id]
    assert [(kind, about, what) for kind, _user, about, what in told] == [
        ("grant_added", door.wang.id, "auditor 33"),
        ("grant_revoked", door.wang.id, "auditor 33"),
        ("user_disabled", door.wang.id, None),
        ("user_enabled", door.wang.id, None),
        ("user_changed", door.wang.id, None),
    ]
    assert "王" not in repr(look(door.gate, WantedAccess(), 1000)), "the record names nobody"


def test_reads_and_refusals_are_noted_and_found(door: Door) -> None:
    by = By(user=door.wang.id, address=OFFICE)
    noted = note(door.gate, "read_personal", by, jurisdiction="330681111", what="people list")
    note(door.gate, "refused", by, jurisdiction="330682", what="x" * 999)
    note(door.gate, "refused", NOBODY)
    assert look(door.gate, WantedAccess(jurisdiction="330681111")) == [noted]
    refused = look(door.gate, WantedAccess(kinds=["refused"]), 1)
    assert look(door.gate, WantedAccess(kinds=["refused"], before=refused[0].seq))[0].what == "x" * 300


# -- links


def empty() -> Gate:
    return Door().gate._replace(identity=MemoryIdentity())


def test_first_administrator_comes_by_a_link_once() -> None:
    gate = empty()
    link = links.make_setup_link(gate, CONSOLE)
    assert link is not None
    assert links.whose_link(gate, link) is None
    made = links.use_setup_link(gate, link, RIGHT, address=HOME, login="Chen", name="陈静")
    assert (made.login, made.name, made.must_change) == ("chen", "陈静", False)
    assert users.everybody(gate)[0].grants == [Grant("administrator", "*")]
    assert login(gate, "chen", RIGHT, From(HOME)).person.login == "chen"
    wrong(lambda: links.use_setup_link(gate, link, RIGHT, address=HOME, login="evil"), Refused)
    assert links.make_setup_link(gate, CONSOLE) is None


def test_first_link_is_over_once_somebody_can_sign_in_and_another_takes_its_place() -> None:
    gate = empty()
    first, second = links.make_setup_link(gate, CONSOLE), links.make_setup_link(gate, CONSOLE)
    assert first is not None
    assert second is not None
    wrong(lambda: links.whose_link(gate, first), Refused)
    assert links.whose_link(gate, second) is None
    users.add(gate, "li", "李娜", CONSOLE)
    wrong(lambda: links.use_setup_link(gate, second, RIGHT, address=HOME, login="evil"), Refused)


def test_what_is_wrong_with_the_form_leaves_the_first_link_as_it_is() -> None:
    gate = empty()
    link = links.make_setup_link(gate, CONSOLE)
    assert link is not None
    for login_, password in (("", RIGHT), ("chen", "short"), ("chen", "chen" * 5)):
        wrong(lambda: links.use_setup_link(gate, link, password, address=HOME, login=login_))  # noqa: B023
    assert links.use_setup_link(gate, link, RIGHT, address=HOME, login="chen").name == "chen"


def test_forgotten_password_is_set_by_a_link_that_ends_what_was_open(door: Door) -> None:
    came = door.login()
    link = links.make_password_link(door.gate, "wang", By(user=door.chen.id))
    assert door.person(came.token) is not None, "a link that nobody used changes nothing"
    assert links.whose_link(door.gate, link) == users.everybody(door.gate)[1].user
    new = "n" * LEAST + "ext1"
    links.use_setup_link(door.gate, link, new, address=HOME)
    assert door.person(came.token) is None
    assert door.login(password=new).person.login == "wang"
    assert door.told("link_made", "link_used") == [
        ("link_made", door.chen.id, door.wang.id, None),
        ("link_used", door.wang.id, door.wang.id, None),
    ]


def test_link_is_over_after_a_day_and_after_the_next_one(door: Door) -> None:
    first = links.make_password_link(door.gate, "wang", CONSOLE)
    second = links.make_password_link(door.gate, "wang", CONSOLE)
    wrong(lambda: links.whose_link(door.gate, first), Refused)
    door.clock.after(hours=23, minutes=59)
    assert links.whose_link(door.gate, second) is not None
    door.clock.after(minutes=1)
    wrong(lambda: links.use_setup_link(door.gate, second, RIGHT, address=HOME), Refused)
    with door.gate.identity.reading() as tx:
        assert tx.link(digest(second)) is not None
        assert tx.link(second) is None


def test_it_is_known_who_changed_how_another_comes_in(door: Door) -> None:
    door.clock.after(days=1)
    began = door.clock()
    chen, wang = By(user=door.chen.id), By(user=door.wang.id, address=HOME)
    links.make_password_link(door.gate, "wang", chen)
    door.clock.after(hours=1)
    users.set_password(door.gate, "wang", RIGHT, CONSOLE, must_change=False)
    users.set_password(door.gate, "wang", RIGHT, wang, must_change=False)
    users.link_subject(door.gate, "chen", "https://id.example", "7", wang)

    hour = began + 3600
    found = ways_in_changed(door.gate, "wang", began)
    assert found == [(hour, "password_set", None), (began, "link_made", "chen")]
    assert ways_in_changed(door.gate, "chen", began) == [(hour, "oidc_linked", "wang")]
    assert ways_in_changed(door.gate, "wang", hour + 1) == []
    assert ways_in_changed(door.gate, "nobody", 0) == []


def test_whoever_came_in_so_cannot_push_it_out_of_sight(door: Door) -> None:
    """By changing the password again and again, as whoever they came in as."""
    door.clock.after(days=1)
    began = door.clock()
    note(door.gate, "password_set", By(user=door.chen.id), about=door.wang.id)
    with door.gate.identity.writing() as tx:
        for _ in range(250):
            record(tx, "password_set", By(user=door.wang.id), at=began + 1, about=door.wang.id)
        tx.commit()

    assert ways_in_changed(door.gate, "wang", began) == [(began, "password_set", "chen")]


def test_what_lessens_is_found_in_the_record_and_nothing_else(door: Door) -> None:
    known, _ = lessened(door.gate, None)
    assert lessened(door.gate, known) == (known, False)
    note(door.gate, "read_personal", NOBODY)
    assert lessened(door.gate, known) == (known + 1, False)
    door.clock.after(hours=-1)  # set back: the newest line is not the one of the latest instant
    users.revoke(door.gate, "wang", "duty_officer", "330681111", CONSOLE)
    assert lessened(door.gate, known + 1) == (known + 2, True)
    for _ in range(100):
        note(door.gate, "read_personal", NOBODY)
    assert lessened(door.gate, known) == (known + 102, True), "what is not read may be anything"


def test_who_has_signed_in_is_told_apart_in_the_journal(door: Door) -> None:
    person = door.login().person
    assert signed_in(person) == Who(actor="authenticated", by="王伟 (wang)", person=person)
    assert signature(person.name, person.login) == "王伟 (wang)"
