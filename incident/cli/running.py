"""Commands that a server carries out: each in a process and a folder of its own (`served.py`).

Time, output and files are bounded; of the surroundings a process is given only what names the database.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

import msgspec

import incident
from incident.cli import bounds
from incident.cli.files import is_confined
from incident.cli.served import Order
from incident.domain.errors import RequestError, StoreAway
from incident.domain.identity import SignedIn
from incident.domain.say import Words, say
from incident.views.commands import MOST, File, Line, Ran

#: Seconds for which a command may run, and after which it is looked whether the server ends.
_LONGEST: Final = 300.0
_GLANCE: Final = 0.25
#: So many files and folders at the most.
_MANY: Final = 2000
#: What a process needs of ours: to find programs, time zones, and how PostgreSQL is reached.
_KEPT: Final = ("PATH", "HOME", "TZ", "TMPDIR", "SSL_CERT_FILE", "INCIDENT_PUBKEY", "SYSTEMROOT")
#: Never with the folder of the command on its path: what lies there is somebody's.
COMMAND: Final = (sys.executable, "-P", "-m", "incident.cli.served")


class Place(NamedTuple):
    """On what commands are carried out."""

    #: The database.
    url: str
    #: Where checkpoints are kept outside, by which a journal that is behind is not written to.
    checkpoints: Path | None
    #: Whether the server ends.
    is_closing: Callable[[], bool]
    command: Sequence[str] = COMMAND


def run(place: Place, person: SignedIn, address: str, line: Line) -> Ran:
    """Carry a command out for somebody. Raises `RequestError` and `StoreAway`."""
    with tempfile.TemporaryDirectory(prefix="incident-") as name:
        folder = Path(name)
        given = _lay_out(folder, line)
        ran = _run(place, folder, Order(person=person, address=address, line=_bare(line)))
        return msgspec.structs.replace(ran, files=[*_made(folder, given)])


def _run(place: Place, folder: Path, order: Order) -> Ran:
    started = subprocess.Popen(  # noqa: S603 - our own program
        place.command,
        cwd=folder,
        env=_surroundings(place),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    with started as process:  # however it ends, its pipes are closed and it is waited for
        try:
            told = _told(process, place, msgspec.json.encode(order))
        finally:
            _end(process)
    try:
        return msgspec.json.decode(told, type=Ran)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _ended(process.returncode) from error


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and whatever it started, which is of its group."""
    if os.name == "posix":
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def _told(process: subprocess.Popen[bytes], place: Place, raw: bytes) -> bytes:
    """Give what a process says in the end. Raises `StoreAway` for one that takes too long."""
    until = time.monotonic() + _LONGEST
    given: bytes | None = raw
    while True:
        try:
            return process.communicate(given, timeout=_GLANCE)[0]
        except subprocess.TimeoutExpired:
            given = None  # what is not taken yet is kept
            if place.is_closing() or time.monotonic() > until:
                raise _gave_up(closing=place.is_closing()) from None


def _surroundings(place: Place) -> dict[str, str]:
    found = {name: value for name, value in os.environ.items() if name in _KEPT or name.startswith("PG")}
    if place.checkpoints is not None:
        found["INCIDENT_CHECKPOINTS"] = str(place.checkpoints.absolute())
    found |= {"PYTHONPATH": str(Path(incident.__file__).parents[1]), "PYTHONSAFEPATH": "1"}
    return found | {"INCIDENT_DB": place.url, "PYTHONUTF8": "1"}


def _bare(line: Line) -> Line:
    """Give a line without its files, which lie there."""
    return msgspec.structs.replace(line, files=[], folders=[])


def _lay_out(folder: Path, line: Line) -> dict[Path, bytes]:
    """Write what goes with a command. Raises `RequestError` for a path that leads elsewhere."""
    if len(line.files) + len(line.folders) > _MANY:
        raise _wrong(say("at most {n} files and folders", n=_MANY), str(len(line.files) + len(line.folders)))
    given: dict[Path, bytes] = {}
    try:
        for name in line.folders:
            _within(folder, name).mkdir(parents=True, exist_ok=True)
        for one in line.files:
            path = _within(folder, one.path)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(one.data)
            given[path] = one.data
    except (OSError, ValueError) as error:  # a name that no file can have
        raise _wrong(say("names that files can have"), type(error).__name__) from error
    return given


def _within(folder: Path, name: str) -> Path:
    if not name or not is_confined(name):
        raise _wrong(say("a path within the folder of the command"), f"`{name}`")
    return folder / PurePosixPath(name)


def _made(folder: Path, given: dict[Path, bytes]) -> Iterator[File]:
    """Give the files that a command wrote. Raises `StoreAway` for more than is answered."""
    size = 0
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        about = path.stat()
        size += about.st_size
        if size > MOST:
            raise StoreAway(
                where=say("files of the command"),
                expected=say("at most {n} MB", n=MOST >> 20),
                found=say("more"),
                do=say("do it at the machine of the database"),
            )
        data = path.read_bytes()
        if given.get(path) != data:
            name = path.relative_to(folder).as_posix()
            yield File(path=name, data=data, private=not about.st_mode & 0o077)


def _wrong(expected: Words, found: str) -> RequestError:
    return RequestError(
        where=say("files of the command"), expected=expected, found=found, do=say("name other files")
    )


def _ended(code: int) -> StoreAway:
    """Say that a process ended without an answer: what it took too much of, or by what it was ended."""
    expected, found = say("an answer of the command"), say("none; it ended with {code}", code=code)
    if code == bounds.NO_MEMORY:
        expected, found = say("at most {n} MB of memory", n=bounds.MEMORY >> 20), say("more")
    elif code == -getattr(signal, "SIGXCPU", signal.SIGTERM):
        expected, found = say("at most {n} s of computing", n=bounds.COMPUTING), say("more")
    elif code < 0:
        found = say("none; the server's system ended it ({signal})", signal=_signal(-code))
    return StoreAway(
        where=say("the command on the server"),
        expected=expected,
        found=found,
        do=say(
            "nothing half done was kept; look: incident status; "
            "ask for less, or do it at the machine of the database"
        ),
    )


def _signal(number: int) -> str:
    """Call a signal by its name; those between the first and the last real-time signal have none."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIG{number}"


def _gave_up(*, closing: bool) -> StoreAway:
    return StoreAway(
        where=say("the command on the server"),
        expected=say("an end within {n} seconds", n=int(_LONGEST)),
        found=say("the server ends") if closing else say("none"),
        do=say("it may have been recorded; look: incident status"),
    )
