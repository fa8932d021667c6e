"""What an installation is found to be, one thing looked at after the other."""

from __future__ import annotations

from msgspec import Struct

from incident.domain.say import Words
from incident.language import speak


class Finding(Struct, frozen=True, kw_only=True):
    """One thing looked at."""

    #: What, such as `guards`.
    check: str
    well: bool
    #: False of what is not made yet: that is well, and not yet there.
    there: bool
    #: True of what is well and could be safer.
    warning: bool
    text: str


def finding(check: str, words: Words, *, well: bool, is_there: bool, is_risky: bool) -> Finding:
    """Give one thing looked at."""
    return Finding(check=check, well=well, there=is_there, warning=is_risky, text=speak(words))
