"""Who is told where a party is: the table of all kinds of receivers, on duty, on leave, or nobody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from incident.domain.effects import SUPERIOR
from incident.domain.playbook import ACTIVATOR, EACH_GROUP
from incident.service.receivers import Audience
from tests.service.office import Office, row


@pytest.fixture
def office() -> Iterator[Office]:
    """Majian in its emergency; everybody whom a message may concern has a sign."""
    story = Office("majian")
    since = "2026-01-01"
    story.take_in(
        row("综合信息指挥室", "T1", since=since),
        row("综合信息指挥室", "T2", since=since),
        row("全体机关干部", "H1", since=since),
        row("command.leader", "L1", since=since),
        row("superior", "S1", since=since),
        row("党政综合办", "T3", since=since),
    )
    story.activate("local_positive_reported", origin="local", result="confirmed", cases=1)
    yield story
    story.expect_account()


def told(office: Office, ref: str) -> list[str]:
    with office.store.reading() as tx:
        return Audience(tx, office.playbook, office.situation, office.clock()).of(ref)


@pytest.mark.parametrize(
    ("ref", "expected"),
    [
        # a sign is that person, whoever they are
        ("H1", ["H1"]),
        ("X9", ["X9"]),
        # whoever keeps a roster that stands: those on duty alone, leader and officer
        ("regional_cocheck", ["P9", "T1"]),
        # a seat, a unit: who holds it, who is of it
        ("command.leader", ["L1"]),
        ("综合信息指挥室", ["T1", "T2"]),
        ("superior", ["S1"]),
        # a party that nobody knows
        ("nowhere", []),
    ],
)
def test_party_is_the_people_behind_it(office: Office, ref: str, expected: list[str]) -> None:
    assert told(office, ref) == expected


def test_off_duty_a_group_is_its_seats(office: Office) -> None:
    assert "T1" not in told(office, "social_stability")
    assert told(office, "social_stability") == told(office, "social_stability.leader") != []


def test_who_is_away_is_left_out_as_long_as_somebody_else_is_there(office: Office) -> None:
    office.cover("T2", until="2026-03-05 08:00", why="leave")
    assert told(office, "综合信息指挥室") == ["T1"]
    office.cover("T1", until="2026-03-05 08:00", why="leave")
    assert told(office, "综合信息指挥室") == ["T1", "T2"]
    office.after(days=6)
    assert told(office, "综合信息指挥室") == ["T1", "T2"]


def test_each_group_is_every_group_that_stands_and_nobody_twice(office: Office) -> None:
    groups = [key for kind, key in office.standing if kind == "group"]
    everybody = {sign for key in groups for sign in told(office, key)}
    found = told(office, EACH_GROUP)
    assert len(groups) > 3
    assert {*found} == everybody
    assert len(found) == len({*found})


def test_activator_is_the_body_that_decided_and_nobody_where_none_has(office: Office) -> None:
    assert office.situation.authority is not None
    assert told(office, ACTIVATOR) == told(office, office.situation.authority) != []
    routine = Office("majian")
    assert told(routine, ACTIVATOR) == []


def test_superior_of_whom_the_directory_knows_nothing_is_nobody() -> None:
    assert told(Office("majian"), SUPERIOR) == []
