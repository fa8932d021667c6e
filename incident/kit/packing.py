"""Writing the ZIP file of a kit: the same members give the same bytes, and it is there whole or not at all.

It is written under another name beside it, for its owner alone, and takes its name last; a file that has that
name stays. Times, rights and order of members do not depend on the machine.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from incident.domain import inputs
from incident.domain.errors import RequestError
from incident.domain.say import Words, say

#: The earliest time that a ZIP can say: a member's time says nothing.
_TIME = (1980, 1, 1, 0, 0, 0)
_RIGHTS = 0o600
_UNIX = 3
#: So much is handed to the packer at a time: to hand over every line costs more than to pack it.
_AT_ONCE = 1 << 20


class Packing:
    """A kit that is being written; members come one after another."""

    def __init__(self, zipped: zipfile.ZipFile) -> None:
        """Write into `zipped`."""
        self._zip = zipped
        #: SHA-256 in hex of each member, by its path.
        self.digests: dict[str, str] = {}

    def add(self, path: str, body: bytes, *, packed: bool = True) -> None:
        """Add a member at once; one that is not `packed` takes the room that it has."""
        self.stream(path, [body], packed=packed)

    def stream(self, path: str, parts: Iterable[bytes], *, packed: bool = True) -> None:
        """Add a member part by part, holding little of it."""
        about = zipfile.ZipInfo(path, _TIME)
        about.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        about.create_system = _UNIX
        about.external_attr = _RIGHTS << 16
        digest = hashlib.sha256()
        is_short = isinstance(parts, list)
        with self._zip.open(about, "w", force_zip64=not is_short) as member:
            for part in parts if is_short else gathered(parts):
                digest.update(part)
                member.write(part)
        self.digests[path] = digest.hexdigest()


def gathered(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Give many small parts as fewer large ones."""
    waiting: list[bytes] = []
    size = 0
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size >= _AT_ONCE:
            yield b"".join(waiting)
            waiting.clear()
            size = 0
    if waiting:
        yield b"".join(waiting)


@contextmanager
def packing(path: Path) -> Iterator[Packing]:
    """Write a kit to `path`; nothing is left when that fails. Raises `RequestError`."""
    refuse_taken(path)
    hidden = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        opened = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _RIGHTS)
    except (OSError, ValueError) as error:  # a path with a null in it is a ValueError
        raise _unwritable(path, error) from error
    try:
        with os.fdopen(opened, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as zipped:
                yield Packing(zipped)
            file.flush()
            os.fsync(file.fileno())
        _name(hidden, path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with suppress(OSError):
            hidden.unlink()


def refuse_taken(path: Path) -> None:
    """Refuse a path at which something is. Raises `RequestError`."""
    if os.path.lexists(path):
        raise RequestError(
            where=inputs.OUT,
            expected=say("a file that is not there yet"),
            found=str(path),
            do=say("name another; a kit is never written over"),
        )


def _name(hidden: Path, path: Path) -> None:
    """Give a file its name; one that has it meanwhile stays."""
    try:
        os.link(hidden, path)
    except FileExistsError:
        refuse_taken(path)
    except OSError:  # a file system without links
        refuse_taken(path)
        hidden.rename(path)


def _unwritable(path: Path, error: OSError | ValueError) -> RequestError:
    found: Words = getattr(error, "strerror", None) or str(error)
    return RequestError(
        where=inputs.OUT,
        expected=say("a new file that can be written: {file}", file=str(path)),
        found=found,
        do=say("name a file in a folder that is there and has room"),
    )
