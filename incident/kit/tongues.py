"""Both languages of the program at once: a kit is read by people whom nobody asked which they speak."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from incident.domain.say import Words

#: Puts words into one language.
Speak = Callable[[Words], str]


class Tongues(NamedTuple):
    """Puts words into either language."""

    zh: Speak
    en: Speak
