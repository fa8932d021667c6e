"""Parameters that name files: by their types a server is sent what a command reads, and gives what it writes.

A server keeps such a command to its own folder: `confined` refuses every path that leads out of it.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import click

from incident.domain.errors import RequestError
from incident.domain.say import say


class Named(click.ParamType["Any"]):
    """Words that may name a file or folder."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Take the words; at a server, refuse a path that leads elsewhere. Raises `RequestError`."""
        if ctx is not None and ctx.find_root().obj is not None:
            confined(str(value), param.opts[0] if param is not None else "")
        return value


class ToRead(Named):
    """A file that is read, or words that are none: a key, a line, the name of something."""


class PlaybookToRead(ToRead):
    """A playbook by name or path; with it goes what it extends."""


class ToWrite(Named):
    """A file that is written."""

    name = "path"

    def __init__(self, kind: type[Any] = str) -> None:
        """Give it to the command as a text, or as a path."""
        self._kind = kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Take the path. Raises `RequestError`."""
        return self._kind(super().convert(value, param, ctx))


class ToFill(Named):
    """A folder into which files are written."""


def is_confined(path: str) -> bool:
    """Tell whether a path stays in the folder where it begins."""
    parts = PurePosixPath(path.replace("\\", "/")).parts
    return not (Path(path).is_absolute() or path.startswith(("/", "\\", "~")) or ".." in parts)


def confined(path: str, where: str) -> str:
    """Give a path that stays in the folder where it begins. Raises `RequestError`."""
    if not is_confined(path):
        raise RequestError(
            where=where,
            expected=say("a path within the folder of the command"),
            found=f"`{path}`",
            do=say("name a file that goes with the command"),
        )
    return path
