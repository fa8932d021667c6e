"""A record that is not what the playbook says, or no longer whole: shown as it is, and said."""

from __future__ import annotations

import json
from typing import Any

import pytest

from incident.domain import playbook as playbooks
from tests.cli.desk import MAJIAN, Desk, in_both_languages
from tests.cli.test_auditor import UNGUARD
from tests.cli.test_operator import findings


def posture(desk: Desk) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = desk.done("status", "majian", "--json").object()["posture"]
    return found


def test_status_of_a_whole_record_marks_nothing(active_desk: Desk) -> None:
    for said in in_both_languages(active_desk, "status", "majian"):
        whole, _sign, duty = said.out.replace("\n值班\n", "\nOn duty\n").partition("\nOn duty\n")
        assert "\n!" not in whole
        assert "\n!" in duty  # nobody is in the directory yet
    assert not [one for items in posture(active_desk).values() for one in items if "fault" in one]


def test_status_shows_what_the_record_says_though_the_playbook_does_not(active_desk: Desk) -> None:
    active_desk.sql("UPDATE standing SET key = 'night_watch' WHERE kind = 'roster' AND key = 'watch'")

    shown = active_desk.done("status", "majian").out
    rosters = {one["key"]: one for one in posture(active_desk)["rosters"]}

    assert len([line for line in shown.splitlines() if line.endswith("[missing in the record]")]) == 1
    (stray,) = [line for line in shown.splitlines() if line.endswith("[not in the playbook]")]
    assert stray.startswith("!")
    assert rosters["watch"]["fault"] == "missing"
    assert rosters["watch"]["since_seq"] is rosters["watch"]["item"] is None
    assert rosters["night_watch"]["fault"] == "not_in_playbook"
    # strays come last
    assert [*rosters][-1] == "night_watch"


def test_status_shows_an_item_as_it_was_recorded(active_desk: Desk) -> None:
    ((item,),) = active_desk.sql("SELECT item FROM standing WHERE key = 'watch'")
    recorded = json.loads(item) | {"pattern": "8h"}
    written = json.dumps(recorded, ensure_ascii=False).encode().hex()
    active_desk.sql(f"UPDATE standing SET item = X'{written}' WHERE key = 'watch'")

    assert "shifts of 8 h" in active_desk.done("status", "majian").out
    (watch,) = [one for one in posture(active_desk)["rosters"] if one["key"] == "watch"]
    assert watch["item"] == recorded


NO_DURATION = b'{"name":{"zh":"x","en":"x"},"every":"h"}'.hex()
STRANGE = [
    # a kind that there is not
    ("UPDATE standing SET kind = 'banner' WHERE key = 'watch'", "banner", "watch"),
    # an item without what it needs
    ("UPDATE standing SET item = CAST('{}' AS BLOB) WHERE key = 'watch'", "rosters", "watch"),
    # a duration that is none
    (
        f"UPDATE standing SET item = X'{NO_DURATION}', kind = 'obligation' WHERE key = 'watch'",
        "obligations",
        "watch",
    ),
]


@pytest.mark.parametrize(("statement", "attribute", "key"), STRANGE)
def test_status_shows_by_its_key_what_it_cannot_read(
    active_desk: Desk, statement: str, attribute: str, key: str
) -> None:
    active_desk.sql(statement)

    assert key in [one["key"] for one in posture(active_desk)[attribute]]
    assert key in active_desk.done("status", "majian").out


def test_journal_deleted_with_its_situation_is_reported(active_desk: Desk) -> None:
    active_desk.sql(*UNGUARD, "DELETE FROM entry", "DELETE FROM situation")

    found = active_desk.run("journal", "verify", "--json")

    assert found.code == 1
    assert (found.object()["jurisdiction"], found.object()["holds"]) == (MAJIAN, False)
    in_both_languages(active_desk, "journal", "verify")


def test_notice_that_was_taken_away_is_named_by_its_entry(active_desk: Desk) -> None:
    active_desk.sql("DELETE FROM outbox WHERE n = 0")

    found = active_desk.run("journal", "verify", "--json")

    assert (found.code, found.object()["seq"]) == (1, 1)
    in_both_languages(active_desk, "journal", "verify")


def test_clock_that_went_back_is_told_and_is_no_fault(active_desk: Desk) -> None:
    active_desk.clock.at -= 7200
    active_desk.run("stand-down", "majian", "--decided-by", "command", "--basis", "令", "--yes")

    assert "the clock went back: 1 (" in active_desk.done("--lang", "en", "journal", "verify").out


def test_stored_playbook_with_errors_is_not_well(desk: Desk) -> None:
    """An older program may have adopted what this one refuses."""
    ((body,),) = desk.sql("SELECT body FROM playbook")
    raw = json.loads(body)
    raw["events"] = {}
    worse = json.dumps(raw, ensure_ascii=False).encode()
    desk.sql(
        *UNGUARD,
        f"UPDATE playbook SET body = X'{worse.hex()}', hash = '{playbooks.digest(worse)}'",
        f"UPDATE situation SET playbook = '{playbooks.digest(worse)}'",
    )

    finding = findings(desk, 1)[f"playbook {MAJIAN}"]
    assert finding["well"] is False
    assert "errors P107;" in finding["text"]
    in_both_languages(desk, "doctor")


def test_stored_playbook_that_was_altered_does_not_stop_the_doctor(desk: Desk) -> None:
    desk.sql(*UNGUARD, "UPDATE playbook SET body = body || X'20'")

    assert findings(desk, 1)[f"playbook {MAJIAN}"]["well"] is False


def test_value_of_another_type_is_said_before_anything_is_read(active_desk: Desk) -> None:
    active_desk.sql(*UNGUARD, "UPDATE entry SET seq = 1.5 WHERE seq = 1")

    for said in in_both_languages(active_desk, "journal", "verify", "majian"):
        assert said.code == 1
        assert "entry, row 2: " in said.err
    said = active_desk.run("journal", "verify", "majian", "--json")
    assert said.code == 1
    assert (said.object()["holds"], said.object()["level"]) == (False, "storage")


def test_hashes_alone_do_not_wait_for_the_database_to_look_at_itself(active_desk: Desk) -> None:
    active_desk.sql("UPDATE situation SET zone = x'00'")
    assert "found by the database itself" in active_desk.run("journal", "verify").err
    assert "found by the database itself" not in active_desk.run("journal", "verify", "--hashes-only").err
