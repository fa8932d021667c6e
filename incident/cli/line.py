"""What a command line says, without doing it: which command, with which parameters.

Read leniently: what is wrong with it, whoever carries it out says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import click

from incident.cli.files import Named
from incident.cli.root import incident


class Line(NamedTuple):
    """A command, by its words, and the context in which it would be carried out."""

    command: str
    context: click.Context

    def option(self, name: str) -> Any:
        """Give a global option, wherever on the line it stands."""
        return self.context.find_root().meta.get(name)

    def only_tells(self) -> bool:
        """Tell whether it asks for what the program itself can say: help, its version."""
        context: click.Context | None = self.context
        while context is not None:
            told = context.command.get_help_option(context)
            names = ["version", *([] if told is None else [str(told.name)])]
            sources = [context.get_parameter_source(name) for name in names]
            if click.core.ParameterSource.COMMANDLINE in sources:
                return True
            context = context.parent
        return False

    def files(self) -> Iterator[tuple[Named, str]]:
        """Give what may name files: the type of the parameter, and each value as it was typed."""
        for parameter in self.context.command.params:
            value = self.context.params.get(str(parameter.name))
            if isinstance(parameter.type, Named) and value is not None:
                for one in value if isinstance(value, tuple) else (value,):
                    yield parameter.type, str(one)


def read_line(arguments: Sequence[str]) -> Line | None:
    """Read a line; none where it names no command."""
    words: list[str] = []
    command: click.Command = incident
    context = command.make_context("incident", list(arguments), resilient_parsing=True)
    while isinstance(command, click.Group):
        rest = [*context._protected_args, *context.args]  # noqa: SLF001 - as Group.invoke does
        if not rest:
            return None
        name, found, rest = command.resolve_command(context, rest)
        if name is None or found is None:
            return None
        words.append(name)
        command = found
        context = command.make_context(name, rest, parent=context, resilient_parsing=True)
    return Line(" ".join(words), context)


def name_of(context: click.Context) -> str:
    """Give the words of the command that a context is of, as they stand in `domain/commands.py`."""
    words: list[str] = []
    while context.parent is not None:
        words.append(str(context.info_name))
        context = context.parent
    return " ".join(reversed(words))
