"""A few bytes read as a recipe: how a kit with which nothing is wrong becomes one that is made to deceive.

The first byte says who changes it: somebody who only has the file, somebody who writes kit.json anew, or
somebody who has the key and makes the tree anew as well. Then comes how many changes of contents there are;
what is left changes the ZIP file. Bytes that are not there are zeros, so every text is a recipe.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from tests.fuzz.kits import Files, canonical, rewritten, sealed
from tests.fuzz.zips import FIELDS, Member, Zip

_T = TypeVar("_T")
_DEEP: Final[list[Any]] = []
for _ in range(300):
    _DEEP[:] = [[*_DEEP]]
#: What a value of a JSON file becomes.
ODD: Final[tuple[Any, ...]] = (
    *(None, True, -1, 0, 1, 2**31, 2**63, 10**30, 1.5, "", "x", "¦", "\ud800", "\x1b[2J", "99", "by", "~"),
    *([], {}, [[]], [0, "by"], {"fact": []}, {"sd": "x"}, _DEEP, "2026-02-28T18:40:00Z", "routine", "alarm"),
    *(
        "JournalRecovered",
        "PlaybookAdopted",
        "RequestRefused",
        "a\n",
        "0.0.9",
        {"kinds": ["x"]},
        "\U0001f600",
    ),
)
NAMES: Final = (
    *(
        b"../x",
        b"/x",
        b"a/../../x",
        b"C:x",
        b"\\x",
        b"",
        b"folder/",
        b"a//b",
        b"duty.csv\0x",
        b"DUTY.CSV",
        b"\xff",
    ),
    *(b"checkpoints/000000000002.txt", b"snapshots/000000000002.json", b"tile/0/001", b"tile/1/000.p/1"),
    *(b"tile/0/" + b"x000/" * 40 + b"000", b"attachments/" + b"0" * 64, b"playbooks/" + b"0" * 64 + b".json"),
    *(b"checkpoint2", b"a" * 5000, b"a/" * 2000 + b"a", b"kit.json", b"entries.jsonl", "预案.txt".encode()),
)
NUMBERS: Final = (
    0,
    1,
    2,
    9,
    12,
    14,
    0x41,
    93,
    0x800,
    0x809,
    0xFFFE,
    0xFFFF,
    0x7FFFFFFF,
    0xFFFFFFFE,
    0xFFFFFFFF,
)
_LINES: Final = ("entries.jsonl", "disclosures.jsonl")


class Recipe:
    """Bytes that choose."""

    def __init__(self, raw: bytes) -> None:
        self._raw, self._at = raw, 0

    @property
    def is_over(self) -> bool:
        """Tell whether all bytes were read."""
        return self._at >= len(self._raw)

    def number(self, below: int) -> int:
        """Choose a number from 0 on; two bytes where one cannot reach all."""
        length = 1 if below <= 256 else 2
        raw = self._raw[self._at : self._at + length]
        self._at += length
        return int.from_bytes(raw, "big") % max(1, below)

    def one_of(self, choices: Sequence[_T]) -> _T:
        """Choose one of several."""
        return choices[self.number(len(choices))]

    def piece(self) -> bytes:
        """Take a few of the bytes as they are."""
        length = self.number(16)
        raw = self._raw[self._at : self._at + length]
        self._at += length
        return raw


# -- contents


def _splice(files: Files, by: Recipe) -> None:
    name = by.one_of([*files])
    at = by.number(len(files[name]) + 1)
    files[name] = files[name][:at] + by.piece() + files[name][at + by.number(64) :]


def _twice(files: Files, by: Recipe) -> None:
    name = by.one_of([*files])
    at = by.number(len(files[name]) + 1)
    files[name] = files[name][:at] + files[name][at // 2 :]


def _exchange(files: Files, by: Recipe) -> None:
    one, other = by.one_of([*files]), by.one_of([*files])
    files[one], files[other] = files[other], files[one]


def _leave_out(files: Files, by: Recipe) -> None:
    if len(files) > 1:
        del files[by.one_of([name for name in files if name not in ("kit.json", "entries.jsonl")])]


def _copy(files: Files, by: Recipe) -> None:
    name = by.one_of(NAMES).decode(errors="replace")
    files[name] = files[by.one_of([*files])]


def _line(files: Files, by: Recipe) -> None:
    """Leave out a line, let it come twice, or put it elsewhere."""
    name = by.one_of(_LINES)
    lines = files.get(name, b"").splitlines(keepends=True) or [b"\n"]
    line = lines.pop(by.number(len(lines)))
    for _ in range(by.number(3)):
        lines.insert(by.number(len(lines) + 1), line)
    files[name] = b"".join(lines)


def _value(files: Files, by: Recipe) -> None:
    """Put another value somewhere into a JSON file, or leave one out."""
    books = [name for name in files if name.startswith("playbooks/")]
    name = by.one_of(["kit.json", *_LINES, *books])
    lines = files.get(name, b"").split(b"\n")
    at = by.number(len(lines))
    try:
        plain = json.loads(lines[at])
        _change(plain, by)
        lines[at] = canonical(plain)
    except (ValueError, RecursionError):
        lines[at] = by.piece()
    files[name] = b"\n".join(lines)


def _change(plain: Any, by: Recipe) -> None:
    """Go down into a value, and change one in it."""
    while isinstance(plain, dict | list) and plain:
        key: Any = by.one_of(sorted(plain) if isinstance(plain, dict) else [*range(len(plain))])
        below, what = plain[key], by.number(4)
        if what == 0 and isinstance(below, dict | list) and below:
            plain = below
            continue
        if what == 1:
            del plain[key]
        elif what == 2 and isinstance(plain, dict):
            plain[str(by.one_of(ODD))] = below
        else:
            plain[key] = by.one_of(ODD)
        return


_CONTENTS: Final[tuple[Callable[[Files, Recipe], None], ...]] = (
    *(_value, _line, _splice, _leave_out, _copy, _exchange, _twice),
)


# -- the ZIP file


def _lie(zipped: Zip, by: Recipe) -> None:
    """Let a header say another number."""
    where = by.one_of(("local", "directory", "end"))
    name, said = by.one_of(FIELDS[where]), by.one_of(NUMBERS)
    if where == "end":
        zipped.end[name] = said
        return
    member = by.one_of(zipped.members)
    (member.local if where == "local" else member.directory)[name] = said
    if by.number(2):  # both say it
        member.local[name] = member.directory[name] = said


def _rename(zipped: Zip, by: Recipe) -> None:
    member, name = by.one_of(zipped.members), by.one_of((*NAMES, by.piece()))
    if by.number(2):
        member.local_name = name
    else:
        member.name = name


def _again(zipped: Zip, by: Recipe) -> None:
    """Let a member come again, with its contents or others."""
    member = by.one_of(zipped.members)
    body = by.one_of((member.body, b"", by.piece()))
    zipped.members.insert(by.number(len(zipped.members) + 1), Member(by.one_of((member.name, *NAMES)), body))


def _order(zipped: Zip, by: Recipe) -> None:
    zipped.members.insert(by.number(len(zipped.members)), zipped.members.pop(by.number(len(zipped.members))))


def _pack(zipped: Zip, by: Recipe) -> None:
    by.one_of(zipped.members).method = by.one_of((0, 8, 9, 12, 14, 93, 99))


def _body(zipped: Zip, by: Recipe) -> None:
    """Let a member hold other bytes, with a hash of the ZIP that is right."""
    member = by.one_of(zipped.members)
    at = by.number(len(member.body) + 1)
    member.body = member.body[:at] + by.piece() + member.body[at + by.number(16) :]


def _extra(zipped: Zip, by: Recipe) -> None:
    """Put a field of ZIP64 beside a name, or any other."""
    values = b"".join(by.one_of(NUMBERS).to_bytes(8, "little") for _ in range(by.number(4)))
    kind = by.one_of((b"\1\0", b"\x75\x70", b"\7\7"))
    by.one_of(zipped.members).extra = kind + len(values).to_bytes(2, "little") + values[by.number(2) :]


def _say(zipped: Zip, by: Recipe) -> None:
    """Say something beside a member, after all or before all."""
    what = by.number(3)
    if what == 0:
        by.one_of(zipped.members).comment = by.piece()
    elif what == 1:
        zipped.comment = by.one_of((by.piece(), b"PK\5\6" + bytes(18)))
    else:
        zipped.before = by.one_of((by.piece(), b"PK\3\4" + bytes(26)))


def _end64(zipped: Zip, by: Recipe) -> None:
    zipped.zip64 = by.one_of(NUMBERS), by.one_of(NUMBERS), by.one_of(NUMBERS)
    zipped.end |= dict.fromkeys(("entries", "here"), 0xFFFF) | dict.fromkeys(("length", "offset"), 0xFFFFFFFF)


_ZIP: Final[tuple[Callable[[Zip, Recipe], None], ...]] = (
    *(_lie, _rename, _again, _order, _pack, _body, _extra, _say, _end64),
)


def kit(raw: bytes, files: Files) -> bytes:
    """Change a kit as a recipe says, and pack it."""
    by, files = Recipe(raw), dict(files)
    who = by.number(3)
    for _ in range(by.number(4)):
        by.one_of(_CONTENTS)(files, by)
    with_manifest = _is_object(files.get("kit.json", b""))
    if who and with_manifest:
        files = sealed(files) if who == 1 else rewritten(files)
    zipped = Zip([Member(name.encode(errors="replace"), body) for name, body in files.items()])
    while not by.is_over:
        by.one_of(_ZIP)(zipped, by)
    return zipped.written()


def _is_object(raw: bytes) -> bool:
    try:
        return isinstance(json.loads(raw), dict)
    except (ValueError, RecursionError):
        return False
