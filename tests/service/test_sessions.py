"""Signing in: who is let in, how long that lasts, and how it ends."""

from __future__ import annotations

from msgspec.structs import replace

from incident.domain.identity import digest
from incident.domain.permission import Grant
from incident.service import sessions, users
from incident.service.access import By
from incident.service.sessions import From
from incident.testing import PlainPasswords
from tests.service.door import CONSOLE, HOME, OFFICE, RIGHT, WRONG, Away, Door, Meanwhile
from tests.service.entering import refused


def test_officer_signs_in_and_is_known_by_the_session(door: Door) -> None:
    came = door.login()
    person = door.person(came.token)
    assert person == came.person
    assert person is not None
    assert (person.login, person.name, person.user) == ("wang", "王伟", door.wang.id)
    assert person.grants == (Grant("duty_officer", "330681111"),)
    assert person.session is not None
    assert (person.session.address, person.session.agent) == (OFFICE, "Firefox")


def test_nothing_that_is_kept_lets_anybody_in(door: Door) -> None:
    came = door.login()
    with door.gate.identity.reading() as tx:
        (session,), (device,) = tx.sessions(), tx.devices(door.wang.id)
    kept = repr([session, device])
    assert came.token not in kept
    assert came.device not in kept
    assert session.id == digest(came.token)
    assert door.person(session.id) is None
    assert len({came.token, came.device, session.csrf}) == 3


def test_login_is_taken_however_it_is_typed(door: Door) -> None:
    assert door.login(" WANG ").person.login == "wang"


def test_password_is_taken_however_the_keyboard_composes_it(door: Door) -> None:
    users.set_password(door.gate, "wang", "Äpfel und Birnen", CONSOLE)
    assert door.login(password="Äpfel und Birnen").person.login == "wang"


def test_everybody_who_is_not_let_in_hears_the_same(door: Door) -> None:
    users.add(door.gate, "new", "新人", CONSOLE)
    users.add(door.gate, "gone", "老李", CONSOLE, password=RIGHT)
    users.disable(door.gate, "gone", CONSOLE)
    said = [
        refused(door, "wang", WRONG),
        refused(door, "nobody", RIGHT),
        refused(door, "new", ""),
        refused(door, "gone", RIGHT),
    ]
    assert {str(one) for one in said} == {str(said[0])}
    assert {one.rule for one in said} == {"login"}


class Counting(PlainPasswords):
    """Counts how often a password is compared, and with what."""

    def __init__(self, form: str = "plain") -> None:
        super().__init__(form)
        self.compared: list[bool] = []

    def matches(self, kept: str | None, password: str) -> bool:
        self.compared.append(kept is not None)
        return super().matches(kept, password)


def test_unknown_and_disabled_logins_cost_as_much_as_known_ones() -> None:
    passwords = Counting()
    door = Door(passwords=passwords)
    users.disable(door.gate, "wang", CONSOLE)
    for login in ("nobody", "wang", "chen"):
        refused(door, login, WRONG)
    assert passwords.compared == [False, False, True]


def test_session_ends_when_nothing_is_done_for_half_a_day(door: Door) -> None:
    came = door.login()
    for _ in range(3):
        door.clock.after(hours=11, minutes=59)
        assert door.person(came.token) is not None
    door.clock.after(hours=12)
    assert door.person(came.token) is None


def test_session_ends_after_a_week_whatever_is_done(door: Door) -> None:
    came = door.login()
    for _ in range(27):
        door.clock.after(hours=6)
        assert door.person(came.token) is not None
    door.clock.after(hours=6)
    assert door.person(came.token) is None


def test_session_is_noted_as_used_once_a_minute_at_most(door: Door) -> None:
    came, since = door.login(), door.clock()

    def seen() -> int:
        with door.gate.identity.reading() as tx:
            return tx.sessions()[0].seen_at - since

    door.clock.after(seconds=59)
    door.person(came.token)
    assert seen() == 0
    door.clock.after(seconds=1)
    door.person(came.token)
    assert seen() == 60


def test_database_that_cannot_be_written_keeps_nobody_from_looking() -> None:
    identity = Away()
    door = Door(identity)
    came = door.login()
    door.clock.after(minutes=5)
    identity.is_away = True
    assert door.person(came.token) is not None


def test_session_that_was_ended_meanwhile_is_not_brought_back_by_its_use() -> None:
    identity = Meanwhile()
    door = Door(identity)
    came = door.login()
    door.clock.after(minutes=5)
    identity.acts = [lambda: sessions.logout(door.gate, came.token, OFFICE)]
    door.person(came.token)
    assert door.person(came.token) is None
    assert sessions.sessions(door.gate) == []


def test_user_disabled_while_the_password_is_compared_is_not_let_in() -> None:
    identity = Meanwhile()
    door = Door(identity)
    identity.acts = [lambda: users.disable(door.gate, "wang", CONSOLE), lambda: None]
    assert refused(door).rule == "login"
    assert sessions.sessions(door.gate) == []


def test_disabled_user_and_lost_grant_are_felt_with_the_next_request(door: Door) -> None:
    came = door.login()
    users.revoke(door.gate, "wang", "duty_officer", "330681111", CONSOLE)
    person = door.person(came.token)
    assert person is not None
    assert person.grants == ()
    users.disable(door.gate, "wang", CONSOLE)
    assert door.person(came.token) is None
    users.enable(door.gate, "wang", CONSOLE)
    assert door.person(came.token) is None, "the session ended with being disabled"
    assert door.login().person.login == "wang"


def test_session_of_a_disabled_user_is_none_even_if_it_is_there(door: Door) -> None:
    came = door.login()
    with door.gate.identity.writing() as tx:
        tx.put_user(replace(door.wang, disabled_at=door.clock()))
        tx.commit()
    assert door.person(came.token) is None


def test_signing_in_again_on_a_device_ends_what_was_there_and_nothing_else(door: Door) -> None:
    home = door.login(address=HOME)
    first = door.login()
    here = From(OFFICE, device=first.device, session=first.token)
    second = sessions.login(door.gate, "wang", RIGHT, here)
    assert second.token != first.token
    assert second.device == first.device
    assert door.person(first.token) is None
    assert door.person(second.token) is not None
    assert door.person(home.token) is not None


def test_sessions_that_are_over_are_cleared_by_the_next(door: Door) -> None:
    door.login()
    door.clock.after(days=8)
    assert sessions.sessions(door.gate) == []
    door.login()
    with door.gate.identity.reading() as tx:
        assert len(tx.sessions()) == 1


def test_device_is_its_persons_alone(door: Door) -> None:
    wang = door.login()
    chen = door.login("chen", device=wang.device)
    assert chen.device != wang.device
    assert door.login(device=wang.device).device == wang.device


def test_devices_are_forgotten_when_long_unused_or_too_many(door: Door) -> None:
    old = door.login()
    door.clock.after(days=401)
    for _ in range(21):
        door.clock.after(seconds=1)
        newest = door.login()
    with door.gate.identity.reading() as tx:
        kept = [one.id for one in tx.devices(door.wang.id)]
    assert len(kept) == 20
    assert kept[0] == digest(newest.device)
    assert digest(old.device) not in kept


def test_who_signs_out_is_out(door: Door) -> None:
    came = door.login()
    sessions.logout(door.gate, came.token, OFFICE)
    assert door.person(came.token) is None
    sessions.logout(door.gate, came.token, OFFICE)
    assert door.told("logout") == [("logout", door.wang.id, door.wang.id, None)]


def test_all_sessions_are_listed_and_ended_one_or_all(door: Door) -> None:
    chen, here, home = door.login("chen"), door.login(), door.login(address=HOME)
    of_wang = sessions.sessions(door.gate, door.wang.id)
    assert len(of_wang) == 2
    assert len(sessions.sessions(door.gate)) == 3
    one = [each for each in of_wang if each.address == HOME]

    assert sessions.end_sessions(door.gate, one, By(user=door.wang.id)) == 1
    assert [door.person(each.token) is None for each in (chen, here, home)] == [False, False, True]
    with door.gate.identity.reading() as tx:
        assert tx.device(digest(home.device)) is None, "the device may be lost"
        assert tx.device(digest(here.device)) is not None
    assert sessions.end_sessions(door.gate, of_wang, By(user=door.chen.id)) == 1
    assert door.person(here.token) is None
    assert door.told("session_revoked") == [
        ("session_revoked", door.wang.id, door.wang.id, None),
        ("session_revoked", door.chen.id, door.wang.id, None),
    ]
