"""A ZIP file written byte by byte, so that each of its fields can say something else than it should."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import Final

STORED: Final = 0
DEFLATED: Final = 8
#: Fields of a local header and of an entry of the directory after the signature, in their order.
_LOCAL: Final = {
    "version": "H",
    "flags": "H",
    "method": "H",
    "time": "H",
    "date": "H",
    "crc": "L",
    "packed": "L",
    "size": "L",
    "name_length": "H",
    "extra_length": "H",
}
_DIRECTORY: Final = {
    "made_by": "H",
    **_LOCAL,
    "comment_length": "H",
    "disk": "H",
    "internal": "H",
    "external": "L",
    "offset": "L",
}
_END: Final = {
    "disk": "H",
    "first": "H",
    "here": "H",
    "entries": "H",
    "length": "L",
    "offset": "L",
    "comment_length": "H",
}
#: Which fields can be told to lie, of which part.
FIELDS: Final = {"local": tuple(_LOCAL), "directory": tuple(_DIRECTORY), "end": tuple(_END)}
_MOST: Final = {"H": 0xFFFF, "L": 0xFFFFFFFF}


@dataclass
class Member:
    """A file in a ZIP, and what its headers say otherwise."""

    name: bytes
    body: bytes
    method: int = DEFLATED
    #: What the two headers say in place of what is so, by field; and beside.
    local: dict[str, int] = field(default_factory=dict)
    directory: dict[str, int] = field(default_factory=dict)
    local_name: bytes | None = None
    extra: bytes = b""
    comment: bytes = b""

    def packed(self) -> bytes:
        """Give the body as it stands in the file; deflated unless it is to be stored."""
        if self.method == STORED:
            return self.body
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return packer.compress(self.body) + packer.flush()


@dataclass
class Zip:
    """Members, and what is said after them."""

    members: list[Member]
    end: dict[str, int] = field(default_factory=dict)
    comment: bytes = b""
    before: bytes = b""
    #: A ZIP64 end of the directory: what it says of the entries, their length and where they begin.
    zip64: tuple[int, int, int] | None = None

    def written(self) -> bytes:
        """Write it."""
        raw, directory = bytearray(self.before), bytearray()
        for member in self.members:
            packed = member.packed()
            so = _true(member, packed, len(raw))
            name = member.name if member.local_name is None else member.local_name
            own = so | {"name_length": len(name)} | member.local
            raw += _fields(b"PK\3\4", _LOCAL, own) + name + member.extra + packed
            directory += _fields(b"PK\1\2", _DIRECTORY, so | member.directory)
            directory += member.name + member.extra + member.comment
        begins, n = len(raw), len(self.members)
        raw += directory
        if self.zip64 is not None:
            entries, length, begin = self.zip64
            place = len(raw)
            raw += struct.pack("<4sQHHLLQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, entries, entries, length, begin)
            raw += struct.pack("<4sLQL", b"PK\6\7", 0, place, 1)
        so = {"here": n, "entries": n, "length": len(directory), "offset": begins}
        so |= {"comment_length": len(self.comment)}
        return bytes(raw + _fields(b"PK\5\6", _END, so | self.end) + self.comment)


def _true(member: Member, packed: bytes, offset: int) -> dict[str, int]:
    """Give what headers say when they do not lie."""
    so = {"version": 20, "made_by": 0x0314, "method": member.method, "date": 33, "offset": offset}
    so |= {"crc": zlib.crc32(member.body), "packed": len(packed), "size": len(member.body)}
    so |= {"name_length": len(member.name), "extra_length": len(member.extra)}
    return so | {"comment_length": len(member.comment), "external": 0o600 << 16}


def _fields(signature: bytes, form: dict[str, str], said: dict[str, int]) -> bytes:
    values = (said.get(name, 0) & _MOST[kind] for name, kind in form.items())
    return signature + struct.pack("<" + "".join(form.values()), *values)
