"""Help: every command is named at the root, every command and option says what it is for."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from incident.cli.root import incident
from tests.cli.desk import CATALOGUE, LANGUAGES, Desk


def commands(
    command: click.Command = incident, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Walk the tree of commands."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None, f"{name} is listed and not there"
            yield from commands(child, (*path, name))


ALL = list(commands())
#: Of design section 7, what is built.
PROMISED = {
    *("activate", "stand-down", "signal", "status", "history", "adopt", "doctor"),
    *("journal verify", "db upgrade"),
    *("playbook list", "playbook show", "playbook check", "playbook diagram", "playbook schema"),
}


def test_promised_commands_are_there() -> None:
    assert {" ".join(path) for path, _ in ALL} >= PROMISED


@pytest.mark.parametrize(
    ("path", "command"), ALL, ids=lambda one: " ".join(one) if isinstance(one, tuple) else ""
)
def test_command_and_its_options_say_what_they_are_for(path: tuple[str, ...], command: click.Command) -> None:
    assert command.help
    options = [one for one in command.params if isinstance(one, click.Option)]
    assert [option.name for option in options if not option.help] == []
    # global options stand before and after the command
    if not isinstance(command, click.Group) or not path:
        assert {"db", "lang", "json", "log_json", "verbose"} <= {option.name for option in options}


@pytest.mark.parametrize("path", [path for path, _ in ALL], ids=" ".join)
def test_help_is_a_result_and_needs_no_database(path: tuple[str, ...]) -> None:
    desk = Desk("sqlite:////proc/nothing/incident.db")

    said = desk.done(*path, "--help")

    assert said.err == ""
    assert "Usage" in said.out or "用法" in said.out


def test_root_names_every_command(empty_desk: Desk) -> None:
    lines = empty_desk.done("--help").out.splitlines()
    heads = {line.split()[0] for line in lines if line.startswith("  ") and line.split()}

    assert {path[0] for path, _ in ALL if path} <= heads


def test_group_names_its_commands(empty_desk: Desk) -> None:
    for path, command in ALL:
        if path and isinstance(command, click.Group):
            shown = empty_desk.done(*path, "--help").out
            assert [name for name in command.commands if f"\n  {name} " not in shown] == []


@pytest.mark.parametrize("path", [(), ("activate",)], ids=" ".join)
def test_help_is_in_the_language_asked_for(empty_desk: Desk, path: tuple[str, ...]) -> None:
    chinese, english = (
        empty_desk.in_process_of_its_own("--lang", lang, *path, "--help") for lang in LANGUAGES
    )

    assert (chinese.code, english.code) == (0, 0)
    assert chinese.out
    assert english.out
    if CATALOGUE.exists():
        assert chinese.out != english.out


def test_version_is_said(empty_desk: Desk) -> None:
    assert empty_desk.done("--version").out.startswith("incident ")
