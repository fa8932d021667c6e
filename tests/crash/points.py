"""The points at which a command can be killed: before and after each statement and commit, at each file.

Heard at the driver's border, for all engines of the process: whatever the command asks of a database, also
when it opens it and looks around, is a point. Beside them stand the files that it opens, makes, names or
removes in one folder: those of messages and checkpoints.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import Engine, event


class Point(NamedTuple):
    """A moment in the life of a command."""

    #: `before` or `after`.
    side: str
    #: `statement`, `commit` or `file`.
    what: str


COMMITTED: Final = Point("after", "commit")
#: What Python's audit calls the moment before a file is opened, made, named, renamed or removed.
_FILE_EVENTS: Final = {"open", "os.mkdir", "os.link", "os.rename", "os.remove"}
#: Is told each point as it comes.
Hearer = Callable[[Point], None]

#: The folder whose files are heard, and who hears them.
_listening: list[tuple[str, Hearer]] = []


@contextmanager
def heard(reached: Hearer, *, files: Path) -> Iterator[None]:
    """Tell of each statement and commit of this process, and of each file of a folder."""

    def before(*_: Any) -> None:
        reached(Point("before", "statement"))

    def after(*_: Any) -> None:
        reached(Point("after", "statement"))

    def committing(connection: Any) -> None:
        # in place of SQLAlchemy, whose own commit then finds nothing to do: there is no event after it
        reached(Point("before", "commit"))
        connection.connection.dbapi_connection.commit()
        reached(COMMITTED)

    hooks = {"before_cursor_execute": before, "after_cursor_execute": after, "commit": committing}
    for name, hook in hooks.items():
        event.listen(Engine, name, hook)
    _hear_files()
    _listening.append((str(files), reached))
    try:
        yield
    finally:
        _listening.pop()
        for name, hook in hooks.items():
            event.remove(Engine, name, hook)


@cache
def _hear_files() -> None:
    """Begin to hear of files; only once, for an audit hook cannot be taken away again."""
    sys.addaudithook(_hear_file)


def _hear_file(name: str, arguments: tuple[Any, ...]) -> None:
    if _listening and name in _FILE_EVENTS:
        folder, reached = _listening[-1]
        if str(arguments[0]).startswith(folder):
            reached(Point("before", "file"))
