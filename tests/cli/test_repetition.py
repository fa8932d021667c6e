"""The same event twice, as after a broken line: it counts once and is answered as the first time."""

from __future__ import annotations

import pytest

from tests.cli.desk import ACTIVATE, ORDERED, POSITIVE, STAND_DOWN, Desk, Said, in_both_languages

FURTHER = ("signal", "majian", "local_positive_reported", *POSITIVE[4:], "--yes")


def same_but_repeated(first: Said, again: Said) -> bool:
    one, two = first.object(), again.object()
    assert two.pop("repeated") is True
    assert one.pop("repeated") is False
    return one == two


def test_activation_counts_once(desk: Desk) -> None:
    words = (*ACTIVATE, "--event-id", "call-17", "--json")
    first = desk.done(*words)
    entries = desk.version()

    again = desk.done(*words)

    assert same_but_repeated(first, again)
    assert desk.version() == entries
    in_both_languages(desk, *ACTIVATE, "--event-id", "call-17")


def test_activation_is_answered_alike_when_the_state_is_another_by_now(desk: Desk) -> None:
    words = (*ACTIVATE, "--event-id", "call-17", "--json")
    first = desk.done(*words)
    desk.clock.at += 60
    desk.done(*STAND_DOWN)

    assert same_but_repeated(first, desk.done(*words))
    assert desk.done("status", "majian", "--json").object()["state"] == "routine"


def test_noted_event_is_answered_alike_when_the_state_is_another_by_now(active_desk: Desk) -> None:
    words = (*FURTHER, "--event-id", "call-18", "--json")
    first = active_desk.done(*words)
    active_desk.done(*STAND_DOWN)

    assert same_but_repeated(first, active_desk.done(*words))


def test_sentences_are_those_of_the_first_time(desk: Desk) -> None:
    words = (*ACTIVATE, "--event-id", "call-17")
    first = desk.done(*words)
    desk.done(*STAND_DOWN)

    again = desk.done(*words)

    assert again.out == first.out
    assert again.err != ""


def test_event_alone_is_enough_the_second_time(desk: Desk) -> None:
    first = desk.done(*ACTIVATE, "--event-id", "call-17", "--json")

    again = desk.done("activate", "majian", "--event-id", "call-17", "--yes", "--json")

    assert same_but_repeated(first, again)


def test_refusal_counts_once(desk: Desk) -> None:
    words = (*POSITIVE, "--yes", "--event-id", "call-19", "--json")
    first = desk.run(*words)
    entries = desk.version()

    again = desk.run(*words)

    assert (first.code, again.code) == (3, 3)
    assert again.object() == first.object()
    assert desk.version() == entries


def test_whoever_says_later_what_was_missing_is_not_refused_once_more(desk: Desk) -> None:
    desk.run(*POSITIVE, "--yes", "--event-id", "call-19")

    conflict = desk.run(*POSITIVE, *ORDERED, "--yes", "--event-id", "call-19")

    assert conflict.code == 4
    assert "give a new event its own id" in conflict.err
    assert desk.done("status", "majian", "--json").object()["state"] == "routine"


OTHERS = [
    # another event
    ("activate", "majian", "--event", "first_level_response_declared", "--event-id", "call-17", "--yes"),
    # other values
    (*ACTIVATE, "--set", "cases=2", "--event-id", "call-17"),
    # another basis
    (*ACTIVATE, "--basis", "another", "--event-id", "call-17"),
    # a reason where there was none
    (*ACTIVATE, "--reason", "another", "--event-id", "call-17"),
]


@pytest.mark.parametrize("words", OTHERS)
def test_identity_of_another_event_is_a_conflict(desk: Desk, words: tuple[str, ...]) -> None:
    desk.done(*ACTIVATE, "--event-id", "call-17")
    entries = desk.version()

    conflict = desk.run(*words, "--json")

    assert conflict.code == 4
    assert "call-17" in conflict.object()["error"]["where"]
    in_both_languages(desk, *words)
    assert desk.version() == entries


def test_plan_of_an_event_answered_before_changes_nothing(desk: Desk) -> None:
    desk.done(*ACTIVATE, "--event-id", "call-17")
    entries = desk.version()

    desk.run(*POSITIVE, "--event-id", "call-17", "--plan", "--json")

    assert desk.version() == entries


def test_events_without_identity_each_count(active_desk: Desk) -> None:
    entries = active_desk.version()

    active_desk.done(*FURTHER)
    active_desk.done(*FURTHER)

    # and, before the first, what came meanwhile: nobody answered the call-out
    assert active_desk.version() == entries + 2 + 1
