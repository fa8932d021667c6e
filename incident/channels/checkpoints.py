"""Checkpoints as files in a folder outside the database, best on a machine where files can only be added.

    330681111/
      7d3c0e9a51b2f604-000000000/                a folder for a thousand entries of an origin
        7d3c0e9a51b2f604-000000000013.txt        a signed note for each number of entries

A file is written aside, made durable and then named, and a name is given once: whatever is there is not
replaced. The newest of an origin is the one of the greatest number that reads; to find it takes two folders
to be listed, however long the journal is. They name nobody, so they have the rights that the user's other
files have. A folder belongs to one database: a jurisdiction in it that the database has not is missed.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from stat import S_ISREG

from incident.channels.spool import put
from incident.domain.checkpoint import Checkpoint
from incident.domain.errors import FormatError
from incident.service.outside import Kept
from incident.service.ports import LAST
from incident.service.signed import Read, unopened

#: Entries whose checkpoints lie in one folder.
_TOGETHER = 1000
_FOLDER = re.compile(r"([0-9a-f]+)-(\d{9,})", re.ASCII)
_FILE = re.compile(r"([0-9a-f]+)-(\d{12,})\.txt", re.ASCII)
#: More than any note of ours has; whatever is longer is none.
_MOST_BYTES = 65536
#: So many that count for nothing are passed over to find the newest that counts.
_MOST_PASSED = 32


class FolderOutlet:
    """A folder of checkpoints."""

    def __init__(self, folder: Path, read: Read = unopened) -> None:
        """Use `folder`, which is made when the first checkpoint comes; `read` tells which notes count."""
        self.folder = folder
        self._read_note = read

    def newest(self, code: str, *, until: int = LAST) -> Sequence[Kept]:
        """Give the newest signed note of each origin, of at most `until` entries.

        Where a newer one counts for nothing, that comes before it, to be told of. Raises `OSError` where the
        folder is not there, as when what holds it is not mounted.
        """
        with os.scandir(self.folder):  # a file is no folder, and what cannot be listed is not read
            of_code = self.folder / code
        found = sorted(_numbers(of_code, _FOLDER).items())
        return [kept for origin, parts in found for kept in self._newest_of(of_code, origin, parts, until)]

    def _newest_of(self, of_code: Path, origin: str, parts: list[int], until: int) -> Iterator[Kept]:
        files = islice(_files(of_code, origin, parts, until), _MOST_PASSED)
        for n, (size, file) in enumerate(files):
            note = _read(file)
            with suppress(FormatError):
                said = self._read_note(note)
                if (said.origin.rpartition("/")[2], said.size) == (origin, size):
                    yield Kept(str(file), note)
                    return
            if n == 0:
                yield Kept(str(file), note)

    def codes(self) -> list[str]:
        """List the jurisdictions of which something is kept. Raises `OSError`."""
        with os.scandir(self.folder) as found:
            return sorted(one.name for one in found if one.name.isdecimal() and one.is_dir())

    def put(self, code: str, checkpoint: Checkpoint, note: str) -> None:
        """Keep a signed note; returns when it is there to stay.

        Raises `OSError`, too where another one of as many entries is there: that proves that the journal was
        made anew, so neither may go.
        """
        origin = checkpoint.origin.rpartition("/")[2]
        folder = self.folder / code / f"{origin}-{checkpoint.size // _TOGETHER:09}"
        name = f"{origin}-{checkpoint.size:012}.txt"
        try:
            put(folder, name, note, is_public=True, is_new=True)
        except FileExistsError as error:
            if not self._is_kept(_read(folder / name), checkpoint):
                told = f"another of as many entries is there; root of this one {checkpoint.root.hex()}"
                raise FileExistsError(errno.EEXIST, told, str(folder / name)) from error

    def _is_kept(self, note: str, checkpoint: Checkpoint) -> bool:
        """Tell whether a note is of a checkpoint, whenever that was signed."""
        with suppress(FormatError):
            said = self._read_note(note)
            return said[:3] == checkpoint[:3]
        return False


def _files(of_code: Path, origin: str, parts: list[int], until: int) -> Iterator[tuple[int, Path]]:
    """Give the files of an origin by their number of entries, the greatest first. Raises `OSError`."""
    for part in sorted(parts, reverse=True):
        folder = of_code / f"{origin}-{part:09}"
        if part * _TOGETHER <= until:
            for size in sorted(_numbers(folder, _FILE).get(origin, []), reverse=True):
                if size <= until:
                    yield size, folder / f"{origin}-{size:012}.txt"


def _numbers(folder: Path, pattern: re.Pattern[str]) -> dict[str, list[int]]:
    """Read origins and numbers off the names in a folder; none where it is not there. Raises `OSError`."""
    found: dict[str, list[int]] = {}
    with suppress(FileNotFoundError):
        names = os.listdir(folder)  # noqa: PTH208 - a path for each name is the most of the time
        for matched in filter(None, map(pattern.fullmatch, names)):
            found.setdefault(matched[1], []).append(int(matched[2]))
    return found


def _read(file: Path) -> str:
    """Read a note; of what is none, such as a pipe that nobody writes to, nothing."""
    opened = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        is_file = S_ISREG(os.fstat(opened).st_mode)
        return os.read(opened, _MOST_BYTES).decode(errors="replace") if is_file else ""
    finally:
        os.close(opened)
