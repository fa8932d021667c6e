"""The file by which a running worker is known on its machine, and by which its death is.

A worker holds a lock on its file as long as it lives; the operating system lets go of it however the process
ends. So there is no heartbeat: a file without a lock is a worker that died. A clean stop takes the file
away; the next worker that starts here takes away those of the dead, and says so. The file is written again
only when what the worker finds changes.
"""

from __future__ import annotations

import os
import secrets
import sys
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import replace

if sys.platform != "win32":
    import fcntl

#: Bytes of a file; what is found stays far below.
_LENGTH = 4096


class Findings(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a worker finds that a person should know."""

    #: When the wall clock was last changed under it, and by how many seconds.
    clock_jumped: int | None = None
    jumped_by: int = 0
    #: Seconds by which the database's clock is ahead of ours; 0 within a second.
    skew: int = 0
    #: Its alarm clock died, and it left.
    scheduler_died: int | None = None
    #: When it found that its database's file is gone or another one, and left.
    database_lost: int | None = None
    #: Since when nothing could be done, and why; the last reason stays when it can again.
    away_since: int | None = None
    last_error: str | None = None

    def changed(self, **changes: int | str | None) -> Findings:
        """Give the findings with some changed."""
        return replace(self, **changes)


class Status(Struct, frozen=True, kw_only=True):
    """What stands in the file."""

    pid: int
    #: As it names itself in the journal.
    node: str
    #: When it was started.
    since: int
    #: Where it delivers messages to; none when it does not.
    delivers: str | None = None
    findings: Findings = Findings()


class Seen(NamedTuple):
    """A worker as it is found from outside."""

    status: Status
    is_alive: bool


class StatusFile:
    """A worker's own file."""

    def __init__(self, folder: Path, status: Status) -> None:
        """Write and lock it. Raises `OSError`."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = folder / f"{status.pid}-{secrets.token_hex(4)}.json"
        self._status = status
        first = self._path if sys.platform == "win32" else self._path.with_suffix(".new")
        self._file = os.open(first, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            _lock(self._file)
            self._write()
            # seen under its name only from here on, so nobody sees it without its lock
            first.replace(self._path)
        except OSError:
            os.close(self._file)
            raise

    def report(self, findings: Findings) -> None:
        """Write what is found now; that it cannot be written stops nobody's work."""
        self._status = replace(self._status, findings=findings)
        with suppress(OSError):
            self._write()

    def _write(self) -> None:
        """Write all in one go and always as long, so that no reader meets a half of it."""
        os.lseek(self._file, 0, os.SEEK_SET)
        os.write(self._file, msgspec.json.encode(self._status).ljust(_LENGTH))

    def close(self, *, keep: bool = False) -> None:
        """Let go of it; the file goes too unless it is to tell of a death."""
        if sys.platform == "win32":  # which keeps what is open
            os.close(self._file)
        if not keep:
            with suppress(OSError):
                self._path.unlink()
        if sys.platform != "win32":
            os.close(self._file)


def workers(folder: Path) -> list[Seen]:
    """Give the workers of a folder, those that died too; what cannot be read is left out."""
    return [seen for path in sorted(folder.glob("*.json")) if (seen := _look(path)) is not None]


def bury(folder: Path) -> list[Status]:
    """Take away the files of workers that died; gives what they said last."""
    dead = []
    for path in sorted(folder.glob("*.json")):
        seen = _look(path)
        if seen is not None and not seen.is_alive:
            with suppress(OSError):
                path.unlink()
                dead.append(seen.status)
    return dead


def _look(path: Path) -> Seen | None:
    with suppress(OSError, msgspec.DecodeError):
        file = os.open(path, os.O_RDWR)
        try:
            status = msgspec.json.decode(os.read(file, 2 * _LENGTH), type=Status)
            return Seen(status, is_alive=_is_held(file, status.pid))
        finally:
            os.close(file)
    return None


def _lock(file: int) -> None:
    if sys.platform != "win32":
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_held(file: int, pid: int) -> bool:
    """Tell whether somebody holds the lock; where there are none, whether a process of that number runs."""
    if sys.platform == "win32":
        return _runs(pid)
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


if sys.platform == "win32":

    def _runs(pid: int) -> bool:
        import ctypes

        may_ask_whether_it_ended = 0x00100000
        process = ctypes.windll.kernel32.OpenProcess(may_ask_whether_it_ended, 0, pid)
        if not process:
            return False
        has_ended = ctypes.windll.kernel32.WaitForSingleObject(process, 0) == 0
        ctypes.windll.kernel32.CloseHandle(process)
        return not has_ended
