"""Commands that are imported when they are called, each with the global options.

Start-up dominates a short command, so a command's module is read only when that command is asked for.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import click

from incident.language import LANGUAGES, _


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Keep a global option at the root, wherever on the line it stood; the innermost one given wins."""
    if value not in (None, False):
        context.find_root().meta[str(parameter.name)] = value


def shared(command: click.Command) -> click.Command:
    """Add the global options to a command, so that they may stand before or after its name."""
    declared = [
        click.Option(
            ["--db"],
            metavar="URL",
            expose_value=False,
            callback=_keep,
            help=_("Database; default: INCIDENT_DB, else SQLite in your data folder."),
        ),
        click.Option(
            ["--lang"],
            type=click.Choice(LANGUAGES),
            expose_value=False,
            callback=_keep,
            help=_("Language; default: that of the environment."),
        ),
        click.Option(
            ["--json"],
            is_flag=True,
            expose_value=False,
            callback=_keep,
            is_eager=True,
            help=_("Print JSON alone on stdout."),
        ),
        click.Option(
            ["--log-json"],
            is_flag=True,
            expose_value=False,
            callback=_keep,
            help=_("Log lines as JSON."),
        ),
        click.Option(
            ["-v", "--verbose"],
            is_flag=True,
            expose_value=False,
            callback=_keep,
            help=_("Log what is done, to stderr."),
        ),
    ]
    taken = {name for option in command.params for name in option.opts}
    command.params += [option for option in declared if not taken & set(option.opts)]
    if command.callback is not None and not hasattr(command.callback, "asks"):
        command.callback = _asking(command.callback)
    return command


def command_at(place: str) -> click.Command:
    """Import a command by its module and attribute, with a colon between."""
    module, _colon, attribute = place.partition(":")
    command: click.Command = getattr(importlib.import_module(module), attribute)
    return command


def _asking(callback: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command ask first whether it may, where somebody is there to ask (`served.py`)."""

    @wraps(callback)
    def asked(*words: Any, **named: Any) -> Any:
        context = click.get_current_context()
        if context.obj is not None and not isinstance(context.command, click.Group):
            context.obj(context)
        return callback(*words, **named)

    asked.asks = True  # type: ignore[attr-defined]
    return asked


class LazyGroup(click.Group):
    """A group that imports a command when it is called."""

    def __init__(self, *args: Any, places: Mapping[str, str], **more: Any) -> None:
        """Hold the commands named by `places`: the module and attribute of each."""
        super().__init__(*args, **more)
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name the commands, in the order in which a newcomer needs them."""
        return list(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command, with the global options on it and on whatever it holds."""
        place = self._places.get(cmd_name)
        return None if place is None else _with_children(command_at(place))


def _with_children(command: click.Command) -> click.Command:
    if isinstance(command, click.Group):
        for child in command.commands.values():
            _with_children(child)
    return shared(command)
