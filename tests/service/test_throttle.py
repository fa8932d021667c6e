"""Guessing takes for ever, and keeps no officer from signing in on a device of their own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident.domain.errors import Refused
from incident.service import throttle
from incident.service.throttle import BOUNDS, Throttled, delay
from incident.testing.expecting import at_once
from tests.service.door import HOME, OFFICE, STRANGE, WRONG, Door


def guess(door: Door, login: str = "wang", address: str = STRANGE, device: str | None = None) -> int | None:
    """Try a wrong password; gives for how long it is too early, none where it was looked at."""
    with pytest.raises(Refused) as caught:
        door.login(login, WRONG, address=address, device=device)
    return caught.value.wait if isinstance(caught.value, Throttled) else None


def guess_all_night(door: Door, hours: int = 8, address: str = STRANGE) -> int:
    """Try again as soon as it is looked at; gives how many passwords were."""
    until, tried = door.clock() + hours * 3600, 0
    while door.clock() < until:
        wait = guess(door, address=address)
        tried += wait is None
        door.clock.after(seconds=wait or 0)
    guess(door, address=address)  # they do not stop
    return tried + 1


def test_waits_double_up_to_their_bound() -> None:
    assert [delay("device", n) for n in range(5, 18)] == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    assert max(delay("login", n) for n in range(10_000)) == 30


@given(st.sampled_from([*BOUNDS]), st.integers(0, 10**9))
def test_wait_never_shortens_with_another_failure_and_never_exceeds_its_bound(kind: str, n: int) -> None:
    assert 0 <= delay(kind, n) <= delay(kind, n + 1) <= BOUNDS[kind].most <= 900


def test_first_failures_cost_nothing_and_then_it_takes_longer_each_time(door: Door) -> None:
    assert [guess(door) for _ in range(7)] == [None] * 6 + [1]
    door.clock.after(seconds=1)
    assert [guess(door), guess(door)] == [None, 2]
    door.clock.after(seconds=1)
    assert guess(door) == 1, "what is too early is not counted"


def test_stranger_guesses_few_passwords_in_a_night(door: Door) -> None:
    assert guess_all_night(door) < 70


def test_strangers_who_guess_from_everywhere_are_bound_by_the_login(door: Door) -> None:
    until, tried = door.clock() + 3600, 0
    n = 0
    while door.clock() < until:
        n += 1
        wait = guess(door, address=f"198.51.{n // 250}.{n % 250}")
        tried += wait is None
        door.clock.after(seconds=wait or 0)
    assert tried < 140


def test_officer_signs_in_at_once_on_their_own_device_whatever_strangers_do(door: Door) -> None:
    own = door.login()
    guess_all_night(door)
    for n in range(300):
        guess(door, address=f"198.51.100.{n % 250}")
    assert door.login(address=HOME, device=own.device).person.login == "wang"


def test_officer_signs_in_at_once_from_a_known_address_without_a_device(door: Door) -> None:
    door.login()
    guess_all_night(door)
    assert door.login(address=OFFICE).person.login == "wang"


def test_stranger_behind_the_officers_address_keeps_only_new_devices_there_waiting(door: Door) -> None:
    own = door.login()
    guess_all_night(door, address=OFFICE)
    with pytest.raises(Throttled):
        door.login(address=OFFICE)
    assert door.login(address=OFFICE, device=own.device).person.login == "wang"


def test_officer_on_a_new_device_waits_half_a_minute_at_most(door: Door) -> None:
    guess_all_night(door)
    with pytest.raises(Throttled) as caught:
        door.login(address=HOME)
    assert all(caught.value.parts())
    assert 0 < caught.value.wait <= 30
    door.clock.after(seconds=caught.value.wait)
    assert door.login(address=HOME).person.login == "wang"


def test_stolen_device_guesses_no_faster(door: Door) -> None:
    own = door.login()
    for _ in range(6):
        assert guess(door, device=own.device) is None
    assert guess(door, device=own.device) == 1
    assert door.login(address=HOME).person.login == "wang", "elsewhere it counts for nothing"


def test_device_of_somebody_else_helps_nobody(door: Door) -> None:
    chen = door.login("chen")
    for _ in range(6):
        guess(door, device=chen.device)
    assert guess(door, device=chen.device) == 1


def test_one_address_that_tries_many_logins_is_slowed_down(door: Door) -> None:
    waits = [guess(door, login=f"user{n}") for n in range(30)]
    assert waits[:21] == [None] * 21
    assert None not in waits[21:]
    assert guess(door, login="other", address=HOME) is None


def test_own_account_does_not_win_an_address_new_guesses(door: Door) -> None:
    for n in range(20):
        guess(door, login=f"user{n}")
    assert door.login("chen", address=STRANGE).person.login == "chen"
    assert guess(door, login="x") is None
    assert guess(door, login="y") == 1


def test_success_clears_what_failed(door: Door) -> None:
    own = door.login()
    for _ in range(5):
        guess(door, device=own.device)
    door.login(device=own.device)
    assert [guess(door, device=own.device) for _ in range(7)] == [None] * 6 + [1]


def test_failures_are_forgotten_after_an_hour(door: Door) -> None:
    for _ in range(6):
        guess(door)
    assert guess(door) == 1
    door.clock.after(hours=1)
    assert [guess(door) for _ in range(7)] == [None] * 6 + [1]


def test_clock_that_was_set_back_locks_nobody_out(door: Door) -> None:
    for _ in range(12):
        door.clock.after(minutes=1)
        guess(door)
    door.clock.after(days=-3)
    assert guess(door) is None


def test_many_at_once_are_let_try_no_more_than_one_after_another(door: Door) -> None:
    assert sorted(at_once(12, lambda _: guess(door)), key=str)[:6] == [1] * 6


def test_nothing_tells_whether_a_login_is_anybodys(door: Door) -> None:
    def waits(login: str, address: str) -> list[int | None]:
        return [guess(door, login, address) for _ in range(9)]

    assert waits("wang", STRANGE) == waits("nobody", "203.0.113.8")


@pytest.mark.parametrize(
    ("address", "customer"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("unix", "unix"),
    ],
)
def test_addresses_of_one_customer_are_one(address: str, customer: str) -> None:
    assert throttle.network(address) == customer
