"""Which passwords are taken: long ones, of several signs, that are not the login again.

No rule asks for capitals or digits: length is what counts (NIST SP 800-63B, 3.1.1.2).
"""

from __future__ import annotations

import unicodedata
from typing import Final

from incident.domain.errors import RequestError
from incident.domain.identity import folded
from incident.domain.say import Words, say

#: Characters of a password, at least and at most, and different ones among them.
LEAST: Final = 10
MOST: Final = 200
_DIFFERENT: Final = 5


def normal(password: str) -> str:
    """Give a password as it is kept and compared: however a keyboard composes a sign (RFC 8265, 4.2)."""
    return unicodedata.normalize("NFC", password)


def must_be_good(password: str, login: str) -> str:
    """Give a password that is taken, as it is kept. Raises `RequestError`, which does not repeat it."""
    given = normal(password)
    if len(given) < LEAST or len(given) > MOST:
        raise _bad(say("{n} characters", n=len(given)))
    if not given.isprintable():
        raise _bad(say("a sign that no keyboard has"))
    if len(set(given)) < _DIFFERENT:
        raise _bad(say("{n} different ones", n=len(set(given))))
    if login in folded(given):
        raise _bad(say("the login in it"))
    return given


def _bad(found: Words) -> RequestError:
    return RequestError(
        where=say("password"),
        expected=say(
            "{least} to {most} characters, {n} different ones, without the login",
            least=LEAST,
            most=MOST,
            n=_DIFFERENT,
        ),
        found=found,
        do=say("choose a longer one: four words are easily kept in mind"),
    )
