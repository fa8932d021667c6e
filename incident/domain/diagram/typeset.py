"""How wide words are, and where a line of them may break; for a terminal and, by estimate, for a drawing.

Chinese breaks between any two signs, but never before a closing mark nor after an opening one; Latin breaks
at spaces. A word too long for a line is cut.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_OPENING = "（《〈「『【〔“‘(["
_CLOSING = "，。、；：？！）》〉」』】〕”’…,.;:?!)]%"
_WIDE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uff60\U00020000-\U0003ffff"
_ATOM = re.compile(
    rf"\s|[{re.escape(_OPENING)}]*(?:[{_WIDE}]|[^\s{_WIDE}]+)[{re.escape(_CLOSING)}]*",
)

#: Gives the width of words in some unit.
WidthOf = Callable[[str], float]


def columns(words: str) -> int:
    """Count the terminal columns of words: two for a wide sign of East Asia, none for a combining one."""
    return sum(_columns(sign) for sign in words)


def _columns(sign: str) -> int:
    if unicodedata.combining(sign):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def ems(words: str) -> float:
    """Estimate the width of words in a proportional font, in its size; rather too wide than too narrow."""
    return sum(_em(sign) for sign in words)


def _em(sign: str) -> float:
    if _columns(sign) != 1:
        return _columns(sign) / 2
    if sign in "il.,:;'|! ()[]·":
        return 0.34
    return 0.74 if sign.isupper() or sign in "mw@%—→" else 0.57


def pad(words: str, width: int) -> str:
    """Fill words with spaces up to a number of terminal columns."""
    return words + " " * (width - columns(words))


def wrap(words: str, limit: float, width_of: WidthOf, most: int = 0) -> list[str]:
    """Break words into lines no wider than `limit`, and cut them with `…` after `most` lines, if given."""
    lines = [""]
    for atom in _atoms(words, limit, width_of):
        if width_of((lines[-1] + atom).rstrip()) <= limit:
            lines[-1] += atom
        elif not atom.isspace():
            lines.append(atom)
    lines = [line.strip() for line in lines if line.strip()] or [""]
    if most and len(lines) > most:
        lines = lines[:most]
        while lines[-1] and width_of(lines[-1] + "…") > limit:
            lines[-1] = lines[-1][:-1]
        lines[-1] += "…"
    return lines


def _atoms(words: str, limit: float, width_of: WidthOf) -> list[str]:
    """Split words into pieces that stay whole, none wider than a line."""
    atoms: list[str] = []
    for atom in _ATOM.findall(words):
        atoms += [atom] if width_of(atom) <= limit else list(atom)
    return atoms
