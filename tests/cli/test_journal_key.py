"""`incident journal key`: a key is made and shown without a database, the private half never."""

from __future__ import annotations

import stat
from pathlib import Path

import click
import pytest

from tests.cli.desk import Desk
from tests.cli.test_help import ALL

GLOBAL = {"db", "lang", "json", "log_json", "verbose"}


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk whose database cannot be opened, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return Desk("sqlite:////proc/nothing/incident.db")


def test_a_new_key_prints_its_public_half_and_says_what_to_do_with_both(
    nowhere: Desk, tmp_path: Path
) -> None:
    said = nowhere.done("journal", "key", "new", "key", "--name", "zhuji.example/incident")

    assert said.out.startswith("zhuji.example/incident+")
    assert f"INCIDENT_KEY={tmp_path / 'key'}" in said.err
    assert "auditors" in said.err
    assert stat.S_IMODE(Path("key").stat().st_mode) == 0o600
    assert nowhere.done("journal", "key", "show", "key").out == said.out


def test_the_public_key_is_what_show_gives_of_either_half(nowhere: Desk) -> None:
    made = nowhere.done("journal", "key", "new", "key", "--json").object()
    Path("key.pub").write_text(nowhere.done("journal", "key", "show", "key").out, encoding="utf-8")

    assert made["public_key"].split("+")[:2] == [made["name"], made["key_id"]] == ["incident", made["key_id"]]
    for words in (("--json", "journal", "key"), ("journal", "--json", "key"), ("journal", "key", "--json")):
        shown = nowhere.done(*words, "show", "key.pub").object()
        assert shown == made | {"file": "key.pub"}


def test_nothing_of_the_private_key_is_said(nowhere: Desk) -> None:
    said = [
        nowhere.done("-v", "journal", "key", "new", "key"),
        nowhere.done("-v", "journal", "key", "show", "key"),
        nowhere.done("-v", "journal", "key", "show", "key", "--json"),
        nowhere.run("journal", "key", "new", "key"),
    ]
    text = Path("key").read_text(encoding="utf-8").strip()
    Path("key").write_text(text[:-1], encoding="utf-8")
    said.append(nowhere.run("-v", "journal", "key", "show", "key"))
    Path("key").chmod(0o644)
    said.append(nowhere.run("-v", "journal", "key", "show", "key"))

    secret = text.split("+", 4)[4]
    assert [one for one in said if secret[2:14] in one.out + one.err] == []
    assert [one.code for one in said] == [0, 0, 0, 2, 2, 2]


def test_a_key_that_is_there_is_kept(nowhere: Desk) -> None:
    nowhere.done("journal", "key", "new", "key")
    before = Path("key").read_bytes()

    said = nowhere.run("journal", "key", "new", "key")

    assert (said.code, said.out) == (2, "")
    assert said.err.splitlines()[0] == "error: key"
    assert "a file is there" in said.err
    assert Path("key").read_bytes() == before


def test_a_key_that_others_may_read_is_refused_in_chinese_too(nowhere: Desk) -> None:
    nowhere.done("journal", "key", "new", "key")
    Path("key").chmod(0o640)

    said = nowhere.run("--lang", "zh", "journal", "key", "show", "key")

    assert said.code == 2
    assert "权限 0640" in said.err
    assert "chmod 600 key" in said.err


def test_groups_within_groups_know_the_global_options() -> None:
    key = dict(ALL)["journal", "key"]
    assert isinstance(key, click.Group)
    for command in (key, *key.commands.values()):
        names = [one.name for one in command.params]
        assert {*names} >= GLOBAL
        assert len({*names}) == len(names), "each once"
