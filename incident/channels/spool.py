"""Letters as files in a folder: one a letter, for a printer or for whoever carries them on.

A file is named by the letter's key, so a letter that comes twice is one file. It is written aside, made
durable and then renamed: whoever sees the file sees all of it. What is decided and to whom it is written is
for the user of the program alone, whatever the umask: so are files and folders that are made here.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from threading import get_ident
from urllib.parse import quote

from incident.service.letters import Letter, Outlet


def folder_outlet(folder: Path) -> Outlet:
    """Write letters into `folder`, which is made when the first one comes."""

    def write(letter: Letter) -> None:
        put(folder, f"{_file_name(letter.key)}.txt", _page(letter))

    return write


def put(folder: Path, name: str, text: str, *, is_public: bool = False, is_new: bool = False) -> None:
    """Put a file into a folder; returns when it is on the disk, whole and named. Raises `OSError`.

    What `is_public` has the rights that the user's other files have. What `is_new` takes no other's place:
    `FileExistsError` is raised.
    """
    made = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True, mode=0o777 if is_public else 0o700)
    for one in made:
        _keep_name(one.parent)
    # neither another process nor a call that was given up may share what is not finished
    beside = folder / f".{name}.{os.getpid()}.{get_ident()}"
    try:
        with open(
            beside,
            "w",
            encoding="utf-8",
            errors="backslashreplace",
            newline="\n",
            opener=None if is_public else _private,
        ) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            _name_anew(beside, folder / name)
        else:
            beside.replace(folder / name)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise
    _keep_name(folder)


def _name_anew(beside: Path, path: Path) -> None:
    """Name a file by a name that nothing has. Raises `FileExistsError`."""
    try:
        os.link(beside, path)
        beside.unlink()
    except FileExistsError:
        raise
    except OSError:  # no second names are given here: then look first, which two at once may both do
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        beside.replace(path)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _keep_name(folder: Path) -> None:
    """Make the renaming durable, where a folder can be opened."""
    if os.name == "posix":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _file_name(key: str) -> str:
    """Make a name of a key that leads nowhere else and is not hidden."""
    name = quote(key, safe="")
    return f"%2E{name[1:]}" if name.startswith(".") else name


def _page(letter: Letter) -> str:
    """Lay a letter out; without words of ours, for only the letter knows its language."""
    return f"{letter.subject}\n{letter.address}\n\n{letter.text.rstrip()}\n\n{letter.key}\n"
