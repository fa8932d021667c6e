"""A copy from before the first signature goes on with the key, and with nothing less."""

from __future__ import annotations

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
    assert "--unproven and --key FILE" in said.err
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
