"""What tests write lies in memory where there is room for it.

Every database of a test is written through to the disk, as everybody's is; thousands of them keep the tests
waiting for it, and there is nothing for which they should outlive a power cut. So the folder for temporary
files is one in memory: for pytest, for PostgreSQL and for every program that a test starts. Whoever sets
TMPDIR means it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

import pytest

#: Where Linux has a file system in memory.
MEMORY: Final = Path("/dev/shm")
#: How much of it has to be free: ten times of what a run leaves there at most.
ROOM: Final = 4 * 1024**3


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Choose the folder before anybody asks for it; workers of xdist inherit the choice.

    What is left there goes with the run, for it takes memory: forked and killed programs clean up nothing.
    Only what pytest keeps of tests that failed stays, until the next run.
    """
    if "TMPDIR" not in os.environ and serves(MEMORY):
        folder = tempfile.mkdtemp(prefix="incident-tests-", dir=MEMORY)
        Path(folder).chmod(0o711)  # PostgreSQL may run as somebody else
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
        os.environ["TMPDIR"] = folder
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
        tempfile.tempdir = None


def serves(folder: Path) -> bool:
    """Tell whether a folder is open, large enough, and lets the programs run that tests put there."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return False
    is_large = found.f_bavail * found.f_frsize >= ROOM
    return is_large and not found.f_flag & os.ST_NOEXEC and os.access(folder, os.W_OK | os.X_OK)
