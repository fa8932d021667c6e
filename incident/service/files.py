"""A file that somebody names, read within bounds: a pipe may be silent for ever, and a device never end.

What stands in it and whether it is too long is for the reader of its kind to say.
"""

from __future__ import annotations

import os
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple

from incident.domain.errors import RequestError
from incident.domain.say import Words, say

#: Without waiting for somebody to write into a pipe; on Windows without changing line breaks.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class File(NamedTuple):
    """What stands in a file."""

    #: As much as may be, and one byte more where there is more.
    raw: bytes
    #: Rights of owner, group and others.
    rights: int
    #: Number of the user whose it is.
    owner: int


def read_file(path: Path, most: int, *, expected: Words, do: Words, where: Words = None) -> File:
    """Read at most `most` bytes of an ordinary file, and one more where there is more.

    Raises `RequestError` for anything else, at `where`, else at its path, with what to `do`.
    """
    found: Words = say("a folder, a pipe or a device")
    try:
        opened = os.open(path, _FLAGS)
        try:
            about = os.fstat(opened)
            if S_ISREG(about.st_mode):
                with os.fdopen(opened, "rb", closefd=False) as file:
                    return File(file.read(most + 1), about.st_mode, about.st_uid)
        finally:
            os.close(opened)
    except (OSError, ValueError) as error:
        # a path with a zero in it is a ValueError
        found = getattr(error, "strerror", None) or str(error)
    raise RequestError(where=where or str(path), expected=expected, found=found, do=do)
