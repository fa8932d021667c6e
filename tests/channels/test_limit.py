"""What no way out may do: keep its caller waiting, or say a secret."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

import pytest

from incident.channels import limit
from incident.channels.limit import limited, masked
from incident.channels.spool import folder_outlet
from incident.domain.say import say
from incident.service.letters import Letter, UndeliverableError

LETTER = Letter(key="330681111-000012-0", address="13900000000", subject="马剑镇", text="即刻到岗\n第二行\n")


def test_what_is_limited_gets_the_letter_and_says_what_became_of_it() -> None:
    seen: list[Letter] = []

    def keep(letter: Letter) -> None:
        seen.append(letter)

    limited(keep)(LETTER)
    assert seen == [LETTER]

    def refuse(letter: Letter) -> None:
        raise UndeliverableError(say("no such address"))

    with pytest.raises(UndeliverableError, match="no such address"):
        limited(refuse)(LETTER)


class Slow:
    """Takes letters, but none before it is told to go on."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.begun = threading.Semaphore(0)
        self.calls: list[threading.Thread] = []

    def __call__(self, letter: Letter) -> None:
        self.calls.append(threading.current_thread())
        self.begun.release()
        self.go_on.wait()

    def let_go(self, calls: int) -> None:
        """Let so many calls that have begun come back."""
        for _ in range(calls):
            self.begun.acquire()
        self.go_on.set()
        for call in self.calls:
            call.join()


def test_call_that_never_returns_is_given_up_and_not_repeated_without_end() -> None:
    slow = Slow()
    send = limited(slow, 0, most_hanging=2)
    for _ in range(2):
        with pytest.raises(TimeoutError, match="no end after 0 seconds"):
            send(LETTER)
    for _ in range(2):
        with pytest.raises(TimeoutError, match="2 earlier calls have not come back"):
            send(LETTER)
    slow.let_go(2)
    assert len(slow.calls) == 2
    assert all(call.daemon for call in slow.calls)


def test_way_whose_hanging_calls_came_back_is_used_again() -> None:
    slow = Slow()
    send = limited(slow, 0, most_hanging=1)
    with pytest.raises(TimeoutError):
        send(LETTER)
    slow.let_go(1)

    with suppress(TimeoutError):  # it comes back at once, which may be too late for no time at all
        send(LETTER)
    slow.let_go(1)
    assert len(slow.calls) == 2


def test_ways_do_not_wait_for_each_other(tmp_path: Path) -> None:
    slow = Slow()
    with pytest.raises(TimeoutError):
        limited(slow, 0, most_hanging=1)(LETTER)
    limited(folder_outlet(tmp_path))(LETTER)
    assert len(list(tmp_path.iterdir())) == 1
    slow.let_go(1)


def test_masked_line_is_one_short_line_without_secrets() -> None:
    assert masked("a\n b\tTOKEN=abc", ["token", "a", "ab"]) == "a b ***=abc"
    assert masked("see https://h/x?key=1 or url: /x", []) == "see https://*** or url: ***"
    assert masked("abcdef abc", ["abc", "abcdef"]) == "*** ***"
    assert len(masked("x" * 1000, [])) == limit.MOST_SAID + 1
