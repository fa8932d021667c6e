"""Options that say what signs, whose signatures count, and where checkpoints lie outside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from incident.cli.files import ToRead
from incident.domain.errors import RequestError
from incident.domain.say import say
from incident.language import _

_Command = TypeVar("_Command", bound=Callable[..., Any])


class Named(click.Path):
    """A path that somebody wrote: an unset variable of a unit file is empty, and no path."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Give the path. Raises `RequestError` for one that is empty."""
        if str(value).strip():
            return super().convert(value, param, ctx)
        raise RequestError(
            where=param.opts[0] if param is not None else "",
            expected=say("a name"),
            found=say("nothing"),
            do=say("leave the option out, or say which; a variable may be unset"),
        )


#: Public keys one of which has to have signed.
pubkey = click.option(
    "--pubkey",
    multiple=True,
    type=ToRead(),
    metavar="KEY",
    help=_("Public key that has to have signed: its text or a file; repeat (INCIDENT_PUBKEY)."),
)


def key(what_for: str) -> Callable[[_Command], _Command]:
    """Give the option for the file of a private key; `what_for` is its help."""
    return click.option(
        "--key",
        metavar="FILE",
        envvar="INCIDENT_KEY",
        type=Named(dir_okay=False, path_type=Path),
        help=what_for,
    )


def checkpoints(what_for: str) -> Callable[[_Command], _Command]:
    """Give the option for the folder of checkpoints outside the database; `what_for` is its help."""
    return click.option(
        "--checkpoints",
        metavar="FOLDER",
        envvar="INCIDENT_CHECKPOINTS",
        type=Named(file_okay=False, path_type=Path),
        help=what_for,
    )
