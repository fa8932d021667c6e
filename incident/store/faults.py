"""Foreign exceptions turned at the border: what the database says → whose turn it is to act."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, exc

from incident.domain import inputs
from incident.domain.errors import Conflict, RequestError, StoreAway, StoreError
from incident.domain.letters import character
from incident.domain.say import Words, say
from incident.store import moved

_Advice = tuple[Words, Words]

_LOCKED: _Advice = (
    say("the database free within the waiting time"),
    say("try again; if it stays so, another program holds it open: incident doctor"),
)
_FULL: _Advice = (say("room on the disk"), say("make room and try again; nothing was changed"))
_BROKEN_DISK: _Advice = (say("a disk that works"), say("check the disk; nothing was changed"))
_DAMAGED: _Advice = (say("an undamaged database"), say("restore a backup; keep the damaged file"))
_OTHER_TABLES: _Advice = (
    say("the tables as this program made them"),
    say("restore a backup, or undo what changed them; see what is missing: incident doctor"),
)
_READ_ONLY: _Advice = (
    say("a database that may be written"),
    say("check the user's rights, and that the server is not a standby"),
)
_NO_RIGHT: _Advice = (
    say("a database that may be written by whom we connect as"),
    say("connect as a role that may; who may what, say incident doctor and incident db roles"),
)
_AWAY: _Advice = (
    say("a database that answers"),
    say("check that the server runs and may be reached, then try again; nothing was changed"),
)
#: What makes the whole database unusable for now, whatever it was asked.
_UNUSABLE = (_LOCKED, _FULL, _BROKEN_DISK, _READ_ONLY, _NO_RIGHT, _AWAY)
#: How PostgreSQL's code begins → what was expected, what to do. The words may be in any language.
_STATES: list[tuple[str, _Advice]] = [
    ("55P03", _LOCKED),
    ("40P01", _LOCKED),
    ("53100", _FULL),
    ("58030", _BROKEN_DISK),
    ("XX001", _DAMAGED),
    ("XX002", _DAMAGED),
    ("25006", _READ_ONLY),
    ("42501", _NO_RIGHT),
    ("42P", _OTHER_TABLES),
    ("427", _OTHER_TABLES),
    ("08", _AWAY),
    ("57P0", _AWAY),
]
#: What SQLite says → what was expected, what to do.
_SIGNS: list[tuple[str, _Advice]] = [
    ("locked", _LOCKED),
    ("disk is full", _FULL),
    ("disk i/o error", _BROKEN_DISK),
    (
        "unable to open",
        (
            say("a folder in which the database can be made"),
            say(
                "check that the folder exists and may be written, or choose another: {db}", db=inputs.DATABASE
            ),
        ),
    ),
    (
        "readonly",
        (
            say("a database that may be written"),
            say("check the rights of the file and its folder"),
        ),
    ),
    ("not a database", (say("an SQLite database"), say("choose another file: {db}", db=inputs.DATABASE))),
    ("malformed", _DAMAGED),
    ("no such table", _OTHER_TABLES),
    ("no such column", _OTHER_TABLES),
    ("already exists", _OTHER_TABLES),
    ("duplicate column", _OTHER_TABLES),
]


@contextmanager
def known_to_be_kept(place: str) -> Iterator[None]:
    """Raise a `StoreError` of its own when the connection is lost while committing: nobody knows then."""
    try:
        yield
    except exc.DBAPIError as error:
        if not error.connection_invalidated:
            raise
        raise StoreError(
            where=place,
            expected=say("an answer to the last word"),
            found=say("the connection was lost; it is not known whether it was recorded"),
            do=say("look: incident status; or say the same again under the same identity, which counts once"),
        ) from error


@contextmanager
def undone_alone(connection: Connection, place: str) -> Iterator[None]:
    """Undo what is written in the block when that fails, and nothing else of the transaction.

    Raises `StoreAway`, with what was in the way, when the transaction as a whole was undone: SQLite does so
    where a disk is full or broken, and what is written after that would be kept at once.
    """
    nested = connection.begin_nested()
    try:
        yield
        nested.commit()
    except BaseException as error:
        try:
            nested.rollback()
        except exc.DBAPIError as lost:
            raise _away(place, error if isinstance(error, exc.DBAPIError) else lost) from error
        raise


def _away(place: str, error: exc.DBAPIError) -> StoreAway:
    told = _store_error(place, error)
    return StoreAway(where=told.where, expected=told.expected, found=told.found, do=told.do)


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Raise `StoreError` or `Conflict` for what the database at `place` (no password in it) refuses.

    `RequestError` for words that it cannot hold.
    """
    try:
        yield
    except exc.IntegrityError as error:
        if moved.was_left(error):
            raise moved.gone(place) from error
        raise Conflict(
            where=place,
            expected=say("to be first"),
            found=say("somebody else wrote the same just before"),
            do=say("look: incident status"),
        ) from error
    except exc.DataError as error:
        if "NUL" not in str(error.orig):
            raise _store_error(place, error) from error
        raise RequestError(  # PostgreSQL holds no such text, so nothing there is called so
            where=say("words of the request"),
            expected=say("text without control characters and without marks of direction"),
            found=character("\0"),
            do=say("write it again"),
        ) from error
    except exc.DBAPIError as error:
        raise _store_error(place, error) from error
    except UnicodeDecodeError as error:
        # what SQLite says of a damaged schema quotes it, and Python takes it for text
        expected, do = _DAMAGED
        raise StoreError(where=place, expected=expected, found=str(error), do=do) from error


def _store_error(place: str, error: exc.DBAPIError) -> StoreError:
    said = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
    known = _advice(getattr(error.orig, "sqlstate", None), said.lower())
    # a connection that breaks has no code
    is_away = known in _UNUSABLE or (known is None and isinstance(error, exc.OperationalError))
    expected, do = known or _AWAY
    family = StoreAway if is_away else StoreError
    return family(where=place, expected=expected, found=said, do=do)


def _advice(sqlstate: str | None, said: str) -> _Advice | None:
    """Choose by PostgreSQL's code where there is one, else by what SQLite says, which is English always."""
    if sqlstate is not None:
        return next((advice for begin, advice in _STATES if sqlstate.startswith(begin)), None)
    return next((advice for sign, advice in _SIGNS if sign in said), None)
