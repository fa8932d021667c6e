"""A reference means the same in a playbook and on the command line, in either language."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from msgspec.structs import replace

from incident.domain import names
from incident.domain.names import Named
from incident.domain.organisation import Body, Unit
from incident.domain.playbook import Playbook
from tests.domain.strategies import playbooks
from tests.playbooks import BAISHI, text

MEANINGS = [
    # a body by key, name in either language, other name
    ("command", "body", "command"),
    ("白石镇疫情防控领导小组", "body", "command"),
    ("Baishi leading group", "body", "command"),
    ("领导小组", "body", "command"),
    # spaces and capitals are the writer's business
    ("baishi  LEADING group", "body", "command"),
    (" 领导 小组 ", "body", "command"),
    # its office, by its own name, with the body before it, by another name
    ("command.office", "office", "command.office"),
    ("办公室", "office", "command.office"),
    ("白石镇疫情防控领导小组办公室", "office", "command.office"),
    ("领导小组办公室", "office", "command.office"),
    # seats of body and office, by title and by other names of seat and owner
    ("command.leader", "seat", "command.leader"),
    ("领导小组组长", "seat", "command.leader"),
    ("镇长", "seat", "command.leader"),
    ("Baishi leading group, leader", "seat", "command.leader"),
    ("command.office.head", "seat", "command.office.head"),
    ("领导小组办公室主任", "seat", "command.office.head"),
    # a group by key, name, other name, and as the group that it becomes
    ("coordination", "group", "coordination"),
    ("协调组", "group", "coordination"),
    ("专班综合协调组", "group", "coordination"),
    ("lockdown group", "group", "stability"),
    ("协调组副组长", "seat", "coordination.deputy"),
    # a unit by the name the document prints, its English, its other spelling
    ("派出所", "unit", "派出所"),
    ("police station", "unit", "派出所"),
    ("白石派出所", "unit", "派出所"),
    # a subordinate body
    ("村指挥部", "body", "village"),
    # reserved words
    ("activator", "role", "activator"),
    ("each_group", "role", "each_group"),
    ("superior", "role", "superior"),
]


@pytest.mark.parametrize(("words", "kind", "key"), MEANINGS)
def test_reference_is_understood(words: str, kind: str, key: str) -> None:
    assert [(one.kind, one.key) for one in names.find(BAISHI, words)] == [(kind, key)]
    assert names.find(BAISHI, words, (kind,)) == names.find(BAISHI, words)


def test_words_that_mean_nothing_find_nothing_and_are_shown_as_written() -> None:
    assert names.find(BAISHI, "卫健委") == []
    assert names.name_of(BAISHI, "卫健委") == text("卫健委", "卫健委")


def test_kinds_that_were_not_asked_for_are_left_out() -> None:
    assert names.find(BAISHI, "领导小组", ("group", "unit")) == []


def test_names_are_shown_with_their_owner() -> None:
    assert names.name_of(BAISHI, "command.office.head") == text(
        "白石镇疫情防控领导小组办公室主任", "Baishi leading group, office, head"
    )
    assert names.name_of(BAISHI, "派出所") == text("派出所", "Police station")


def twins() -> Playbook:
    """A town whose unit is called as its group is, and whose two bodies share a short name."""
    units = {**BAISHI.units, "协调组": Unit(en="Coordination unit")}
    beside = Body(name=text("县领导小组", "County group"), alias=["领导小组"])
    return replace(BAISHI, units=units, bodies={**BAISHI.bodies, "beside": beside})


def test_name_of_two_means_both() -> None:
    assert [one.key for one in names.find(twins(), "领导小组")] == ["command", "beside"]


def test_key_goes_before_names() -> None:
    assert [one.kind for one in names.find(twins(), "协调组")] == ["unit"]


def test_key_of_another_kind_hides_no_name_of_the_kind_asked_for() -> None:
    found = names.find(twins(), "协调组", ("group",))

    assert [(one.kind, one.key) for one in found] == [("group", "coordination")]


def test_what_a_reference_can_mean_is_listed_once_each_in_the_playbooks_order() -> None:
    assert [one.key for one in names.known(BAISHI, ("body", "office"))] == [
        "command",
        "command.office",
        "task_force",
        "county",
        "village",
    ]
    assert [one.key for one in names.known(BAISHI, ("group",))] == ["coordination", "stability", "traffic"]


@settings(max_examples=20)
@given(playbooks())
def test_everything_known_is_found_by_its_key_and_by_both_of_its_names(plan: Playbook) -> None:
    kinds = ("body", "office", "group", "unit", "seat", "role")
    for one in names.known(plan, kinds):
        assert names.find(plan, one.key, (one.kind,)) == [one]
        for words in (one.name.zh, one.name.en) if one.kind != "role" else ():
            assert one in names.find(plan, words)


def test_reserved_words_have_names_in_both_languages() -> None:
    assert {role: Named("role", role, name) for role, name in names.ROLES.items()} == {
        role: names.find(BAISHI, role)[0] for role in names.ROLES
    }
