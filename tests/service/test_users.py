"""Who can sign in, and who says so."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from incident.domain.errors import IncidentError, Refused, RequestError
from incident.domain.identity import digest, signature
from incident.domain.permission import Grant
from incident.service import links, tokens, users
from incident.service.access import NOBODY, By, lessened, look, note, record, ways_in_changed
from incident.service.passwords import LEAST
from incident.service.ports_identity import Gate, WantedAccess
from incident.service.sessions import From, login
from incident.service.who import Who, must_be_in_person, signed_in
from incident.testing import MemoryIdentity
from tests.service.door import CONSOLE, HOME, OFFICE, RIGHT, Away, Door, Meanwhile


def wrong(call: Callable[[], Any], family: type[IncidentError] = RequestError) -> IncidentError:
    with pytest.raises(family) as caught:
        call()
    assert all(caught.value.parts()), caught.value
    return caught.value


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


# -- tokens


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
