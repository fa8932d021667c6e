"""Which commands a server carries out, and for whom; `tests/cli` tries that the tables know every command."""

from __future__ import annotations

from typing import get_args

from incident.domain.commands import AT_THE_DATABASE, HERE, RULES
from incident.domain.permission import Permission


def test_a_command_stands_in_one_table() -> None:
    names = [*RULES, *HERE, *AT_THE_DATABASE]
    assert len(names) == len({*names})


def test_every_command_asks_for_a_permission_that_there_is() -> None:
    for name, rule in RULES.items():
        assert rule.permissions, name
        assert {*rule.permissions} <= {*get_args(Permission)}, name


def test_who_sees_what_people_are_called_may_see_that_or_is_an_auditor() -> None:
    for name, rule in RULES.items():
        if rule.shows_people:
            assert {"people_read", "audit"} & {*rule.permissions}, name
        assert "people_read" not in rule.permissions or rule.shows_people, name


def test_users_are_managed_everywhere_or_not_at_all() -> None:
    for name, rule in RULES.items():
        assert (rule.of == "all") is ("administer" in rule.permissions), name
