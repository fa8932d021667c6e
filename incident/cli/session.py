"""What a command works with: the store of this run, its clock, and the log."""

from __future__ import annotations

import getpass
import sys
from typing import Any

import click

from incident import bootstrap
from incident.store.sql import SqlStore


def store() -> SqlStore:
    """Open the store that `--db`, the environment or the default names, until the command ends.

    Raises `StoreError`.
    """
    opened = bootstrap.open_store(option("db"))
    click.get_current_context().find_root().call_on_close(opened.close)
    return opened


def option(name: str) -> Any:
    """Give a global option of this run."""
    return click.get_current_context().find_root().meta.get(name)


def is_interactive() -> bool:
    """Tell whether a person can be asked: one who answers, and who sees the plan and the questions."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return all(stream is not None and stream.isatty() for stream in streams) and not option("json")


def actor(claimed: str | None) -> str:
    """Say who pressed: the name given, else the operating system's user, marked as such."""
    if claimed:
        return claimed
    try:
        return f"os:{getpass.getuser()}"
    except (KeyError, OSError):
        return "os:unknown"


def note(event: str, **values: str | int | None) -> None:
    """Log what was done, when `--verbose` or `--log-json` asks for it. Never give it personal data."""
    if option("verbose") or option("log_json"):
        from incident.cli.log import logger

        logger(as_json=bool(option("log_json"))).info(event, **values)
