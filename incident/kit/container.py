"""Reading the ZIP file of a kit that a stranger made: within bounds, and nothing that is not of the layout.

Refused before anything is unpacked: a path outside the kit or of no file of a kit, one that is there twice, a
link, what is encrypted or packed in a rare way, members that lie over one another, and what would unpack to
more than a kit ever does. Nothing is ever written. What is read is read in pieces of bounded size.
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, cast

from incident.domain import kit
from incident.domain.errors import KitError, RequestError
from incident.domain.say import Words, say

#: How many members a kit has at most, and how long a line of it is at most.
_MEMBERS: Final = 1_000_000
_LINE: Final = 16 << 20
#: How far a member may be packed when it is longer than that many bytes; and all of them together.
_PACKED, _SHORT = 400, 1 << 20
_PACKED_ALL, _SHORT_ALL = 100, 64 << 20
_BLOCK: Final = 1 << 20
_ENCRYPTED: Final = 1
#: The fixed part of a member's header.
_HEADER: Final = 30
#: What comes of reading a file that is no ZIP, or was damaged.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    struct.error,
)


class Container:
    """The members of a kit by their paths."""

    def __init__(self, zipped: zipfile.ZipFile, file: str) -> None:
        """Look through the list of members. Raises `KitError`."""
        self._zip = zipped
        self.file = file
        #: Lengths of the members, by path.
        self.sizes: dict[str, int] = {}
        members = zipped.infolist()
        if len(members) > _MEMBERS:
            raise self.fault(None, say("at most {n} files", n=_MEMBERS), say("{n} files", n=len(members)))
        for member in members:
            self._take(member)
        self._check_together(members)
        for path in kit.NEEDED:
            if path not in self.sizes:
                raise self.fault(path, say("a file that each kit has"), say("nothing"))

    def fault(self, path: Words, expected: Words, found: Words) -> KitError:
        """Make the fault of a member, or of the whole."""
        return KitError(file=self.file, path=path, expected=expected, found=found)

    def _take(self, member: zipfile.ZipInfo) -> None:
        path, size = member.orig_filename, member.file_size
        shown = path[:200]
        if path.startswith(("/", "\\")) or ".." in path or ":" in path:
            raise self.fault(shown, say("a path inside the kit"), say("a path that leads out of it"))
        if not kit.is_member(path):
            raise self.fault(shown, say("a file of the layout of a kit"), say("another"))
        if path in self.sizes:
            raise self.fault(shown, say("each file once"), say("it is there twice"))
        if stat.S_ISLNK(member.external_attr >> 16):
            raise self.fault(shown, say("a file"), say("a link"))
        if member.flag_bits & _ENCRYPTED or member.compress_type not in (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
        ):
            raise self.fault(shown, say("a file stored or deflated"), say("encrypted, or packed otherwise"))
        if size > max(_SHORT, _PACKED * member.compress_size):
            raise self._bomb(shown, size, member.compress_size)
        self.sizes[path] = size

    def _check_together(self, members: list[zipfile.ZipInfo]) -> None:
        packed = sum(member.compress_size for member in members)
        whole = sum(self.sizes.values())
        if whole > _SHORT_ALL + _PACKED_ALL * packed:
            raise self._bomb(None, whole, packed)
        end = 0
        for member in sorted(members, key=lambda one: one.header_offset):
            if member.header_offset < end:
                raise self.fault(
                    member.orig_filename, say("files one after another"), say("one over another")
                )
            end = member.header_offset + _HEADER + member.compress_size

    def _bomb(self, path: str | None, size: int, packed: int) -> KitError:
        found = say("{n} bytes packed into {packed}", n=size, packed=packed)
        return self.fault(path, say("files that unpack to a size that can be"), found)

    @contextmanager
    def _opened(self, path: str) -> Iterator[BinaryIO]:
        if path not in self.sizes:
            raise self.fault(path, say("this file"), say("nothing"))
        try:
            # lines are parted faster there than by `zipfile`
            with (
                self._zip.open(path) as member,
                io.BufferedReader(cast("io.RawIOBase", member), _BLOCK) as reader,
            ):
                yield reader
        except _BROKEN as error:
            raise self.fault(path, say("a file that can be unpacked"), str(error)) from error

    def read(self, path: str, most: int) -> bytes:
        """Read a member of at most so many bytes whole. Raises `KitError`."""
        if self.sizes.get(path, 0) > most:
            raise self.fault(path, say("at most {n} bytes", n=most), say("{n} bytes", n=self.sizes[path]))
        with self._opened(path) as reader:
            return reader.read()

    def blocks(self, path: str) -> Iterator[bytes]:
        """Give a member block by block. Raises `KitError`."""
        with self._opened(path) as reader:
            while block := reader.read(_BLOCK):
                yield block

    def lines(self, path: str) -> Iterator[bytes]:
        """Give the lines of a member without their ends. Raises `KitError` for one without end."""
        with self._opened(path) as reader:
            while line := reader.readline(_LINE):
                if not line.endswith(b"\n"):
                    raise self.fault(path, say("lines, each ended by a line feed"), say("one without end"))
                yield line[:-1]


@contextmanager
def opened(path: Path) -> Iterator[Container]:
    """Open the file of a kit. Raises `RequestError` for what is no ZIP file, `KitError` for a harmful one."""
    expected = say("the ZIP file of an evidence kit")
    try:
        if not path.is_file():
            raise RequestError(
                where=str(path), expected=expected, found=say("no file"), do=say("name a file that is there")
            )
        zipped = zipfile.ZipFile(path)
    except (OSError, *_BROKEN) as error:
        found: Words = getattr(error, "strerror", None) or str(error)
        raise RequestError(
            where=str(path), expected=expected, found=found, do=say("get the kit again from whoever made it")
        ) from error
    with zipped:
        yield Container(zipped, str(path))
