"""Reading the URL of a database, and showing it: whatever could be a password appears in no message."""

from __future__ import annotations

import re

from sqlalchemy import URL, Engine, exc, make_url

from incident.domain import inputs
from incident.domain.errors import StoreError
from incident.domain.say import Words, say

#: What stands between the user's name and the last `@`; a password that was not escaped may hold anything.
_PASSWORD = re.compile(r"(?<=://)([^:/@]*)[:/@].*@", re.DOTALL)
#: A password given as an option: `?password=…`, or as libpq's own `password='…'`.
_OPTION = re.compile(r"(pass\w*\s*=\s*)('[^']*'|[^&\s]*)", re.IGNORECASE)


def hidden(url: str) -> str:
    """Give a URL as it may be shown: without its password, however wrongly it is written."""
    if not url.startswith("sqlite"):
        url = _PASSWORD.sub(r"\1:***@", url)
    return _OPTION.sub(r"\1***", url)


def place_of(engine: Engine) -> str:
    """Say where an engine leads, as it may be shown."""
    return hidden(engine.url.render_as_string(hide_password=False))


def read_url(url: str) -> URL:
    """Read a database's URL. Raises `StoreError` for one that is not SQLite's or PostgreSQL's."""
    try:
        parsed = make_url(url)
    except (exc.ArgumentError, ValueError) as error:
        raise wrong_url(url, say("something that is not a URL")) from error
    if parsed.get_backend_name() == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise wrong_url(url, say("a database in memory, which ends with the command"))
    elif parsed.get_backend_name() != "postgresql":
        raise wrong_url(url, parsed.drivername)
    elif url.partition("?")[0].count("@") != (parsed.username is not None):
        # what is taken for host or name then holds a part of the password
        raise wrong_url(url, say("an @ in an unexpected place; inside a password write %40, and %2F for /"))
    return parsed


def wrong_url(url: str, found: Words) -> StoreError:
    """Say what a URL has to look like."""
    return StoreError(
        where=hidden(url) or inputs.DATABASE,
        expected=say("sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"),
        found=found,
        do=say("correct {db} or INCIDENT_DB; for PostgreSQL install incident[postgres]", db=inputs.DATABASE),
    )
