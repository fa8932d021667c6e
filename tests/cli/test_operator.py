"""Adopting, upgrading, asking whether all is well: each thing that may be wrong is named."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import psycopg
import pytest

from incident.service import adopt, duty, handle
from tests.cli.desk import ACTIVATE, AS_THE_FIRST_VERSION, MAJIAN, STAND_DOWN, Desk, in_both_languages
from tests.cli.writing import changed_majian


def findings(desk: Desk, code: int = 0) -> dict[str, dict[str, Any]]:
    """Ask the doctor; what it looked at, by name."""
    said = desk.run("doctor", "--json")
    assert said.code == code
    return {one["check"]: one for one in said.objects()}


def unwell(desk: Desk) -> list[str]:
    """Ask the doctor what is not well."""
    return [check for check, one in findings(desk, 1).items() if not one["well"]]


def test_all_is_well(desk: Desk) -> None:
    found = findings(desk)

    assert {*found} == {
        *("program", "database", "schema", "guards", "durability", "rights"),
        f"playbook {MAJIAN}",
        *("checkpoints", "timers", "aside", "reviews", "messages", "workers"),
    }
    assert all(one["well"] for one in found.values())
    assert "shipped" in found[f"playbook {MAJIAN}"]["text"]


def test_fresh_machine_is_well_and_stays_fresh(empty_desk: Desk) -> None:
    """But no line of it says "ok" of a database that is not there."""
    found = findings(empty_desk)
    assert all(one["well"] for one in found.values())
    assert str(empty_desk.file) in found["database"]["text"]
    said = empty_desk.done("doctor")
    assert [line[:7] for line in said.out.splitlines()] == ["ok     ", "not yet"]
    in_both_languages(empty_desk, "doctor")
    assert not empty_desk.file.exists()
    assert empty_desk.sql("SELECT count(*) FROM sqlite_master") == [(0,)]


GUARDS = [
    *("entry_in_order", "entry_no_update", "entry_no_delete"),
    *("playbook_once", "playbook_no_update", "playbook_no_delete"),
]


def test_what_is_not_well_is_said_in_both_languages(desk: Desk) -> None:
    desk.sql(*(f"DROP TRIGGER {guard}" for guard in GUARDS))
    desk.file.chmod(0o666)

    for said in in_both_languages(desk, "doctor"):
        assert said.code == 1
        assert "entry_in_order" in said.out
        assert "chmod" in said.out


@pytest.mark.parametrize("guard", GUARDS)
def test_missing_guard_is_named(desk: Desk, guard: str) -> None:
    desk.sql(f"DROP TRIGGER {guard}")

    found = findings(desk, 1)
    assert [check for check, one in found.items() if not one["well"]] == ["guards"]
    assert guard in found["guards"]["text"]


def test_table_with_other_columns_than_its_number_says_is_not_well(desk: Desk) -> None:
    desk.sql("ALTER TABLE duty RENAME COLUMN post TO pos")
    found = findings(desk, 1)
    assert found["schema"]["well"], "a number says which migrations were made, not what they were"
    assert not found["columns"]["well"]
    assert "duty.pos" in found["columns"]["text"]


RIGHTS = [
    # the group may read
    0o640,
    # everybody may
    0o644,
    # everybody may write
    0o666,
]


@pytest.mark.parametrize("mode", RIGHTS)
def test_database_that_others_may_read_or_write_is_not_well(desk: Desk, mode: int) -> None:
    desk.file.chmod(mode)

    assert unwell(desk) == ["rights"]
    assert "chmod go-rwx" in findings(desk, 1)["rights"]["text"]
    desk.file.chmod(0o600)
    findings(desk)


def test_playbook_other_than_the_shipped_one_is_said(desk: Desk) -> None:
    desk.done("adopt", str(changed_majian(desk.file.parent)))

    found = findings(desk)[f"playbook {MAJIAN}"]

    assert "another" in found["text"]
    # it may be meant so
    assert found["well"] is True


def test_older_schema_is_named_with_what_to_run(desk: Desk) -> None:
    desk.sql("UPDATE alembic_version SET version_num = '0001'")

    schema = findings(desk, 1)["schema"]
    assert schema["well"] is False
    assert "incident db upgrade" in schema["text"]


def test_guards_are_looked_at_on_postgresql_too(postgres_url: str) -> None:
    """The tests' own server has fsync off, so `durability` is never well there."""
    desk = Desk(postgres_url)
    desk.done("adopt", "majian")
    assert findings(desk, 1)["guards"]["well"] is True
    address = postgres_url.replace("postgresql+psycopg", "postgresql", 1)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("ALTER TABLE entry DISABLE TRIGGER entry_no_change")

    assert "guards" in unwell(desk)


def test_story_is_the_same_on_postgresql(postgres_url: str, desk: Desk) -> None:
    there = Desk(postgres_url)
    there.clock.at = desk.clock.at - 60
    there.done("adopt", "majian")
    there.clock.at = desk.clock.at

    for words in (ACTIVATE, STAND_DOWN):
        assert there.done(*words, "--json").object() == desk.done(*words, "--json").object()
    assert there.version() == desk.version()
    (there_status, here_status) = (one.done("status", "majian", "--json").object() for one in (there, desk))
    assert there_status == here_status


def test_adoption_says_what_it_did_and_does_it_once(empty_desk: Desk) -> None:
    first = empty_desk.done("adopt", "majian", "--by", "管理员", "--json").object()
    again = empty_desk.done("adopt", "majian", "--json").object()

    assert (first["jurisdiction"]["code"], first["name"], first["state"]) == (MAJIAN, "majian", "routine")
    assert (first["changed"], again["changed"]) == (True, False)
    assert again["version"] == first["version"] == 1
    assert "P401" in first["warnings"]
    in_both_languages(empty_desk, "adopt", "majian")
    assert (
        empty_desk.done("history", "majian", "--kind", "PlaybookAdopted", "--json").object()["by"] == "管理员"
    )


def test_another_town_cannot_take_the_name(desk: Desk) -> None:
    path = changed_majian(desk.file.parent)
    path.write_text(path.read_text(encoding="utf-8").replace(MAJIAN, "330681112"), encoding="utf-8")

    refused = desk.run("adopt", str(path), "--json")

    assert refused.code == 2
    assert MAJIAN in refused.object()["error"]["found"]
    in_both_languages(desk, "adopt", str(path))


def test_upgrade_of_a_database_that_is_up_to_date_changes_nothing(desk: Desk) -> None:
    answer = desk.done("db", "upgrade", "--json").object()

    assert answer["from"] == answer["to"]
    in_both_languages(desk, "db", "upgrade")
    assert desk.version() == 1


def test_upgrade_makes_a_new_database_ready(empty_desk: Desk) -> None:
    assert empty_desk.done("db", "upgrade", "--json").object()["from"] is None
    empty_desk.done("adopt", "majian")


def test_upgrade_brings_an_old_database_here_and_keeps_what_it_holds(empty_desk: Desk) -> None:
    """The first version knew no outbox, no promised times and nobody on duty; all else is as it was."""
    active_desk, nobody = empty_desk, duty.Assigned()
    with (
        patch.object(duty, "settled", return_value=nobody),
        patch.object(adopt, "__version__", "0.0.1"),
        patch.object(handle, "__version__", "0.0.1"),
    ):
        active_desk.done("adopt", "majian")
        active_desk.done(*ACTIVATE)
    promised = active_desk.sql("SELECT * FROM timer ORDER BY 1, 2, 3")
    active_desk.sql(*AS_THE_FIRST_VERSION)
    old = active_desk.run("status", "majian", "--json")
    assert old.code == 5
    assert "incident db upgrade" in old.object()["error"]["do"]

    answer = active_desk.done("db", "upgrade", "--json").object()

    assert answer["from"] == "0001"
    assert active_desk.sql("SELECT * FROM timer ORDER BY 1, 2, 3") == promised
    assert active_desk.version("--accept-program", "0.0.1") == 2
    active_desk.done(*STAND_DOWN)
    assert findings(active_desk)["schema"]["text"] == answer["to"]
