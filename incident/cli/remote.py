"""The command line against a server: `INCIDENT_SERVER` says which, a token who one is.

    read the line → what goes with it → send → show → ask, and send again → keep what it wrote

The same commands, options, words and exit codes: a server runs the very command (`served.py`). What needs no
database is done here, and so is everything with `--db`. Connections are checked by their certificates,
always; without TLS only this machine itself is spoken to.
"""

from __future__ import annotations

import getpass
import os
import shutil
import ssl
import stat
import sys
from collections.abc import Sequence
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import click
import msgspec

from incident import __version__, language
from incident.cli import root
from incident.cli.carried import Carried, carry, keep
from incident.cli.journal_kit import is_kit
from incident.cli.line import Line, read_line
from incident.cli.told import error_told
from incident.domain.commands import AT_THE_DATABASE, HERE
from incident.domain.errors import RequestError, StoreAway
from incident.domain.say import Words, say
from incident.service.files import read_file
from incident.views import commands as views
from incident.views.commands import MOST, PATH, VERSION, Answer, Question, Ran, Terminal

SERVER, TOKEN, TOKEN_FILE = "INCIDENT_SERVER", "INCIDENT_TOKEN", "INCIDENT_TOKEN_FILE"
#: Seconds for which an answer is waited for: longer than a server lets a command run.
_PATIENCE: Final = 330
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_KINDS: Final = ("TERM", "COLORTERM", "NO_COLOR")
_LOOK: Final = say("look whether it runs, and at INCIDENT_SERVER; what was asked may have been recorded")
_NOT_SENT: Final = say("nothing was sent; look whether it runs, and at INCIDENT_SERVER")
#: Letters of a token's file.
_TOKEN: Final = 4096


def run_there(arguments: Sequence[str]) -> int:
    """Let a server carry a command line out, where it is for one, and give its exit code."""
    line = read_line(arguments)
    if line is None or is_for_here(line):
        return root.run(arguments)
    with line.context:
        return root.ended(
            lambda: _run(line, arguments),
            as_json="--json" in arguments,
            is_verbose=lambda: bool(line.option("verbose")),
        )


def is_for_here(line: Line) -> bool:
    """Tell whether a command is carried out here, whatever server is named."""
    named = line.context.params.get("jurisdiction")
    is_of_a_file = line.command == "journal verify" and named is not None and is_kit(named)
    is_demo = line.command == "serve" and bool(line.context.params.get("demo"))  # with a database of its own
    is_here = line.option("db") is not None or line.command in HERE
    return is_here or is_of_a_file or is_demo or line.only_tells()


def _run(line: Line, arguments: Sequence[str]) -> int:
    if line.command in AT_THE_DATABASE:
        raise RequestError(
            where=f"incident {line.command}",
            expected=say("a command that a server carries out"),
            found=AT_THE_DATABASE[line.command],
            do=say("type it at the machine of the database, with --db"),
        )
    server, token = _server(), _token()
    carried = carry(line, arguments)
    answers: list[Answer] = []
    while True:
        ran = _send(server, token, _order(carried, answers))
        if ran.question is None:
            keep(carried, ran.files)
        _show(carried, ran)
        if ran.question is None:
            return ran.code
        answers.append(_answer(ran.question))


def _order(carried: Carried, answers: Sequence[Answer]) -> views.Line:
    size = shutil.get_terminal_size()
    inputs = [sys.stdin, sys.stdout, sys.stderr]
    is_at = [stream is not None and stream.isatty() for stream in inputs]
    return views.Line(
        words=carried.words,
        lang=language.spoken(),
        terminal=Terminal(
            stdin=is_at[0],
            stdout=is_at[1],
            stderr=is_at[2],
            columns=size.columns,
            lines=size.lines,
            kind={name: os.environ[name] for name in _KINDS if name in os.environ},
        ),
        stdin=carried.stdin,
        files=carried.files,
        folders=carried.folders,
        answers=[*answers],
    )


def _show(carried: Carried, ran: Ran) -> None:
    err = ran.err
    if ran.question is not None and ran.question.hidden:
        err = err.removesuffix(b" ")  # what ends a question is shown once nothing that is typed is shown
    for stream, raw in ((sys.stdout, ran.out), (sys.stderr, err)):
        if stream is not None and raw:
            stream.write(carried.shown(raw.decode("utf-8", "backslashreplace")))
            stream.flush()


def _answer(question: Question) -> Answer:
    """Take what is typed; the question stands on the screen already. Raises `Abort` where somebody leaves."""
    try:
        words = getpass.getpass(" ") if question.hidden else input()
    except (EOFError, KeyboardInterrupt):
        raise click.Abort from None
    return Answer(words=words, about=question.about)


# -- the connection


def _server() -> tuple[HTTPConnection, str]:
    """Give the connection to the server, not opened yet, and where its addresses begin."""
    said = os.environ[SERVER]
    try:
        parts = urlsplit(said)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        parts, port, host = urlsplit(""), None, ""
    if parts.scheme == "https" and host and parts.username is None:
        context = ssl.create_default_context()
        return HTTPSConnection(host, port, timeout=_PATIENCE, context=context), parts.path.rstrip("/")
    if parts.scheme == "http" and host in _LOOPBACK and parts.username is None:
        return HTTPConnection(host, port, timeout=_PATIENCE), parts.path.rstrip("/")
    raise RequestError(
        where=SERVER,
        expected=say("an address such as `https://incident.example`; without TLS only this machine itself"),
        found=say("another"),
        do=say("correct it"),
    )


def _token() -> str:
    """Give the token; never from a command line, which others can read. Raises `RequestError`."""
    token, file = os.environ.get(TOKEN, "").strip(), os.environ.get(TOKEN_FILE)
    if not token and file:
        expected, do = say("a file with a token, for its owner alone (chmod 600)"), say("correct it")
        found = read_file(Path(file), _TOKEN, expected=expected, do=do, where=TOKEN_FILE)
        if found.rights & (stat.S_IRWXG | stat.S_IRWXO):
            raise RequestError(
                where=TOKEN_FILE, expected=expected, found=stat.filemode(found.rights), do=say("chmod 600")
            )
        token = found.raw.decode("ascii", "replace").strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise RequestError(
            where=TOKEN,
            expected=say("the token by which the server knows you"),
            found=say("none") if not token else say("no token"),
            do=say("set INCIDENT_TOKEN_FILE; make one on the page about yourself, or ask an administrator"),
        )
    return token


def _send(server: tuple[HTTPConnection, str], token: str, order: views.Line) -> Ran:
    """Send a line and give what came of it. Raises what the server or the connection says."""
    connection, path = server
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Accept-Language": order.lang,
        VERSION: __version__,
    }
    try:
        connection.connect()
    except OSError as error:
        raise _away(str(error), do=_NOT_SENT) from error
    try:
        connection.request("POST", f"{path}{PATH}", msgspec.json.encode(order), headers)
        answer = connection.getresponse()
        raw = answer.read(4 * MOST)
        if answer.length:
            raise _away(say("an answer that broke off"))
    except (OSError, HTTPException) as error:
        raise _away(str(error) or type(error).__name__) from error
    finally:
        connection.close()
    if answer.status != HTTPStatus.OK:
        raise error_told(answer.status, raw, server=_shown_server(), again=answer.getheader("Retry-After"))
    try:
        return msgspec.json.decode(raw, type=Ran)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _away(say("an answer of something else")) from error


def _away(found: Words, do: Words = _LOOK) -> StoreAway:
    return StoreAway(
        where=f"{SERVER} {_shown_server()}", expected=say("an answer of the server"), found=found, do=do
    )


def _shown_server() -> str:
    """Name the server without a password that somebody wrote into the address."""
    parts = urlsplit(os.environ[SERVER])
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
