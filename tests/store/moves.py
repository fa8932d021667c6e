"""What tests of moving work with: all that a database holds, and moves that are killed on the way."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Engine, event, select

from incident.store.database import connect
from incident.store.moving import Moved, move
from incident.store.tables import metadata
from tests.playbooks import NIGHT
from tests.store.children import CONTEXT, PATIENCE, Point

#: Commits are counted apart from statements: `-1` is the first.
COMMITS: Final = 3


def contents(url: str) -> dict[str, list[str]]:
    """Give every row of every table, each read by itself."""
    engine = connect(url)
    try:
        with engine.connect() as connection:
            return {
                name: sorted(repr(tuple(row)) for row in connection.execute(select(table)))
                for name, table in metadata.tables.items()
            }
    finally:
        engine.dispose()


def moved(source: str, target: str) -> Moved:
    """Move without a word."""
    return move(source, target, at=NIGHT, tell=lambda *_: None)


@contextmanager
def passing(reached: Callable[[Point], None], *, is_committed: bool = True) -> Any:
    """Call `reached` before and after each statement and each commit of both databases.

    Without `is_committed` a commit is left to whoever asked for it, and nothing called after it.
    """
    count = {"statement": 0, "commit": 0}

    def before(*_: Any) -> None:
        count["statement"] += 1
        reached(("before", count["statement"]))

    def after(*_: Any) -> None:
        reached(("after", count["statement"]))

    def committing(connection: Any) -> None:
        count["commit"] += 1
        reached(("before", -count["commit"]))
        if is_committed:
            connection._dbapi_connection.dbapi_connection.commit()
            reached(("after", -count["commit"]))

    heard = [("before_cursor_execute", before), ("after_cursor_execute", after), ("commit", committing)]
    for name, hear in heard:
        event.listen(Engine, name, hear)
    try:
        yield
    finally:
        for name, hear in heard:
            event.remove(Engine, name, hear)


def killed_at(source: str, target: str, point: Point) -> int | None:
    """Move in a process that kills itself at a point; gives its exit code."""
    child = CONTEXT.Process(target=_move_until, args=(source, target, point))
    child.start()
    child.join(PATIENCE)
    exit_code = child.exitcode
    child.close()
    return exit_code


def _move_until(source: str, target: str, point: Point) -> None:
    with passing(lambda at: os.kill(os.getpid(), signal.SIGKILL) if at == point else None):
        moved(source, target)
