"""Evidence kits of 1 MiB made to cost as much as they can: what their contents are, and their headers.

Where contents pack well the rest of the mebibyte is noise: how far a ZIP may be packed is counted over all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from random import Random
from typing import Any, Final

from tests.fuzz.kits import Files, canonical, sealed
from tests.fuzz.zips import STORED, Member, Zip

_MEBIBYTE: Final = 1 << 20
#: What a kit of 1 MiB may unpack to, less a little: what is greater is refused at a glance.
_READ: Final = 28 * _MEBIBYTE


def _packed(files: Files, **about: Any) -> bytes:
    """Write kit.json anew, fill the mebibyte with an attachment of noise, and pack."""
    noise = Random(1).randbytes(max(0, _MEBIBYTE - 200 * len(files) - 1000 - _length(files)))
    files = files | {f"attachments/{hashlib.sha256(noise).hexdigest()}": noise}
    return _zip(sealed(files, **about))


def _length(files: Files) -> int:
    return sum(len(Member(b"", body).packed()) for body in files.values())


def _zip(files: Files) -> bytes:
    return Zip([Member(name.encode(), body) for name, body in files.items()]).written()


def _numbered(n: int, **row: Any) -> bytes:
    """Write a line of JSON again and again, each with another number as `seq` or `name`."""
    key = next(key for key, value in row.items() if value == "#")
    is_text = key == "name"
    return b"".join(canonical(row | {key: f"{at:07d}" if is_text else at}) + b"\n" for at in range(n))


def _entries(n: int, facts: Any) -> bytes:
    return _numbered(n, at="2026-01-01T00:00:00Z", facts=facts, jurisdiction="99", seq="#", v=1)


def _rows(n: int, length: int) -> bytes:
    return _numbered(n, disclosure="a" * length, name="#", seq=0)


def _of(name: str, body: Callable[[], bytes]) -> Callable[[Files], bytes]:
    """Give one file other contents."""
    return lambda files: _packed(files | {name: body()})


def _says(about: Callable[[], dict[str, Any]]) -> Callable[[Files], bytes]:
    """Let kit.json say something."""
    return lambda files: _packed(files, **about())


def _named(names: Callable[[], list[bytes]]) -> Callable[[Files], bytes]:
    """Add empty files of some names."""
    return lambda files: Zip(
        [Member(name.encode(), body) for name, body in files.items()]
        + [Member(name, b"", method=STORED) for name in names()]
    ).written()


def _checkpoints(files: Files) -> bytes:
    """As many checkpoints as a mebibyte holds, each with a signature that holds."""
    note = files["checkpoint"]
    return _zip(sealed(files | {f"checkpoints/{n:012d}.txt": note for n in range(2_900)}))


def _tiles(files: Files) -> bytes:
    return _packed(files | {f"tile/0/{n:03d}": bytes(8192) for n in range(999)})


def _listed(files: Files) -> bytes:
    """List files that are not there."""
    said = json.loads(files["kit.json"])
    said["files"] |= {f"attachments/{n:064x}": "0" * 64 for n in range(40_000)}
    return _zip(files | {"kit.json": canonical(said)})


def _count(files: Files) -> bytes:
    """Say in ZIP64 that there are as many members as can be."""
    zipped = Zip([Member(name.encode(), body) for name, body in files.items()], zip64=(2**60, 2**60, 2**60))
    zipped.end = dict.fromkeys(("entries", "here"), 0xFFFF) | dict.fromkeys(("length", "offset"), 0xFFFFFFFF)
    return zipped.written()


def _ends(files: Files) -> bytes:
    """Say again and again that here is the end."""
    return Zip([Member(b"kit.json", files["kit.json"])], comment=b"PK\5\6" * 16_383).written()


_NOTE_LINE: Final = "— a AAAAAAAAAAAAAAAA\n".encode()
KITS: Final[dict[str, Callable[[Files], bytes]]] = {
    "a bomb": _of("duty.csv", lambda: bytes(900 * _MEBIBYTE)),
    "a bomb to the limit": _of("duty.csv", lambda: bytes(_READ)),
    "a bomb of an attachment": _of("attachments/" + "0" * 64, lambda: bytes(100 * _MEBIBYTE)),
    "many bombs": lambda files: _packed(
        files | {f"attachments/{n:064x}": bytes(900_000) for n in range(800)}
    ),
    "many members": _named(lambda: [b"attachments/%064x" % n for n in range(5_000)]),
    "short names": _named(lambda: [b"%x" % n for n in range(12_000)]),
    "long names": _named(lambda: [b"a" * 65_000 + b"%d" % n for n in range(7)]),
    "deep paths": _named(lambda: [b"a/" * 32_000 + b"%d" % n for n in range(7)]),
    "deep tiles": _named(lambda: [b"tile/0/" + b"x000/" * 13_000 + b"%03d" % n for n in range(7)]),
    "as many as ZIP64 counts": _count,
    "ends": _ends,
    "no ZIP": lambda _files: b"PK\5\6" * (_MEBIBYTE // 4),
    "files that are not there": _listed,
    "manifest of brackets": _says(lambda: {"x": [[]] * 1_900_000}),
    "manifest of objects": _says(lambda: {"x": [{"a": 900, "b": 12345}] * 300_000}),
    "manifest of lists": _says(lambda: {"x": [["aa", 900, 12345]] * 360_000}),
    "manifest of words": _says(lambda: {"x": ["aa"] * 1_100_000}),
    "manifest of numbers": _says(lambda: {"x": [999] * 1_400_000}),
    "manifest of letters": _says(lambda: {"x": ["a" * (5 * _MEBIBYTE) + "\U0001f600"]}),
    "withheld": _says(lambda: {"withheld": [[0, "by"]] * 600_000}),
    "dropped": lambda files: _packed(files | {"entries.jsonl": b"\n" * _READ}, size=_READ, bodies_from=_READ),
    "entries": _of("entries.jsonl", lambda: _entries(60_000, [])),
    "entries of objects": _of("entries.jsonl", lambda: _entries(60_000, [{}] * 130)),
    "entries of words": _of("entries.jsonl", lambda: _entries(60_000, ["a"] * 100)),
    "entries of brackets": _of("entries.jsonl", lambda: _entries(20, [[]] * 450_000)),
    "an entry of depth": _of("entries.jsonl", lambda: b"[" * (3 * _MEBIBYTE) + b"\n"),
    "an endless line": _of("entries.jsonl", lambda: b"0" * _READ),
    "rows": _of("disclosures.jsonl", lambda: b'{"disclosure":"","name":"","seq":0}\n' * (_READ // 37)),
    "rows of names": _of("disclosures.jsonl", lambda: _rows(60_000, 1)),
    "long rows": _of("disclosures.jsonl", lambda: _rows(60_000, 400)),
    "rows of objects": _of(
        "disclosures.jsonl", lambda: _numbered(60_000, disclosure="", name="#", seq=0, x=[{}] * 100)
    ),
    "checkpoints": _checkpoints,
    "signatures": lambda files: _packed(files | {"checkpoint": files["checkpoint"] + _NOTE_LINE * 40_000}),
    "tiles": _tiles,
    "a tile": _of("tile/0/001", lambda: bytes(_READ)),
    "an empty kit": lambda _files: _zip({"kit.json": b"{}"}),
}
