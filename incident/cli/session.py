"""What a command works with: the store of this run, its clock, and the log."""

from __future__ import annotations

import getpass
import os
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from incident import bootstrap
from incident.cli.output import talk
from incident.domain.errors import RequestError
from incident.domain.say import say
from incident.service.who import Who, signed_in
from incident.store.sql import SqlStore

if TYPE_CHECKING:
    from incident.domain.identity import SignedIn


def store(*, guarded: bool = True) -> SqlStore:
    """Open the store that `--db`, the environment or the default names, until the command ends.

    Without the guard a journal is written to whatever checkpoints outside say. Raises `StoreError`.
    """
    opened = bootstrap.open_store(option("db"), guarded=guarded, tell=talk)
    click.get_current_context().find_root().call_on_close(opened.close)
    return opened


def option(name: str) -> Any:
    """Give a global option of this run."""
    return click.get_current_context().find_root().meta.get(name)


def is_interactive() -> bool:
    """Tell whether a person can be asked: one who answers, and who sees the plan and the questions."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return all(stream is not None and stream.isatty() for stream in streams) and not option("json")


def must_be_text(option: str, words: str | None) -> None:
    """Refuse half characters where they would reach the database. Raises `RequestError`."""
    try:
        (words or "").encode()
    except UnicodeEncodeError as error:
        raise RequestError(
            where=option,
            expected=say("text"),
            found=repr(words),
            do=say("write it again; the terminal may not use UTF-8"),
        ) from error


class Served(NamedTuple):
    """For whom this process carries a command out, and from where they come."""

    person: SignedIn
    address: str


#: None in a process that somebody started for themselves.
_served: Served | None = None


def serve(served: Served) -> None:
    """Carry out in this process what somebody who signed in at a server wants."""
    global _served  # noqa: PLW0603 - one person a process, said before anything is done
    _served = served


def served() -> Served | None:
    """Give for whom this process carries a command out; none for whoever started it."""
    return _served


def who(claimed: str | None) -> Who:
    """Say who presses: a name that is typed is a claim, the operating system's user stands beside it.

    Somebody who signed in at a server is who they are, and no other name is taken (`served.py`).
    """
    if _served is not None:
        assert claimed is None, "the name of somebody who signed in is known"
        return signed_in(_served.person)
    user = os_user()
    return Who(actor="claimed" if claimed else "os", by=claimed or user, os_user=user)


def os_user() -> str:
    """Name the user of the operating system who runs this, and not whoever the surroundings name.

    One without a name has a number: two of them are to be told apart.
    """
    try:
        import pwd
    except ImportError:  # Windows
        return getpass.getuser()
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def note(event: str, **values: str | int | None) -> None:
    """Log what was done, when `--verbose` or `--log-json` asks for it. Never give it personal data."""
    if option("verbose") or option("log_json"):
        from incident.cli.log import logger

        logger(as_json=bool(option("log_json"))).info(event, **values)
