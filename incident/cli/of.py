"""Commands on which a jurisdiction may stand first, after `--in`, or be left out where there is but one.

What the words on such a line mean is read here alone: by the command, and by whoever asks whether somebody
may give it (`served.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import click

from incident.cli.files import ToRead
from incident.domain.errors import RequestError
from incident.domain.say import say
from incident.language import _


class Words(ToRead):
    """A jurisdiction, and a word of the command's own, which may name a file."""

    def __init__(self, own: str) -> None:
        """Keep as what the command is given the word that stands last; it takes none without a name."""
        self.own = own


def of(name: str = "", metavar: str = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a jurisdiction stand first, as with other commands, or after `--in`; `name` follows it, if any."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def called(*, words: tuple[str, ...], within: str | None, **given: Any) -> Any:
            first = _first(words, name)
            if name:
                given[name] = words[-1]
            if len(first) > (0 if within else 1):
                raise RequestError(
                    where="JURISDICTION",
                    expected=say("one"),
                    found=[*first, *([within] if within else [])],
                    do=say("name one"),
                )
            return command(jurisdiction=_named(first, within), **given)

        argument = click.argument(
            "words",
            type=Words(name),
            nargs=-1,
            required=bool(name),
            metavar=f"[JURISDICTION] {metavar}".strip(),
        )
        option = click.option(
            "--in", "within", metavar="JURISDICTION", help=_("Whose; may be left out where there is but one.")
        )
        return argument(option(called))

    return decorate


def named_in(command: click.Command, given: Mapping[str, Any]) -> str | None:
    """Give the jurisdiction that is named on a line of such a command; none where it is left out."""
    (own,) = [one.type.own for one in command.params if isinstance(one.type, Words)]
    return _named(_first(given["words"], own), given["within"])


def _first(words: tuple[str, ...], own: str) -> tuple[str, ...]:
    """Give what stands before a word of the command's own."""
    return words[:-1] if own else words


def _named(first: tuple[str, ...], within: str | None) -> str | None:
    return within or next(iter(first), None)
