"""A command in a process of its own that is killed, or stopped, at one of its points.

The process is forked out of a server that has the whole program loaded, so it costs milliseconds; it ends by
a signal to itself, without any clean-up, and what it had open goes with it.
"""

from __future__ import annotations

import importlib
import io
import os
import resource
import sys
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final, NamedTuple
from unittest import mock

from incident import bootstrap, language
from incident.cli import log, root, session
from incident.identity import passwords
from incident.store import upgrade
from incident.testing import PlainPasswords
from tests.cli.desk import Said, must_be_fit_for_people
from tests.crash import at_server
from tests.crash.act import chance_of
from tests.crash.points import Point, heard
from tests.store.children import CONTEXT, PATIENCE
from tests.two import AT_DESK

# what commands import when they are called is loaded before the fork
for _target in root._COMMANDS.values():
    importlib.import_module(_target.partition(":")[0])
#: Migrations and drivers too.
LOADED: Final = [
    upgrade,
    importlib.import_module("psycopg"),
    importlib.import_module("incident.service.deliver"),
]


class Typed(NamedTuple):
    """A command as it is typed: at which database, in what words, when."""

    url: str
    words: tuple[str, ...]
    at: int
    #: Where messages are written.
    messages: Path
    #: What else its surroundings say.
    surroundings: tuple[tuple[str, str], ...] = ()


def stop_at(typed: Typed, point: int, number: int) -> BaseProcess:
    """Start a command that sends itself a signal at the n-th of its points, counted from 1."""
    child = CONTEXT.Process(target=_stopping, args=(typed, point, number))
    child.start()
    return child


def kill_at(typed: Typed, point: int, number: int) -> int | None:
    """Let a command end itself at the n-th of its points; gives its exit code."""
    child = stop_at(typed, point, number)
    child.join(PATIENCE)
    code = child.exitcode
    child.close()
    return code


def _stopping(typed: Typed, point: int, number: int) -> None:
    passed = 0

    def reached(_: Point) -> None:
        nonlocal passed
        passed += 1
        if passed == point:
            os.kill(os.getpid(), number)

    with heard(reached, files=typed.messages):
        said = run(typed)
    os._exit(said.code)


def run(typed: Typed) -> Said:
    """Run a command in this process, at its time; what is random is not, so that rows can be compared."""
    out, err = io.StringIO(), io.StringIO()
    log.logger.cache_clear()  # it remembers the stderr of the command before
    with (
        language.speaking("en"),
        mock.patch.dict(os.environ, typed.surroundings, INCIDENT_DB=typed.url, INCIDENT_LANG="en"),
        mock.patch.object(bootstrap, "now", return_value=typed.at),
        mock.patch.object(bootstrap, "clock", return_value=typed.at),
        mock.patch.object(bootstrap, "chance", chance_of(typed.words)),
        mock.patch.object(passwords, "Argon2", PlainPasswords),  # no salt, and no time
        mock.patch.object(session, "os_user", return_value=dict(typed.surroundings).get(AT_DESK, "officer")),
        mock.patch.object(sys, "stdout", out),
        mock.patch.object(sys, "stderr", err),
        mock.patch.object(sys, "stdin", None),
    ):
        name, *words = typed.words
        code = at_server.press(words) if name == at_server.NAME else root.run(typed.words)
    return must_be_fit_for_people(typed.words, Said(code, out.getvalue(), err.getvalue()))


def run_limited(typed: Typed, size: int) -> Said:
    """Run a command in a process in which no file grows beyond a size in bytes; gives what it says."""
    ours, theirs = CONTEXT.Pipe(duplex=False)
    child = CONTEXT.Process(target=_limited, args=(typed, size, theirs))
    child.start()
    theirs.close()
    assert ours.poll(PATIENCE)
    said: Said = ours.recv()
    ours.close()
    child.join(PATIENCE)
    child.close()
    return said


def _limited(typed: Typed, size: int, answer: Connection) -> None:
    _soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    answer.send(run(typed))
