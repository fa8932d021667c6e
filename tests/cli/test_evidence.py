"""Keys, checkpoints and proofs as people use them: signed, kept outside, held against years later."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.desk import ACTIVATE, MAJIAN, STAND_DOWN, Desk, in_both_languages
from tests.kit.kits import Kit, script
from tests.playbooks import DAY

RECOVER = ("journal", "recover", "majian", "--reason", "the disk died", "--by", "甲", "--with", "乙", "--yes")


class Safe:
    """A desk with a key and a folder outside."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk = desk
        self.key, self.outside = folder / "key", folder / "outside"
        self.outside.mkdir()
        self.public = desk.done("journal", "key", "new", str(self.key)).out.strip()

    def sign(self) -> None:
        """Let a worker sign."""
        self.desk.done("run", "--once", "--key", str(self.key), "--checkpoints", str(self.outside))

    def guarded(self) -> Desk:
        """Look outside before each command."""
        self.desk.said = {"INCIDENT_CHECKPOINTS": str(self.outside), "INCIDENT_PUBKEY": self.public}
        return self.desk

    def files(self) -> list[Path]:
        """Give the checkpoints outside, oldest first."""
        found = (self.outside / MAJIAN).glob("*/*-0*.txt")
        return sorted(found, key=lambda file: file.name.rpartition("-")[2])


@pytest.fixture
def safe(desk: Desk, tmp_path: Path) -> Safe:
    """Majian adopted and activated, signed after each."""
    found = Safe(desk, tmp_path)
    found.sign()
    desk.done(*ACTIVATE)
    found.sign()
    return found


def verified(safe: Safe, *words: str, code: int = 0) -> dict[str, object]:
    said = safe.desk.run("journal", "verify", "majian", *words, "--json")
    assert said.code == code, said
    return said.object()


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


def back_to_routine(safe: Safe, tmp_path: Path) -> None:
    """Put back a backup from before the activation."""
    for file in safe.desk.file.parent.glob("incident.db*"):
        file.unlink()
    shutil.copy(tmp_path / "backup.db", safe.desk.file)


@pytest.fixture(autouse=True)
def backup(desk: Desk, tmp_path: Path) -> None:
    """Keep a backup from the evening before."""
    desk.done("db", "backup", str(tmp_path / "backup.db"))


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


def test_what_is_outside_and_counts_for_nothing_keeps_nobody_from_acting(safe: Safe, tmp_path: Path) -> None:
    """An emergency does not wait for a network drive, nor for a new key to be known everywhere."""
    desk = safe.guarded()
    desk.said["INCIDENT_PUBKEY"] = desk.done("journal", "key", "new", str(tmp_path / "other")).out.strip()
    said = desk.done(*STAND_DOWN)
    assert "counts for nothing" in said.err
    desk.said["INCIDENT_PUBKEY"] = "no key"
    assert "INCIDENT_PUBKEY" in desk.done(*ACTIVATE).err
    desk.said["INCIDENT_CHECKPOINTS"] = str(tmp_path / "not mounted")
    away = desk.done(*STAND_DOWN)
    assert "checkpoints outside cannot be read" in away.err
    found = {one["check"]: one for one in desk.run("doctor", "--json").objects()}
    assert found["checkpoints"]["well"] is False
    (tmp_path / "empty").mkdir()
    desk.said["INCIDENT_CHECKPOINTS"] = str(tmp_path / "empty")
    found = {one["check"]: one for one in desk.run("doctor", "--json").objects()}
    assert "mounted?" in found["checkpoints"]["text"]


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

    assert safe.desk.run(*asked, str(first)).code == 0
    said = safe.desk.run(*asked, str(lost))
    assert (said.code, "(entry 1)" in said.err) == (1, True)

    key = ("--key", safe.public, "--lang", "en", "--checkpoint")
    assert script(Kit(kit), *key, str(first)).returncode == 0
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


def test_a_proof_is_checked_anywhere(safe: Safe, tmp_path: Path) -> None:
    desk, proof, grown = safe.desk, tmp_path / "proof", tmp_path / "grown"
    first = str(safe.files()[0])
    desk.done("journal", "prove", "majian", "1", "--out", str(proof))
    desk.done("journal", "prove", "majian", "--since", first, "--out", str(grown))
    desk.file.unlink()

    checked = desk.done("journal", "check", str(proof), "--pubkey", safe.public, "--json").object()
    assert (checked["entry"], checked["size"]) == (1, 2)
    assert '"verb":"activate"' in checked["body"]
    assert "NOT CHECKED" in desk.done("journal", "check", str(proof)).err
    in_both_languages(desk, "journal", "check", str(proof))
    growth = desk.done(
        *("journal", "check", str(grown), "--against", first, "--pubkey", safe.public, "--json")
    ).object()
    assert (growth["old"], growth["size"]) == (1, 2)
    in_both_languages(desk, "journal", "check", str(grown), "--against", first)

    proof.write_bytes(proof.read_bytes().replace(b"index 1", b"index 0"))
    false = desk.run("journal", "check", str(proof), "--json")
    assert (false.code, false.object()["holds"]) == (1, False)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("prove", "majian"), "neither"),
        (("prove", "majian", "1", "--since", "x"), "both"),
        (("prove", "majian", "9"), "a signed checkpoint of 10 entries or more"),
        (("prove", "majian", "1", "--out", "no/such/folder"), "--out"),
        (("check", "nothing"), "a file with a proof"),
        (("verify", "--against", "nothing"), "a file with a signed checkpoint"),
        (("verify", "--against", "330681111 2 U"), "short code"),
        (("verify", "--pubkey", "x+y+z"), "key"),
        (("note", "majian", "nothing"), "--pubkey"),
        (("checkpoint", "majian", "--key", ""), "a variable may be unset"),
        (("checkpoint", "majian", "--checkpoints", ""), "a variable may be unset"),
    ],
)
def test_what_cannot_be_understood_says_why(safe: Safe, words: tuple[str, ...], says: str) -> None:
    said = safe.desk.run("journal", *words)
    assert said.code == 2
    assert says in said.err


def test_no_command_repeats_a_private_key_that_stands_in_the_wrong_place(safe: Safe) -> None:
    secret = safe.key.read_text().strip().rpartition("+")[2]
    key = str(safe.key)
    for words in (
        ("check", key),
        ("verify", "--against", key),
        ("verify", "--pubkey", key),
        ("note", "majian", key, "--pubkey", safe.public),
        ("recover", "majian", "--against", key, "--reason", "x", "--with", "乙", "--yes"),
        ("prove", "majian", "--since", key),
    ):
        said = safe.desk.run("journal", *words)
        assert said.code == 2, words
        assert secret not in said.out + said.err, words


def test_a_growth_needs_the_older_checkpoint(safe: Safe, tmp_path: Path) -> None:
    grown = tmp_path / "grown"
    first, second = map(str, safe.files())
    safe.desk.done("journal", "prove", "majian", "--since", first, "--out", str(grown))

    assert "--against" in safe.desk.run("journal", "check", str(grown)).err
    other = safe.desk.run("journal", "check", str(grown), "--against", second)
    assert (other.code, "proves nothing" in other.err) == (1, True)


def test_checkpoint_of_no_journal_here_is_a_fault(safe: Safe, desk: Desk, tmp_path: Path) -> None:
    said = desk.run("journal", "verify", "--against", "330681 2 0000-0000-0000-0000")
    assert said.code == 1
    assert "another journal" in said.err


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


def test_a_superior_keeps_what_its_subordinates_signed(safe: Safe, tmp_path: Path) -> None:
    superior = Desk(f"sqlite:///{tmp_path / 'superior.db'}")
    superior.clock.at = safe.desk.clock.at
    superior.done("adopt", "taizhou")
    first, second = map(str, safe.files())
    answer = superior.done("journal", "note", "taizhou", first, "--pubkey", safe.public, "--json").object()
    assert (answer["of"], answer["size"], answer["proven"]) == (MAJIAN, 1, True)

    keyless = superior.run("journal", "note", "taizhou", second)
    assert (keyless.code, "--pubkey" in keyless.err) == (2, True)
    superior.said = {"INCIDENT_PUBKEY": safe.public}
    without = superior.done("journal", "note", "taizhou", second)
    assert "NOT PROVEN" in without.err
    older = superior.run("journal", "note", "taizhou", first, "--event-id", "x")
    assert (older.code, "not newer" in older.err) == (2, True)
    assert "signed head of 330681111" in superior.done("history", "taizhou").out
    assert superior.done("journal", "verify", "--json").object()["holds"] is True


def test_growth_is_proven_to_a_superior(safe: Safe, tmp_path: Path) -> None:
    superior = Desk(f"sqlite:///{tmp_path / 'superior.db'}")
    superior.clock.at = safe.desk.clock.at
    superior.done("adopt", "taizhou")
    superior.said = {"INCIDENT_PUBKEY": safe.public}
    first, second = map(str, safe.files())
    grown = tmp_path / "grown"
    safe.desk.done("journal", "prove", "majian", "--since", first, "--out", str(grown))
    superior.done("journal", "note", "taizhou", first)

    proven = superior.done("journal", "note", "taizhou", second, "--proof", str(grown), "--json").object()
    assert proven["proven"] is True


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
    assert f"incident journal recover {MAJIAN} --against {newest} --reason TEXT" in refused.err
    in_both_languages(desk, "status", "majian")
    safe.desk.said = {}
    assert "read_only" not in desk.done("status", "majian", "--json").object()


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
