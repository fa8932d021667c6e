"""A journal that is an old one is read and not written to, until two people give up what is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.desk import ACTIVATE, MAJIAN, STAND_DOWN, in_both_languages
from tests.cli.safe import Safe, back_to_routine, backup, safe, verified
from tests.kit.kits import Kit, script

__all__ = ["backup", "safe"]

RECOVER = ("journal", "recover", "majian", "--reason", "the disk died", "--by", "甲", "--with", "乙", "--yes")


def test_a_restored_backup_is_read_and_not_written_to(safe: Safe, tmp_path: Path) -> None:
    back_to_routine(safe, tmp_path)
    desk = safe.guarded()

    refused = desk.run(*ACTIVATE)
    assert refused.code == 5
    assert "read-only" in refused.err
    assert "incident journal recover" in refused.err
    assert desk.done("status", "majian", "--json").object()["state"] == "routine"
    found = {one["check"]: one for one in desk.run("doctor", "--json").objects()}
    assert found["checkpoints"]["well"] is False
    worker = desk.run("run", "--once")
    assert worker.code == 1
    assert "read_only" in worker.err
    assert desk.sql("SELECT version FROM situation") == [(1,)]

    del desk.said["INCIDENT_PUBKEY"]
    assert desk.run(*ACTIVATE).code == 5
    by_hand = desk.run("journal", "checkpoint", "--key", str(safe.key))
    assert (by_hand.code, "fewer entries" in by_hand.err) == (1, True)


def test_keys_that_cannot_be_read_switch_no_guard_off(safe: Safe, tmp_path: Path) -> None:
    back_to_routine(safe, tmp_path)
    desk = safe.guarded()
    desk.said["INCIDENT_PUBKEY"] = "town.pub"  # from another folder there is no such file

    refused = desk.run(*ACTIVATE)

    assert (refused.code, "read-only" in refused.err, "INCIDENT_PUBKEY" in refused.err) == (5, True, True)
    assert desk.sql("SELECT version FROM situation") == [(1,)]


def test_after_a_loss_two_people_let_the_journal_go_on(safe: Safe, tmp_path: Path) -> None:
    lost = safe.files()[-1]
    back_to_routine(safe, tmp_path)
    desk = safe.guarded()

    answer = desk.done(*RECOVER, "--against", str(lost), "--json").object()
    assert (answer["seq"], answer["size"]) == (1, 2)
    desk.done(*ACTIVATE)
    safe.sign()
    shown = desk.run("journal", "verify", "majian", "--against", str(lost), "--json")
    assert shown.code == 1
    (held,) = shown.object()["against"]
    assert (held["verdict"], held["given_up"]) == ("lost", 1)
    assert "entry 1" in desk.run("journal", "verify", "majian", "--against", str(lost)).out
    assert "JournalRecovered" in desk.done("history", "majian").out
    again = desk.run(*RECOVER, "--against", str(lost))
    assert again.code == 2
    alone = [*RECOVER[:-2], "甲", "--yes"]
    assert desk.run(*alone, "--against", str(lost)).code == 2


def gone_on(safe: Safe, tmp_path: Path) -> tuple[Path, Path]:
    """Lose the end of a journal, go on, sign; gives what is known outside of before."""
    first, lost = safe.files()
    back_to_routine(safe, tmp_path)
    desk = safe.guarded()
    desk.done(*RECOVER, "--against", str(lost))
    desk.done(*ACTIVATE)
    safe.sign()
    return first, lost


def test_a_kit_answers_for_no_checkpoint_of_an_end_that_was_given_up(safe: Safe, tmp_path: Path) -> None:
    """Whoever rewrites a journal and writes a recovery into it is found against what left the house."""
    first, lost = gone_on(safe, tmp_path)
    kit = tmp_path / "kit.zip"
    safe.desk.done("journal", "export", "majian", "--out", str(kit))
    asked = ("journal", "verify", str(kit), "--pubkey", safe.public, "--against")

    whole = safe.desk.done("journal", "verify", str(kit))
    assert "entry 1, " in whole.out, "also whoever has no old checkpoint is told"
    (told,) = safe.desk.done("journal", "verify", str(kit), "--json").object()["recovered"]
    assert (told["entry"], told["size"], told["by"], told["with"]) == (1, 2, "甲", "乙")
    assert safe.desk.run(*asked, str(first)).code == 0
    said = safe.desk.run(*asked, str(lost))
    assert (said.code, "(entry 1)" in said.err) == (1, True)

    key = ("--key", safe.public, "--lang", "en", "--checkpoint")
    holds = script(Kit(kit), *key, str(first))
    assert (holds.returncode, "given up by [1]" in holds.stdout) == (0, True)
    held = script(Kit(kit), *key, str(lost))
    assert (held.returncode, "lost; given up by entry [1]" in held.stdout) == (1, True)


def test_a_recovery_signs_at_once_what_goes_on_where_it_has_the_key(safe: Safe, tmp_path: Path) -> None:
    """Otherwise a second loss right then would not be noticed."""
    _first, lost = safe.files()
    back_to_routine(safe, tmp_path)
    desk = safe.guarded()

    said = desk.done(*RECOVER, "--against", str(lost), "--key", str(safe.key))

    assert "signed: 330681111 2 " in said.err
    assert len(safe.files()) == 3
    assert "sign it now" not in said.err


def test_a_loss_is_given_up_by_the_newest_checkpoint_that_is_known(safe: Safe, tmp_path: Path) -> None:
    first, second = safe.files()
    back_to_routine(safe, tmp_path)
    desk = safe.guarded()

    said = desk.run(*RECOVER, "--against", str(first))

    assert said.code == 2
    assert f"of 2 entries is {second.parent}" in said.err
    assert desk.sql("SELECT version FROM situation") == [(1,)]


def test_what_is_given_up_has_to_be_signed_by_a_key_that_was_given(safe: Safe, tmp_path: Path) -> None:
    gone_on(safe, tmp_path)
    other = safe.desk.done("journal", "key", "new", str(tmp_path / "other")).out.strip()
    asked = ("journal", "verify", "majian", "--pubkey")

    assert verified(safe, "--pubkey", safe.public)["given_up_unsigned"] == []
    assert verified(safe, "--pubkey", other, code=1)["given_up_unsigned"] == [1]
    assert "entries 1 name a checkpoint that no given key signed" in safe.desk.run(*asked, other).out


@pytest.mark.parametrize("words", [(), (MAJIAN,)])
def test_a_journal_that_is_gone_whole_is_missed_where_its_checkpoints_are_outside(
    safe: Safe, tmp_path: Path, words: tuple[str, ...]
) -> None:
    desk = safe.guarded()
    desk.url = f"sqlite:///{tmp_path / 'emptied.db'}"
    desk.done("db", "upgrade")

    said = desk.run("journal", "verify", *words, "--json")

    assert said.code == 1
    (fault,) = said.objects()
    assert (fault["jurisdiction"], fault["holds"]) == (MAJIAN, False)
    assert fault["error"]["found"].startswith("0 entries here; fewer entries")


def test_a_restored_backup_does_not_hold_against_the_folder_outside(safe: Safe, tmp_path: Path) -> None:
    backup = tmp_path / "later.db"
    safe.desk.done("db", "backup", str(backup))
    safe.desk.done(*STAND_DOWN)
    safe.sign()
    desk = safe.guarded()
    assert desk.run("journal", "verify").code == 0
    desk.url = f"sqlite:///{backup}"

    said = desk.run("journal", "verify", "--json")

    assert said.code == 1
    (answer,) = said.objects()
    assert answer["holds"] is False
    assert "fewer entries" in answer["outside"]["found"]


def test_who_asks_where_a_town_stands_hears_that_its_journal_is_an_old_one(
    safe: Safe, tmp_path: Path
) -> None:
    back_to_routine(safe, tmp_path)
    desk = safe.guarded()

    for words in (("status", "majian"), ("status",)):
        said = desk.done(*words)
        assert "READ-ONLY, and perhaps not the newest" in said.err
        assert "routine" in said.out.lower()
        assert "fewer entries" in str(desk.done(*words, "--json").object()["read_only"])
    refused = desk.run(*ACTIVATE)
    assert "on paper" in refused.err
    assert f"incident status {MAJIAN}" in refused.err
    (newest,) = [str(file) for file in safe.files()[-1:]]
    assert f"incident journal recover {MAJIAN}, --against {newest}" in refused.err
    in_both_languages(desk, "status", "majian")
    safe.desk.said = {}
    assert "read_only" not in desk.done("status", "majian", "--json").object()
