"""The command line against a server: which files go there and come back, and what is done here."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from incident.cli import root
from incident.cli.carried import carry, keep
from incident.cli.files import Named
from incident.cli.line import read_line
from incident.cli.of import Words
from incident.domain.commands import AT_THE_DATABASE, HERE, RULES
from incident.views.commands import File
from tests.cli.desk import Desk
from tests.cli.remotely import PEOPLE, REPORT, Both, must_be_refused, must_be_the_same

# -- files


def test_files_go_there_and_come_back(two: Both, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scan.bin").write_bytes(bytes(range(256)))
    (tmp_path / "people.csv").write_text(PEOPLE.replace("P2", "P3"), encoding="gb18030")
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    must_be_the_same(
        two,
        (*REPORT, "--file", "scan.bin"),
        ("journal", "prove", "majian", "1", "--out", "none/p.txt"),
    )
    two.comes("boss")
    must_be_the_same(
        two,
        ("people", "import", "majian", str(tmp_path / "people.csv"), "--dry-run"),
        ("people", "import", "majian", str(tmp_path / "none.csv")),
        ("people", "import", "majian", "else where"),
    )
    two.comes("wang")
    for words, made in (
        (("report", "show", "majian", filed(two.here), "--save", "saved"), "saved/scan.bin"),
        (("journal", "export", "majian", "--out", str(elsewhere / "kit.zip")), "else where/kit.zip"),
        (("roster", "export", "majian", "--ics", "duty.ics"), "duty.ics"),
    ):
        must_be_made_the_same(two, words, tmp_path / made)


def filed(desk: Desk) -> str:
    """Give the number of the entry of the report that was filed last."""
    return str(desk.done("history", "majian", "--kind", "ReportFiled", "--json").objects()[-1]["seq"])


def must_be_made_the_same(two: Both, words: tuple[str, ...], made: Path) -> None:
    """Make a file at both desks, once anew and once over what is there."""
    found = []
    for desk in (two.here, two.there):
        first = desk.run(*words)
        assert first.code == 0, first
        again, rights = desk.run(*words), stat.S_IMODE(made.stat().st_mode)
        found.append((first, again, rights, made.suffix == ".zip" or made.read_bytes()))
        made.unlink()
    here, there = found
    if made.suffix == ".zip":  # of another database
        assert there[2] == 0o600
        assert there[0].out.splitlines()[0] == here[0].out.splitlines()[0]
        assert there[1] == here[1]
    else:
        assert there == here


def test_what_is_piped_in_goes_there(two: Both) -> None:
    two.there.typed = two.here.typed = "无异常\n"
    words = (*REPORT[:-1], "-")
    assert two.there.run(*words) == two.here.run(*words)
    assert "无异常" in Desk(two.there.url).done("report", "show", "majian", filed(two.here)).out


def test_a_playbook_goes_with_what_it_extends(
    two: Both, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shipped = Path(root.__file__).parents[2] / "playbooks"
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "ours.yaml").write_bytes((shipped / "base" / "epidemic.yaml").read_bytes())
    plan = (shipped / "majian.yaml").read_text(encoding="utf-8")
    (tmp_path / "ours.yaml").write_text(plan.replace("extends: epidemic", "extends: ours"), encoding="utf-8")
    words = ("adopt", "ours.yaml")
    assert two.there.run(*words) == two.here.run(*words)


def test_a_server_writes_only_what_was_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["journal", "prove", "majian", "1", "--out", "proof.txt"]
    line = read_line(words)
    assert line is not None
    carried = carry(line, words)
    sent = ("proof.txt", ".bashrc", "../x", "/tmp/x", "proof.txt/x")
    keep(carried, [File(path=name, data=b"x") for name in sent])
    assert [one.name for one in tmp_path.rglob("*")] == ["proof.txt"]


# -- what is done here


def test_what_needs_no_database_is_done_here(looking: Both) -> None:
    looking.there.said["INCIDENT_TOKEN"] = "none"
    must_be_the_same(
        looking, ("playbook", "list"), ("--version",), ("status", "--help"), ("journal", "verify", "x.zip")
    )
    assert looking.there.run("status", "majian", "--db", looking.here.url).code == 0


@pytest.mark.parametrize("words", [("doctor",), ("serve",), ("db", "upgrade"), ("people", "erase")])
def test_what_is_for_the_machine_of_the_database_is_not_done(looking: Both, words: tuple[str, ...]) -> None:
    must_be_refused(looking.there.run(*words), 2, "at the machine of the database")


def leaves(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """List all commands, by their words."""
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            found = command.get_command(click.Context(command), name)
            assert found is not None
            yield from leaves(found, (*words, name))
    else:
        yield " ".join(words), command


def test_every_command_has_its_rule_or_its_reason() -> None:
    found = {name for name, _command in leaves(root.incident)}
    assert sorted(found) == sorted([*RULES, *HERE, *AT_THE_DATABASE])


def test_every_rule_knows_which_jurisdiction_a_command_is_about() -> None:
    for name, command in leaves(root.incident):
        if name in RULES:
            named = [
                of
                for of in ("jurisdiction", "words", "playbook")
                if of in {one.name for one in command.params}
            ]
            assert named == ([] if RULES[name].of == "all" else [RULES[name].of]) or name == "access", name
            # and which of several words names it, the command says
            assert [isinstance(one.type, Words) for one in command.params if one.name == "words"] == (
                [True] if RULES[name].of == "words" else []
            ), name


def test_every_parameter_of_a_file_is_of_such_a_type() -> None:
    """By it a server keeps a command within its folder."""
    signs = {"FILE", "PATH", "FOLDER", "CHECKPOINT", "KEY", "KIT.ZIP", "PLAYBOOK", "PROOF", "FILE-OR-TEXT"}
    # which report; a kit, which is verified where it is; a permission to file
    exempt = {("report file", "form"), ("journal verify", "jurisdiction"), ("user token", "scopes")}
    for name, command in leaves(root.incident):
        if name not in RULES:
            continue
        for one in command.params:
            metavar = str(one.metavar or "").upper()
            named = {*re.split(r"[][| ]+", metavar)} & signs
            if (named and (name, one.name) not in exempt) or isinstance(one.type, click.Path | click.File):
                assert isinstance(one.type, Named), (name, one.name)
