"""Two losses and one and the same backup: it does not know the journal that went on after the first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.desk import ACTIVATE, STAND_DOWN, Desk, in_both_languages
from tests.cli.safe import Safe, back_to_routine, backup, safe, verified
from tests.cli.test_recover import RECOVER
from tests.kit.kits import Kit, script

__all__ = ["backup", "safe"]


@pytest.fixture
def again(safe: Safe, tmp_path: Path) -> Desk:
    """A desk whose backup was put back, recovered and signed, lost, and put back once more."""
    newest = safe.files()[-1]
    back_to_routine(safe, tmp_path)
    desk = safe.guarded()
    desk.done(*RECOVER, "--against", str(newest), "--key", str(safe.key))
    desk.done(*ACTIVATE)
    safe.sign()
    back_to_routine(safe, tmp_path)
    return safe.guarded()


def unknown(safe: Safe) -> list[Path]:
    """Give the checkpoints of the origin that went on."""
    first = safe.files()[0].parent
    return [one for one in safe.files() if one.parent != first]


def test_nothing_is_recorded_and_it_is_said_which_checkpoint_stands_in_the_way(
    safe: Safe, again: Desk
) -> None:
    second = unknown(safe)[-1]
    (first,) = [one for one in safe.files() if one not in unknown(safe)][-1:]

    refused = again.run(*ACTIVATE)
    assert (refused.code, str(second) in refused.err) == (5, True)
    assert "a journal that this copy does not know" in refused.err
    assert "journal recover" not in refused.err
    for against in (first, second):
        for words in ((), ("--unproven", "--key", str(safe.key)), ("--key", str(safe.key))):
            said = again.run(*RECOVER, "--against", str(against), *words)
            assert said.code == 2
            assert "another journal: incident/330681111/" in said.err
            assert (str(second) in said.err) == (against == first)
            assert "a journal that this copy does not know" in said.err
    assert again.sql("SELECT version FROM situation") == [(1,)]
    in_both_languages(again, *RECOVER, "--against", str(first))
    in_both_languages(again, *ACTIVATE)


def test_once_its_files_are_put_aside_two_people_go_on_and_it_never_holds(
    safe: Safe, again: Desk, tmp_path: Path
) -> None:
    second = unknown(safe)[-1]
    first = [one for one in safe.files() if one not in unknown(safe)]
    aside = tmp_path / "aside"
    second.parent.rename(aside)

    done = again.done(*RECOVER, "--against", str(first[-1]), "--key", str(safe.key), "--json")
    assert (done.object()["seq"], done.object()["proven"]) == (1, 1)
    again.done(*ACTIVATE)
    again.done(*STAND_DOWN)
    safe.sign()

    kit = tmp_path / "kit.zip"
    again.done("journal", "export", "majian", "--out", str(kit))
    for file, verdict, words in (
        (first[0], "holds", "holds"),
        (first[-1], "lost", "lost; given up by entry [1]"),
        (aside / second.name, "foreign", "of another journal"),
    ):
        code = int(verdict != "holds")
        held = verified(safe, "--pubkey", safe.public, "--against", str(file), code=code)["against"]
        assert isinstance(held, list)
        assert [one["verdict"] for one in held] == [verdict]
        assert (
            again.run("journal", "verify", str(kit), "--pubkey", safe.public, "--against", str(file)).code
            == code
        )
        said = script(Kit(kit), "--key", safe.public, "--lang", "en", "--checkpoint", str(file))
        assert (said.returncode, words in said.stdout) == (code, True)
    aside.rename(second.parent)
    assert again.run(*ACTIVATE).code == 5


def test_a_copy_made_after_the_first_recovery_is_recovered_as_ever(safe: Safe, tmp_path: Path) -> None:
    newest = safe.files()[-1]
    back_to_routine(safe, tmp_path)
    desk = safe.guarded()
    desk.done(*RECOVER, "--against", str(newest), "--key", str(safe.key))
    (tmp_path / "backup.db").unlink()
    desk.done("db", "backup", str(tmp_path / "backup.db"))
    desk.done(*ACTIVATE)
    safe.sign()
    back_to_routine(safe, tmp_path)
    desk = safe.guarded()

    done = desk.done(*RECOVER, "--against", str(unknown(safe)[-1]), "--key", str(safe.key), "--json")

    assert done.object()["proven"] == 2
    desk.done(*ACTIVATE)
