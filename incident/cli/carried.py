"""What goes with a command line to a server, and what comes back: files, by the types of its parameters.

A path within the folder one is in stands there as it is. Any other is given a name of its own for the way,
and in what the command says it is called again as it was typed.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from incident.cli.files import Named, PlaybookToRead, ToFill, ToWrite, is_confined
from incident.cli.line import Line
from incident.domain.errors import RequestError
from incident.domain.say import say
from incident.service.files import read_file
from incident.views.commands import MOST, File

#: The base of a playbook, which is a file beside it; of a shipped one there is none.
_EXTENDS = re.compile(rb"^extends:\s*[\"']?([a-z][a-z0-9_]{0,63})", re.MULTILINE)
_DEEP = 8


class Carried(NamedTuple):
    """A command line as it is sent."""

    words: list[str]
    stdin: bytes
    files: list[File]
    folders: list[str]
    #: What a path is called on the way → as it was typed.
    called: dict[str, str]
    #: Files that it may write, and folders that it may fill, as they are called on the way.
    written: frozenset[str]
    filled: frozenset[str]

    def shown(self, words: str) -> str:
        """Call files again as they were typed."""
        for name, typed in self.called.items():
            plain = json.dumps(typed, ensure_ascii=False)[1:-1] if "--json" in self.words else typed
            words = words.replace(name, plain)
        return words


def carry(line: Line, arguments: Sequence[str]) -> Carried:
    """Take along what a command reads. Raises `RequestError` for what cannot be read, or is too much."""
    words, called = [*arguments], dict[str, str]()
    files: dict[str, File] = {}
    folders: set[str] = set()
    written: set[str] = set()
    filled: set[str] = set()
    for kind, typed in line.files():
        if typed == "-" or not typed:
            continue
        name = typed
        if not is_confined(typed):
            name = f"incident-{secrets.token_hex(6)}/{Path(typed).name or 'file'}"
            called[name] = typed
            words = [_renamed(word, typed, name) for word in words]
        if isinstance(kind, ToWrite):
            written.add(name)
        if isinstance(kind, ToFill):
            filled.add(name)
        for one in _with_it(kind, typed, name):
            if isinstance(one, str):
                folders.add(one)
            else:
                files[one.path] = one
    stdin = _stdin() if "-" in words else b""
    if sum(len(one.data) for one in files.values()) + len(stdin) > MOST // 2:
        raise _too_much()
    return Carried(
        words, stdin, [*files.values()], sorted(folders), called, frozenset(written), frozenset(filled)
    )


def _renamed(word: str, typed: str, name: str) -> str:
    if word == typed:
        return name
    return f"{word[: -len(typed)]}{name}" if word.startswith("-") and word.endswith(typed) else word


def _with_it(kind: Named, typed: str, name: str) -> Iterator[File | str]:
    """Give what stands at a path: a file with what is read of it, or a folder by its name."""
    path = Path(typed)
    parent = _folder(name)
    try:
        if parent and path.parent.is_dir():
            yield parent
        if path.is_dir():
            yield name
            if isinstance(kind, ToFill):  # that they are there is all that has to be known
                yield from (File(path=f"{name}/{one.name}", data=b"") for one in path.iterdir())
        elif os.path.lexists(path):
            yield from _file(kind, path, name)
    except (OSError, ValueError):  # what no file can be called; the command says it
        return


def _file(kind: Named, path: Path, name: str) -> Iterator[File]:
    if isinstance(kind, ToWrite | ToFill):
        yield File(path=name, data=b"")
        return
    data = _read(path)
    yield File(path=name, data=data)
    if isinstance(kind, PlaybookToRead):
        yield from _bases(path.parent, _folder(name), data, _DEEP)


def _bases(folder: Path, name: str, playbook: bytes, deep: int) -> Iterator[File]:
    """Give what a playbook extends, and what that does: files beside it or in `base/`."""
    found = _EXTENDS.search(playbook)
    if found is None or not deep:
        return
    base = found[1].decode()
    for within in ("", "base"):
        path = folder / within / f"{base}.yaml"
        if path.is_file():
            data = _read(path)
            yield File(path=_joined(name, within, path.name), data=data)
            yield from _bases(path.parent, _joined(name, within), data, deep - 1)


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _joined(*parts: str) -> str:
    return "/".join(part for part in parts if part)


def _read(path: Path) -> bytes:
    return read_file(path, MOST // 2, expected=say("an ordinary file"), do=say("name another")).raw


def _stdin() -> bytes:
    if sys.stdin is None or sys.stdin.isatty():
        return b""
    return sys.stdin.buffer.read(MOST // 2 + 1)


def _too_much() -> RequestError:
    return RequestError(
        where=say("files of the command"),
        expected=say("at most {n} MB", n=MOST // 2 >> 20),
        found=say("more"),
        do=say("do it at the machine of the database"),
    )


def keep(carried: Carried, files: Sequence[File]) -> None:
    """Write what a command wrote, to where it was told to and nowhere else. Raises `RequestError`."""
    for one in files:
        folder, _slash, name = one.path.rpartition("/")
        if one.path in carried.written:
            path = Path(carried.called.get(one.path, one.path))
            flags = os.O_TRUNC
        elif folder in carried.filled and name not in ("", ".", ".."):
            path = Path(carried.called.get(folder, folder)) / name
            path.parent.mkdir(exist_ok=True)
            flags = os.O_EXCL
        else:
            continue
        try:
            with os.fdopen(
                os.open(path, os.O_WRONLY | os.O_CREAT | flags, 0o600 if one.private else 0o666), "wb"
            ) as file:
                file.write(one.data)
        except OSError as error:
            raise RequestError(
                where=str(path),
                expected=say("a file that can be written"),
                found=error.strerror or str(error),
                do=say("name another"),
            ) from error
