"""What a worker looks at beside its work: clock and file of the database, how long to wait after a fault."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

#: Seconds by which wall clock and monotonic clock may part between two looks.
JUMP = 2.0


class ClockWatch:
    """Notices that the wall clock was set, or that the machine slept: both clocks went apart."""

    def __init__(self, wall: Callable[[], float], monotonic: Callable[[], float]) -> None:
        """Compare two clocks from now on."""
        self._wall, self._monotonic = wall, monotonic
        self._apart = wall() - monotonic()

    def jump(self) -> float | None:
        """Give by how many seconds the wall clock was moved since the last look; None for no jump."""
        apart = self._wall() - self._monotonic()
        moved, self._apart = apart - self._apart, apart
        return moved if abs(moved) > JUMP else None


class FileWatch:
    """Notices that a path leads no longer to the file it led to: that was deleted, moved or replaced.

    Whoever holds it open could go on working on it unseen by everybody else.
    """

    def __init__(self, path: Path) -> None:
        """Remember which file is there now."""
        self._path = path
        self._is: tuple[int, int] | None = None
        with suppress(OSError):  # gone already: the first look says so
            self._is = _identity(path)

    def lost(self) -> str | None:
        """Say, for logs, what is there instead; none while it is the same file, or nobody can tell."""
        try:
            return None if _identity(self._path) == self._is else "another file is in its place"
        except (FileNotFoundError, NotADirectoryError):
            return "no file is there any more"
        except OSError:
            return None


def _identity(path: Path) -> tuple[int, int]:
    """Give what tells a file from every other one. Raises `OSError`."""
    found = path.stat()
    return found.st_dev, found.st_ino


class Backoff:
    """How long to wait before trying again: twice as long each time."""

    def __init__(self, least: float, most: float) -> None:
        """Wait from `least` to `most` seconds."""
        self._least, self._most = least, most
        self.next = least

    def failed(self) -> float:
        """Give how long to wait after one more failure."""
        wait, self.next = self.next, min(self._most, self.next * 2)
        return wait

    def worked(self) -> None:
        """Begin again with the least."""
        self.next = self._least
