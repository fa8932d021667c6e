"""Checkpoints as files in a folder outside the database, best on a machine where files can only be added.

    330681111/
      7d3c0e9a51b2f604-000000000013.txt    a signed note for each origin and number of entries
      7d3c0e9a51b2f604-newest.txt          the newest of an origin

A file is written aside, made durable and then renamed. They name nobody, so they have the rights that the
user's other files have.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from stat import S_ISREG

from incident.channels.spool import put
from incident.domain.checkpoint import Checkpoint
from incident.service.outside import Kept

_NEWEST = "-newest.txt"
#: More than any note of ours has; whatever is longer is none.
_MOST_BYTES = 65536


class FolderOutlet:
    """A folder of checkpoints."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`, which is made when the first checkpoint comes."""
        self.folder = folder

    def newest(self, code: str) -> Sequence[Kept]:
        """Give the newest signed note of each origin of a jurisdiction.

        Raises `OSError` where the folder is not there, as when what holds it is not mounted.
        """
        with os.scandir(self.folder):  # a file is no folder, and what cannot be listed is not read
            found = sorted((self.folder / code).glob(f"*{_NEWEST}"))
        return [Kept(str(file), _read(file)) for file in found]

    def put(self, code: str, checkpoint: Checkpoint, note: str) -> None:
        """Keep a signed note; returns when it is there to stay. Raises `OSError`."""
        origin = checkpoint.origin.rpartition("/")[2]
        of_code = self.folder / code
        put(of_code, f"{origin}-{checkpoint.size:012}.txt", note, is_public=True)
        put(of_code, f"{origin}{_NEWEST}", note, is_public=True)


def _read(file: Path) -> str:
    """Read a note; of what is none, such as a pipe that nobody writes to, nothing."""
    opened = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    try:
        is_file = S_ISREG(os.fstat(opened).st_mode)
        return os.read(opened, _MOST_BYTES).decode(errors="replace") if is_file else ""
    finally:
        os.close(opened)
