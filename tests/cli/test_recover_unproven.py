"""A copy from before the first signature goes on with the key, and with nothing less."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.desk import ACTIVATE, STAND_DOWN, Desk, in_both_languages
from tests.cli.safe import Safe, back_to_routine, backup, safe, verified
from tests.cli.test_recover import RECOVER
from tests.kit.kits import Kit, script

__all__ = ["backup", "safe"]


@pytest.fixture
def older(safe: Safe, tmp_path: Path) -> Desk:
    """A desk whose database is older than the first checkpoint that is outside."""
    safe.desk.done(*STAND_DOWN)
    safe.sign()
    safe.files()[0].unlink()  # as if signing had begun later
    back_to_routine(safe, tmp_path)
    return safe.guarded()


def command(safe: Safe, *words: str) -> tuple[str, ...]:
    return (*RECOVER, "--against", str(safe.files()[-1]), *words)


def test_a_copy_older_than_all_that_was_signed_is_refused_with_what_to_do(safe: Safe, older: Desk) -> None:
    said = older.run(*command(safe))

    assert said.code == 2
    assert "nothing outside shows that this copy is of the lost journal" in said.err
    assert "look for another copy" in said.err
    assert "--unproven and signed" in said.err
    assert older.sql("SELECT version FROM situation") == [(1,)]
    in_both_languages(older, *command(safe))


def test_nobody_vouches_without_a_key_that_counts_and_a_folder(
    safe: Safe, older: Desk, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    older.done("journal", "key", "new", str(other))

    for words, found in [
        ((), "no key"),
        (("--key", str(other)), "a key that is trusted"),
        (("--key", str(tmp_path / "none")), "none"),
    ]:
        said = older.run(*command(safe, "--unproven", *words))
        assert (said.code, found in said.err) == (2, True), said
    del older.said["INCIDENT_CHECKPOINTS"]
    said = older.run(*command(safe, "--unproven", "--key", str(safe.key)))
    assert (said.code, "INCIDENT_CHECKPOINTS" in said.err) == (2, True)
    older.said["INCIDENT_CHECKPOINTS"] = str(tmp_path / "not mounted")
    said = older.run(*command(safe, "--unproven", "--key", str(safe.key)))
    assert (said.code, "nobody knows that nothing is proven" in said.err) == (5, True)
    assert older.sql("SELECT version FROM situation") == [(1,)]


def test_two_people_and_the_key_let_it_go_on_and_every_old_checkpoint_leads_there(
    safe: Safe, older: Desk, tmp_path: Path
) -> None:
    lost = safe.files()

    answer = older.done(*command(safe, "--unproven", "--key", str(safe.key), "--json"))

    assert (answer.object()["seq"], answer.object()["proven"]) == (1, 0)
    assert "signed: 330681111 2 " in answer.err
    assert "sign it now" not in answer.err
    older.done(*ACTIVATE)
    safe.sign()
    for one in lost:
        said = verified(safe, "--pubkey", safe.public, "--against", str(one), code=1)
        assert [(held["verdict"], held["given_up"]) for held in said["against"]] == [("lost", 1)]  # type: ignore[attr-defined]
    assert verified(safe, "--pubkey", safe.public)["holds"] is True
    assert "none of them can be proven to be here" in older.done("history", "majian").out
    kit = tmp_path / "kit.zip"
    older.done("journal", "export", "majian", "--out", str(kit))
    asked = ("--key", safe.public, "--lang", "en", "--checkpoint", str(lost[-1]))
    held = script(Kit(kit), *asked)
    assert (held.returncode, "lost; given up by entry [1]" in held.stdout) == (1, True)
    assert older.run("journal", "verify", str(kit), "--pubkey", safe.public).code == 0


def test_somebody_who_may_only_write_the_database_lets_nothing_go_on(safe: Safe, older: Desk) -> None:
    """The entry alone counts for nothing, whoever wrote it; neither does the worker sign it."""
    del older.said["INCIDENT_CHECKPOINTS"]
    older.done(*command(safe))
    older = safe.guarded()

    assert older.run(*ACTIVATE).code == 5
    signing = older.run("run", "--once", "--key", str(safe.key))
    assert (signing.code, "not_signed" in signing.err) == (1, True)
    assert len(safe.files()) == 2
    older.done(*command(safe, "--unproven", "--key", str(safe.key)))
    older.done(*ACTIVATE)


def test_somebody_who_wrote_to_the_copy_meanwhile_can_still_give_it_up(safe: Safe, older: Desk) -> None:
    """By a command that knew no folder; then nothing that is here is that of a checkpoint."""
    del older.said["INCIDENT_CHECKPOINTS"]
    older.done(*ACTIVATE)
    older.done(*STAND_DOWN)
    older.done("log", "add", "majian", "--said", "x", "--by", "甲")
    older = safe.guarded()
    refused = older.run(*command(safe))
    assert (refused.code, "--unproven and signed" in refused.err) == (2, True)

    older.done(*command(safe, "--unproven", "--key", str(safe.key)))

    older.done(*ACTIVATE)
    assert "READ-ONLY" not in older.done("status", "majian").err


@pytest.mark.parametrize("proven", [2, 0])
def test_what_falls_due_while_it_is_given_up_is_no_dead_end(desk: Desk, tmp_path: Path, proven: int) -> None:
    """Two days late, what a plan promised is recorded first, and counts as many entries as were signed."""
    safe = Safe(desk, tmp_path)
    began = desk.clock.at
    desk.done(*ACTIVATE)
    if proven:
        safe.sign()
    desk.done("db", "backup", str(tmp_path / "night.db"))
    for hours in (1, 3, 5):
        desk.clock.at = began + hours * 3600
        desk.done("log", "add", "majian", "--said", f"after {hours}", "--by", "甲")
        put = ("--key", str(safe.key), "--checkpoints", str(safe.outside))
        desk.done("journal", "checkpoint", "majian", *put)
    (tmp_path / "backup.db").unlink()
    (tmp_path / "night.db").rename(tmp_path / "backup.db")
    back_to_routine(safe, tmp_path)
    desk.clock.at = began + 2 * 86400
    desk = safe.guarded()
    words = (*(() if proven else ("--unproven",)), "--key", str(safe.key))

    lost = [str(file) for file in safe.files()]

    answer = desk.done(*command(safe, *words, "--json"))

    assert answer.object()["proven"] == proven
    assert answer.object()["seq"] >= 4  # as many as a checkpoint covers that is lost
    desk.done(*STAND_DOWN)
    again = desk.run(*RECOVER, "--against", lost[-1], *words, "--event-id", "again")
    assert (again.code, "given up already, by entry" in again.err) == (2, True)
    kit = tmp_path / "kit.zip"
    desk.done("journal", "export", "majian", "--out", str(kit))
    for file in lost:  # database, kit and script say the same of each
        holds = file == lost[0] and proven > 0
        asked = ("--pubkey", safe.public, "--against", file)
        assert desk.run("journal", "verify", "majian", *asked).code == (0 if holds else 1)
        assert desk.run("journal", "verify", str(kit), *asked).code == (0 if holds else 1)
        said = script(Kit(kit), "--key", safe.public, "--lang", "en", "--checkpoint", file)
        assert (said.returncode == 0, "lost; given up by entry" in said.stdout) == (holds, not holds)


@pytest.mark.parametrize("has_key", [True, False])
def test_nobody_reads_that_the_journal_goes_on_while_another_end_is_missing(
    safe: Safe, tmp_path: Path, *, has_key: bool
) -> None:
    """After a first loss more was lost, and then a newer checkpoint of before comes to light."""
    first, lost = safe.files()
    safe.desk.done(*STAND_DOWN)
    safe.sign()
    newer = safe.files()[-1]
    hidden = newer.read_bytes()
    newer.unlink()
    back_to_routine(safe, tmp_path)
    desk = safe.guarded()
    desk.done(*RECOVER, "--against", str(lost), "--key", str(safe.key))
    shutil.copy(desk.file, tmp_path / "again.db")
    desk.done(*ACTIVATE)
    safe.sign()
    (tmp_path / "backup.db").unlink()
    (tmp_path / "again.db").rename(tmp_path / "backup.db")
    back_to_routine(safe, tmp_path)
    newer.write_bytes(hidden)

    key = ("--key", str(safe.key)) if has_key else ()

    said = desk.run(*RECOVER, "--against", str(newer), *key)

    assert (said.code, "goes on" in said.out) == (5, False)
    assert "recorded in entry 2" in said.err
    missing = next(line for line in said.err.splitlines() if "--against" in line).partition("--against ")[2]
    done = desk.done(*RECOVER, "--against", missing.split()[0], *key)
    assert "goes on as another" in done.out
    desk.done(*ACTIVATE)
    assert first.exists()


def test_where_the_folder_is_away_nothing_is_said_to_be_proven_and_it_is_said_once_more(
    safe: Safe, older: Desk, tmp_path: Path
) -> None:
    """An emergency does not wait for a network drive."""
    lost = str(safe.files()[-1])
    copy = tmp_path / "lost.txt"
    shutil.copy(lost, copy)
    older.said["INCIDENT_CHECKPOINTS"] = str(tmp_path / "not mounted")
    said = older.done(*RECOVER, "--against", str(copy), "--json")
    assert (said.object()["proven"], "checkpoints outside cannot be read" in said.err) == (None, True)
    assert "at least 2 of the 3 entries" in older.done("journal", "verify", "majian").out
    older.done(*ACTIVATE)

    older = safe.guarded()
    refused = older.run(*STAND_DOWN)
    assert (refused.code, f"--against {lost}" in refused.err) == (5, True)
    older.done(*command(safe, "--unproven", "--key", str(safe.key)))

    older.done(*STAND_DOWN)
