"""How much a command may take that a server carries out: memory, computing, the size of a file.

Each process sets its own bounds before it is told anything, and whatever it starts has them too. They are
far above what any command needs, and keep one that goes wrong from taking the server with it. Where the
platform has no such bound (Windows has none) the wall time alone holds (`running.py`).
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any, Final

#: Bytes of addresses. Measured, libraries and all: to look takes 80 MB, to verify a journal with 200 MB of
#: files 230 MB, to say the most that is answered, on both streams, 440 MB.
MEMORY: Final = 2 << 30
#: Seconds of computing: as long as a command may run at all. It ends what a command started and left behind.
COMPUTING: Final = 300
#: Bytes by which a file may be longer than the database is already, which a command writes to as well: what
#: goes back is bounded to far less, and what a single command records is smaller still.
GROWTH: Final = 1 << 30
#: Seconds between the signal that says it was that (SIGXCPU) and the one that says nothing (SIGKILL).
_GRACE: Final = 5
#: How a process ends that had no memory left to say so.
NO_MEMORY: Final = 75


def bind(database: Path | None) -> None:
    """Bound this process; `database` is the file it may write to, if it is one."""
    try:
        import resource
    except ImportError:  # Windows
        return
    longest = GROWTH + max(_size(database, end) for end in ("", "-wal", "-journal"))
    for what, most in (
        # not of each platform
        (getattr(resource, "RLIMIT_AS", None), MEMORY),
        (resource.RLIMIT_CPU, COMPUTING),
        (resource.RLIMIT_FSIZE, longest),
        (resource.RLIMIT_CORE, 0),  # what stands in memory names people
    ):
        if what is not None:
            _bound(resource, what, most)


def _bound(resource: Any, what: int, most: int) -> None:
    """Set a bound, but for one that is narrower already, or that the platform only knows by name (macOS)."""
    last = most + _GRACE if what == resource.RLIMIT_CPU else most
    soft, hard = (
        bound if known == resource.RLIM_INFINITY else min(bound, known)
        for bound, known in zip((most, last), resource.getrlimit(what), strict=True)
    )
    with suppress(ValueError, OSError):
        resource.setrlimit(what, (soft, hard))


def _size(database: Path | None, end: str) -> int:
    """Give how large the database is, or what SQLite keeps beside it."""
    with suppress(OSError):
        return 0 if database is None else database.with_name(database.name + end).stat().st_size
    return 0
