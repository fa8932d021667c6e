"""Keys and checkpoints as people use them: signed, kept outside, held against years later."""

from __future__ import annotations

import shutil
from pathlib import Path
from unittest import mock

import pytest

from incident.cli import exits
from incident.domain.errors import StoreAway
from tests.cli.desk import ACTIVATE, MAJIAN, STAND_DOWN, Desk, in_both_languages
from tests.cli.safe import Safe, back_to_routine, backup, safe, verified
from tests.playbooks import DAY

__all__ = ["backup", "safe"]


def test_what_a_worker_signed_is_outside_and_holds(safe: Safe) -> None:
    first, second = safe.files()
    answer = verified(safe, "--pubkey", safe.public, "--against", str(first), "--against", str(second))

    assert answer["holds"] is True
    assert answer["against"] == [
        {
            "where": str(file),
            "size": size,
            "verdict": "holds",
            "given_up": None,
            "signed_by": ["+".join(safe.public.split("+")[:2])],
        }
        for size, file in ((1, first), (2, second))
    ]
    assert answer["checkpoints"] == {"kept": 2, "not_signed": 0, "wrong": []}
    assert answer["changed"] is None
    chinese, english = in_both_languages(safe.desk, "journal", "verify", "--against", str(second))
    assert "NOT CHECKED" in english.out
    assert "未核对" in chinese.out


@pytest.mark.parametrize("looking", ["check_storage", "examine"])
def test_a_database_that_goes_away_says_nothing_of_the_record(safe: Safe, looking: str) -> None:
    away = StoreAway(where="here", expected="an answer", found="none", do="look whether it runs")
    with mock.patch(f"incident.cli.journal_verify.{looking}", side_effect=away):
        said = safe.desk.run("journal", "verify", "--json")

    assert said.code == exits.STORAGE
    assert '"holds"' not in said.out
    assert "look whether it runs" in said.err


def test_what_was_not_brought_is_said_not_to_be_looked_at(safe: Safe) -> None:
    said = safe.desk.done("journal", "verify").out

    assert "NOT CHECKED: no public key was given" in said
    assert "NOT CHECKED: none was given (--against)" in said


def test_the_line_of_a_message_holds_years_later_and_convicts(safe: Safe, tmp_path: Path) -> None:
    safe.desk.done("run", "--once", "--messages", str(tmp_path / "messages"))
    written = [file.read_text() for file in (tmp_path / "messages").iterdir()]
    (line,) = {
        row.removeprefix("Record: ").removesuffix(" (keep this)")
        for text in written
        for row in text.splitlines()
        if row.startswith("Record: ")
    }
    assert verified(safe, "--against", line)["holds"] is True
    code, size, short = line.split()
    spoken = f"{code} {size} {short.lower().replace('-', ' ').replace('0', 'o')}"
    assert verified(safe, "--against", spoken)["holds"] is True

    other = line[:-4] + ("AAAA" if line[-4:] != "AAAA" else "BBBB")
    answer = verified(safe, "--against", other, code=1)
    assert answer["holds"] is False
    assert answer["changed"] is not None


def test_a_journal_cut_short_or_rolled_back_is_found(safe: Safe, tmp_path: Path) -> None:
    newest = safe.files()[-1]
    shutil.copy(newest, tmp_path / "mine")
    assert safe.desk.done("journal", "checkpoint", "--line").out.split()[1] == "2"
    back_to_routine(safe, tmp_path)

    answer = verified(safe, "--against", str(tmp_path / "mine"), code=1)
    assert [one["verdict"] for one in answer["against"]] == ["behind"]  # type: ignore[attr-defined]
    said = safe.desk.run("journal", "verify", "--against", str(tmp_path / "mine")).out
    assert "DOES NOT HOLD: fewer entries" in said


def test_what_is_outside_and_counts_for_nothing_keeps_nobody_from_acting(safe: Safe, tmp_path: Path) -> None:
    """An emergency does not wait for a network drive, nor for a new key to be known everywhere."""
    desk = safe.guarded()
    desk.said["INCIDENT_PUBKEY"] = desk.done("journal", "key", "new", str(tmp_path / "other")).out.strip()
    said = desk.done(*STAND_DOWN)
    assert "counts for nothing" in said.err
    desk.said["INCIDENT_PUBKEY"] = "no key"
    assert "INCIDENT_PUBKEY" in desk.done(*ACTIVATE).err
    del desk.said["INCIDENT_PUBKEY"]
    desk.said["INCIDENT_CHECKPOINTS"] = str(tmp_path / "not mounted")
    away = desk.done(*STAND_DOWN)
    assert "checkpoints outside cannot be read" in away.err
    found = {one["check"]: one for one in desk.run("doctor", "--json").objects()}
    assert found["checkpoints"]["well"] is False
    (tmp_path / "empty").mkdir()
    desk.said["INCIDENT_CHECKPOINTS"] = str(tmp_path / "empty")
    found = {one["check"]: one for one in desk.run("doctor", "--json").objects()}
    assert "mounted?" in found["checkpoints"]["text"]


def test_a_row_that_says_another_time_than_its_note_is_found(safe: Safe) -> None:
    safe.desk.sql("DROP TRIGGER checkpoint_no_update", "UPDATE checkpoint SET at = at - 300 WHERE size = 1")

    verified(safe, "--pubkey", safe.public, code=1)


def test_what_is_no_checkpoint_beside_the_journal_is_passed_over(safe: Safe, tmp_path: Path) -> None:
    desk = safe.desk
    desk.done(*STAND_DOWN)
    desk.sql(
        "INSERT INTO checkpoint (jurisdiction, size, at, epoch, note) "
        f"VALUES ('{MAJIAN}', 3, 0, 0, 'no note'), ('{MAJIAN}', 1000000000000, 0, 0, 'no note')"
    )

    assert "\n2\n" in desk.done("journal", "checkpoint", "majian").out
    out = tmp_path / "proof"
    desk.done("journal", "prove", "majian", "1", "--out", str(out))
    assert (
        desk.done("journal", "check", str(out), "--pubkey", safe.public, "--json").object()["holds"] is True
    )


def test_the_command_that_changes_a_state_signs_where_it_has_the_key(safe: Safe) -> None:
    desk = safe.guarded()
    desk.said["INCIDENT_KEY"] = str(safe.key)

    desk.done(*STAND_DOWN)
    assert len(safe.files()) == 3
    safe.key.chmod(0o644)
    said = desk.done(*ACTIVATE)
    assert "it is recorded, and NOT SIGNED yet" in said.err
    assert desk.version() == 4


def test_what_was_recorded_and_not_signed_is_signed_when_it_is_said_again(safe: Safe) -> None:
    desk = safe.guarded()
    once = (*STAND_DOWN, "--event-id", "once")
    desk.done(*once)
    assert len(safe.files()) == 2

    desk.said["INCIDENT_KEY"] = str(safe.key)
    for _ in range(2):
        assert "answered before" in desk.done(*once).err
        assert len(safe.files()) == 3
    assert desk.version() == 3


def test_checkpoints_are_shown_and_signed_by_hand(safe: Safe) -> None:
    desk = safe.desk
    assert desk.done("journal", "checkpoint").out == safe.files()[-1].read_text()
    shown = desk.done("journal", "checkpoint", "majian", "--json").object()
    assert (shown["size"], shown["note"]) == (2, safe.files()[-1].read_text())
    assert shown["line"] == desk.done("journal", "checkpoint", "--line").out.strip()
    desk.done(*STAND_DOWN)
    made = desk.done("journal", "checkpoint", "--key", str(safe.key), "--checkpoints", str(safe.outside))
    assert made.out == safe.files()[-1].read_text()
    assert len(safe.files()) == 3

    nowhere = desk.run("journal", "checkpoint", "--key", str(safe.key), "--checkpoints", "nowhere")
    assert (nowhere.code, "nowhere" in nowhere.err) == (5, True)
    assert desk.run("journal", "checkpoint", "--key", "nothing").code == 2


def test_a_journal_never_signed_has_no_checkpoint(desk: Desk) -> None:
    said = desk.run("journal", "checkpoint")
    assert said.code == 2
    assert "none yet" in said.err
    assert desk.run("journal", "prove", "majian", "0").code == 2


def test_checkpoint_of_no_journal_here_is_a_fault(safe: Safe, desk: Desk, tmp_path: Path) -> None:
    said = desk.run("journal", "verify", "--against", "330681 2 0000-0000-0000-0000")
    assert said.code == 1
    assert "another journal" in said.err


def test_a_checkpoint_that_did_not_get_outside_is_told_and_tried_again(safe: Safe) -> None:
    desk = safe.guarded()
    desk.said["INCIDENT_KEY"] = str(safe.key)
    desk.done(*STAND_DOWN)
    newest = safe.files()[-1]
    newest.unlink()
    newest.with_name("aside").write_text("")
    desk.clock.at += 61

    found = {one["check"]: one for one in desk.run("doctor", "--json").objects()}
    assert (found["checkpoints"]["well"], "not outside yet" in found["checkpoints"]["text"]) == (False, True)
    folder = newest.parent
    folder.rename(folder.with_name("elsewhere"))
    folder.write_text("no folder")
    worker = desk.run("run", "--once")
    assert (worker.code, "not_signed" in worker.err) == (1, True)

    folder.unlink()
    folder.with_name("elsewhere").rename(folder)
    desk.done("run", "--once")
    assert safe.files()[-1] == newest
    assert len(safe.files()) == 3


def test_a_folder_outside_that_cannot_be_listed_is_told(safe: Safe, tmp_path: Path) -> None:
    """As where somebody else made it: nothing in it was looked at."""
    (tmp_path / "wrong").mkdir()
    (tmp_path / "wrong" / MAJIAN).write_text("no folder")
    desk = safe.guarded()
    desk.said["INCIDENT_CHECKPOINTS"] = str(tmp_path / "wrong")

    assert "checkpoints outside cannot be read" in desk.done(*STAND_DOWN).err
    found = {one["check"]: one for one in desk.run("doctor", "--json").objects()}
    assert (found["checkpoints"]["well"], "cannot be read" in found["checkpoints"]["text"]) == (False, True)


def test_a_jurisdiction_gone_from_the_database_is_missed(safe: Safe) -> None:
    (safe.outside / MAJIAN).rename(safe.outside / "330999999")
    desk = safe.guarded()

    found = {one["check"]: one for one in desk.run("doctor", "--json").objects()}
    assert (found["checkpoints"]["well"], "330999999" in found["checkpoints"]["text"]) == (False, True)
    worker = desk.run("run", "--once")
    assert (worker.code, "330999999" in worker.err) == (1, True)


def test_one_journal_that_cannot_be_signed_keeps_no_other_from_it_by_hand(safe: Safe) -> None:
    desk = safe.desk
    desk.done("adopt", "dongshan")
    found = desk.run("journal", "checkpoint")
    assert (found.code, "none yet" in found.err) == (2, True)
    assert found.out == safe.files()[-1].read_text()


def test_a_key_that_may_not_be_used_keeps_no_promised_time_from_being_kept(safe: Safe) -> None:
    safe.key.chmod(0o644)
    safe.desk.clock.at += DAY

    said = safe.desk.run("run", "--once", "--key", str(safe.key))

    assert (said.code, "chmod 600" in said.err, "swept" in said.err) == (2, True, True)
    assert len(safe.files()) == 2
