"""Faults in the middle of a command: something is done just before one of its statements, or its commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any, Final, NamedTuple

from sqlalchemy import Engine, event

from tests.cli.desk import Desk, Said

#: SQLAlchemy's names for the moments before.
_EVENTS: Final = {"statement": "before_cursor_execute", "commit": "commit"}


class Moment(NamedTuple):
    """Just before the n-th statement or commit of a command, counted from 1."""

    what: str
    n: int = 1


@contextmanager
def at(moment: Moment, do: Callable[[], object]) -> Iterator[list[Moment]]:
    """Do something at a moment of whatever this process asks of a database; gives whether it came."""
    numbers = count(1)
    came: list[Moment] = []

    def hook(*_: Any) -> None:
        if next(numbers) == moment.n:
            came.append(moment)
            do()

    event.listen(Engine, _EVENTS[moment.what], hook)
    try:
        yield came
    finally:
        event.remove(Engine, _EVENTS[moment.what], hook)


def run_with(desk: Desk, words: tuple[str, ...], moment: Moment, do: Callable[[], object]) -> Said:
    """Run a command in which something is done at a moment; the moment has to come."""
    with at(moment, do) as came:
        said = desk.run(*words)
    assert came == [moment], said
    return said
