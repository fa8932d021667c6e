"""Who is told of what changes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from incident.domain import effects
from incident.domain.decision import decide
from incident.domain.effects import SUPERIOR, Notice
from incident.domain.facts import AnyFact, EventNoted, ItemChanged, ItemEnded, ItemStarted, StateEntered
from incident.domain.playbook import Playbook
from tests.domain.strategies import Walk, walks
from tests.playbooks import BAISHI, NIGHT, ask, at_rest

ENTERED = StateEntered(origin="routine", target="raised", since="2026-03-01T02:40:00Z")

CASES: list[tuple[str, list[AnyFact], list[Notice]]] = [
    # nothing changes for anybody
    ("nothing", [], []),
    ("noted", [EventNoted(event="positive")], []),
    # the superior is told that a state changed, though nothing else does
    ("empty switch", [ENTERED], [Notice(SUPERIOR, [0])]),
    # a body and a group are told of themselves, the superior of the state
    (
        "themselves",
        [
            ENTERED,
            ItemStarted(kind="body", key="staff", after={}),
            ItemEnded(kind="group", key="alpha", before={}),
        ],
        [Notice("staff", [1]), Notice("alpha", [2]), Notice(SUPERIOR, [0])],
    ),
    # who keeps a duty is told of it
    (
        "roster",
        [ENTERED, ItemStarted(kind="roster", key="watch", after={"of": "alpha"})],
        [Notice("alpha", [1]), Notice(SUPERIOR, [0])],
    ),
    # every sender of a report is told of it, one that names no sender is told to none
    (
        "senders",
        [
            ENTERED,
            ItemStarted(kind="obligation", key="daily", after={"from": ["alpha", "staff"]}),
            ItemStarted(kind="obligation", key="vague", after={}),
        ],
        [Notice("alpha", [1]), Notice("staff", [1]), Notice(SUPERIOR, [0])],
    ),
    # what ends is told to who had it
    (
        "ended",
        [ENTERED, ItemEnded(kind="roster", key="watch", before={"of": "alpha"})],
        [Notice("alpha", [1]), Notice(SUPERIOR, [0])],
    ),
    # one notice holds all that concerns somebody
    (
        "gathered",
        [
            ENTERED,
            ItemStarted(kind="group", key="alpha", after={}),
            ItemStarted(kind="roster", key="watch", after={"of": "alpha"}),
        ],
        [Notice("alpha", [1, 2]), Notice(SUPERIOR, [0])],
    ),
    # a measure is the public's and no group's
    ("measure", [ENTERED, ItemStarted(kind="measure", key="m", after={})], [Notice(SUPERIOR, [0])]),
    # a duty that goes from one to another is told to both
    (
        "handed over",
        [ENTERED, ItemChanged(kind="roster", key="watch", before={"of": "alpha"}, after={"of": "beta"})],
        [Notice("beta", [1]), Notice("alpha", [1]), Notice(SUPERIOR, [0])],
    ),
    (
        "owed by others",
        [
            ENTERED,
            ItemChanged(
                kind="obligation", key="daily", before={"from": ["alpha"]}, after={"from": ["alpha", "beta"]}
            ),
            ItemChanged(kind="obligation", key="late", before={"from": ["gamma"]}, after={"from": ["beta"]}),
        ],
        [Notice("alpha", [1]), Notice("beta", [1, 2]), Notice("gamma", [2]), Notice(SUPERIOR, [0])],
    ),
]


@pytest.mark.parametrize(("facts", "expected"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_each_is_told_of_what_concerns_them(facts: list[AnyFact], expected: list[Notice]) -> None:
    told = effects.notices(facts)

    assert sorted(told, key=lambda one: one.to) == sorted(expected, key=lambda one: one.to)


def test_superior_is_told_last() -> None:
    decision = decide(BAISHI, at_rest(), ask("positive", fields={"origin": "local"}), NIGHT)

    assert [notice.to for notice in decision.effects] == [
        "task_force",
        "coordination",
        "stability",
        "command",
        SUPERIOR,
    ]


@settings(max_examples=30)
@given(walks())
def test_notices_of_any_walk_point_at_facts_and_nobody_is_told_twice(
    case: tuple[Playbook, list[Walk]],
) -> None:
    for step in case[1]:
        notices = step.decision.effects
        assert len({notice.to for notice in notices}) == len(notices)
        for notice in notices:
            assert notice.facts == sorted(set(notice.facts))
            assert notice.facts
            assert max(notice.facts) < len(step.decision.facts)
