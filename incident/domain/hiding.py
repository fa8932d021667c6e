"""What may name or reach somebody, or open a door, shown so that it tells neither.

An address that is known to be one is hidden in the middle (`masked`). Of a text that stands where something
else belongs nothing is known, so its form alone is shown (`hidden`). A sentence about a file keeps the
program's own words alone (`discreet`).
"""

from __future__ import annotations

import msgspec

from incident.domain.problem import Problem
from incident.domain.say import Input, Say, Words, say

#: From so many signs on, the first and last of a number are no longer enough to know it by.
_LONG = 8
#: Signs that part words: they tell nobody's name, and often what is wrong with a value.
_PARTING = frozenset(" .,:;@/+-_()，。、：；·（）")
#: Of a longer text only the beginning is shown.
_SHOWN = 24


def masked(words: str) -> str:
    """Hide most of an address: `sms:139******01`, `mail:w***@b.cn`."""
    way, colon, address = words.rpartition(":")
    local, sign, domain = address.partition("@")
    head, tail = (3, 2) if len(local) >= _LONG else (1, 0)
    hidden = "*" * max(0, len(local) - head - tail)
    return f"{way}{colon}{local[:head]}{hidden}{local[len(local) - tail :] if tail else ''}{sign}{domain}"


def hidden(words: str) -> str:
    """Show the form of a text and none of its letters and digits: `****-**-**`."""
    form = "".join(sign if sign in _PARTING else "*" for sign in words[:_SHOWN])
    return f"`{form}…`" if len(words) > _SHOWN else f"`{form}`"


def discreet(problem: Problem) -> Problem:
    """Give a problem of a file without any word of that file."""
    expected, found, do = map(_own_words, (problem.expected, problem.found, problem.do))
    return msgspec.structs.replace(problem, expected=expected, found=found, do=do)


def _own_words(words: Words) -> Words:
    """Keep a sentence: it is the program's own. A plain text may be the file's."""
    if isinstance(words, Say):
        return Say(words.msgid, {name: _beside(value) for name, value in words.values.items()})
    return say("something else")


def _beside(value: Words) -> Words:
    return value if isinstance(value, Say | Input | int) else "…"
