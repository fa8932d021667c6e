"""Foreign exceptions turned at the border: what the database says → whose turn it is to act."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from incident.domain.errors import Conflict, StoreError
from incident.domain.say import Words, say

_LOCKED = (
    say("the database free within the waiting time"),
    say("try again; if it stays so, another program holds it open: incident doctor"),
)
#: What the database says → what was expected, what to do.
_SIGNS: list[tuple[str, Words, Words]] = [
    ("locked", *_LOCKED),
    ("lock timeout", *_LOCKED),
    ("disk is full", say("room on the disk"), say("make room and try again; nothing was changed")),
    ("disk i/o error", say("a disk that works"), say("check the disk; nothing was changed")),
    (
        "unable to open",
        say("a folder in which the database can be made"),
        say("check that the folder exists and may be written, or choose another with --db"),
    ),
    (
        "readonly",
        say("a database that may be written"),
        say("check the rights of the file and its folder"),
    ),
    ("not a database", say("an SQLite database"), say("choose another file with --db")),
    ("malformed", say("an undamaged database"), say("restore a backup; keep the damaged file")),
]


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Raise `StoreError` or `Conflict` for what the database at `place` (no password in it) refuses."""
    try:
        yield
    except exc.IntegrityError as error:
        raise Conflict(
            where=place,
            expected=say("to be first"),
            found=say("somebody else wrote the same just before"),
            do=say("look: incident status"),
        ) from error
    except exc.DBAPIError as error:
        raise _store_error(place, error) from error


def _store_error(place: str, error: exc.DBAPIError) -> StoreError:
    said = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
    for sign, expected, do in _SIGNS:
        if sign in said.lower():
            return StoreError(where=place, expected=expected, found=said, do=do)
    return StoreError(
        where=place,
        expected=say("a database that answers"),
        found=said,
        do=say("check that the server runs and may be reached, then try again; nothing was changed"),
    )
