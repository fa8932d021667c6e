"""Checkpoints: which journal, how many entries, which root, and when it was signed. And the same on one line.

Format (c2sp.org/tlog-checkpoint), the text of a signed note (`incident.domain.note`)
-------------------------------------------------------------------------------------
    incident/330681111/7d3c0e9a51b2f604                 origin: whose journal, and which
    13                                                  number of its entries
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=        base64 of the root of the tree over them (RFC 6962)
    at 2026-03-01T02:40:00Z                             when it was signed, by the signer's clock

* Every line ends with a line feed, none is empty, and there are no control characters.
* The number is decimal, without sign or leading zeros, below 2^63.
* Lines from the fourth on are extension lines. We write one, `at <stamp>`. Other programs write others or
  none: they are kept as they are. One that begins with `at ` is ours: the first, once, with a real time.

A checkpoint has one text: `parse_checkpoint(format_checkpoint(c)) == c`, and the reverse.

The line for people
-------------------
    330681111 13 7K3F-9QWX-2M5T-0C8D

Code of the jurisdiction, number of entries, and the first 80 bits of the root in Crockford's base 32, which
has neither I, L, O nor U. It is read aloud, typed and pasted: case, dashes, spaces between groups, wide
forms, O for 0 and I or L for 1 are forgiven. `parse_line(format_line(l)) == l`.

80 bits are enough that nobody finds another record for a line that is out (2^80 tries); whoever keeps the
record and may choose both records *beforehand* needs 2^40. So the line is a witness among people; what
convicts is the signed note.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from incident.domain import clock
from incident.domain.errors import FormatError
from incident.domain.lines import number
from incident.domain.note import check_characters, from_base64, to_base64
from incident.domain.say import Words, say

#: Bytes of a root, and how many of them the line for people shows.
ROOT_BYTES = 32
HEAD_BYTES = 10
_AT = "at "
#: Codes of jurisdictions, as `incident.domain.organisation.Code` has them.
_CODE = re.compile(r"[0-9]{2,12}")

_OURS = "incident"

#: Crockford's base 32: no I, L, O and U.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUP = 4
_LETTERS = HEAD_BYTES * 8 // 5
#: What is taken for another sign, and dashes that are typed for one another.
_FORGIVEN = str.maketrans("OIL", "011")
_DASHES = str.maketrans("", "", "-‐‑‒–—―−")


class Checkpoint(NamedTuple):
    """The head of a journal at one size."""

    #: Which journal.
    origin: str
    #: Number of its entries.
    size: int
    root: bytes
    #: When it was signed, by the signer's clock; None where another program signed that does not say.
    at: int | None = None
    #: Extension lines of other programs.
    extensions: tuple[str, ...] = ()


def name_of_origin(code: str, leaf: bytes) -> str:
    """Name the origin of a jurisdiction's journal by the leaf of the entry that opened it, its first 64 bits.

    Nobody else makes one of the same name; who writes that entry, and may choose two, needs 2^32 tries. The
    root below the name is of the whole leaf: two of one name are two journals still.
    """
    return f"{_OURS}/{code}/{leaf[:8].hex()}"


def code_of(origin: str) -> str | None:
    """Give whose journal an origin names, none for one of another program's log.

    `code_of(name_of_origin(code, leaf)) == code`.
    """
    parts = origin.split("/")
    is_ours = len(parts) == 3 and parts[0] == _OURS and parts[1].isdigit()  # noqa: PLR2004 - as it is named
    return parts[1] if is_ours else None


def format_checkpoint(checkpoint: Checkpoint) -> str:
    """Give the text to be signed. Raises `FormatError` for one that could not be read back as it is."""
    time = [] if checkpoint.at is None else [f"{_AT}{clock.stamp(checkpoint.at)}"]
    lines = [
        checkpoint.origin,
        str(checkpoint.size),
        to_base64(checkpoint.root),
        *time,
        *checkpoint.extensions,
    ]
    text = "".join(f"{line}\n" for line in lines)
    if parse_checkpoint(text) != checkpoint:
        expected = say("lines without line feeds, and a time as `at` alone")
        raise FormatError(expected=expected, found=_quoted(text))
    return text


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a signed note as a checkpoint. Raises `FormatError`."""
    check_characters(text)
    lines = text.split("\n")
    if lines.pop() or len(lines) < 3 or not all(lines):  # noqa: PLR2004 - origin, size, root
        raise FormatError(
            expected=say("an origin, a number of entries and a root, each on a line, and no empty line"),
            found=_quoted(text),
        )
    origin, size, root, *extensions = lines
    at = _at(extensions.pop(0)) if extensions and extensions[0].startswith(_AT) else None
    for line in extensions:
        if line.startswith(_AT):
            raise FormatError(expected=say("one time of signing, on the fourth line"), found=_quoted(line))
    return Checkpoint(origin, _size(size), _root(root), at, tuple(extensions))


class Line(NamedTuple):
    """A checkpoint as people pass it on: the jurisdiction, the number of entries, the head of the root."""

    code: str
    size: int
    #: First 10 bytes of the root.
    head: bytes

    def matches(self, root: bytes) -> bool:
        """Tell whether a tree of that many entries with this root is the one meant."""
        return len(root) == ROOT_BYTES and root.startswith(self.head)


def line_of(code: str, size: int, root: bytes) -> Line:
    """Give the line for people of a jurisdiction's journal."""
    return Line(code, size, root[:HEAD_BYTES])


def format_line(line: Line) -> str:
    """Write the line for people."""
    number = int.from_bytes(line.head, "big")
    letters = "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_LETTERS)))
    groups = "-".join(letters[at : at + _GROUP] for at in range(0, _LETTERS, _GROUP))
    return f"{line.code} {line.size} {groups}"


def parse_line(text: str) -> Line:
    """Read the line for people as somebody typed it. Raises `FormatError`."""
    parts = unicodedata.normalize("NFKC", text).split(maxsplit=2)
    if len(parts) != 3 or not _CODE.fullmatch(parts[0]):  # noqa: PLR2004 - code, size, short code
        example = "330681111 13 7K3F-9QWX-2M5T-0C8D"
        raise FormatError(
            expected=say(
                "a code, a number of entries and a short code, such as `{example}`", example=example
            ),
            found=_quoted(text),
        )
    return Line(parts[0], _size(parts[1]), _head(parts[2]))


def _at(line: str) -> int:
    try:
        return clock.read_stamp(line.removeprefix(_AT))
    except ValueError as error:
        raise FormatError(
            expected=say("a time such as `at 2026-03-01T02:40:00Z`"), found=_quoted(line)
        ) from error


def _size(text: str) -> int:
    size = number(text)
    if size is None:
        raise FormatError(expected=say("a number of entries without leading zeros"), found=_quoted(text))
    return size


def _root(text: str) -> bytes:
    try:
        root = from_base64(text)
    except ValueError:
        root = b""
    if len(root) != ROOT_BYTES:
        raise FormatError(expected=say("a root: {n} bytes in base64", n=ROOT_BYTES), found=_quoted(text))
    return root


def _head(text: str) -> bytes:
    typed = "".join(text.split()).translate(_DASHES)
    # what is not ASCII by now may become a letter when it is made upper case, such as a dotless i
    letters = typed.upper().translate(_FORGIVEN) if typed.isascii() else ""
    places = [_ALPHABET.find(letter) for letter in letters]
    if len(places) != _LETTERS or -1 in places:
        expected = say("a short code: {n} digits and letters, none of them U", n=_LETTERS)
        raise FormatError(expected=expected, found=_quoted(text))
    number = 0
    for place in places:
        number = number << 5 | place
    return number.to_bytes(HEAD_BYTES, "big")


def _quoted(text: str) -> Words:
    return f"`{text[:80]}`"
