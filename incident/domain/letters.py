"""Characters that stand in no text that a person types: they are not seen, and let others be read otherwise.

* Control characters (Unicode's category Cc): NUL, which no PostgreSQL holds, escapes that steer a terminal.
  A text may have tabs and line breaks (LF, CR LF); a name, a login, an identity may not.
* Marks that turn the direction of what follows (UAX 9): embeddings, overrides, isolates, and the marks LRM,
  RLM, ALM. A name that holds one can stand before the words that it was written after (CVE-2021-42574).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from incident.domain.say import Words, say

_TURNING: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
#: In a text, and in what is one line.
_IN_TEXT: Final = re.compile(rf"[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_TURNING}]|\r(?!\n)")
_IN_LINE: Final = re.compile(rf"[\0-\x1f\x7f-\x9f{_TURNING}]")
#: Letters shown before the character, so that its place is found.
_BEFORE: Final = 20


def misleading(text: str, *, is_line: bool = False) -> Words:
    """Name the first such character of a text, and where it stands; nothing where there is none."""
    found = (_IN_LINE if is_line else _IN_TEXT).search(text)
    if found is None:
        return None
    before = text[max(0, found.start() - _BEFORE) : found.start()]
    return say("{character}, after `{before}`", character=character(found[0][0]), before=before)


def name_of(text: str, *, is_line: bool = False) -> Words:
    """Name that character alone, where a text may not be repeated; nothing where there is none."""
    found = (_IN_LINE if is_line else _IN_TEXT).search(text)
    return None if found is None else character(found[0][0])


def character(one: str) -> Words:
    """Name a character by its number, and by its name in Unicode if it has one."""
    number = f"U+{ord(one):04X}"
    return f"{number} {unicodedata.name(one)}" if unicodedata.name(one, "") else number
