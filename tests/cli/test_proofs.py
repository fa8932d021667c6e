"""Proofs are checked anywhere, also by a superior; what is no proof, and no key, says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.desk import MAJIAN, Desk, in_both_languages
from tests.cli.safe import Safe, safe

__all__ = ["safe"]


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
    secret = safe.key.read_text().strip().split("+", 4)[4]
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
