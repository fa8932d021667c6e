"""Facts are named as the history shows them, and each can be written and read."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from incident.domain import fact_names
from incident.domain.fact import Fact
from incident.domain.facts import AnyFact, EventNoted, ItemChanged, ItemEnded, ItemStarted, PlaybookAdopted

ACTING = {"acts_as": {"zh": "社区封控组", "en": "lockdown group"}}

NAMES: list[tuple[AnyFact, str]] = [
    # what the paper calls standing up and standing down
    (ItemStarted(kind="body", key="k", after={}), "BodyActivated"),
    (ItemEnded(kind="body", key="k", before={}), "BodyStoodDown"),
    (ItemStarted(kind="group", key="k", after={}), "GroupStarted"),
    (ItemEnded(kind="group", key="k", before={}), "GroupStoodDown"),
    (ItemStarted(kind="roster", key="k", after={}), "RosterStarted"),
    (ItemEnded(kind="roster", key="k", before={}), "RosterEnded"),
    # a group that becomes another, goes on as another, and is itself again
    (ItemChanged(kind="group", key="k", before={}, after=ACTING), "GroupConverted"),
    (ItemChanged(kind="group", key="k", before=ACTING, after=ACTING), "GroupConverted"),
    (ItemChanged(kind="group", key="k", before=ACTING, after={}), "GroupReverted"),
    # all others by kind and verb
    (ItemChanged(kind="body", key="k", before={}, after={}), "BodyChanged"),
    (ItemChanged(kind="roster", key="k", before={}, after={}), "RosterChanged"),
    (ItemStarted(kind="obligation", key="k", after={}), "ObligationStarted"),
    (ItemChanged(kind="obligation", key="k", before={}, after={}), "ObligationChanged"),
    (ItemEnded(kind="measure", key="k", before={}), "MeasureEnded"),
    # a fact that is no item's goes by its own name
    (EventNoted(event="positive"), "EventNoted"),
    (PlaybookAdopted(name="baishi", playbook="a" * 64), "PlaybookAdopted"),
]


@pytest.mark.parametrize(("fact", "name"), NAMES)
def test_fact_is_named_as_the_history_shows_it(fact: AnyFact, name: str) -> None:
    assert fact_names.kind_of(fact) == name


@pytest.mark.parametrize("fact", [fact for fact, _ in NAMES])
def test_fact_is_tagged_by_its_name_and_reads_back(fact: AnyFact) -> None:
    body = msgspec.json.encode(fact)

    assert msgspec.json.decode(body)["fact"] == type(fact).__name__
    assert msgspec.json.decode(body, type=AnyFact) == fact


def test_every_fact_can_be_recorded() -> None:
    assert set(get_args(AnyFact)) == set(Fact.__subclasses__())
